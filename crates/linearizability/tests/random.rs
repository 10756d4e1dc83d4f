//! Random histories: clients of an object that is right, some of whose answers are then replaced.

use raftsim_linearizability::log::Entry;
use raftsim_linearizability::models::{kv, register, versioned};
use raftsim_linearizability::{Clients, History, Model, Operation};

/// Random numbers from a seed (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number less than `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.word() % limit
    }

    /// A number less than `count`, as a place in a list.
    pub(crate) fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).expect("it is less than the count")
    }

    /// One of these.
    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.place(all.len())]
    }
}

/// An object that can be run.
pub(crate) trait Object: Model {
    /// A random operation. `number` is a new one each time.
    fn input(&self, random: &mut Random, number: usize) -> Self::Input;
    /// What the object answers.
    fn answer(&self, random: &mut Random, state: &Self::State, input: &Self::Input)
    -> Self::Output;
    /// A random answer.
    fn lie(&self, random: &mut Random, input: &Self::Input) -> Self::Output;
}

/// How histories are drawn.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) clients: usize,
    pub(crate) operations: usize,
    /// One in this many answers is replaced, on average; 0 for none.
    pub(crate) lies: u64,
    /// How many moments are made one.
    pub(crate) ties: u64,
}

impl Shape {
    /// A history that is small enough to try all orders: of 2 to 4 clients, and of fewer than
    /// `2 + more` operations.
    pub(crate) fn small(random: &mut Random, more: usize, lies: u64) -> Self {
        Self {
            clients: 2 + random.place(3),
            operations: 2 + random.place(more),
            lies,
            ties: 1 + random.below(2),
        }
    }
}

struct Open<O> {
    operation: usize,
    output: Option<O>,
}

/// A random history of an object.
pub(crate) fn history<M: Object>(
    model: &M,
    random: &mut Random,
    shape: Shape,
) -> History<M::Input, M::Output>
where
    M::Output: Clone,
{
    with_log(model, random, shape).0
}

/// A random history of an object, and in which order the operations took effect.
pub(crate) fn with_log<M: Object>(
    model: &M,
    random: &mut Random,
    shape: Shape,
) -> (History<M::Input, M::Output>, Vec<Entry>)
where
    M::Output: Clone,
{
    let mut log = Vec::new();
    let mut operations: Vec<Operation<M::Input, M::Output>> = Vec::new();
    let mut open: Vec<Option<Open<M::Output>>> = (0..shape.clients).map(|_| None).collect();
    let mut states = std::collections::BTreeMap::new();
    let mut now = 0;
    while operations.len() < shape.operations || random.below(4) > 0 {
        now += 1;
        let client = random.place(shape.clients);
        let slot = &mut open[client];
        let call = now / shape.ties;
        match slot {
            None if operations.len() < shape.operations => {
                let input = model.input(random, operations.len());
                *slot = Some(Open { operation: operations.len(), output: None });
                let client = client as u64;
                operations.push(Operation { client, input, call, returned: None });
            }
            None => {}
            Some(Open { operation, output: output @ None }) => {
                let input = &operations[*operation].input;
                let key = model.key(input);
                let state = states.entry(key.clone()).or_insert_with(|| model.initial(&key));
                let answer = model.answer(random, state, input);
                *state = model.step(state, input, Some(&answer)).expect("it is the model's");
                *output = Some(answer);
                log.push(Entry { operation: Some(*operation), committed: call });
            }
            Some(Open { operation, output: Some(output) }) => {
                let operation = &mut operations[*operation];
                let is_lie = shape.lies > 0 && random.below(shape.lies) == 0;
                let output =
                    if is_lie { model.lie(random, &operation.input) } else { output.clone() };
                operation.returned = Some((call, output));
                *slot = None;
            }
        }
    }
    (History::new(operations, Clients::OneAtATime).expect("well-formed"), log)
}

impl Object for register::Register {
    fn input(&self, random: &mut Random, _: usize) -> register::Input {
        let mut value = || *random.of(&[0, 1, 2]);
        let (from, to) = (value(), value());
        match random.below(3) {
            0 => register::Input::Read,
            1 => register::Input::Write(to),
            _ => register::Input::CompareAndSwap { from, to },
        }
    }

