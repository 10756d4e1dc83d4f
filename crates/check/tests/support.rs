//! Short words for made-up histories.

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Durable, Failure};

/// Server n1, n2, …
pub(crate) const fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

/// So many milliseconds into the run.
pub(crate) const fn ms(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// One nanosecond later.
pub(crate) const fn just_after(time: Time) -> Time {
    Time::from_nanos(time.as_nanos() + 1)
}

/// A disk in `term` that holds this vote and no log.
pub(crate) fn disk(term: Term, voted_for: Option<u8>) -> Durable {
    Durable { term, voted_for: voted_for.map(n), last_index: 0 }
}

/// `property` was broken at `time`, by these two facts.
pub(crate) fn broken(
    property: &'static str,
    time: Time,
    first: &str,
    second: &str,
) -> Result<(), Failure> {
    Err(Failure::violation(property, time, [first.to_owned(), second.to_owned()]))
}
