//! How much each oracle judged, and which should have judged more.

use raftsim_sim::Property;

use crate::{
    CommitIndex, CommittedOnMajority, ElectionSafety, LeaderAppendOnly, LeaderCompleteness,
    LeaderLiveness, LogMatching, OneVote, Order, Promises, Quorum, Snapshots, StateMachineSafety,
    Terms,
};

/// How much each oracle judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged(pub(crate) [u64; PROPERTIES.len()]);

/// What a node shows beyond what every node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its disk offers a view.
    pub view: bool,
    /// It claims that its leaders step down.
    pub steps_down: bool,
}

/// What an oracle's work hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Only what every node shows.
    Nothing,
    /// A disk with a view.
    View,
    /// The claim that leaders step down.
    Claim,
    /// What a node tells in its messages or its status, or leaves out: nothing judged says no more
    /// than that it leaves it out.
    Told,
}

/// The properties, in the order in which [`Judged`] counts them: those of the log last, as
/// [`crate::LogOracles`] counts them.
const PROPERTIES: [(Property, Needs); 14] = [
    (ElectionSafety::PROPERTY, Needs::Nothing),
    (OneVote::PROPERTY, Needs::View),
    (Promises::PROPERTY, Needs::Told),
    (Terms::PROPERTY, Needs::Nothing),
    (Quorum::PROPERTY, Needs::Claim),
    // Nowhere else do all rest for five seconds than where that claim is tested.
    (LeaderLiveness::PROPERTY, Needs::Claim),
    (LogMatching::PROPERTY, Needs::View),
    (LeaderAppendOnly::PROPERTY, Needs::View),
    (LeaderCompleteness::PROPERTY, Needs::View),
    (StateMachineSafety::PROPERTY, Needs::Nothing),
    (Order::PROPERTY, Needs::Nothing),
    (Snapshots::PROPERTY, Needs::Nothing),
    (CommitIndex::PROPERTY, Needs::Told),
    (CommittedOnMajority::PROPERTY, Needs::View),
];

impl Judged {
    /// Each property, and how many times it was judged.
    pub fn iter(&self) -> impl Iterator<Item = (Property, u64)> + use<> {
        PROPERTIES.into_iter().zip(self.0).map(|((property, _), times)| (property, times))
    }

    /// The properties that were never judged, although runs of every scenario, on a node that shows
    /// this, give each of them something to judge.
    pub fn idle(&self, shown: Shown) -> impl Iterator<Item = Property> + use<> {
        let is_due = move |needs| match needs {
            Needs::Nothing => true,
            Needs::View => shown.view,
            Needs::Claim => shown.steps_down,
            Needs::Told => false,
        };
        let idle = PROPERTIES.into_iter().zip(self.0).filter(|&(_, times)| times == 0);
        idle.filter_map(move |((property, needs), _)| is_due(needs).then_some(property))
    }

    /// Adds what was judged in another run.
    pub fn add(&mut self, other: Self) {
        for (sum, times) in self.0.iter_mut().zip(other.0) {
            *sum += times;
        }
    }
}
