//! What servers send each other: as much of it as the harness needs to know.

use alloc::string::String;
use core::fmt::Debug;

use crate::{CallId, Digest, Index, NodeId, Term};

/// A message between servers. Only the first two methods have no default. Each of the others lets
/// the harness see, and check, a little more.
///
/// ```
/// use raftsim_node::{Message, NodeId, Promise, Term};
///
/// #[derive(Clone, Debug)]
/// enum Rpc {
///     RequestVote { term: Term, candidate: NodeId },
///     RequestVoteReply { term: Term, granted_to: Option<NodeId> },
/// }
///
/// impl Message for Rpc {
///     fn is_reply(&self) -> bool {
///         matches!(self, Rpc::RequestVoteReply { .. })
///     }
///
///     fn size(&self) -> usize {
///         9
///     }
///
///     fn term(&self) -> Option<Term> {
///         match self {
///             Rpc::RequestVote { term, .. } | Rpc::RequestVoteReply { term, .. } => Some(*term),
///         }
///     }
///
///     /// Both are sent only once the sender's vote is on its disk, and the harness checks that.
///     fn promise(&self) -> Option<Promise> {
///         match *self {
///             Rpc::RequestVote { candidate, .. } => Some(Promise::Vote { candidate }),
///             Rpc::RequestVoteReply { granted_to, .. } => {
///                 granted_to.map(|candidate| Promise::Vote { candidate })
///             }
///         }
///     }
/// }
///
/// let refused = Rpc::RequestVoteReply { term: 3, granted_to: None };
/// assert_eq!((refused.term(), refused.promise(), refused.call()), (Some(3), None, None));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no message for raftsim: it does not implement the trait `Message`",
    note = "write `impl Message for {Self}`; `is_reply` and `size` are all that it must have"
)]
pub trait Message: Clone + Debug {
    /// Whether this answers a request. A network may treat requests and replies differently, as
    /// labrpc does.
    fn is_reply(&self) -> bool;

    /// The number of bytes that the message would take on a wire. The lab sets limits to the sum.
    fn size(&self) -> usize;

    /// For Rafts that are written in RPC style: the number of the call that this request begins, or
    /// that this reply answers. If the call fails, the caller gets [`crate::Event::CallFailed`].
    fn call(&self) -> Option<CallId> {
        None
    }

    /// What the message is about, for filters of traces.
    fn topic(&self) -> Topic {
        Topic::Other
    }

    /// The sender's term, if the message has it. The harness checks that it is on the sender's disk
    /// when the message is sent.
    fn term(&self) -> Option<Term> {
        None
    }

    /// A promise of the sender about its own disk, as it is when the message is sent. The harness
    /// checks the promise.
    fn promise(&self) -> Option<Promise> {
        None
    }

    /// A few characters for the message on a drawing of a run, where its `Debug` text has no room,
    /// such as `vote?` for a request for a vote, `yes` and `no` for answers, `2@1` for an entry or
    /// `3..5@2` for several (index and term). `None`: the first word of its `Debug` text. It is
    /// for people alone: it is not judged, nor part of the digest, and no run asks for it.
    fn label(&self) -> Option<String> {
        None
    }

    /// Feeds the message to the run's digest. The default feeds its `Debug` text. A method of your
    /// own is faster; it must feed every field, and feed the same on every machine.
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

/// A promise of a message's sender about its own disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Promise {
    /// The sender's vote in the message's term is for this candidate. A candidate that asks for
    /// votes has voted for itself.
    Vote {
        /// The candidate that has the vote.
        candidate: NodeId,
    },
    /// The sender's log has the entries that the message acknowledges.
    Stored {
        /// The index of the last of them.
        through: Index,
    },
}