    fn answer(
        &self,
        _: &mut Random,
        state: &Option<i64>,
        input: &register::Input,
    ) -> register::Output {
        match input {
            register::Input::Read => register::Output::Value(*state),
            register::Input::Write(_) => register::Output::Written,
            register::Input::CompareAndSwap { from, .. } => {
                register::Output::Swapped(*state == Some(*from))
            }
        }
    }

    fn lie(&self, random: &mut Random, input: &register::Input) -> register::Output {
        match input {
            register::Input::Read => {
                register::Output::Value(*random.of(&[None, Some(0), Some(1), Some(2)]))
            }
            register::Input::Write(_) => register::Output::Written,
            register::Input::CompareAndSwap { .. } => {
                register::Output::Swapped(random.below(2) == 0)
            }
        }
    }
}

impl Object for kv::Kv {
    fn input(&self, random: &mut Random, number: usize) -> kv::Input {
        let key = (*random.of(&["a", "b"])).into();
        // Some values are equal, and some are made of others.
        let value = (*random.of(&["x", "y", "xy", &number.to_string()])).into();
        match random.below(5) {
            0 | 1 => kv::Input::Get { key },
            2 => kv::Input::Put { key, value },
            _ => kv::Input::Append { key, value },
        }
    }

    fn answer(&self, _: &mut Random, state: &kv::Text, input: &kv::Input) -> kv::Output {
        match input {
            kv::Input::Get { .. } => kv::Output::Value(state.clone()),
            kv::Input::Put { .. } | kv::Input::Append { .. } => kv::Output::Done,
        }
    }

    fn lie(&self, random: &mut Random, input: &kv::Input) -> kv::Output {
        match input {
            kv::Input::Get { .. } => {
                kv::Output::Value((*random.of(&["", "x", "y", "xy", "yx", "xx"])).into())
            }
            kv::Input::Put { .. } | kv::Input::Append { .. } => kv::Output::Done,
        }
    }
}

impl Object for versioned::Versioned {
    fn input(&self, random: &mut Random, number: usize) -> versioned::Input {
        let key = (*random.of(&["a", "a", "a", "b"])).into();
        let value = (*random.of(&["x", &number.to_string(), &number.to_string()])).into();
        match random.below(5) {
            0 | 1 => versioned::Input::Get { key },
            _ => versioned::Input::Put { key, value, version: *random.of(&[0, 0, 1, 1, 2, 3]) },
        }
    }

    fn answer(
        &self,
        random: &mut Random,
        state: &Option<versioned::Entry>,
        input: &versioned::Input,
    ) -> versioned::Output {
        let now = state.as_ref().map_or(0, |(_, version)| *version);
        let right = match (input, state) {
            (versioned::Input::Get { .. }, Some((value, version))) => {
                return versioned::Output::Value(value.clone(), *version);
            }
            (versioned::Input::Get { .. }, None) => return versioned::Output::NoKey,
            (versioned::Input::Put { version, .. }, _) if *version == now => {
                versioned::Output::Done
            }
            (versioned::Input::Put { .. }, None) => versioned::Output::NoKey,
            (versioned::Input::Put { .. }, Some(_)) => versioned::Output::OtherVersion,
        };
        if random.below(4) == 0 { versioned::Output::Maybe } else { right }
    }

    fn lie(&self, random: &mut Random, input: &versioned::Input) -> versioned::Output {
        use versioned::Output::{Done, Maybe, NoKey, OtherVersion, Value};
        let version = *random.of(&[1, 1, 2, 3]);
        match input {
            versioned::Input::Get { .. } => {
                let value = *random.of(&["x", "0", "1", "2", "3", "4", "5"]);
                if random.below(3) == 0 { NoKey } else { Value(value.into(), version) }
            }
            versioned::Input::Put { .. } => random.of(&[Done, Maybe, NoKey, OtherVersion]).clone(),
        }
    }
}
