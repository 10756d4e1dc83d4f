//! How much each oracle judged, and which oracles should have judged something and did not.

use raftsim_sim::Property;

use crate::{
    Answers, CommitIndex, CommittedOnMajority, ElectionSafety, EntryTerms, LeaderAppendOnly,
    LeaderCompleteness, LeaderLiveness, LogMatching, OneVote, Order, Promises, Quorum, Snapshots,
    StateMachineSafety, Terms,
};

/// The number of times that each oracle judged something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged([u64; PROPERTIES.len()]);

/// What a node shows to oracles beyond what every node shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether its disk offers a view.
    pub view: bool,
    /// Whether it claims that its leaders step down.
    pub steps_down: bool,
}

/// What a node must show so that an oracle has something to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing beyond what every node shows.
    Nothing,
    /// A disk with a view.
    View,
    /// The claim that leaders step down.
    Claim,
    /// Something that a node may report in its messages or its status. If nothing was judged, the
    /// node may simply not report it.
    Report,
}

/// The properties, in the order in which [`Judged`] counts them: those of the log last, as
/// [`crate::LogOracles`] counts them.
const PROPERTIES: [(Property, Needs); 16] = [
    (ElectionSafety::PROPERTY, Needs::Nothing),
    (OneVote::PROPERTY, Needs::View),
    (Promises::PROPERTY, Needs::Report),
    (Terms::PROPERTY, Needs::Nothing),
    (Quorum::PROPERTY, Needs::Claim),
    // Only the scenario that tests this claim leaves all servers undisturbed for five seconds.
    (LeaderLiveness::PROPERTY, Needs::Claim),
    (LogMatching::PROPERTY, Needs::View),
    (LeaderAppendOnly::PROPERTY, Needs::View),
    (LeaderCompleteness::PROPERTY, Needs::View),
    (StateMachineSafety::PROPERTY, Needs::Nothing),
    (Order::PROPERTY, Needs::Nothing),
    (Snapshots::PROPERTY, Needs::Nothing),
    (CommitIndex::PROPERTY, Needs::Report),
    (CommittedOnMajority::PROPERTY, Needs::View),
    (EntryTerms::PROPERTY, Needs::View),
    (Answers::PROPERTY, Needs::Nothing),
];

impl Judged {
    /// What the oracles of servers and those of the log judged, in the order of [`PROPERTIES`].
    pub(crate) fn of(servers: [u64; 6], log: [u64; 10]) -> Self {
        let mut all = servers.into_iter().chain(log);
        Self(PROPERTIES.map(|_| all.next().expect("a count for each property")))
    }

    /// Each property, and the number of times that it was judged.
    pub fn iter(&self) -> impl Iterator<Item = (Property, u64)> + use<> {
        PROPERTIES.into_iter().zip(self.0).map(|((property, _), times)| (property, times))
    }

    /// What [`Judged::iter`] gave. `None` if one of the properties is not judged by an oracle.
    pub fn from_counts(counts: impl IntoIterator<Item = (Property, u64)>) -> Option<Self> {
        let mut judged = Self::default();
        for (property, times) in counts {
            let place = PROPERTIES.iter().position(|&(known, _)| known == property)?;
            judged.0[place] = times;
        }
        Some(judged)
    }

    /// The properties that were never judged, although they should have been: runs of every
    /// scenario, on a node that shows `shown`, give each of them something to judge.
    pub fn unexercised(&self, shown: Shown) -> impl Iterator<Item = Property> + use<> {
        let is_due = move |needs| match needs {
            Needs::Nothing => true,
            Needs::View => shown.view,
            Needs::Claim => shown.steps_down,
            Needs::Report => false,
        };
        let never = PROPERTIES.into_iter().zip(self.0).filter(|&(_, times)| times == 0);
        never.filter_map(move |((property, needs), _)| is_due(needs).then_some(property))
    }

    /// Adds what was judged in another run.
    pub fn add(&mut self, other: Self) {
        for (sum, times) in self.0.iter_mut().zip(other.0) {
            *sum += times;
        }
    }
}
