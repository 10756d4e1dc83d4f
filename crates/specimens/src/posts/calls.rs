//! The calls that a server has open: what Go keeps in the goroutines that wait in labrpc's `Call`.
//!
//! It knows who was asked what, and in which term; not what the answer means.

use std::collections::BTreeMap;

use raftsim_node::{CallId, NodeId, Term, Topic};

/// The open calls of one life. Invariant: a number is given out once, and closed at most once.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    last: u64,
    open: BTreeMap<CallId, Call>,
}

/// One call, as long as it is open.
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

    /// Closes a call by its reply: the term that was asked in, or `None` if no such call is open to
    /// `from` (a reply twice delivered, or one that answers nothing that was asked).
    pub(crate) fn answer(&mut self, from: NodeId, id: CallId, topic: Topic) -> Option<Term> {
        let call = self.open.get(&id).filter(|call| call.to == from && call.topic == topic)?;
        let term = call.term;
        self.open.remove(&id);
        Some(term)
    }

    /// Closes a call that failed: what it was about, or `None` if no such call is open to `to`.
    pub(crate) fn fail(&mut self, to: NodeId, id: CallId) -> Option<Topic> {
        let call = self.open.get(&id).filter(|call| call.to == to)?;
        let topic = call.topic;
        self.open.remove(&id);
        Some(topic)
    }
}
