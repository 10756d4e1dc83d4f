//! What the servers of a Go package send each other.

use std::fmt;
use std::sync::Arc;

use raftsim_node::{Bytes, CallId, Digest, Message, Term, Topic};

/// A request or a reply of the package's own.
#[derive(Clone)]
pub struct Rpc {
    /// The number of the call, among those of the server that calls.
    pub(crate) call: u64,
    pub(crate) is_reply: bool,
    /// The name that the package gives to `Call`, such as `Raft.AppendEntries`.
    pub(crate) name: Arc<str>,
    /// The field `Term`, if there is one.
    pub(crate) term: Option<Term>,
    /// The arguments or the reply, in the shim's own encoding (`shim/wire.go`).
    pub(crate) body: Bytes,
    /// What the body holds, as `fmt` prints it, if the run is recorded.
    pub(crate) text: Option<Arc<str>>,
}

impl Rpc {
    /// The name of the handler.
    fn method(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

impl fmt::Debug for Rpc {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reply = if self.is_reply { "Reply" } else { "" };
        write!(out, "{}{reply}", self.method())?;
        match &self.text {
            Some(text) => out.write_str(text),
            None => write!(out, "({} bytes)", self.body.len()),
        }
    }
}

#[doc(hidden)]
impl Message for Rpc {
    fn is_reply(&self) -> bool {
        self.is_reply
    }

    fn size(&self) -> usize {
        self.name.len() + self.body.len()
    }

    fn call(&self) -> Option<CallId> {
        Some(CallId(self.call))
    }

    /// By the names that the paper gives to messages, and parts of these names.
    fn topic(&self) -> Topic {
        let method = self.method();
        if method.contains("Vote") {
            Topic::Vote
        } else if method.contains("Snapshot") {
            Topic::Snapshot
        } else if method.contains("Append") || method.contains("Heartbeat") {
            Topic::Append
        } else {
            Topic::Other
        }
    }

    fn term(&self) -> Option<Term> {
        self.term
    }

    /// What the topic and the text show: `vote?`, and `yes` or `no` for a reply with one truth value.
    fn label(&self) -> Option<String> {
        let text = self.text.as_deref()?;
        let label = match (self.is_reply, text.contains(":true"), text.contains(":false")) {
            (false, _, _) if self.topic() == Topic::Vote => "vote?",
            (true, true, false) => "yes",
            (true, false, true) => "no",
            _ => return None,
        };
        Some(label.to_owned())
    }

    fn digest(&self, digest: &mut Digest) {
        digest.pair(self.call, u64::from(self.is_reply));
        digest.bytes(self.name.as_bytes());
        digest.bytes(&self.body);
    }
}
