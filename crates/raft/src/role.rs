//! What a server remembers in each role: votes, contacts, how far the followers' logs reach.

use alloc::vec;
use alloc::vec::Vec;

use raftsim_node::{Duration, Index, NodeId, Time};

/// The part that a server plays (Figure 4), with what only that part needs.
// `repr(u8)`: the tag is a plain byte, and the fields stay in this order. So the first field, when
// the server's next timer ends, has the same place in every role, and reading it is one load.
#[derive(Clone, Debug)]
#[repr(u8)]
pub(crate) enum Role {
    /// Answers requests, and waits for a leader.
    Follower {
        /// When to begin an election.
        election_deadline: Time,
        /// The leader of the current term, once the server has heard from it.
        leader: Option<NodeId>,
        /// When the server last heard from that leader, if it knows one.
        leader_heard: Time,
    },
    /// Asks the others whether they would vote for it, before it begins an election.
    PreCandidate {
        /// When to repeat the requests that are not granted; never after `election_deadline`.
        retry_due: Time,
        /// When to begin to ask anew.
        election_deadline: Time,
        /// The voters that would vote for this server, itself included.
        votes: VoterSet,
    },
    /// Asks for votes.
    Candidate {
        /// When to repeat the requests that are not answered; never after `election_deadline`.
        retry_due: Time,
        /// When to begin another election.
        election_deadline: Time,
        /// Whether its requests must be heard although there is a leader.
        disrupts: bool,
        /// The voters that granted their votes in this term, the candidate itself included.
        votes: VoterSet,
        /// The voters that answered in this term, with or without a vote.
        answered: VoterSet,
        /// When it last heard from each voter in this term.
        contacts: Contacts,
    },
    /// Leads.
    Leader {
        /// When to send the next heartbeats.
        heartbeat_due: Time,
        /// When it last heard from each voter in this term, its candidacy included.
        contacts: Contacts,
        /// What it knows of each follower's log.
        followers: Followers,
    },
}

/// What a leader knows of one follower's log (Figure 2, volatile state on leaders).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The index of the next entry to send to it.
    pub(crate) next_index: Index,
    /// The index through which the follower's log is known to equal the leader's.
    pub(crate) match_index: Index,
    /// The last index of what was sent, entries or a snapshot, and has not been answered. Until it
    /// is, heartbeats repeat it and nothing new is sent. So entries that come in quick succession
    /// travel together.
    ///
    /// Differs: Figure 2 does not have it. There a leader does not remember what it has sent.
    pub(crate) awaits: Option<Index>,
}

/// What a leader knows of all followers' logs, by the followers' slots. Its own slot is not used.
#[derive(Clone)]
pub(crate) struct Followers {
    logs: Vec<Progress>,
}

impl Followers {
    /// Nothing is known of the voters' logs yet: the next entry to send is the one after the
    /// leader's last.
    pub(crate) fn unknown(voters: &[NodeId], last_index: Index) -> Self {
        let unknown =
            Progress { next_index: last_index.saturating_add(1), match_index: 0, awaits: None };
        Self { logs: vec![unknown; slots(voters)] }
    }

    /// What is known of all logs, by slot.
    pub(crate) fn slots(&self) -> &[Progress] {
        &self.logs
    }

    /// What is known of the log of `follower`.
    pub(crate) fn of(&self, follower: NodeId) -> Progress {
        self.logs[follower.slot()]
    }

    /// What is known of the log of `follower`, to be changed.
    pub(crate) fn of_mut(&mut self, follower: NodeId) -> &mut Progress {
        &mut self.logs[follower.slot()]
    }

    /// Whether a majority of `voters` has stored the entry at `index`. The leader has.
    pub(crate) fn majority_stores(&self, leader: NodeId, index: Index, voters: &[NodeId]) -> bool {
        let stores =
            |&&voter: &&NodeId| voter == leader || self.logs[voter.slot()].match_index >= index;
        voters.iter().filter(stores).count() > voters.len() / 2
    }
}

/// A set of servers. Adding a server twice is the same as adding it once.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
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

/// When a server last heard from each voter in this term, by the voters' slots. `None` means never,
/// and so does a slot beyond the list's end: the list is allocated with the first contact.
#[derive(Clone, Default)]
pub(crate) struct Contacts(Vec<Option<Time>>);

impl Contacts {
    /// Remembers that a message came from `from` at `now`.
    pub(crate) fn hear(&mut self, from: NodeId, now: Time) {
        if let Some(heard) = self.0.get_mut(from.slot()) {
            *heard = Some(now);
        } else {
            self.0.resize(from.slot(), None);
            self.0.push(Some(now));
        }
    }

    /// When it heard from each voter, by slot.
    pub(crate) fn slots(&self) -> &[Option<Time>] {
        &self.0
    }

    /// The number of voters from which a message came less than `limit` before `now`.
    pub(crate) fn heard_within(&self, limit: Duration, now: Time) -> usize {
        self.0.iter().flatten().filter(|&&heard| now.since(heard) < limit).count()
    }
}

/// The length of a list that has a place for the slot of each voter.
fn slots(voters: &[NodeId]) -> usize {
    voters.iter().map(|voter| voter.slot() + 1).max().unwrap_or(0)
}
