//! What the servers send each other: any JSON value, and as much about it as the program says.

use std::fmt;
use std::sync::Arc;

use raftsim_node::{CallId, Digest, Message, Term, Topic};

/// A message of a program's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    /// The JSON value, as the program wrote it.
    pub(crate) body: Arc<str>,
    /// See [`Message::size`].
    pub(crate) size: usize,
    pub(crate) is_reply: bool,
    pub(crate) call: Option<u64>,
    pub(crate) term: Option<Term>,
    pub(crate) topic: Topic,
    /// See [`Message::label`].
    pub(crate) label: Option<Arc<str>>,
}

impl fmt::Debug for Packet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.body)
    }
}

#[doc(hidden)]
impl Message for Packet {
    fn is_reply(&self) -> bool {
        self.is_reply
    }

    fn size(&self) -> usize {
        self.size
    }

    fn call(&self) -> Option<CallId> {
        self.call.map(CallId)
    }

    fn topic(&self) -> Topic {
        self.topic
    }

    fn term(&self) -> Option<Term> {
        self.term
    }

    fn label(&self) -> Option<String> {
        self.label.as_deref().map(str::to_owned)
    }

    fn digest(&self, digest: &mut Digest) {
        let given = |word: Option<u64>| [u64::from(word.is_some()), word.unwrap_or(0)];
        let ([has_call, call], [has_term, term]) = (given(self.call), given(self.term));
        digest.pair(call, has_call | u64::from(self.is_reply) << 1);
        digest.pair(term, has_term | kind(self.topic) << 1);
        digest.bytes(self.body.as_bytes());
    }
}

/// A number for each topic.
fn kind(topic: Topic) -> u64 {
    match topic {
        Topic::Vote => 1,
        Topic::Append => 2,
        Topic::Snapshot => 3,
        Topic::Other | _ => 0,
    }
}
