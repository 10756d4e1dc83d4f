//! What each role keeps: whom a candidate and a leader have heard, how far followers' logs reach.

use alloc::vec;
use alloc::vec::Vec;

use raftsim_node::{Duration, Index, NodeId, Time};

/// The part that a server plays (Figure 4), with what only that part needs.
// `repr(u8)`: the tag is a plain byte, and the fields stay in this order. So the first field, when
// the server's next timer ends, has the same place in every role, and reading it is one load.
#[derive(Clone, Debug)]
#[repr(u8)]
pub(crate) enum Role {
    /// Answers, and waits.
    Follower {
        /// When to stop waiting.
        election_deadline: Time,
        /// The leader of the current term, once heard.
        leader: Option<NodeId>,
    },
    /// Asks for votes.
    Candidate {
        /// When to ask the voters that have not answered again; at most `election_deadline`.
        retry_due: Time,
        /// When to begin another election.
        election_deadline: Time,
        /// Who granted its vote in this term, the candidate itself included.
        votes: VoterSet,
        /// Who answered in this term, one way or the other.
        answered: VoterSet,
        /// Whom it heard in this term.
        contacts: Contacts,
    },
    /// Leads.
    Leader {
        /// When to send the next heartbeats.
        heartbeat_due: Time,
        /// Whom it heard in this term, from its candidacy on.
        contacts: Contacts,
        /// How far each follower's log is known to reach.
        followers: Followers,
    },
}

/// What a leader knows of one follower's log (Figure 2, volatile state on leaders).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The index of the next entry to send to it.
    pub(crate) next_index: Index,
    /// The highest index that it is known to hold.
    pub(crate) match_index: Index,
    /// The last index of what was sent, entries or a snapshot, and is not answered yet: no more is
    /// sent until it is, and heartbeats repeat it. So entries that come in quick succession travel
    /// together.
    ///
    /// Differs: not in Figure 2, where a leader remembers nothing of what is on its way.
    pub(crate) awaits: Option<Index>,
}

/// The logs of all servers as their leader knows them, by slot; its own place is not used.
#[derive(Clone, Debug)]
pub(crate) struct Followers {
    logs: Vec<Progress>,
    /// Room in which to find a majority's index, made when first needed.
    indexes: Vec<Index>,
}

impl Followers {
    /// Nothing is known of `voters`' logs: the next entry is that after the leader's last.
    pub(crate) fn unknown(voters: &[NodeId], last_index: Index) -> Self {
        let unknown =
            Progress { next_index: last_index.saturating_add(1), match_index: 0, awaits: None };
        Self { logs: vec![unknown; slots(voters)], indexes: Vec::new() }
    }

    /// What is known of one follower's log.
    pub(crate) fn of(&self, follower: NodeId) -> Progress {
        self.logs[follower.slot()]
    }

    /// The same, to be changed.
    pub(crate) fn of_mut(&mut self, follower: NodeId) -> &mut Progress {
        &mut self.logs[follower.slot()]
    }

    /// Whether a majority of `voters` holds `index`, which the leader's own log does.
    pub(crate) fn majority_stores(&self, leader: NodeId, index: Index, voters: &[NodeId]) -> bool {
        let stores =
            |&&voter: &&NodeId| voter == leader || self.logs[voter.slot()].match_index >= index;
        voters.iter().filter(stores).count() > voters.len() / 2
    }

    /// The highest index that a majority of `voters` holds, the leader's own `last_index` counted.
    pub(crate) fn stored_by_majority(
        &mut self,
        leader: NodeId,
        last_index: Index,
        voters: &[NodeId],
    ) -> Index {
        let logs = &self.logs;
        let stored = |&voter: &NodeId| {
            if voter == leader { last_index } else { logs[voter.slot()].match_index }
        };
        self.indexes.clear();
        self.indexes.extend(voters.iter().map(stored));
        // A majority holds what the one in the middle holds, counted from the shortest log.
        let middle = (voters.len() - 1) / 2;
        *self.indexes.select_nth_unstable(middle).1
    }
}

/// A set of servers. A server is in it or not, however often it is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VoterSet([u64; 4]);

impl FromIterator<NodeId> for VoterSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(voters: I) -> Self {
        let mut set = Self::default();
        voters.into_iter().for_each(|voter| set.insert(voter));
        set
    }
}

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

/// When each voter was last heard in this term, by its slot; `None` is never, and so is a slot beyond
/// the last: who hears nobody keeps no list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contacts(Vec<Option<Time>>);

impl Contacts {
    /// A message came from a voter.
    pub(crate) fn hear(&mut self, from: NodeId, now: Time) {
        if let Some(heard) = self.0.get_mut(from.slot()) {
            *heard = Some(now);
        } else {
            self.0.resize(from.slot(), None);
            self.0.push(Some(now));
        }
    }

    /// How many voters were heard less than `limit` ago.
    pub(crate) fn heard_within(&self, limit: Duration, now: Time) -> usize {
        self.0.iter().flatten().filter(|&&heard| now.since(heard) < limit).count()
    }
}

/// How many places a list by slot needs.
fn slots(voters: &[NodeId]) -> usize {
    voters.iter().map(|voter| voter.slot() + 1).max().unwrap_or(0)
}
