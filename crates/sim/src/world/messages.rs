//! Messages in the world: a server sends each, the network decides its fate, the world delivers it.

use raftsim_node::{Disk, Event, Message, Node, NodeId, Time, Topic};

use super::World;
use super::calls::Called;
use super::schedule::Item;
use crate::failure::{Fact, Failure};
use crate::network::fate::{Cause, Fate, MessageName};
use crate::network::message::{Facts, Handling, Head, Letter, Outgoing};
use crate::network::rpc::POLL;
use crate::network::{Addressee, Course, Handed};
use crate::property;
use crate::server::guard::{Call, discard, inside};
use crate::server::suspend::Arrival;
use crate::trace::record::{Record, What};
use crate::trace::watch::Watch;

/// A message that its link accepted. It is built only for messages that may have an effect later.
#[derive(Clone, Copy)]
struct Accepted {
    handed: Handed,
    facts: Facts,
}

type OutgoingOf<'a, N> = Outgoing<'a, <N as Node>::Message, <<N as Node>::Disk as Disk>::Write>;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Hands a message to the network, which decides its fate at once. `handling` is the message
    /// that `from` handles, if any.
    #[inline]
    pub(super) fn send(
        &mut self,
        from: NodeId,
        outgoing: OutgoingOf<'_, N>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        let (to, message) = outgoing.parts();
        if to == from || to.slot() >= self.cluster.size() {
            return Err(self.misaddressed(from, to));
        }
        let facts = inside(from, Call::Digest, || Facts::of(message));
        if !facts.is_reply {
            self.meters.requests += 1;
            self.meters.bytes += u64::from(facts.size);
        }
        let handed = self.cluster.network.hand_over(from, to);
        // A message on a blocked link that is part of no call needs no draw: it has no effect
        // later.
        if handed.is_blocked && facts.call.is_none() {
            let (life, fate) = (self.cluster.life(from), Fate::Drop(Cause::Blocked));
            return self.emit_sent(handed.name, life, &outgoing, fate, false, facts.digest);
        }
        self.send_on(&Accepted { handed, facts }, outgoing, handling)
    }

    /// Sends a message that may arrive, or whose call fails. It is a function of its own because it
    /// needs many registers, and [`World::send`] of a message that is lost at once needs few.
    #[inline(never)]
    fn send_on(
        &mut self,
        accepted: &Accepted,
        outgoing: OutgoingOf<'_, N>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        let Accepted { handed, facts } = *accepted;
        let name = handed.name;
        let MessageName { from, to, seq } = name;
        let addressee = self.cluster.server(to);
        let life = self.addressed_life(from, to, facts, handling);
        let addressee = match life {
            None => Addressee::Unasked,
            Some(life) if addressee.process.is_up() && life == addressee.life => Addressee::Present,
            Some(_) => Addressee::Down,
        };
        let is_call = facts.call.is_some();
        let has_snapshot = || {
            let (_, message) = outgoing.parts();
            inside(from, Call::Own, || message.topic() == Topic::Snapshot)
        };
        let network = &mut self.cluster.network;
        let course = network.decide(handed, facts.is_reply, has_snapshot, is_call, addressee);
        let Course { fate, is_given, jitter } = course;
        let (time, sender_life) = (self.now(), self.cluster.life(from));
        self.emit_sent(name, sender_life, &outgoing, fate, is_given, facts.digest)?;
        if let Some(call) = facts.call {
            let called = Called { name, life, sender_life, call, is_reply: facts.is_reply };
            self.note_call(called, jitter, fate)?;
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
            is_call,
        };
        let letter = || Letter { message: outgoing.take(), head };
        match fate {
            Fate::Drop(_) => Ok(()),
            Fate::Deliver(after) => self.push_made(time + after, || Item::Deliver(letter())),
            Fate::Duplicate(first, second) => {
                self.push_twice([time + first, time + second], letter())
            }
        }
    }

    /// Records that a message was sent in the `life` of its sender, and its fate.
    #[expect(clippy::inline_always, reason = "its callers know which kind of fate it is")]
    #[inline(always)]
    fn emit_sent(
        &mut self,
        name: MessageName,
        life: u32,
        outgoing: &OutgoingOf<'_, N>,
        fate: Fate,
        is_given: bool,
        digest: u64,
    ) -> Result<(), Failure> {
        let MessageName { from, to, seq } = name;
        let time = self.now();
        let (_, message) = outgoing.parts();
        let what = What::Sent { to, seq, fate, is_given, message };
        self.emit_record(&Record { time, node: Some(from), life, what }, Some(digest))
    }

    /// Puts a message into the queue twice.
    #[cold]
    fn push_twice(&mut self, due: [Time; 2], letter: Letter<N::Message>) -> Result<(), Failure> {
        let from = letter.head.from;
        let copy = inside(from, Call::Copy, || letter.clone());
        if let Err(failure) = self.push(due[0], Item::Deliver(letter)) {
            discard(from, copy);
            return Err(failure);
        }
        self.push(due[1], Item::Deliver(copy))
    }

    /// The life of `to` that a message is for. For the answer to a call: the life that made the
    /// call; `None` if no open call waits for it. For a reply to the sender of the message that
    /// `from` handles: the life that sent it. For any other message: the present life.
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
                let replier = (from, self.cluster.life(from));
                return self.calls.asking_life(replier, to, call, handling);
            }
            if let Some(handling) = handling.filter(|handling| handling.from == to) {
                return Some(handling.life);
            }
        }
        Some(self.cluster.life(to))
    }

    /// Delivers a message if the life that it is for still lasts; otherwise it is missed.
    #[expect(clippy::inline_always, reason = "the loop calls it, and else only a draining server")]
    #[inline(always)]
    pub(super) fn deliver(&mut self, letter: Letter<N::Message>) -> Result<(), Failure> {
        let Head { digest, seq, sender_life, life, from, to, is_reply, .. } = letter.head;
        let addressee = self.cluster.server(to);
        let lives = addressee.process.is_up() && addressee.life == life;
        if lives && addressee.impairment.is_some() && self.cluster.is_suspended(to) {
            return self.wait_for(letter);
        }
        let call = if letter.head.is_call {
            inside(from, Call::Own, || letter.message.call())
        } else {
            None
        };
        let asked = match call {
            Some(call) if is_reply => lives && self.calls.close(to, call).is_some(),
            Some(_) | None => true,
        };
        if !lives || !asked {
            discard(from, letter);
            self.emit(Some(to), What::Missed { from, seq })?;
            // labrpc fails the call at its next poll after the server is gone, unless another copy
            // of the request was answered.
            return match call.filter(|&call| !is_reply && self.calls.waits(from, sender_life, call))
            {
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
        if let Err(failure) = self.emit_record(&record, Some(digest)) {
            discard(from, letter);
            return Err(failure);
        }
        let handling = Handling { from, life: sender_life, call };
        let event = Event::Receive { from, message: letter.message };
        self.step(to, event, Some(&handling))?;
        match call.filter(|&call| !is_reply && self.calls.waits(from, sender_life, call)) {
            Some(call) => {
                let next = self.now() + POLL;
                self.push(next, Item::CallPoll { caller: from, life: sender_life, call })
            }
            None => Ok(()),
        }
    }

    /// Keeps a message for a server that is suspended. If the message is a call's request, labrpc
    /// polls the call, as it does while a handler runs.
    #[cold]
    fn wait_for(&mut self, letter: Letter<N::Message>) -> Result<(), Failure> {
        let Head { from, to, sender_life: life, is_reply, is_call, .. } = letter.head;
        let call = if is_call { inside(from, Call::Own, || letter.message.call()) } else { None };
        if let Some(call) = call.filter(|&call| !is_reply && self.calls.waits(from, life, call)) {
            let next = self.now() + POLL;
            self.push(next, Item::CallPoll { caller: from, life, call })?;
        }
        self.wait(to, Arrival::Message(letter))
    }

    #[cold]
    fn misaddressed(&self, from: NodeId, to: NodeId) -> Failure {
        let size = self.cluster.size();
        let rule = format!("{from} sends to the other servers among n1..=n{size}");
        let whom =
            if to == from { "itself".to_owned() } else { format!("{to}, which does not exist") };
        let seen = format!("it sends to {whom}");
        let facts = [rule, seen].map(|text| Fact::new(text).by(from));
        Failure::contract(property::ADDRESSEE_EXISTS, self.now(), facts)
    }
}
