//! What servers send each other in part 3D (Figures 2 and 13), and what the harness may know of it.
//!
//! New in this part: `InstallSnapshot`. It is answered as entries are.

use raftsim::{Index, Message, NodeId, Promise, Snapshot, Term, Topic};

use super::log::Entry;

#[derive(Clone, Debug)]
pub enum Rpc {
    RequestVote(RequestVote),
    RequestVoteReply(RequestVoteReply),
    AppendEntries(AppendEntries),
    AppendEntriesReply(AppendEntriesReply),
    InstallSnapshot(InstallSnapshot),
}

/// A candidate asks for a vote in its term.
#[derive(Clone, Debug)]
pub struct RequestVote {
    pub term: Term,
    pub candidate: NodeId,
    /// The candidate's last entry: index and term.
    pub last_log_index: Index,
    pub last_log_term: Term,
}

/// The answer, with the voter's term. `granted_to` is the candidate if it got the vote.
#[derive(Clone, Debug)]
pub struct RequestVoteReply {
    pub term: Term,
    pub granted_to: Option<NodeId>,
}

/// A leader's entries; without any it is a heartbeat. The leader is the sender.
#[derive(Clone, Debug)]
pub struct AppendEntries {
    pub term: Term,
    /// The entry before the new ones: index and term.
    pub prev_log_index: Index,
    pub prev_log_term: Term,
    pub entries: Vec<Entry>,
    pub leader_commit: Index,
}

/// The answer, with the follower's term.
#[derive(Clone, Debug)]
pub struct AppendEntriesReply {
    pub term: Term,
    pub answer: Answer,
}

/// What became of a leader's entries. The paper answers true or false; these answers can be
/// understood without the request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The request was of an earlier term.
    Stale,
    /// The follower's log is the leader's through this index.
    Stored { through: Index },
    /// The follower's log does not have the entry before the new ones. The leader should go on at
    /// `next`, which is at most the index of that entry.
    Conflict { next: Index },
}

/// A leader's snapshot, for a follower that lacks entries which the leader's log has no more.
#[derive(Clone, Debug)]
pub struct InstallSnapshot {
    pub term: Term,
    pub snapshot: Snapshot,
}

impl Rpc {
    /// The sender's term.
    pub fn sender_term(&self) -> Term {
        match self {
            Self::RequestVote(request) => request.term,
            Self::RequestVoteReply(reply) => reply.term,
            Self::AppendEntries(request) => request.term,
            Self::AppendEntriesReply(reply) => reply.term,
            Self::InstallSnapshot(request) => request.term,
        }
    }
}

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        matches!(self, Self::RequestVoteReply(_) | Self::AppendEntriesReply(_))
    }

    /// `rpc_bytes_3b` adds up these bytes.
    fn size(&self) -> usize {
        match self {
            Self::AppendEntries(request) => {
                40 + request.entries.iter().map(|entry| 12 + entry.command.len()).sum::<usize>()
            }
            Self::RequestVote(_) | Self::RequestVoteReply(_) | Self::AppendEntriesReply(_) => 32,
            Self::InstallSnapshot(request) => 32 + request.snapshot.data.len(),
        }
    }

    fn term(&self) -> Option<Term> {
        Some(self.sender_term())
    }

    /// What must be on the sender's disk when the message leaves, beside its term.
    fn promise(&self) -> Option<Promise> {
        match self {
            Self::RequestVote(request) => Some(Promise::Vote { candidate: request.candidate }),
            Self::RequestVoteReply(reply) => {
                reply.granted_to.map(|candidate| Promise::Vote { candidate })
            }
            Self::AppendEntriesReply(reply) => match reply.answer {
                Answer::Stored { through } => Some(Promise::Stored { through }),
                Answer::Stale | Answer::Conflict { .. } => None,
            },
            Self::AppendEntries(_) | Self::InstallSnapshot(_) => None,
        }
    }

    /// What `replay --topic vote` selects.
    fn topic(&self) -> Topic {
        match self {
            Self::RequestVote(_) | Self::RequestVoteReply(_) => Topic::Vote,
            Self::AppendEntries(_) | Self::AppendEntriesReply(_) => Topic::Append,
            Self::InstallSnapshot(_) => Topic::Snapshot,
        }
    }

    /// What an arrow shows when a run is drawn (`replay --html`): `4@2` is index 4, term 2.
    fn label(&self) -> Option<String> {
        Some(match self {
            Self::RequestVote(_) => "vote?".to_owned(),
            Self::RequestVoteReply(reply) if reply.granted_to.is_some() => "yes".to_owned(),
            Self::RequestVoteReply(_) => "no".to_owned(),
            Self::AppendEntries(request) => {
                let first = request.prev_log_index + 1;
                let last = request.prev_log_index + request.entries.len() as Index;
                match request.entries.last() {
                    None => "beat".to_owned(),
                    Some(entry) if first == last => format!("{last}@{}", entry.term),
                    Some(entry) => format!("{first}..{last}@{}", entry.term),
                }
            }
            Self::AppendEntriesReply(reply) => match reply.answer {
                Answer::Stale => "stale".to_owned(),
                Answer::Stored { through } => format!("ok {through}"),
                Answer::Conflict { next } => format!("from {next}"),
            },
            Self::InstallSnapshot(request) => format!("snap {}", request.snapshot.index),
        })
    }
}
