//! What happens to a server, and what it does about it.

use crate::{Bytes, CallId, Command, Disk, Index, Node, NodeId, ProposalId, Term};

/// What happens to a server. Answer one that you do not know with an empty list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<M> {
    /// The server's clock reads [`Node::deadline`] or more.
    Timeout,
    /// A message arrived.
    Receive {
        /// Who sent it.
        from: NodeId,
        /// What it says.
        message: M,
    },
    /// An RPC failed: what labrpc's `Call` returning false tells. Only for messages that are calls
    /// ([`crate::Message::call`]); each call is answered once, by its reply or by this.
    CallFailed {
        /// Who was called.
        to: NodeId,
        /// Which call.
        call: CallId,
    },
    /// A client wants this replicated (the lab's `Start`). Answer with exactly one
    /// [`Action::Accept`] or [`Action::Reject`] in the list that this step returns.
    Propose {
        /// The proposal's number, which the answer carries.
        id: ProposalId,
        /// What to replicate.
        command: Command,
    },
    /// The service has folded all entries through this index into a snapshot, and the log may
    /// forget them (the lab's `Snapshot`).
    Compact {
        /// The last entry folded.
        through: Index,
        /// The service's bytes.
        snapshot: Bytes,
    },
    /// An operator orders the server to stand for election at once. A leader ignores it.
    Campaign,
}

/// What a server does. The list that [`Node::step`] returns is done in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action<M, W> {
    /// Write to disk: durable before anything after it happens.
    Persist(W),
    /// Hand a message to the network.
    Send {
        /// Whom it is for: another server.
        to: NodeId,
        /// What it says.
        message: M,
    },
    /// A proposal was appended: the lab's `Start` returning true.
    Accept {
        /// Which proposal.
        id: ProposalId,
        /// Where it will stand if it is ever committed.
        index: Index,
        /// The term in which it was appended.
        term: Term,
    },
    /// A proposal was refused: this server is not the leader.
    Reject {
        /// Which proposal.
        id: ProposalId,
        /// Who leads, if the server believes to know.
        leader: Option<NodeId>,
    },
    /// Hand a committed entry to the service (the lab's `applyCh`).
    Apply {
        /// The entry's index: within a life, one more than the last.
        index: Index,
        /// The entry's term.
        term: Term,
        /// The command; `None` for an entry of the Raft's own (a no-op, a change of membership).
        command: Option<Command>,
    },
    /// Replace the service's state by a snapshot received from the leader.
    Restore {
        /// The last entry that the snapshot stands for.
        index: Index,
        /// That entry's term.
        term: Term,
        /// The service's bytes, as some server's [`Event::Compact`] brought them.
        snapshot: Bytes,
    },
    /// Why, for people who read the trace. Never judged, not in the digest; send it only when
    /// [`crate::Boot::notes`] asks.
    Note(&'static str),
}

/// The actions of a node.
pub type ActionOf<N> = Action<<N as Node>::Message, <<N as Node>::Disk as Disk>::Write>;
