//! What happens to a server, and what it does in answer.

use alloc::sync::Arc;

use crate::{Bytes, CallId, Command, Disk, Index, Node, NodeId, ProposalId, Term};

/// What happens to a server. A node answers an event that it does not know with an empty list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<M> {
    /// The server's clock has reached [`Node::deadline`].
    Timeout,
    /// A message arrived.
    Receive {
        /// The server that sent it.
        from: NodeId,
        /// The message.
        message: M,
    },
    /// A call failed, as when labrpc's `Call` returns false. It happens only if the node's messages
    /// have call numbers ([`crate::Message::call`]). Each call is answered once: by its reply or by
    /// this event.
    CallFailed {
        /// The server that was called.
        to: NodeId,
        /// The number of the call.
        call: CallId,
    },
    /// A client proposes a command (the lab's `Start`). The server must answer it with exactly one
    /// [`Action::Accept`] or [`Action::Reject`]: in the list that this step returns, or in a later
    /// one, for which the client waits. If a server runs its code for 30 seconds, by a clock at the
    /// true rate, and does not answer, the run fails. A crash ends the wait. An answer in a later
    /// life, and a second answer, are failures too. A proposal becomes one entry at most: a server
    /// that passes it on makes sure that a second copy of its message adds none.
    Propose {
        /// The proposal's number, which the answer carries.
        id: ProposalId,
        /// The command to replicate.
        command: Command,
    },
    /// The service has made a snapshot of its state after all entries through `through`, so the log
    /// may discard them (the lab's `Snapshot`).
    Compact {
        /// The index of the last entry that the snapshot stands for.
        through: Index,
        /// The service's state, as bytes that only the service understands.
        snapshot: Bytes,
    },
    /// An operator orders the server to stand for election at once, as if its election timer had
    /// ended. A server that leads ignores it.
    Campaign,
}

/// What a server does. The actions of the list that [`Node::step`] returns are done in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action<M, W> {
    /// Write to the disk. The write is durable before the next action is done.
    Persist(W),
    /// Hand a message to the network.
    Send {
        /// The addressee: another server.
        to: NodeId,
        /// The message.
        message: M,
    },
    /// A proposal was appended to the log (the lab's `Start` returns true).
    Accept {
        /// The proposal's number.
        id: ProposalId,
        /// The index that the command will have if it is ever committed.
        index: Index,
        /// The term in which it was appended: the server's own, or one in which the server was
        /// since the proposal, if it answers later.
        term: Term,
    },
    /// A proposal was refused, because this server does not lead (the lab's `Start` returns false).
    Reject {
        /// The proposal's number.
        id: ProposalId,
        /// The leader, if the server believes that it knows the leader.
        leader: Option<NodeId>,
    },
    /// Hand a committed entry to the service (the lab's `applyCh`).
    Apply {
        /// The entry's index: one more than that of the last entry applied or restored since the
        /// boot. The first entry after a boot follows the snapshot on disk.
        index: Index,
        /// The entry's term; `None` if the node does not know it, as the lab's `ApplyMsg` does not
        /// say it. The oracles judge what they get to know.
        term: Option<Term>,
        /// The command, or `None` for an entry of the Raft's own (a no-op, a change of membership).
        command: Option<Command>,
    },
    /// Replace the service's state by a snapshot that the leader sent.
    Restore {
        /// The index of the last entry that the snapshot stands for.
        index: Index,
        /// That entry's term; `None` if the node does not know it.
        term: Option<Term>,
        /// The service's state, as some server's [`Event::Compact`] brought it.
        snapshot: Bytes,
    },
    /// The reason for what follows, for people who read the trace. It is neither judged nor part of
    /// the digest. Return it only if [`crate::Boot::notes`] is set.
    Note(Arc<str>),
    /// What the node's program printed, as it is: one or more lines. Each line that is not blank
    /// becomes one of a recorded trace, for people who read it (`replay --topic log`). It is
    /// neither judged nor part of the digest, and a crash after a number of actions does not count
    /// it. What a program prints must not depend on whether anybody reads it, so a node returns it
    /// always.
    Output(Arc<str>),
}

impl<M, W> Action<M, W> {
    /// An [`Action::Note`] of this text.
    pub fn note(why: &str) -> Self {
        Self::Note(why.into())
    }
}

/// The actions of a node.
pub type ActionOf<N> = Action<<N as Node>::Message, <<N as Node>::Disk as Disk>::Write>;
