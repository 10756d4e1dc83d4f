//! Records: one typed value for everything that happens.

use std::sync::Arc;

use raftsim_node::{CallId, Disk, Index, Node, NodeId, ProposalId, Status, Term, Time, Touched};

use crate::fault::Fault;
use crate::network::fate::Fate;

/// What happened, when, and to which server.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<What> {
    /// The world's time.
    pub time: Time,
    /// The server to which it happened; `None` for the world.
    pub node: Option<NodeId>,
    /// The server's life at that time, from 1; 0 before the first and for the world.
    pub life: u32,
    /// What happened.
    pub what: What,
}

/// What happened. `M` is the type of messages, `W` of disk writes, `B` of opaque bytes, `F` of
/// faults and `T` of texts: owned types in a recorded trace ([`RecordOf`]), borrowed ones while it
/// happens ([`Seen`]).
#[derive(Clone, Debug, PartialEq)]
pub enum What<M, W, B, F = Box<Fault>, T = Arc<str>> {
    /// A life began, with this status.
    Booted(Status),
    /// A life ended.
    Crashed,
    /// The server's deadline had come.
    Timeout,
    /// A message arrived.
    Received {
        /// The sender.
        from: NodeId,
        /// Its number on that link.
        seq: u64,
        /// The message.
        message: M,
    },
    /// A message arrived for a life that has ended, or an answer to a call that is not open any
    /// more. The server did not get it.
    Missed {
        /// The sender.
        from: NodeId,
        /// Its number on that link.
        seq: u64,
    },
    /// A call that the server made failed.
    CallFailed {
        /// The callee.
        to: NodeId,
        /// The call's number.
        call: CallId,
    },
    /// A client proposed a command.
    Proposed {
        /// The proposal's number.
        id: ProposalId,
        /// The command to replicate.
        command: B,
    },
    /// The service handed a snapshot to its server.
    Compacted {
        /// The index of the last entry that the snapshot covers.
        through: Index,
        /// The service's bytes.
        snapshot: B,
    },
    /// A step changed the server's status to this one. The actions of its list follow, and are
    /// those of a server with this status; the cluster still shows the old one.
    Became(Status),
    /// The list after a [`What::Became`] is done, and the cluster shows the new status. This record
    /// never comes if the server crashes within the list.
    Settled,
    /// The server, which is up, does not run its code from now on: it is paused, or its list of
    /// actions waits for the disk.
    Suspended,
    /// The server runs its code again, and handles what waited for it next. This record never comes
    /// if the life ends first.
    Resumed,
    /// A write became durable.
    Persisted {
        /// What was written.
        write: W,
        /// What it changed.
        touched: Touched,
    },
    /// A message was handed to the network.
    Sent {
        /// The addressee.
        to: NodeId,
        /// Its number on that link.
        seq: u64,
        /// What happens to it.
        fate: Fate,
        /// Whether the fate was given by the message's name, instead of drawn. It is not in the
        /// digest: a run whose fates are all given is the same run.
        is_given: bool,
        /// The message.
        message: M,
    },
    /// A proposal was appended.
    Accepted {
        /// The proposal's number.
        id: ProposalId,
        /// The index at which its command was appended.
        index: Index,
        /// The term in which it was appended.
        term: Term,
    },
    /// A proposal was refused.
    Rejected {
        /// The proposal's number.
        id: ProposalId,
        /// The leader, if the server knows one.
        leader: Option<NodeId>,
    },
    /// An entry was handed to the server's service.
    Applied {
        /// Its index.
        index: Index,
        /// Its term, if the node knows it.
        term: Option<Term>,
        /// Its command; `None` for an entry that the Raft appended by itself (a no-op).
        command: Option<B>,
    },
    /// A snapshot was handed to the server's service.
    Restored {
        /// The index of the last entry that the snapshot covers.
        index: Index,
        /// That entry's term, if the node knows it.
        term: Option<Term>,
        /// The service's bytes.
        snapshot: B,
    },
    /// The node noted why it did something. It is not in the digest.
    Noted(T),
    /// The node's program printed this line. It is not in the digest.
    Printed(T),
    /// A fault was injected, and changed something.
    Fault(F),
    /// The scenario recorded a point of its course.
    Marked {
        /// The scenario's verb.
        verb: &'static str,
        /// The server that it found or chose, if any.
        node: Option<NodeId>,
        /// A term, an index or a count, depending on the verb.
        number: u64,
    },
}

/// A record with owned values, as a trace keeps it.
pub type RecordOf<N> =
    Record<What<<N as Node>::Message, <<N as Node>::Disk as Disk>::Write, raftsim_node::Bytes>>;

