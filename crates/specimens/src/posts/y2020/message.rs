//! The two RPCs of the post of 2020, which carry less than Figure 2's: nothing about the log, and
//! only the term of a leader.

use raftsim_node::{CallId, Digest, NodeId, Promise, Term, Topic};

/// A request or a reply, with the number of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Asks for a vote.
    RequestVote(CallId, RequestVoteArgs),
    /// Answers that.
    RequestVoteReply(CallId, RequestVoteReply),
    /// A heartbeat.
    AppendEntries(CallId, AppendEntriesArgs),
    /// Answers that.
    AppendEntriesReply(CallId, AppendEntriesReply),
}

/// `RequestVoteArgs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestVoteArgs {
    /// The candidate's term.
    pub term: Term,
    /// The candidate.
    pub candidate_id: NodeId,
}

/// `RequestVoteReply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestVoteReply {
    /// The answering server's term.
    pub term: Term,
    /// Whether the vote is granted.
    pub vote_granted: bool,
    /// The candidate that asked. The Go code lacks it, and this server does not read it; the
    /// harness needs it for the promise that a granted vote makes.
    pub candidate_id: NodeId,
}

/// `AppendEntriesArgs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendEntriesArgs {
    /// The leader's term.
    pub term: Term,
}

/// `AppendEntriesReply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendEntriesReply {
    /// The answering server's term.
    pub term: Term,
    /// Whether the leader's term was not stale.
    pub success: bool,
}

impl raftsim_node::Message for Message {
    fn is_reply(&self) -> bool {
        match self {
            Self::RequestVote(..) | Self::AppendEntries(..) => false,
            Self::RequestVoteReply(..) | Self::AppendEntriesReply(..) => true,
        }
    }

    /// Eight bytes for the call and for each number of the Go struct, one for each truth value.
    fn size(&self) -> usize {
        match self {
            Self::RequestVote(..) => 3 * 8,
            Self::AppendEntries(..) => 2 * 8,
            Self::RequestVoteReply(..) | Self::AppendEntriesReply(..) => 2 * 8 + 1,
        }
    }

    fn call(&self) -> Option<CallId> {
        match self {
            Self::RequestVote(call, _)
            | Self::RequestVoteReply(call, _)
            | Self::AppendEntries(call, _)
            | Self::AppendEntriesReply(call, _) => Some(*call),
        }
    }

    fn topic(&self) -> Topic {
        match self {
            Self::RequestVote(..) | Self::RequestVoteReply(..) => Topic::Vote,
            Self::AppendEntries(..) | Self::AppendEntriesReply(..) => Topic::Append,
        }
    }

    fn term(&self) -> Option<Term> {
        match self {
            Self::RequestVote(_, args) => Some(args.term),
            Self::RequestVoteReply(_, reply) => Some(reply.term),
            Self::AppendEntries(_, args) => Some(args.term),
            Self::AppendEntriesReply(_, reply) => Some(reply.term),
        }
    }

    fn promise(&self) -> Option<Promise> {
        match self {
            Self::RequestVote(_, args) => Some(Promise::Vote { candidate: args.candidate_id }),
            Self::RequestVoteReply(_, reply) if reply.vote_granted => {
                Some(Promise::Vote { candidate: reply.candidate_id })
            }
            Self::RequestVoteReply(..) | Self::AppendEntries(..) | Self::AppendEntriesReply(..) => {
                None
            }
        }
    }

    fn label(&self) -> Option<String> {
        let label = match self {
            Self::RequestVote(..) => "vote?",
            Self::AppendEntries(..) => "beat",
            Self::RequestVoteReply(_, RequestVoteReply { vote_granted: yes, .. })
            | Self::AppendEntriesReply(_, AppendEntriesReply { success: yes, .. }) => {
                if *yes {
                    "yes"
                } else {
                    "no"
                }
            }
        };
        Some(label.to_owned())
    }

    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::RequestVote(call, args) => {
                digest.word(1);
                digest.word(call.0);
                digest.word(args.term);
                digest.word(u64::from(args.candidate_id.number()));
            }
            Self::RequestVoteReply(call, reply) => {
                digest.word(2);
                digest.word(call.0);
                digest.word(reply.term);
                digest.word(u64::from(reply.vote_granted));
                digest.word(u64::from(reply.candidate_id.number()));
            }
            Self::AppendEntries(call, args) => {
                digest.word(3);
                digest.word(call.0);
                digest.word(args.term);
            }
            Self::AppendEntriesReply(call, reply) => {
                digest.word(4);
                digest.word(call.0);
                digest.word(reply.term);
                digest.word(u64::from(reply.success));
            }
        }
    }
}
