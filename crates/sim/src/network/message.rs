//! Messages in flight: what is kept of each until it arrives.

use std::mem;

use raftsim_node::{Action, CallId, Digest, Message, NodeId, ProposalId};

/// A message in flight. The life that it is for is fixed when it is sent: a message for a life that
/// has ended is never given to the next one. The struct is small, since every message is moved into
/// the queue and out of it.
#[derive(Clone)]
pub(crate) struct Letter<M> {
    pub(crate) message: M,
    pub(crate) head: Head,
}

/// What the world knows about a letter.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    pub(crate) digest: u64,
    /// Its number on its link.
    pub(crate) seq: u64,
    /// Bytes on the wire.
    pub(crate) size: u32,
    /// The life that sent it: replies to it go to this life.
    pub(crate) sender_life: u32,
    /// The life that it is for.
    pub(crate) life: u32,
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) is_reply: bool,
    pub(crate) is_call: bool,
}

/// An [`Action::Send`] in a list of actions. The message is moved out of the list only if it will
/// arrive: in a partitioned cluster most messages are lost, and to move each would cost 3 % of a
/// run.
pub(crate) struct Outgoing<'a, M, W>(&'a mut Action<M, W>);

impl<'a, M, W> Outgoing<'a, M, W> {
    /// Wraps `action`, which must be an [`Action::Send`].
    #[inline]
    pub(crate) fn new(action: &'a mut Action<M, W>) -> Self {
        Self(action)
    }

    /// The addressee and the message.
    #[inline]
    pub(crate) fn parts(&self) -> (NodeId, &M) {
        let Action::Send { to, message } = &*self.0 else { unreachable!("only sends are sent") };
        (*to, message)
    }

    /// Moves the message out of the list.
    #[inline]
    pub(crate) fn take(self) -> M {
        // What stays in its place is never done. It owns nothing, so it costs little to drop.
        let done = Action::Reject { id: ProposalId(0), leader: None };
        let sent = mem::replace(self.0, done);
        let Action::Send { message, .. } = sent else { unreachable!("only sends are sent") };
        message
    }
}

/// What a message says about itself.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) is_reply: bool,
    pub(crate) size: u32,
    pub(crate) call: Option<CallId>,
    pub(crate) digest: u64,
}

impl Facts {
    /// Reads them from a message: this runs the node's code.
    #[inline]
    pub(crate) fn of(message: &impl Message) -> Self {
        Self {
            is_reply: message.is_reply(),
            size: u32::try_from(message.size()).unwrap_or(u32::MAX),
            call: message.call(),
            digest: message_digest(message),
        }
    }
}

/// The digest of one message. Every record with the message feeds this one word.
#[inline]
pub(crate) fn message_digest(message: &impl Message) -> u64 {
    let mut digest = Digest::new();
    message.digest(&mut digest);
    digest.value()
}

/// The message that a server handles: its sender, the life that sent it and its call. Replies to
/// the sender go to that life.
#[derive(Clone, Copy)]
pub(crate) struct Handling {
    pub(crate) from: NodeId,
    pub(crate) life: u32,
    pub(crate) call: Option<CallId>,
}
