//! Messages on their way: what becomes of one that is sent, and its arrival.

use std::mem;

use raftsim_node::{Action, ActionOf, CallId, Duration, Event, Message, Node, NodeId, Time};

use crate::failure::Failure;
use crate::network::fate::{Cause, Fate, MessageName};
use crate::network::link::Ends;
use crate::network::rpc::{Called, POLL};
use crate::server::guard::inside;
use crate::trace::digest::message_digest;
use crate::trace::record::{Record, What};
use crate::trace::watch::{Vouched, Watch};
use crate::world::{Item, World};

/// A message on its way. Its addressee's life is fixed: what is meant for a life that has ended is
/// never given to the next. Kept small, since every message is moved into the queue and out of it.
#[derive(Clone)]
pub(crate) struct Letter<M> {
    message: M,
    head: Head,
}

/// What the world knows of a letter.
#[derive(Clone, Copy)]
struct Head {
    digest: u64,
    /// Its number on its link.
    seq: u64,
    size: u32,
    /// The life that sent it, to which its replies go.
    sender_life: u32,
    /// The life that it is for.
    life: u32,
    from: NodeId,
    to: NodeId,
    is_reply: bool,
    is_call: bool,
}

impl<M> Letter<M> {
    pub(crate) fn from(&self) -> NodeId {
        self.head.from
    }

    /// Takes the message out of a `Send`.
    #[inline]
    fn take<W>(action: &mut Action<M, W>, head: Head) -> Self {
        let Action::Send { message, .. } = mem::replace(action, Action::Note("sent")) else {
            unreachable!("only sends are sent")
        };
        Self { message, head }
    }
}

/// What the network needs to know of a message.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) is_reply: bool,
    pub(crate) size: u32,
    pub(crate) call: Option<CallId>,
    pub(crate) digest: u64,
}

/// What a message says of itself. Asking runs the node's code.
#[inline]
fn ask(message: &impl Message) -> (Facts, Vouched) {
    let facts = Facts {
        is_reply: message.is_reply(),
        size: u32::try_from(message.size()).unwrap_or(u32::MAX),
        call: message.call(),
        digest: message_digest(message),
    };
    (facts, Vouched { term: message.term(), promise: message.promise() })
}

/// A message that is handed to the network: its sender, its number on the link, and whose message
/// its sender handles.
#[derive(Clone, Copy)]
struct Sent<'a> {
    from: NodeId,
    seq: u64,
    facts: Facts,
    handling: Option<&'a Handling>,
}

/// What was decided of a message.
struct Course {
    /// The life that it is for: `None` if it will not arrive.
    life: Option<u32>,
    jitter: Duration,
    fate: Fate,
}

/// Whose message a server is handling: its replies go to that life.
#[derive(Clone, Copy)]
pub(crate) struct Handling {
    pub(crate) from: NodeId,
    pub(crate) life: u32,
    pub(crate) call: Option<CallId>,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Hands the message of a `Send` to the network, which decides its fate at once. It is taken out
    /// of the action only if it will arrive: one that is lost is never moved.
    pub(crate) fn send(
        &mut self,
        from: NodeId,
        action: &mut ActionOf<N>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        let Action::Send { to, message } = &*action else { unreachable!("only sends are sent") };
        let to = *to;
        if to == from || to.slot() >= self.cluster.size() {
            return Err(self.misaddressed(from, to));
        }
        let (facts, vouched) = inside(from, || ask(message));
        self.watch.vouched(&self.cluster, from, to, vouched)?;
        if !facts.is_reply {
            self.meters.requests += 1;
            self.meters.bytes += u64::from(facts.size);
        }
        let link = self.cluster.link_mut(from, to);
        let seq = link.handed;
        link.handed += 1;
        // What is lost, and no call either, needs no draw: nothing will come of it, at any time.
        if link.blocked && facts.call.is_none() {
            return self.tell_sent(from, action, seq, Fate::Drop(Cause::Blocked), facts.digest);
        }
        self.send_on(action, Sent { from, seq, facts, handling })
    }

    /// Sends a message that may arrive, or whose call fails. A function of its own, which needs many
    /// registers, so that what is lost at once needs few.
    #[inline(never)]
    fn send_on(&mut self, action: &mut ActionOf<N>, sent: Sent<'_>) -> Result<(), Failure> {
        let Action::Send { to, .. } = *action else { unreachable!("only sends are sent") };
        let Course { life, jitter, fate } = self.decide(to, &sent);
        let Sent { from, seq, facts, .. } = sent;
        let (time, sender_life) = (self.now(), self.cluster.life(from));
        self.tell_sent(from, action, seq, fate, facts.digest)?;
        if let Some(call) = facts.call {
            self.note_call(Called { from, to, life, sender_life, call, seq }, facts, jitter, fate)?;
        }
        let head = Head {
            digest: facts.digest,
            seq,
            size: facts.size,
            sender_life,
            life: life.unwrap_or(0),
            from,
            to,
            is_reply: facts.is_reply,
            is_call: facts.call.is_some(),
        };
        match fate {
            Fate::Drop(_) => Ok(()),
            Fate::Deliver(after) => {
                self.push_made(time + after, || Item::Deliver(Letter::take(action, head)))
            }
            Fate::Duplicate(first, second) => {
                self.push_twice([time + first, time + second], Letter::take(action, head))
            }
        }
    }

