//! The check of a whole history: one search for each object, in turn.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::history::History;
use crate::model::Model;
use crate::order::join;
use crate::report::{Budget, Contradiction, Object, Report, Verdict};
use crate::search::{Item, Progress, Search};
use crate::window;

/// The operations of each object, in the order of the history.
pub(crate) type Parts<'a, M> = BTreeMap<<M as Model>::Key, Vec<Item<'a, M>>>;

/// How many steps a search takes when it has its first turn. The second time it takes twice as
/// many, and so on.
const FIRST_TURN: u64 = 1 << 10;

/// Whether a history is linearizable.
///
/// The searches of the objects take turns, which grow: an object that is easily seen to be wrong is
/// found although another one is hard. The first object that is wrong ends the check. The result
/// depends on nothing but the arguments.
pub fn check<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    budget: Budget,
) -> Report {
    judge(model, history, &parts(model, history), budget).report(history)
}

/// What was found out about some objects of a history.
pub(crate) struct Judged<K> {
    pub(crate) objects: BTreeMap<K, Object>,
    /// An order of each object that has one.
    pub(crate) orders: Vec<Vec<usize>>,
    /// Why one of them has none.
    pub(crate) contradiction: Option<Contradiction>,
    pub(crate) explanation_steps: u64,
}

impl<K> Judged<K> {
    /// The report, if these are all objects of the history.
    pub(crate) fn report<I, O>(self, history: &History<I, O>) -> Report {
        let is_known = self.orders.len() == self.objects.len();
        let verdict = match self.contradiction {
            Some(contradiction) => Verdict::Illegal(contradiction),
            None if is_known => Verdict::Linearizable(join(history, self.orders)),
            None => Verdict::Unknown,
        };
        let objects = self.objects.into_values().collect();
        Report { verdict, objects, explanation_steps: self.explanation_steps }
    }
}

/// Searches for an order of each of these objects.
pub(crate) fn judge<'a, M: Model>(
    model: &'a M,
    history: &History<M::Input, M::Output>,
    parts: &Parts<'a, M>,
    budget: Budget,
) -> Judged<M::Key> {
    let search = |(key, items): (&M::Key, &Vec<Item<'a, M>>)| {
        Search::new(model, items.clone(), vec![model.initial(key)])
    };
    let searches = parts.iter().map(search).collect();
    let mut turns = Turns { searches, results: vec![None; parts.len()], left: budget.search };
    let illegal = turns.play();
    let results = turns.searches.iter().zip(&turns.results);
    let objects = parts.iter().zip(results).map(|((key, items), (search, result))| {
        (key.clone(), object(model, key, items, search.steps(), *result))
    });
    let found = turns.searches.iter().zip(&turns.results);
    let found = found.filter(|(_, result)| **result == Some(true));
    let mut judged = Judged {
        objects: objects.collect(),
        orders: found.map(|(search, _)| search.order()).collect(),
        contradiction: None,
        explanation_steps: 0,
    };
    if let Some(place) = illegal {
        let (key, items) = parts.iter().nth(place).expect("each object has a search");
        let search = &turns.searches[place];
        let (contradiction, steps) =
            window::contradiction(model, history, (key, items), search, budget.explanation);
        judged.contradiction = Some(contradiction);
        judged.explanation_steps = steps;
    }
    judged
}

/// The searches of all objects.
struct Turns<'a, M: Model> {
    searches: Vec<Search<'a, M>>,
    /// Whether each object is linearizable, if that is known.
    results: Vec<Option<bool>>,
    /// The steps that are left.
    left: u64,
}

impl<M: Model> Turns<'_, M> {
    /// Lets the searches take turns until all of them are done, one object is wrong or no steps are
    /// left. The result is the object that is wrong.
    fn play(&mut self) -> Option<usize> {
        let mut turn = FIRST_TURN;
        while self.results.contains(&None) {
            for (place, search) in self.searches.iter_mut().enumerate() {
                if self.results[place].is_some() {
                    continue;
                }
                let before = search.steps();
                let progress = search.run(turn.min(self.left));
                self.left = self.left.saturating_sub(search.steps() - before);
                match progress {
                    Progress::Found => self.results[place] = Some(true),
                    Progress::Exhausted => {
                        self.results[place] = Some(false);
                        return Some(place);
                    }
                    Progress::Paused if self.left == 0 => return None,
                    Progress::Paused => {}
                }
            }
            turn = turn.saturating_mul(2);
        }
        None
    }
}

/// Divides a history by the objects that its operations concern.
pub(crate) fn parts<'a, M: Model>(
    model: &M,
    history: &'a History<M::Input, M::Output>,
) -> Parts<'a, M> {
    let mut parts = Parts::<M>::new();
    for (index, operation) in history.operations().iter().enumerate() {
        let item = Item {
            index,
            input: &operation.input,
            output: operation.output(),
            call: operation.call,
            returned: operation.returned_at(),
        };
        parts.entry(model.key(&operation.input)).or_default().push(item);
    }
    parts
}

/// What a report says of one object.
pub(crate) fn object<M: Model>(
    model: &M,
    key: &M::Key,
    items: &[Item<'_, M>],
    steps: u64,
    is_linearizable: Option<bool>,
) -> Object {
    Object {
        name: model.describe_key(key),
        operations: items.len(),
        pending: items.iter().filter(|item| item.output.is_none()).count(),
        steps,
        is_linearizable,
    }
}
