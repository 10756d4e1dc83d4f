//! The open calls of a server, which in Go are the goroutines that wait in labrpc's `Call`.
//!
//! It knows to which server each call goes, its topic and its term. It does not know what an answer
//! means.

use std::collections::BTreeMap;
use std::fmt;

use raftsim_node::{CallId, NodeId, Term, Topic};

/// The open calls of one life. Invariant: each number is used for one call, which is closed at most
/// once.
#[derive(Default)]
pub(crate) struct Calls {
    last: u64,
    open: BTreeMap<CallId, Call>,
}

/// An open call.
#[derive(Clone, Copy, Debug)]
struct Call {
    to: NodeId,
    topic: Topic,
    term: Term,
}

impl Calls {
    /// Opens a call to `to`, whose arguments carry `term`.
    pub(crate) fn open(&mut self, to: NodeId, topic: Topic, term: Term) -> CallId {
        self.last += 1;
        let id = CallId(self.last);
        self.open.insert(id, Call { to, topic, term });
        id
    }

    /// Closes a call by its reply. Returns the term of the call; `None` if no such call to `from`
    /// is open, because the reply was delivered twice or answers no request.
    pub(crate) fn answer(&mut self, from: NodeId, id: CallId, topic: Topic) -> Option<Term> {
        let call = self.open.get(&id).filter(|call| call.to == from && call.topic == topic)?;
        let term = call.term;
        self.open.remove(&id);
        Some(term)
    }

    /// Closes a call that failed. Returns its topic; `None` if no such call to `to` is open.
    pub(crate) fn fail(&mut self, to: NodeId, id: CallId) -> Option<Topic> {
        let call = self.open.get(&id).filter(|call| call.to == to)?;
        let topic = call.topic;
        self.open.remove(&id);
        Some(topic)
    }
}

impl fmt::Debug for Calls {
    /// Prints a line for each open call.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.open.iter().map(|(id, call)| Open(*id, *call));
        out.debug_list().entries(open).finish()
    }
}

/// An open call with its number.
struct Open(CallId, Call);

impl fmt::Debug for Open {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(CallId(id), Call { to, topic, term }) = self;
        write!(out, "#{id} {topic:?} to {to}, term {term}")
    }
}
