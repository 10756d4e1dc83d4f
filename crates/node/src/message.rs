//! What servers send each other, as far as the harness needs to know.

use core::fmt::Debug;

use crate::{CallId, Digest, Index, NodeId, Term};

/// A message between servers. Only the first two methods must be written; each of the others lets
/// the harness see, and check, a little more.
pub trait Message: Clone + Debug {
    /// Whether this answers a request. Networks treat the two apart, as labrpc does.
    fn is_reply(&self) -> bool;

    /// Bytes on the wire, for the lab's meters.
    fn size(&self) -> usize;

    /// For Rafts written in RPC style: the number of the call that this request opens, or that this
    /// reply answers. Such a caller is told of a failure by [`crate::Event::CallFailed`].
    fn call(&self) -> Option<CallId> {
        None
    }

    /// What it is about, for filters and faults.
    fn topic(&self) -> Topic {
        Topic::Other
    }

    /// The sender's term. It must be on the sender's disk when the message is sent.
    fn term(&self) -> Option<Term> {
        None
    }

    /// What the sender vouches is on its disk when the message is sent.
    fn promise(&self) -> Option<Promise> {
        None
    }

    /// Feeds the message to the run's digest. The default feeds its `Debug` text; override it for
    /// speed, feeding every field, the same on every machine.
    fn digest(&self, digest: &mut Digest) {
        digest.debug(self);
    }
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// `RequestVote` and its reply.
    Vote,
    /// `AppendEntries` and its reply, heartbeats too.
    Append,
    /// `InstallSnapshot` and its reply.
    Snapshot,
    /// Anything else.
    Other,
}

/// What a message's sender vouches is on its disk, in the message's term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Promise {
    /// The sender's vote in the message's term is for this candidate (itself, when it asks for
    /// votes).
    Vote {
        /// For whom.
        candidate: NodeId,
    },
    /// The sender's log holds the entries that it acknowledges.
    Stored {
        /// Through this index.
        through: Index,
    },
}
