//! The oracle that follows a log while it grows.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::breach::{Breach, LogViolation};
use super::{Index, Name, Repeats};
use crate::model::Model;

/// Judges operations against the log, while both go on.
///
/// Report to it each call, each entry when it is first known to be committed, and each return, in
/// the order in which they happen. It keeps one state of each object, and those that open
/// operations may still need. An operation takes two steps of the model if it is in the log; one
/// that is not takes a step for each state that was current while it was open.
pub struct LogOracle<'a, M: Model> {
    model: &'a M,
    repeats: Repeats,
    /// The number of entries.
    end: Index,
    operations: BTreeMap<Name, Tracked<M>>,
    /// The end of the log when each open operation was called.
    open: BTreeSet<(Index, Name)>,
    /// The states of each object, each from the entry on that led to it. The first is the oldest
    /// that an open operation may need.
    states: BTreeMap<M::Key, VecDeque<(Index, M::State)>>,
    /// Where each operation took effect: those that changed a state first.
    order: Vec<(Index, bool, u64, Name)>,
    calls: u64,
    steps: u64,
}

/// What is known of an operation.
struct Tracked<M: Model> {
    input: M::Input,
    /// Its number among all calls.
    call: u64,
    /// The end of the log when it was called.
    called: Index,
    /// Where it is in the log for the first time, and the state before that as long as it is open.
    entry: Option<(Index, Option<M::State>)>,
    is_open: bool,
}

impl<'a, M: Model> LogOracle<'a, M> {
    /// An oracle for an empty log.
    pub fn new(model: &'a M, repeats: Repeats) -> Self {
        Self {
            model,
            repeats,
            end: 0,
            operations: BTreeMap::new(),
            open: BTreeSet::new(),
            states: BTreeMap::new(),
            order: Vec::new(),
            calls: 0,
            steps: 0,
        }
    }

    /// How often the model was asked so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The operations that took effect so far, in an order that proves that they are linearizable.
    pub fn order(&self) -> Vec<Name> {
        let mut order = self.order.clone();
        order.sort_unstable();
        order.into_iter().map(|(.., name)| name).collect()
    }

    /// A client calls an operation.
    ///
    /// # Errors
    ///
    /// An operation of this name was called before.
    pub fn called(&mut self, name: Name, input: M::Input) -> Result<(), LogViolation> {
        if let Some(known) = self.operations.get(&name) {
            return Err(self.violation(name, &known.input, None, Breach::CalledTwice));
        }
        self.open.insert((self.end, name));
        self.calls += 1;
        let (call, called) = (self.calls, self.end);
        let tracked = Tracked { input, call, called, entry: None, is_open: true };
        self.operations.insert(name, tracked);
        Ok(())
    }

    /// The next entry of the log is committed. It holds this operation, or none of a client.
    ///
    /// # Errors
    ///
    /// The operation was not called before, or not so; or it changes the state although it returned
    /// before, or changed the state before.
    pub fn committed(&mut self, operation: Option<(Name, &M::Input)>) -> Result<(), LogViolation> {
        self.end += 1;
        let index = self.end;
        let Some((name, input)) = operation else { return Ok(()) };
        let Some(tracked) = self.operations.get(&name) else {
            let breach = Breach::CommittedBeforeCall { index };
            return Err(self.violation(name, input, None, breach));
        };
        if tracked.input != *input {
            let breach = Breach::OtherInput { index, holds: self.model.describe(input, None) };
            return Err(self.violation(name, &tracked.input, None, breach));
        }
        let first = tracked.entry.as_ref().map(|(first, _)| *first);
        if first.is_some() && self.repeats == Repeats::Ignored {
            return Ok(());
        }
        let (is_open, call) = (tracked.is_open, tracked.call);
        let key = self.model.key(input);
        let oldest = self.open.first().map_or(self.end, |(called, _)| *called);
        let states = self
            .states
            .entry(key.clone())
            .or_insert_with(|| VecDeque::from([(0, self.model.initial(&key))]));
        let state = &states.back().expect("there is one").1;
        self.steps += 1;
        let after = self.model.step(state, input, None);
        let changed = after.filter(|after| after != state);
        let breach = match first {
            Some(first) => Some(Breach::Again { first, index }),
            None if !is_open => Some(Breach::EffectAfterReturn { index }),
            None => None,
        };
        if let Some(breach) = breach {
            let is_broken = changed.is_some();
            return if is_broken { Err(self.violation(name, input, None, breach)) } else { Ok(()) };
        }
        let before = state.clone();
        if let Some(after) = changed {
            states.push_back((index, after));
            while states.get(1).is_some_and(|(from, _)| *from <= oldest) {
                states.pop_front();
            }
        }
        self.order.push((index, false, call, name));
        let tracked = self.operations.get_mut(&name).expect("it was there above");
        tracked.entry = Some((index, Some(before)));
        Ok(())
    }

