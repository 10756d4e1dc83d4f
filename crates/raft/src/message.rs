//! What servers send each other: Figure 2's two RPCs, as requests and replies.

use core::fmt;

use raftsim_node::{self as node, Digest, Index, NodeId, Promise, Term, Topic};

use crate::log::Entries;

/// A message between servers. A reply is a message like any other: it names the term in which it
/// was sent, and needs no memory of the request.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// A candidate asks for a vote.
    RequestVote(RequestVote),
    /// A voter answers.
    RequestVoteReply(RequestVoteReply),
    /// A leader replicates its log; without entries, a heartbeat.
    AppendEntries(AppendEntries),
    /// A follower answers.
    AppendEntriesReply(AppendEntriesReply),
}

/// Invoked by candidates to gather votes (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestVote {
    /// The candidate's term.
    pub term: Term,
    /// The candidate: the sender. It is told once more because a message that vouches for its
    /// candidate's vote must say whose it is. If the two differ, the message is ignored.
    pub candidate_id: NodeId,
    /// The index of the candidate's last entry, or 0.
    pub last_log_index: Index,
    /// That entry's term, or 0.
    pub last_log_term: Term,
}

/// The answer to [`RequestVote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestVoteReply {
    /// The voter's term, for the candidate to update itself.
    pub term: Term,
    /// Whether the candidate has the vote.
    pub vote_granted: bool,
    /// Who asked.
    ///
    /// Differs: the paper's reply does not say. Here it lets anyone check the voter's disk.
    pub candidate_id: NodeId,
}

/// Invoked by the leader to replicate log entries; also its heartbeat (§5.2, §5.3).
///
/// Differs: the paper's `leaderId` is left out: the leader is the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendEntries {
    /// The leader's term.
    pub term: Term,
    /// The index of the entry before the new ones.
    pub prev_log_index: Index,
    /// That entry's term.
    pub prev_log_term: Term,
    /// Entries to store; none in a heartbeat.
    pub entries: Entries,
    /// The leader's `commitIndex`.
    pub leader_commit: Index,
}

/// The answer to [`AppendEntries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendEntriesReply {
    /// The follower's term, for the leader to update itself.
    pub term: Term,
    /// Whether the follower's log holds the entry before the new ones, and now the new ones too.
    pub success: bool,
}

impl Message {
    /// The sender's term: every message tells it.
    pub const fn sender_term(&self) -> Term {
        match self {
            Self::RequestVote(request) => request.term,
            Self::RequestVoteReply(reply) => reply.term,
            Self::AppendEntries(request) => request.term,
            Self::AppendEntriesReply(reply) => reply.term,
        }
    }

    /// Whether this server may say this: a candidate asks for itself alone.
    pub(crate) fn may_come_from(&self, from: NodeId) -> bool {
        match self {
            Self::RequestVote(request) => request.candidate_id == from,
            Self::RequestVoteReply(_) | Self::AppendEntries(_) | Self::AppendEntriesReply(_) => {
                true
            }
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

impl fmt::Debug for Message {
    /// As the struct it holds, which is named like the variant.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestVote(request) => fmt::Debug::fmt(request, out),
            Self::RequestVoteReply(reply) => fmt::Debug::fmt(reply, out),
            Self::AppendEntries(request) => fmt::Debug::fmt(request, out),
            Self::AppendEntriesReply(reply) => fmt::Debug::fmt(reply, out),
        }
    }
}

impl node::Message for Message {
    fn is_reply(&self) -> bool {
        match self {
            Self::RequestVoteReply(_) | Self::AppendEntriesReply(_) => true,
            Self::RequestVote(_) | Self::AppendEntries(_) => false,
        }
    }

    /// On a wire of our own making: a header of 8 bytes (kind, sender, receiver, body length), 8
    /// bytes for a term or an index, 1 for a server's name or a flag, 4 for the number of entries;
    /// for each entry 8 for its term, 4 for its command's length, and the command.
    fn size(&self) -> usize {
        const HEADER: usize = 8;
        HEADER
            + match self {
                Self::RequestVote(_) => 3 * 8 + 1,
                Self::RequestVoteReply(_) => 8 + 1 + 1,
                Self::AppendEntries(request) => {
                    let entries: usize =
                        request.entries.iter().map(|entry| 12 + entry.command.len()).sum();
                    4 * 8 + 4 + entries
                }
                Self::AppendEntriesReply(_) => 8 + 1,
            }
    }

    fn topic(&self) -> Topic {
        match self {
            Self::RequestVote(_) | Self::RequestVoteReply(_) => Topic::Vote,
            Self::AppendEntries(_) | Self::AppendEntriesReply(_) => Topic::Append,
        }
    }

    fn term(&self) -> Option<Term> {
        Some(self.sender_term())
    }

    fn promise(&self) -> Option<Promise> {
        match *self {
            // Who asks for votes has given itself its own.
            Self::RequestVote(RequestVote { candidate_id: candidate, .. })
            | Self::RequestVoteReply(RequestVoteReply {
                vote_granted: true,
                candidate_id: candidate,
                ..
            }) => Some(Promise::Vote { candidate }),
            Self::RequestVoteReply(_) | Self::AppendEntries(_) | Self::AppendEntriesReply(_) => {
                None
            }
        }
    }

    #[expect(clippy::inline_always, reason = "every message passes here, to be digested")]
    #[inline(always)]
    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::RequestVote(request) => {
                digest.pair(request.term, head(1, request.candidate_id.number()));
                digest.pair(request.last_log_index, request.last_log_term);
            }
            Self::RequestVoteReply(reply) => {
                let kind = if reply.vote_granted { 2 } else { 3 };
                digest.pair(reply.term, head(kind, reply.candidate_id.number()));
            }
            Self::AppendEntries(request) => {
                digest.pair(request.term, head(4, 0));
                digest.pair(request.prev_log_index, request.prev_log_term);
                digest.pair(request.leader_commit, request.entries.len() as u64);
                for entry in request.entries.iter() {
                    digest.word(entry.term);
                    digest.bytes(&entry.command);
                }
            }
            Self::AppendEntriesReply(reply) => {
                digest.pair(reply.term, head(5, u8::from(reply.success)));
            }
        }
    }
}

/// What kind of message it is, and its small field.
const fn head(kind: u8, small: u8) -> u64 {
    u16::from_le_bytes([kind, small]) as u64
}