/// What happens, with borrowed values, while it happens.
pub type Seen<'a, N> = What<
    &'a <N as Node>::Message,
    &'a <<N as Node>::Disk as Disk>::Write,
    &'a raftsim_node::Bytes,
    &'a Fault,
    &'a Arc<str>,
>;

impl<M, W, B> Record<What<M, W, B>> {
    /// The same record with borrowed values.
    pub fn as_seen(&self) -> Record<What<&M, &W, &B, &Fault, &Arc<str>>> {
        let Self { time, node, life, ref what } = *self;
        Record { time, node, life, what: what.map(|m| m, |w| w, |b| b, |f| &**f, |t| t) }
    }
}

impl<M: Clone, W: Clone, B: Clone> Record<What<&M, &W, &B, &Fault, &Arc<str>>> {
    /// Whether the record has values that a node made: copying them runs the node's code.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(crate) fn has_nodes_values(&self) -> bool {
        matches!(self.what, What::Received { .. } | What::Sent { .. } | What::Persisted { .. })
    }

    /// The same record at another place in memory. What is done with that place does not keep the
    /// record itself from being in registers alone.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(crate) fn anew(&self) -> Self {
        let Self { time, node, life, ref what } = *self;
        let what = what.map(
            |message| *message,
            |write| *write,
            |bytes| *bytes,
            |fault| *fault,
            |text| *text,
        );
        Self { time, node, life, what }
    }

    /// The same record with owned values.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(crate) fn to_owned(&self) -> Record<What<M, W, B>> {
        let Self { time, node, life, ref what } = *self;
        let fault = |fault: &&Fault| Box::new((*fault).clone());
        let text = |text: &&Arc<str>| (*text).clone();
        let what = what.map(|m| (*m).clone(), |w| (*w).clone(), |b| (*b).clone(), fault, text);
        Record { time, node, life, what }
    }
}

impl<M, W, B, F, T> What<M, W, B, F, T> {
    /// Whether it is the record of an event that the server handles, in a call of its `step`. An
    /// order to stand for election is the record of a fault, and does not count.
    pub fn is_event(&self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::Received { .. }
                | Self::CallFailed { .. }
                | Self::Proposed { .. }
                | Self::Compacted { .. }
        )
    }

    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(crate) fn map<'a, M2, W2, B2, F2, T2>(
        &'a self,
        message_of: impl Fn(&'a M) -> M2,
        write_of: impl Fn(&'a W) -> W2,
        bytes_of: impl Fn(&'a B) -> B2,
        fault_of: impl Fn(&'a F) -> F2,
        text_of: impl Fn(&'a T) -> T2,
    ) -> What<M2, W2, B2, F2, T2> {
        match *self {
            Self::Booted(status) => What::Booted(status),
            Self::Crashed => What::Crashed,
            Self::Timeout => What::Timeout,
            Self::Received { from, seq, ref message } => {
                What::Received { from, seq, message: message_of(message) }
            }
            Self::Missed { from, seq } => What::Missed { from, seq },
            Self::CallFailed { to, call } => What::CallFailed { to, call },
            Self::Proposed { id, ref command } => What::Proposed { id, command: bytes_of(command) },
            Self::Compacted { through, ref snapshot } => {
                What::Compacted { through, snapshot: bytes_of(snapshot) }
            }
            Self::Became(status) => What::Became(status),
            Self::Settled => What::Settled,
            Self::Suspended => What::Suspended,
            Self::Resumed => What::Resumed,
            Self::Persisted { ref write, touched } => {
                What::Persisted { write: write_of(write), touched }
            }
            Self::Sent { to, seq, fate, is_given, ref message } => {
                What::Sent { to, seq, fate, is_given, message: message_of(message) }
            }
            Self::Accepted { id, index, term } => What::Accepted { id, index, term },
            Self::Rejected { id, leader } => What::Rejected { id, leader },
            Self::Applied { index, term, ref command } => {
                What::Applied { index, term, command: command.as_ref().map(bytes_of) }
            }
            Self::Restored { index, term, ref snapshot } => {
                What::Restored { index, term, snapshot: bytes_of(snapshot) }
            }
            Self::Noted(ref why) => What::Noted(text_of(why)),
            Self::Printed(ref text) => What::Printed(text_of(text)),
            Self::Fault(ref fault) => What::Fault(fault_of(fault)),
            Self::Marked { verb, node, number } => What::Marked { verb, node, number },
        }
    }
}
