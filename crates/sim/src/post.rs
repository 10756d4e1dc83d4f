//! Messages on their way; RPC calls and their failures, as labrpc has them.

use std::mem;

use raftsim_node::{Action, ActionOf, CallId, Duration, Event, Message, Node, NodeId, Time};

use crate::failure::Failure;
use crate::fate::{Cause, Fate, MessageName};
use crate::guard::inside;
use crate::network::Ends;
use crate::record::{Record, What, message_digest};
use crate::watch::{Vouched, Watch};
use crate::world::{Item, World};

/// How often labrpc looks whether the server that handles a call is still there.
const POLL: Duration = Duration::from_millis(100);

/// A message on its way. Its addressee's life is fixed: what is meant for a life that has ended is
/// never given to the next. Kept small, since every message is moved into the queue and out of it.
#[derive(Clone)]
pub(crate) struct Letter<M> {
    message: M,
    digest: u64,
    /// Its number on its link.
    n: u64,
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
        self.from
    }
}

/// What the network needs to know of a message.
#[derive(Clone, Copy)]
struct Facts {
    is_reply: bool,
    size: u32,
    call: Option<CallId>,
    digest: u64,
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

/// What was decided of a message.
struct Course {
    /// Its number on its link.
    n: u64,
    /// The life that it is for: `None` if it will not arrive.
    life: Option<u32>,
    stir: Duration,
    fate: Fate,
}

/// Whose message a server is handling: its replies go to that life.
#[derive(Clone, Copy)]
pub(crate) struct Handling {
    from: NodeId,
    life: u32,
    call: Option<CallId>,
}

/// A call that was neither answered nor failed.
pub(crate) struct PendingCall {
    /// The caller's life.
    pub(crate) life: u32,
    to: NodeId,
    /// The life that was called.
    called: u32,
    /// The answer, or the failure, is on its way.
    settled: bool,
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
        let Course { n, life, stir, fate } = self.decide(from, to, facts, handling);
        let (time, sender_life) = (self.now(), self.cluster.life(from));
        let what = What::Sent { to, n, fate, message };
        let record = Record { time, node: Some(from), life: sender_life, what };
        self.tell(&record, Some(facts.digest))?;
        if let Some(call) = facts.call {
            self.note_call(Called { from, to, life, sender_life, call, n }, facts, stir, fate)?;
        }
        let mut letter = || {
            let taken = mem::replace(action, Action::Note("sent"));
            let Action::Send { message, .. } = taken else { unreachable!("seen above") };
            Letter {
                message,
                digest: facts.digest,
                n,
                size: facts.size,
                sender_life,
                life: life.unwrap_or(0),
                from,
                to,
                is_reply: facts.is_reply,
                is_call: facts.call.is_some(),
            }
        };
        match fate {
            Fate::Drop(_) => Ok(()),
            Fate::Deliver(after) => self.push_made(time + after, || Item::Deliver(letter())),
            Fate::Duplicate(first, second) => {
                self.push_twice([time + first, time + second], letter())
            }
        }
    }

    /// A message that arrives twice.
    #[cold]
    fn push_twice(&mut self, due: [Time; 2], letter: Letter<N::Message>) -> Result<(), Failure> {
        let copy = inside(letter.from, || letter.clone());
        self.push(due[0], Item::Deliver(letter))?;
        self.push(due[1], Item::Deliver(copy))
    }

    /// The life that a message is for: the caller's for the answer to a call (`None` when no call
    /// waits for it), the asker's for a reply given while handling its request, else the present.
    #[inline]
    fn addressed_life(
        &self,
        from: NodeId,
        to: NodeId,
        facts: Facts,
        handling: Option<&Handling>,
    ) -> Option<u32> {
        if facts.is_reply {
            if let Some(call) = facts.call {
                let pending = self.calls.get(&(to, call))?;
                // Lives count their calls from the same number: this may answer an older one's.
                let asker = handling.filter(|it| it.from == to && it.call == Some(call));
                let is_asked = asker.is_none_or(|asker| asker.life == pending.life);
                let is_called = pending.to == from && pending.called == self.cluster.life(from);
                let waits = is_called && !pending.settled;
                return (waits && is_asked).then_some(pending.life);
            }
            if let Some(handling) = handling.filter(|handling| handling.from == to) {
                return Some(handling.life);
            }
        }
        Some(self.cluster.life(to))
    }

    /// Counts the message on its link and decides what becomes of it.
    fn decide(
        &mut self,
        from: NodeId,
        to: NodeId,
        facts: Facts,
        handling: Option<&Handling>,
    ) -> Course {
        let link = self.cluster.link_mut(from, to);
        let n = link.handed;
        link.handed += 1;
        // What is lost, and no call either, needs no draw: nothing will come of it, at any time.
        let lost = |cause| Course { n, life: None, stir: Duration::ZERO, fate: Fate::Drop(cause) };
        if link.blocked && facts.call.is_none() {
            return lost(Cause::Blocked);
        }
        let life = self.addressed_life(from, to, facts, handling);
        let addressee = self.cluster.server(to);
        let is_there = addressee.node.is_some() && life == Some(addressee.life);
        let ends = Ends { from, to, streams: &self.streams };
        let link = self.cluster.link_mut(from, to);
        let cause = match life {
            None => Some(Cause::Unasked),
            Some(_) if link.blocked => Some(Cause::Blocked),
            Some(_) if !is_there => Some(Cause::Down),
            Some(_) => None,
        };
        if let (Some(cause), None) = (cause, facts.call) {
            return lost(cause);
        }
        let stir = link.stir(n, self.stir, ends);
        let fate = if let Some(cause) = cause {
            Fate::Drop(cause)
        } else if let Some(&fate) = self.fates.get(&MessageName { from, to, n }) {
            fate
        } else {
            link.fate(n, facts.is_reply, stir, ends)
        };
        Course { n, life, stir, fate }
    }