    /// Tells what becomes of the message of a `Send`.
    #[expect(clippy::inline_always, reason = "its callers know more of the fate")]
    #[inline(always)]
    fn tell_sent(
        &mut self,
        from: NodeId,
        action: &ActionOf<N>,
        seq: u64,
        fate: Fate,
        digest: u64,
    ) -> Result<(), Failure> {
        let Action::Send { to, ref message } = *action else { unreachable!("only sends are sent") };
        let (time, life) = (self.now(), self.cluster.life(from));
        let what = What::Sent { to, seq, fate, message };
        self.tell(&Record { time, node: Some(from), life, what }, Some(digest))
    }

    /// A message that arrives twice.
    #[cold]
    fn push_twice(&mut self, due: [Time; 2], letter: Letter<N::Message>) -> Result<(), Failure> {
        let copy = inside(letter.from(), || letter.clone());
        self.push(due[0], Item::Deliver(letter))?;
        self.push(due[1], Item::Deliver(copy))
    }

    /// The life that a message is for: the caller's for the answer to a call (`None` when no call
    /// waits for it), the asker's for a reply given while handling its request, else the present.
    #[inline]
    fn addressed_life(&self, to: NodeId, sent: &Sent<'_>) -> Option<u32> {
        let Sent { from, ref facts, handling, .. } = *sent;
        if facts.is_reply {
            if let Some(call) = facts.call {
                return self.asking_life(from, to, call, handling);
            }
            if let Some(handling) = handling.filter(|handling| handling.from == to) {
                return Some(handling.life);
            }
        }
        Some(self.cluster.life(to))
    }

    /// Decides what becomes of a message.
    fn decide(&mut self, to: NodeId, sent: &Sent<'_>) -> Course {
        let life = self.addressed_life(to, sent);
        let Sent { from, seq, ref facts, .. } = *sent;
        let addressee = self.cluster.server(to);
        let is_there = addressee.node.is_some() && life == Some(addressee.life);
        let ends = Ends { from, to, streams: &self.streams };
        let link = self.cluster.link_mut(from, to);
        if link.blocked || !is_there {
            let cause = match life {
                None => Cause::Unasked,
                Some(_) if link.blocked => Cause::Blocked,
                Some(_) => Cause::Down,
            };
            let jitter = match facts.call {
                Some(_) => link.jitter(seq, self.jitter, ends),
                None => Duration::ZERO,
            };
            return Course { life, jitter, fate: Fate::Drop(cause) };
        }
        let jitter = link.jitter(seq, self.jitter, ends);
        let fate = match self.fates.of(MessageName { from, to, seq }) {
            None => link.fate(seq, facts.is_reply, jitter, ends),
            Some(given) => self.use_given(given),
        };
        Course { life, jitter, fate }
    }

    /// A message arrives, if the life that it is for still lasts.
    #[expect(clippy::inline_always, reason = "beside the loop only what waited is handled")]
    #[inline(always)]
    pub(crate) fn deliver(&mut self, letter: Letter<N::Message>) -> Result<(), Failure> {
        let Head { digest, seq, sender_life, life, from, to, is_reply, .. } = letter.head;
        let addressee = self.cluster.server(to);
        let lives = addressee.node.is_some() && addressee.life == life;
        if lives && addressee.trouble.is_some() && self.cluster.is_held(to) {
            return self.wait_for(letter);
        }
        let call = if letter.head.is_call { inside(from, || letter.message.call()) } else { None };
        let asked = match call {
            Some(call) if is_reply => lives && self.calls.remove(&(to, call)).is_some(),
            Some(_) | None => true,
        };
        if !lives || !asked {
            self.emit(Some(to), What::Missed { from, seq })?;
            // labrpc tells the caller when the server is gone, the next time that it looks, unless
            // another copy of the request was answered.
            return match call.filter(|&call| !is_reply && self.waits(from, sender_life, call)) {
                Some(call) => self.call_failed(from, sender_life, call),
                None => Ok(()),
            };
        }
        if is_reply {
            self.meters.bytes += u64::from(letter.head.size);
        } else {
            self.cluster.server_mut(to).requests += 1;
        }
        let what = What::Received { from, seq, message: &letter.message };
        let record = Record { time: self.now(), node: Some(to), life, what };
        self.tell(&record, Some(digest))?;
        let handling = Handling { from, life: sender_life, call };
        let event = Event::Receive { from, message: letter.message };
        self.step(to, event, Some(&handling))?;
        match call.filter(|&call| !is_reply && self.waits(from, sender_life, call)) {
            Some(call) => {
                let next = self.now() + POLL;
                self.push(next, Item::CallPoll { caller: from, life: sender_life, call })
            }
            None => Ok(()),
        }
    }

    /// A message arrives for a server that is held up: it waits. If it is a call, labrpc looks
    /// after it as if its handler took its time.
    #[cold]
    fn wait_for(&mut self, letter: Letter<N::Message>) -> Result<(), Failure> {
        let Head { from, to, sender_life: life, is_reply, is_call, .. } = letter.head;
        let call = if is_call { inside(from, || letter.message.call()) } else { None };
        if let Some(call) = call.filter(|&call| !is_reply && self.waits(from, life, call)) {
            let next = self.now() + POLL;
            self.push(next, Item::CallPoll { caller: from, life, call })?;
        }
        self.hold_back(to, Item::Deliver(letter))
    }

    #[cold]
    fn misaddressed(&self, from: NodeId, to: NodeId) -> Failure {
        let size = self.cluster.size();
        let rule = format!("{from} sends to the other servers among n1..=n{size}");
        let whom = if to == from { "itself".to_owned() } else { format!("{to}, which is none") };
        Failure::contract("addressee exists", self.now(), [rule, format!("it sends to {whom}")])
    }
}
