//! What each role keeps, and whom a candidate and a leader have heard.

use alloc::vec;
use alloc::vec::Vec;

use raftsim_node::{Duration, NodeId, Time};

/// The part that a server plays (Figure 4), with what only that part needs.
// With a tag of its own: every step reads it several times.
#[derive(Clone, Debug)]
#[repr(u8)]
pub(crate) enum Role {
    /// Answers, and waits.
    Follower {
        /// The leader of the current term, once heard.
        leader: Option<NodeId>,
        /// When to stop waiting.
        election_deadline: Time,
    },
    /// Asks for votes.
    Candidate {
        /// Who granted its vote in this term, the candidate itself included.
        votes: VoterSet,
        /// Who answered in this term, one way or the other.
        answered: VoterSet,
        /// Whom it heard in this term.
        contacts: Contacts,
        /// When to begin another election.
        election_deadline: Time,
        /// When to ask those again that have not answered.
        retry_due: Time,
    },
    /// Leads.
    Leader {
        /// Whom it heard in this term, from its candidacy on.
        contacts: Contacts,
        /// When to send the next heartbeats.
        heartbeat_due: Time,
    },
}

/// A set of servers. A server is in it or not, however often it is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VoterSet([u64; 4]);

impl VoterSet {
    /// The set of one server.
    pub(crate) fn of(voter: NodeId) -> Self {
        let mut set = Self::default();
        set.insert(voter);
        set
    }

    /// Adds a server.
    pub(crate) const fn insert(&mut self, voter: NodeId) {
        self.0[voter.slot() / 64] |= 1 << (voter.slot() % 64);
    }

    /// Whether a server is in the set.
    pub(crate) const fn contains(&self, voter: NodeId) -> bool {
        self.0[voter.slot() / 64] & 1 << (voter.slot() % 64) != 0
    }

    /// How many servers are in the set.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// When each voter was last heard in this term, by its slot; `None` is never.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contacts(Vec<Option<Time>>);

impl Contacts {
    /// Nobody was heard of `voters`.
    pub(crate) fn none(voters: &[NodeId]) -> Self {
        let slots = voters.iter().map(|voter| voter.slot() + 1).max().unwrap_or(0);
        Self(vec![None; slots])
    }

    /// A message came from a voter.
    pub(crate) fn hear(&mut self, from: NodeId, now: Time) {
        self.0[from.slot()] = Some(now);
    }

    /// How many voters were heard less than `limit` ago.
    pub(crate) fn heard_within(&self, limit: Duration, now: Time) -> usize {
        self.0.iter().flatten().filter(|&&heard| now.since(heard) < limit).count()
    }
}
