//! What servers send each other: the RPCs of Figures 2 and 13, as requests and replies.

use core::fmt;

use raftsim_node::{Index, NodeId, Snapshot, Term};

use crate::log::{Entries, Entry};

/// A message between servers. A reply can be understood without the request that it answers. It has
/// the term in which it was sent.
// `repr(u64)`, with `repr(C)` of each struct: the tag is a plain word, and the term, which every
// step and every oracle reads, has the same place in every message. So reading it is one load. The
// tag is not a byte: only in a word does what holds a message find room for its own tag.
#[derive(Clone, PartialEq, Eq)]
#[repr(u64)]
pub enum Message {
    /// A candidate asks a voter for its vote.
    RequestVote(RequestVote),
    /// The voter answers.
    RequestVoteReply(RequestVoteReply),
    /// A leader sends entries of its log to a follower; without entries it is a heartbeat.
    AppendEntries(AppendEntries),
    /// The follower answers.
    AppendEntriesReply(AppendEntriesReply),
    /// A leader sends its snapshot to a follower that lacks entries which the leader has compacted.
    InstallSnapshot(InstallSnapshot),
    /// The follower answers.
    InstallSnapshotReply(InstallSnapshotReply),
    /// A server asks a voter whether it would vote for it.
    PreVote(PreVote),
    /// The voter answers.
    PreVoteReply(PreVoteReply),
}

/// A candidate's request for a vote (Figure 2, `RequestVote` RPC, arguments).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct RequestVote {
    /// The candidate's term.
    pub term: Term,
    /// The candidate, which must be the sender: a message with another is ignored.
    pub candidate_id: NodeId,
    /// The index of the candidate's last entry, or 0.
    pub last_log_index: Index,
    /// That entry's term, or 0.
    pub last_log_term: Term,
    /// Whether the candidate was ordered to stand for election, so that the request must be heard
    /// although there is a leader (thesis §4.2.3). Only with [`crate::Config::protect_leader`].
    pub disrupts: bool,
}

/// The answer to a [`RequestVote`] (Figure 2, `RequestVote` RPC, results).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct RequestVoteReply {
    /// The voter's term. If it is higher, the candidate enters it.
    pub term: Term,
    /// Whether the voter gives the candidate its vote.
    pub vote_granted: bool,
    /// The candidate that asked.
    ///
    /// Differs: the paper's reply does not have it. With it, the reply can be compared with the
    /// voter's disk.
    pub candidate_id: NodeId,
}

/// A leader's entries for a follower, and its heartbeat (Figure 2, `AppendEntries` RPC, arguments).
///
/// Differs: the paper's `leaderId` is left out, because the leader is the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct AppendEntries {
    /// The leader's term.
    pub term: Term,
    /// The index of the entry just before the new ones.
    pub prev_log_index: Index,
    /// That entry's term.
    pub prev_log_term: Term,
    /// The new entries, in order; none in a heartbeat.
    pub entries: Entries,
    /// The leader's `commitIndex`.
    pub leader_commit: Index,
}

/// The answer to an [`AppendEntries`] (Figure 2, `AppendEntries` RPC, results).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct AppendEntriesReply {
    /// The follower's term, for the leader to update itself.
    pub term: Term,
    /// What became of the request.
    ///
    /// Differs: the paper's reply is true or false. This one can be understood without the request,
    /// and a refusal says where the leader should go on (§5.3).
    pub answer: Answer,
}

/// What became of an [`AppendEntries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Answer {
    /// The request was of an older term than the follower's. Or it would have overwritten committed
    /// entries, which no leader that keeps to the paper asks for. The answer says nothing about the
    /// follower's log.
    Stale,
    /// The follower's log has the entry before the new ones, and now the new ones too.
    Success {
        /// The index of the last new entry, or of the entry before if there were none.
        match_index: Index,
    },
    /// The follower's log does not have the entry before the new ones.
    Conflict {
        /// The request's `prevLogIndex`.
        prev_log_index: Index,
        /// The term of the follower's entry at that index, if it has one.
        conflict_term: Option<Term>,
        /// The first index of that term in the follower's log; if it has no entry there, the index
        /// after the follower's last entry.
        conflict_index: Index,
    },
}

/// A leader's snapshot for a follower that lacks compacted entries (Figure 13, arguments).
///
/// Differs: the snapshot is sent whole, so `offset` and `done` are left out. `leaderId` is left out
/// too, because the leader is the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct InstallSnapshot {
    /// The leader's term.
    pub term: Term,
    /// `lastIncludedIndex`, `lastIncludedTerm` and the service's bytes.
    pub snapshot: Snapshot,
}

/// The answer to an [`InstallSnapshot`] (Figure 13, results).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct InstallSnapshotReply {
    /// The follower's term, for the leader to update itself.
    pub term: Term,
    /// The request's `lastIncludedIndex`, if the follower now has everything through it; `None` if
    /// the request was of an older term.
    ///
    /// Differs: the paper's reply does not have it. With it, the reply can be understood without
    /// the request.
    pub match_index: Option<Index>,
}

