//! Messages on their way; RPC calls and their failures, as labrpc has them.

use raftsim_node::{CallId, Duration, Event, Message, Node, NodeId, Time};

use crate::failure::Failure;
use crate::fate::{Cause, Fate, MessageName};
use crate::guard::guarded;
use crate::network::{Ends, Spread};
use crate::record::{What, message_digest};
use crate::watch::{Vouched, Watch};
use crate::world::{Item, World};

/// How often labrpc looks whether the server that handles a call is still there.
const POLL: Duration = Duration::from_millis(100);

/// A message on its way. Its addressee's life is fixed: what is meant for a life that has ended is
/// never given to the next.
pub(crate) struct Letter<M> {
    from: NodeId,
    to: NodeId,
    /// The life that sent it, to which its replies go.
    sender_life: u32,
    /// The life that it is for.
    life: u32,
    n: u64,
    message: M,
    facts: Facts,
}

/// What the world needs to know of a message, asked of it once.
#[derive(Clone, Copy)]
struct Facts {
    is_reply: bool,
    size: usize,
    call: Option<CallId>,
    digest: u64,
}

/// Whose message a server is handling: its replies go to that life.
#[derive(Clone, Copy)]
pub(crate) struct Handling {
    from: NodeId,
    life: u32,
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
    /// Hands a message to the network, which decides its fate at once.
    pub(crate) fn send(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: N::Message,
        handling: Option<Handling>,
    ) -> Result<(), Failure> {
        if to == from || to.slot() >= self.cluster.size() {
            return Err(self.misaddressed(from, to));
        }
        let asked = guarded(|| {
            let facts = Facts {
                is_reply: message.is_reply(),
                size: message.size(),
                call: message.call(),
                digest: message_digest(&message),
            };
            (facts, Vouched { term: message.term(), promise: message.promise() })
        });
        let (facts, vouched) = match asked {
            Ok(asked) => asked,
            Err(panic) => return Err(self.panicked(from, &panic)),
        };
        self.watch.vouched(&self.cluster, from, to, vouched)?;
        if !facts.is_reply {
            self.meters.requests += 1;
            self.meters.bytes += facts.size as u64;
        }
        let life = self.addressed_life(from, to, facts, handling);
        let (n, stir, fate) = self.decide(from, to, facts, life);
        let sent = What::Sent { to, n, fate, message: &message };
        self.emit_digested(Some(from), sent, Some(facts.digest))?;
        let sender_life = self.cluster.life(from);
        if let Some(call) = facts.call {
            self.note_call(Called { from, to, life, sender_life, call, n }, facts, stir, fate)?;
        }
        let life = life.unwrap_or(0);
        let letter = Letter { from, to, sender_life, life, n, message, facts };
        let now = self.now();
        match fate {
            Fate::Drop(_) => Ok(()),
            Fate::Deliver(after) => self.push(now + after, Item::Deliver(letter)),
            Fate::Duplicate(first, second) => {
                let message = guarded(|| letter.message.clone());
                let message = message.map_err(|panic| self.panicked(from, &panic))?;
                let copy = Letter { message, ..letter };
                self.push(now + first, Item::Deliver(letter))?;
                self.push(now + second, Item::Deliver(copy))
            }
        }
    }

    /// The life that a message is for: the caller's for the answer to a call (`None` when no call
    /// waits for it), the asker's for a reply given while handling its request, else the present.
    fn addressed_life(
        &self,
        from: NodeId,
        to: NodeId,
        facts: Facts,
        handling: Option<Handling>,
    ) -> Option<u32> {
        if facts.is_reply {
            if let Some(call) = facts.call {
                let pending = self.calls.get(&(to, call))?;
                return (pending.to == from && !pending.settled).then_some(pending.life);
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
        life: Option<u32>,
    ) -> (u64, Duration, Fate) {
        let is_there = self.cluster.is_up(to) && life == Some(self.cluster.life(to));
        let ends = Ends { from, to, streams: &self.streams };
        let slot = from.slot() * self.timers.len() + to.slot();
        let link = &mut self.cluster.links[slot];
        let n = link.handed;
        link.handed += 1;
        let stir =
            if self.stir == Spread::ZERO { Duration::ZERO } else { link.stir(ends, self.stir) };
        let fate = if life.is_none() {
            Fate::Drop(Cause::Unasked)
        } else if link.blocked {
            Fate::Drop(Cause::Blocked)
        } else if !is_there {
            Fate::Drop(Cause::Down)
        } else if let Some(&fate) = self.fates.get(&MessageName { from, to, n }) {
            fate
        } else {
            link.fate(n, facts.is_reply, stir, ends)
        };
        (n, stir, fate)
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
        let slot = from.slot() * self.timers.len() + to.slot();
        let after = self.cluster.links[slot].failure_delay(n, cause, ends) + stir;
        self.push(now + after, Item::CallFailed { caller: from, life: sender_life, call })
    }

    /// A message arrives, if the life that it is for still lasts.
    pub(crate) fn deliver(&mut self, letter: Letter<N::Message>) -> Result<(), Failure> {
        let Letter { from, to, sender_life, life, n, message, facts } = letter;
        let lives = self.cluster.is_up(to) && self.cluster.life(to) == life;
        let asked = match facts.call {
            Some(call) if facts.is_reply => lives && self.calls.remove(&(to, call)).is_some(),
            Some(_) | None => true,
        };
        if !lives || !asked {
            self.emit(Some(to), What::Missed { from, n })?;
            // labrpc tells the caller when the server is gone, the next time that it looks.
            let call = facts.call.filter(|_| !facts.is_reply);
            return call.map_or(Ok(()), |call| self.call_failed(from, sender_life, call));
        }
        if facts.is_reply {
            self.meters.bytes += facts.size as u64;
        } else {
            self.cluster.server_mut(to).requests += 1;
        }
        let received = What::Received { from, n, message: &message };
        self.emit_digested(Some(to), received, Some(facts.digest))?;
        let handling = Handling { from, life: sender_life };
        self.step(to, Event::Receive { from, message }, Some(handling))?;
        match facts.call.filter(|_| !facts.is_reply) {
            Some(call) if self.waits(from, sender_life, call) => {
                let next = self.now() + POLL;
                self.push(next, Item::CallPoll { caller: from, life: sender_life, call })
            }
            Some(_) | None => Ok(()),
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
