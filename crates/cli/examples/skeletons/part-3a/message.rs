//! What servers send each other in part 3A (Figure 2), and what the harness may know of it.

use raftsim::{Message, NodeId, Term, Topic};

#[derive(Clone, Debug)]
pub enum Rpc {
    RequestVote(RequestVote),
    RequestVoteReply(RequestVoteReply),
    AppendEntries(AppendEntries),
    AppendEntriesReply(AppendEntriesReply),
}

/// A candidate asks for a vote in its term.
#[derive(Clone, Debug)]
pub struct RequestVote {
    pub term: Term,
    pub candidate: NodeId,
}

/// The answer, with the voter's term. `granted_to` is the candidate if it got the vote.
#[derive(Clone, Debug)]
pub struct RequestVoteReply {
    pub term: Term,
    pub granted_to: Option<NodeId>,
}

/// A leader's heartbeat. The leader is the sender.
#[derive(Clone, Debug)]
pub struct AppendEntries {
    pub term: Term,
}

/// The answer, with the follower's term.
#[derive(Clone, Debug)]
pub struct AppendEntriesReply {
    pub term: Term,
}

impl Rpc {
    /// The sender's term.
    pub fn sender_term(&self) -> Term {
        match self {
            Self::RequestVote(request) => request.term,
            Self::RequestVoteReply(reply) => reply.term,
            Self::AppendEntries(request) => request.term,
            Self::AppendEntriesReply(reply) => reply.term,
        }
    }
}

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        matches!(self, Self::RequestVoteReply(_) | Self::AppendEntriesReply(_))
    }

    fn size(&self) -> usize {
        16
    }

    fn term(&self) -> Option<Term> {
        Some(self.sender_term())
    }

    /// What `replay --topic vote` selects.
    fn topic(&self) -> Topic {
        match self {
            Self::RequestVote(_) | Self::RequestVoteReply(_) => Topic::Vote,
            Self::AppendEntries(_) | Self::AppendEntriesReply(_) => Topic::Append,
        }
    }

    /// What an arrow shows when a run is drawn (`replay --html`).
    fn label(&self) -> Option<String> {
        let label = match self {
            Self::RequestVote(_) => "vote?",
            Self::RequestVoteReply(reply) if reply.granted_to.is_some() => "yes",
            Self::RequestVoteReply(_) => "no",
            Self::AppendEntries(_) => "beat",
            Self::AppendEntriesReply(_) => "ok",
        };
        Some(label.to_owned())
    }
}