/// The question whether a voter would vote for the sender, in the term after `term` (thesis §9.6).
///
/// Differs: in other Rafts the request is of the term that the sender would enter, and voters must
/// not enter that term. Here it has the sender's own term, as every other message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PreVote {
    /// The sender's term.
    pub term: Term,
    /// The index of the sender's last entry, or 0.
    pub last_log_index: Index,
    /// That entry's term, or 0.
    pub last_log_term: Term,
}

/// The answer to a [`PreVote`]. It promises nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PreVoteReply {
    /// The voter's term. If it is higher, the server that asked enters it.
    pub term: Term,
    /// Whether the voter would vote for the server that asked.
    pub vote_granted: bool,
}

impl Message {
    /// The sender's term when it sent the message.
    pub const fn sender_term(&self) -> Term {
        match self {
            Self::RequestVote(request) => request.term,
            Self::RequestVoteReply(reply) => reply.term,
            Self::AppendEntries(request) => request.term,
            Self::AppendEntriesReply(reply) => reply.term,
            Self::InstallSnapshot(request) => request.term,
            Self::InstallSnapshotReply(reply) => reply.term,
            Self::PreVote(request) => request.term,
            Self::PreVoteReply(reply) => reply.term,
        }
    }

    /// Whether a server `from` that keeps to the paper can have sent this: a candidate asks only
    /// for itself, no entry is of a later term than its leader, terms never fall from one entry to
    /// the next, and a snapshot stands for at least one entry.
    pub(crate) fn is_sound(&self, from: NodeId) -> bool {
        match self {
            Self::RequestVote(request) => {
                request.candidate_id == from && request.last_log_term <= request.term
            }
            Self::AppendEntries(AppendEntries {
                term,
                prev_log_index,
                prev_log_term,
                entries,
                ..
            }) => {
                let rises = |before, entry: &Entry| (before <= entry.term).then_some(entry.term);
                let last_term = entries.iter().try_fold(*prev_log_term, rises);
                prev_log_index.checked_add(entries.len() as u64).is_some_and(|last| last < u64::MAX)
                    && last_term.is_some_and(|last_term| last_term <= *term)
            }
            Self::InstallSnapshot(InstallSnapshot { term, snapshot }) => {
                (1..u64::MAX).contains(&snapshot.index)
                    && snapshot.term.is_some_and(|last| last <= *term)
            }
            Self::PreVote(request) => request.last_log_term <= request.term,
            Self::RequestVoteReply(_)
            | Self::AppendEntriesReply(_)
            | Self::InstallSnapshotReply(_)
            | Self::PreVoteReply(_) => true,
        }
    }
}

impl From<RequestVote> for Message {
    fn from(request: RequestVote) -> Self {
        Self::RequestVote(request)
    }
}

impl From<RequestVoteReply> for Message {
    fn from(reply: RequestVoteReply) -> Self {
        Self::RequestVoteReply(reply)
    }
}

impl From<AppendEntries> for Message {
    fn from(request: AppendEntries) -> Self {
        Self::AppendEntries(request)
    }
}

impl From<AppendEntriesReply> for Message {
    fn from(reply: AppendEntriesReply) -> Self {
        Self::AppendEntriesReply(reply)
    }
}

impl From<InstallSnapshot> for Message {
    fn from(request: InstallSnapshot) -> Self {
        Self::InstallSnapshot(request)
    }
}

impl From<InstallSnapshotReply> for Message {
    fn from(reply: InstallSnapshotReply) -> Self {
        Self::InstallSnapshotReply(reply)
    }
}

impl From<PreVote> for Message {
    fn from(request: PreVote) -> Self {
        Self::PreVote(request)
    }
}

impl From<PreVoteReply> for Message {
    fn from(reply: PreVoteReply) -> Self {
        Self::PreVoteReply(reply)
    }
}

impl fmt::Debug for RequestVote {
    /// As derived, but `disrupts` is printed only if it is true.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { term, candidate_id, last_log_index, last_log_term, disrupts } = self;
        let mut shown = out.debug_struct("RequestVote");
        shown.field("term", term).field("candidate_id", candidate_id);
        shown.field("last_log_index", last_log_index).field("last_log_term", last_log_term);
        if *disrupts {
            shown.field("disrupts", disrupts);
        }
        shown.finish()
    }
}

impl fmt::Debug for Message {
    /// As the struct inside prints, which has the variant's name.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestVote(request) => fmt::Debug::fmt(request, out),
            Self::RequestVoteReply(reply) => fmt::Debug::fmt(reply, out),
            Self::AppendEntries(request) => fmt::Debug::fmt(request, out),
            Self::AppendEntriesReply(reply) => fmt::Debug::fmt(reply, out),
            Self::InstallSnapshot(request) => fmt::Debug::fmt(request, out),
            Self::InstallSnapshotReply(reply) => fmt::Debug::fmt(reply, out),
            Self::PreVote(request) => fmt::Debug::fmt(request, out),
            Self::PreVoteReply(reply) => fmt::Debug::fmt(reply, out),
        }
    }
}
