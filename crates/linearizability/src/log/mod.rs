//! Histories whose order is known: the log of a replicated state machine is one.
//!
//! Each operation takes effect where it stands in the log for the first time. So it is enough to
//! look at it once: it must have been committed between its call and its return, and its output
//! must be what the model answers at its place. Then the log is an order that proves the history
//! linearizable.
//!
//! This is stricter than linearizability. It also accuses an output that clients could not tell
//! from a right one, such as that of a read which a server answered from a state that happened to
//! be fresh. [`noticed`] says whether clients could have noticed.

mod breach;
mod oracle;

use alloc::vec::Vec;

pub use breach::{Breach, LogViolation};
pub use oracle::LogOracle;

use crate::check::{judge, parts};
use crate::history::{ClientId, History, Moment};
use crate::model::Model;
use crate::report::{Budget, Report};

/// Names an operation: the number that its client gave it, as commands in a log do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Whose operation it is.
    pub client: ClientId,
    /// Its number among the client's.
    pub number: u64,
}

/// A place in the log: the first entry has index 1, and 0 stands for the empty log.
pub type Index = u64;

/// What a state machine does with an operation that stands in the log again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// It remembers that the operation was done, and does nothing.
    Ignored,
    /// It does the operation again, and that must change nothing.
    Applied,
}

/// An entry of the log of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The operation, by its place in the history. `None` if the entry is not a client's.
    pub operation: Option<usize>,
    /// When the entry was known to be committed. It is not before the moment of the entry before.
    pub committed: Moment,
}

/// The order that a log gives to a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOrder {
    /// The operations that took effect, by their places in the history. [`verify`](crate::verify)
    /// checks it.
    pub order: Vec<usize>,
    /// How often the model was asked.
    pub steps: u64,
}

/// Judges a history whose log is known, in a number of steps that is linear in both, if reads that
/// are not in the log concern states that last.
///
/// # Errors
///
/// The first operation that the log accuses. It is named by its place in the history, as its
/// number.
///
/// # Panics
///
/// If the log names an operation that the history does not have, or is not in the order of its
/// moments.
pub fn check_log<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    log: &[Entry],
    repeats: Repeats,
) -> Result<LogOrder, LogViolation>
where
    M::Input: Clone,
{
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Event {
        Called(usize),
        Committed(usize),
        Returned(usize),
    }
    assert!(
        log.is_sorted_by_key(|entry| entry.committed),
        "the log is in the order of its moments"
    );
    let operations = history.operations();
    let mut events = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        events.push((operation.call, Event::Called(index)));
        events.extend(operation.returned_at().map(|at| (at, Event::Returned(index))));
    }
    events
        .extend(log.iter().enumerate().map(|(at, entry)| (entry.committed, Event::Committed(at))));
    // At equal moments calls come first, and returns last.
    events.sort_unstable();
    let name = |index: usize| Name { client: operations[index].client, number: index as u64 };
    let mut oracle = LogOracle::new(model, repeats);
    for (_, event) in events {
        match event {
            Event::Called(index) => {
                oracle.called(name(index), operations[index].input.clone())?;
            }
            Event::Committed(at) => {
                let entry = log[at].operation;
                oracle.committed(entry.map(|index| (name(index), &operations[index].input)))?;
            }
            Event::Returned(index) => {
                let output = operations[index].output().expect("it returned");
                oracle.returned(name(index), output)?;
            }
        }
    }
    let places = oracle.order().into_iter().map(|name| usize::try_from(name.number));
    let order = places.map(|place| place.expect("it is a place in the history")).collect();
    Ok(LogOrder { order, steps: oracle.steps() })
}

/// Whether clients could have noticed what [`check_log`] accuses an operation of: the report on its
/// object alone, without regard to the log.
///
/// # Panics
///
/// If the number of the accused operation is no place in the history.
pub fn noticed<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    accused: &LogViolation,
    budget: Budget,
) -> Report {
    let place = usize::try_from(accused.name.number).ok();
    let operation = place.and_then(|place| history.operations().get(place));
    let accused = model.key(&operation.expect("it is a place in the history").input);
    let mut parts = parts(model, history);
    parts.retain(|key, _| *key == accused);
    judge(model, history, &parts, budget).report(history)
}