    /// An operation returns.
    ///
    /// # Errors
    ///
    /// It is not open. It is in the log, and its output is not that of its place. Or it is not, and
    /// no state since its call has this output and stays as it is.
    pub fn returned(&mut self, name: Name, output: &M::Output) -> Result<(), LogViolation> {
        self.end_of(name, output, None)
    }

    /// An operation returns that is not in the log, but was answered from the state after an entry
    /// that is known: a read by `ReadIndex` or by a lease.
    ///
    /// # Errors
    ///
    /// Those of [`LogOracle::returned`]; or that state was not current since the call.
    pub fn served(
        &mut self,
        name: Name,
        output: &M::Output,
        index: Index,
    ) -> Result<(), LogViolation> {
        self.end_of(name, output, Some(index))
    }

    fn end_of(
        &mut self,
        name: Name,
        output: &M::Output,
        served: Option<Index>,
    ) -> Result<(), LogViolation> {
        let Some(tracked) = self.operations.get_mut(&name).filter(|tracked| tracked.is_open) else {
            let operation = String::from("an object that is not known");
            return Err(LogViolation { name, operation, breach: Breach::NotOpen });
        };
        tracked.is_open = false;
        self.open.remove(&(tracked.called, name));
        let held = tracked.entry.as_mut().map(|(index, before)| (*index, before.take()));
        let tracked = &self.operations[&name];
        let Tracked { input, called, call, .. } = tracked;
        let breach = match held {
            Some((index, before)) => {
                self.steps += 1;
                let before = before.expect("it is kept while the operation is open");
                let is_right = self.model.step(&before, input, Some(output)).is_some();
                let refusal = || self.model.refusal(&before, input, output);
                (!is_right).then(|| Breach::Output { index, refusal: refusal() })
            }
            None => match self.current((*called, served), input, output) {
                Ok((index, steps)) => {
                    self.steps += steps;
                    self.order.push((index, true, *call, name));
                    None
                }
                Err(breach) => Some(breach),
            },
        };
        let Some(breach) = breach else { return Ok(()) };
        Err(self.violation(name, input, Some(output), breach))
    }

    /// The first entry since the end `called` of the log after which the state has this output and
    /// stays as it is, and the steps that it took to find it. If the operation was served after a
    /// certain entry, only that one counts.
    fn current(
        &self,
        (called, served): (Index, Option<Index>),
        input: &M::Input,
        output: &M::Output,
    ) -> Result<(Index, u64), Breach> {
        let returned = self.end;
        if let Some(served) = served
            && !(called..=returned).contains(&served)
        {
            return Err(Breach::NotCurrent { called, returned, served });
        }
        let (first, last) = served.map_or((called, returned), |served| (served, served));
        let key = self.model.key(input);
        let initial = VecDeque::from([(0, self.model.initial(&key))]);
        let states = self.states.get(&key).unwrap_or(&initial);
        let start = states.partition_point(|(from, _)| *from <= first) - 1;
        let mut steps = 0;
        let mut refusal = String::new();
        for (from, state) in states.range(start..).take_while(|(from, _)| *from <= last) {
            steps += 1;
            if self.model.step(state, input, Some(output)).is_some_and(|after| after == *state) {
                return Ok(((*from).max(first), steps));
            }
            refusal = self.model.refusal(state, input, output);
        }
        Err(Breach::NotCommitted { called, returned, refusal })
    }

    fn violation(
        &self,
        name: Name,
        input: &M::Input,
        output: Option<&M::Output>,
        breach: Breach,
    ) -> LogViolation {
        let object = self.model.describe_key(&self.model.key(input));
        let operation = format!("{object}: {}", self.model.describe(input, output));
        LogViolation { name, operation, breach }
    }
}

impl<M: Model> Debug for LogOracle<'_, M> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("LogOracle");
        shown.field("end", &self.end).field("open", &self.open.len());
        shown.field("steps", &self.steps).finish_non_exhaustive()
    }
}
