//! How much each oracle judged, and which oracles should have judged something and did not.

use raftsim_node::Claims;
use raftsim_sim::Property;

use crate::{
    AcknowledgedStays, Answers, CommitIndex, CommittedOnMajority, ElectionSafety, EntryTerms,
    LeaderAppendOnly, LeaderCompleteness, LeaderLiveness, LeaderStays, LogMatching, NamedLeaders,
    OneVote, OnlyProposed, Order, Promises, Quorum, Snapshots, StateMachineSafety, Terms,
};

/// The number of times that each oracle judged something, and the number of runs that gave a
/// warning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub(crate) times: [u64; PROPERTIES.len()],
    pub(crate) warned: u64,
    pub(crate) seen: Seen,
}

/// What messages said, in any run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whether a message was sent by a server whose disk offers a view.
    pub messages: bool,
    /// Whether a message had a term.
    pub terms: bool,
    /// Whether a message had a promise.
    pub promises: bool,
}

/// What a node shows to oracles beyond what every node shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether its disk offers a view.
    pub view: bool,
    /// What it claims.
    pub claims: Claims,
}

/// What a node must show so that an oracle has something to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
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
pub(crate) const PROPERTIES: [(Property, Needs); 20] = [
    (ElectionSafety::PROPERTY, Needs::Nothing),
    (OneVote::PROPERTY, Needs::View),
    (Promises::PROPERTY, Needs::Report),
    (Terms::PROPERTY, Needs::Nothing),
    (Quorum::PROPERTY, Needs::Claim),
    // Only the scenario that tests this claim leaves all servers undisturbed for five seconds.
    (LeaderLiveness::PROPERTY, Needs::Claim),
    (LeaderStays::PROPERTY, Needs::Claim),
    (NamedLeaders::PROPERTY, Needs::Report),
    (AcknowledgedStays::PROPERTY, Needs::Report),
    (OnlyProposed::PROPERTY, Needs::Nothing),
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
    pub(crate) fn of(servers: [u64; 10], log: [u64; 10]) -> Self {
        let mut judged = Self::default();
        let (of_servers, of_log) = judged.times.split_at_mut(servers.len());
        of_servers.copy_from_slice(&servers);
        of_log.copy_from_slice(&log);
        judged
    }

    /// Each property, and the number of times that it was judged.
    pub fn iter(&self) -> impl Iterator<Item = (Property, u64)> + use<> {
        PROPERTIES.into_iter().zip(self.times).map(|((property, _), times)| (property, times))
    }

    /// The same, with so many runs that gave a warning, and what messages said.
    #[must_use]
    pub fn with(self, warned: u64, seen: Seen) -> Self {
        Self { warned, seen, ..self }
    }

    /// What [`Judged::iter`] gave. `None` if one of the properties is not judged by an oracle.
    pub fn from_counts(counts: impl IntoIterator<Item = (Property, u64)>) -> Option<Self> {
        let mut judged = Self::default();
        for (property, times) in counts {
            let place = PROPERTIES.iter().position(|&(known, _)| known == property)?;
            judged.times[place] = times;
        }
        Some(judged)
    }

    /// The properties that were never judged, although they should have been: runs of every
    /// scenario, on a node that shows `shown`, give each of them something to judge.
    pub fn unexercised(&self, shown: Shown) -> impl Iterator<Item = Property> + use<> {
        let is_due = move |needs| match needs {
            Needs::Nothing => true,
            Needs::View => shown.view,
            Needs::Claim => shown.claims.steps_down_within.is_some(),
            Needs::Report => false,
        };
        let never = PROPERTIES.into_iter().zip(self.times).filter(|&(_, times)| times == 0);
        never.filter_map(move |((property, needs), _)| is_due(needs).then_some(property))
    }

    /// The number of runs in which a leader did not stay in a calm world, though no node claims
    /// that it does: a warning.
    pub fn warned(&self) -> u64 {
        self.warned
    }

    /// What messages said.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Adds what messages said.
    pub fn see(&mut self, seen: Seen) {
        self.seen.messages |= seen.messages;
        self.seen.terms |= seen.terms;
        self.seen.promises |= seen.promises;
    }

    /// Adds what was judged in another run.
    pub fn add(&mut self, other: Self) {
        for (sum, times) in self.times.iter_mut().zip(other.times) {
            *sum = sum.saturating_add(times);
        }
        self.warned += other.warned;
        self.see(other.seen);
    }
}