    /// Books a call that is made, or that is answered; a lost one fails when labrpc's would.
    fn note_call(
        &mut self,
        called: Called,
        facts: Facts,
        stir: Duration,
        fate: Fate,
    ) -> Result<(), Failure> {
        let Called { from, to, sender_life, call, n, .. } = called;
        let now = self.now();
        if facts.is_reply {
            // labrpc fails a call at once when its reply is lost.
            if called.life.is_none() {
                return Ok(());
            }
            let pending = self.calls.get_mut(&(to, call)).expect("its life was read off it");
            pending.settled = true;
            let life = pending.life;
            return match fate {
                Fate::Drop(_) => self.push(now + stir, Item::CallFailed { caller: to, life, call }),
                Fate::Deliver(_) | Fate::Duplicate(..) => Ok(()),
            };
        }
        let lost = if let Fate::Drop(cause) = fate { Some(cause) } else { None };
        let life = called.life.unwrap_or(0);
        let pending = PendingCall { life: sender_life, to, called: life, settled: lost.is_some() };
        if self.calls.insert((from, call), pending).is_some() {
            let rule = format!("{from} numbers its calls differently");
            let seen = format!("call {} was made again while it waits", call.0);
            return Err(Failure::contract("call numbers", now, [rule, seen]));
        }
        let Some(cause) = lost else { return Ok(()) };
        let ends = Ends { from, to, streams: &self.streams };
        let after = self.cluster.link_mut(from, to).failure_delay(n, cause, ends) + stir;
        self.push(now + after, Item::CallFailed { caller: from, life: sender_life, call })
    }

    /// A message arrives, if the life that it is for still lasts.
    #[inline(never)]
    pub(crate) fn deliver(&mut self, letter: Letter<N::Message>) -> Result<(), Failure> {
        let Letter { digest, n, sender_life, life, from, to, is_reply, .. } = letter;
        let addressee = self.cluster.server(to);
        let lives = addressee.node.is_some() && addressee.life == life;
        let call = if letter.is_call { inside(from, || letter.message.call()) } else { None };
        let asked = match call {
            Some(call) if is_reply => lives && self.calls.remove(&(to, call)).is_some(),
            Some(_) | None => true,
        };
        if !lives || !asked {
            self.emit(Some(to), What::Missed { from, n })?;
            // labrpc tells the caller when the server is gone, the next time that it looks, unless
            // another copy of the request was answered.
            return match call.filter(|&call| !is_reply && self.waits(from, sender_life, call)) {
                Some(call) => self.call_failed(from, sender_life, call),
                None => Ok(()),
            };
        }
        if is_reply {
            self.meters.bytes += u64::from(letter.size);
        } else {
            self.cluster.server_mut(to).requests += 1;
        }
        let what = What::Received { from, n, message: &letter.message };
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

    /// Whether a call has neither an answer nor a failure on its way.
    fn waits(&self, caller: NodeId, life: u32, call: CallId) -> bool {
        let pending = self.calls.get(&(caller, call));
        pending.is_some_and(|pending| pending.life == life && !pending.settled)
    }

    /// The caller learns that its call failed, if it still waits.
    pub(crate) fn call_failed(
        &mut self,
        caller: NodeId,
        life: u32,
        call: CallId,
    ) -> Result<(), Failure> {
        let pending = self.calls.get(&(caller, call));
        let Some(pending) = pending.filter(|pending| pending.life == life) else { return Ok(()) };
        let to = pending.to;
        self.calls.remove(&(caller, call));
        self.emit(Some(caller), What::CallFailed { to, call })?;
        self.step(caller, Event::CallFailed { to, call }, None)?;
        Ok(())
    }

    /// labrpc's look at a call whose handler takes its time: it fails if the server is gone, or the
    /// link cut.
    pub(crate) fn poll_call(
        &mut self,
        caller: NodeId,
        life: u32,
        call: CallId,
    ) -> Result<(), Failure> {
        if !self.waits(caller, life, call) {
            return Ok(());
        }
        let pending = &self.calls[&(caller, call)];
        let (to, life_called) = (pending.to, pending.called);
        let is_there = self.cluster.is_up(to) && self.cluster.life(to) == life_called;
        if self.cluster.is_blocked(caller, to) || !is_there {
            return self.call_failed(caller, life, call);
        }
        let next: Time = self.now() + POLL;
        self.push(next, Item::CallPoll { caller, life, call })
    }

    fn misaddressed(&self, from: NodeId, to: NodeId) -> Failure {
        let size = self.cluster.size();
        let rule = format!("{from} sends to the other servers among n1..=n{size}");
        let whom = if to == from { "itself".to_owned() } else { format!("{to}, which is none") };
        Failure::contract("addressee exists", self.now(), [rule, format!("it sends to {whom}")])
    }
}

/// A message that is part of a call: its ends, their lives, its number on the link.
#[derive(Clone, Copy)]
struct Called {
    from: NodeId,
    to: NodeId,
    /// The addressee's life.
    life: Option<u32>,
    sender_life: u32,
    call: CallId,
    n: u64,
}
