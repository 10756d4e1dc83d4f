//! How much each oracle judged.

use crate::{
    Calm, CommitIndex, ElectionSafety, Held, LeaderAppendOnly, LeaderCompleteness, LogMatching,
    OneVote, Order, Promises, Quorum, Snapshots, StateMachineSafety, Terms,
};

/// How much each oracle judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged(pub(crate) [u64; PROPERTIES.len()]);

/// The properties, in the order in which [`Judged`] counts them: those of the log last, as
/// [`crate::LogOracles`] counts them.
const PROPERTIES: [&str; 14] = [
    ElectionSafety::PROPERTY,
    OneVote::PROPERTY,
    Promises::PROPERTY,
    Terms::PROPERTY,
    Quorum::PROPERTY,
    Calm::PROPERTY,
    LogMatching::PROPERTY,
    LeaderAppendOnly::PROPERTY,
    LeaderCompleteness::PROPERTY,
    StateMachineSafety::PROPERTY,
    Order::PROPERTY,
    Snapshots::PROPERTY,
    CommitIndex::PROPERTY,
    Held::PROPERTY,
];

impl Judged {
    /// Each property, and how many times it was judged.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        PROPERTIES.into_iter().zip(self.0)
    }

    /// Adds what was judged in another run.
    pub fn add(&mut self, other: Self) {
        for (sum, times) in self.0.iter_mut().zip(other.0) {
            *sum += times;
        }
    }
}
