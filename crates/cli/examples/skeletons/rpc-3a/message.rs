//! What servers send each other in part 3A (Figure 2), in RPC style: a request begins a call, and
//! the reply carries the call's number back.

use raftsim::{CallId, Message, NodeId, Term, Topic};

#[derive(Clone, Debug)]
pub struct Rpc {
    pub call: CallId,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub enum Body {
    Request(Request),
    Reply(Reply),
}

/// What a caller asks: the name of the remote function, and its arguments.
#[derive(Clone, Debug)]
pub enum Request {
    RequestVote(RequestVoteArgs),
    AppendEntries(AppendEntriesArgs),
}

/// What the remote function returns.
#[derive(Clone, Debug)]
pub enum Reply {
    RequestVote(RequestVoteReply),
    AppendEntries(AppendEntriesReply),
}

#[derive(Clone, Debug)]
pub struct RequestVoteArgs {
    pub term: Term,
    pub candidate: NodeId,
}

#[derive(Clone, Debug)]
pub struct RequestVoteReply {
    pub term: Term,
    pub vote_granted: bool,
}

#[derive(Clone, Debug)]
pub struct AppendEntriesArgs {
    pub term: Term,
    pub leader: NodeId,
}

#[derive(Clone, Debug)]
pub struct AppendEntriesReply {
    pub term: Term,
}

impl Rpc {
    /// The sender's term.
    pub fn sender_term(&self) -> Term {
        match &self.body {
            Body::Request(Request::RequestVote(args)) => args.term,
            Body::Request(Request::AppendEntries(args)) => args.term,
            Body::Reply(Reply::RequestVote(reply)) => reply.term,
            Body::Reply(Reply::AppendEntries(reply)) => reply.term,
        }
    }
}

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        matches!(self.body, Body::Reply(_))
    }

    fn size(&self) -> usize {
        24
    }

    /// With this the harness knows which call a lost message belongs to, and reports `CallFailed`.
    fn call(&self) -> Option<CallId> {
        Some(self.call)
    }

    fn term(&self) -> Option<Term> {
        Some(self.sender_term())
    }

    /// What `replay --topic vote` selects.
    fn topic(&self) -> Topic {
        match self.body {
            Body::Request(Request::RequestVote(_)) | Body::Reply(Reply::RequestVote(_)) => {
                Topic::Vote
            }
            Body::Request(Request::AppendEntries(_)) | Body::Reply(Reply::AppendEntries(_)) => {
                Topic::Append
            }
        }
    }

    /// What an arrow shows when a run is drawn (`replay --html`).
    fn label(&self) -> Option<String> {
        let label = match &self.body {
            Body::Request(Request::RequestVote(_)) => "vote?",
            Body::Reply(Reply::RequestVote(reply)) if reply.vote_granted => "yes",
            Body::Reply(Reply::RequestVote(_)) => "no",
            Body::Request(Request::AppendEntries(_)) => "beat",
            Body::Reply(Reply::AppendEntries(_)) => "ok",
        };
        Some(label.to_owned())
    }
}
