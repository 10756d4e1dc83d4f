//! RPC calls and their failures, as labrpc has them.

use raftsim_node::{CallId, Duration, Event, Node, NodeId, Time};

use crate::failure::Failure;
use crate::network::fate::{Cause, Fate, MessageName};
use crate::network::link::Ends;
use crate::network::message::{Facts, Handling};
use crate::trace::record::What;
use crate::trace::watch::Watch;
use crate::world::{Item, World};

/// How often labrpc looks whether the server that handles a call is still there.
pub(crate) const POLL: Duration = Duration::from_millis(100);

/// How long a call may take to fail at most where that is given: labrpc's 6,999 ms over a dead link, and
/// where a message was lost its latency, plans' own networks included; and the jitter.
const DEAD_FOR: Duration = Duration::from_millis(7_000);
const LOST_FOR: Duration = Duration::from_millis(101);

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

/// A message that is part of a call: its ends, their lives, its number on the link.
#[derive(Clone, Copy)]
pub(crate) struct Called {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// The addressee's life.
    pub(crate) life: Option<u32>,
    pub(crate) sender_life: u32,
    pub(crate) call: CallId,
    pub(crate) seq: u64,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// The life that waits for this answer to its call.
    #[inline(never)]
    pub(crate) fn asking_life(
        &self,
        from: NodeId,
        to: NodeId,
        call: CallId,
        handling: Option<&Handling>,
    ) -> Option<u32> {
        let pending = self.calls.get(&(to, call))?;
        // Lives count their calls from the same number: this may answer an older one's.
        let asker = handling.filter(|it| it.from == to && it.call == Some(call));
        let is_asked = asker.is_none_or(|asker| asker.life == pending.life);
        let is_called = pending.to == from && pending.called == self.cluster.life(from);
        let waits = is_called && !pending.settled;
        (waits && is_asked).then_some(pending.life)
    }

    /// Books a call that is made, or that is answered; a lost one fails when labrpc's would.
    #[inline(never)]
    pub(crate) fn note_call(
        &mut self,
        called: Called,
        facts: Facts,
        jitter: Duration,
        fate: Fate,
    ) -> Result<(), Failure> {
        let Called { from, to, sender_life, call, seq, .. } = called;
        let now = self.now();
        if facts.is_reply {
            // labrpc fails a call at once when its reply is lost.
            if called.life.is_none() {
                return Ok(());
            }
            let pending = self.calls.get_mut(&(to, call)).expect("its life was read off it");
            pending.settled = true;
            let life = pending.life;
            let name = MessageName { from, to, seq };
            return match fate {
                Fate::Drop(_) => {
                    let given = self.fates.failure(name).map(|after| after.min(LOST_FOR));
                    let after = given.unwrap_or(jitter);
                    self.push(
                        now.saturating_add(after),
                        Item::CallFailed { caller: to, life, call },
                    )
                }
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
        let link = self.cluster.link_mut(from, to);
        let most = if cause == Cause::Lost { LOST_FOR } else { DEAD_FOR };
        let given = self.fates.failure(MessageName { from, to, seq });
        let given = given.map(|after| after.min(most));
        let after = given.unwrap_or_else(|| link.failure_delay(seq, cause, ends) + jitter);
        self.push(
            now.saturating_add(after),
            Item::CallFailed { caller: from, life: sender_life, call },
        )
    }

    /// Whether a call has neither an answer nor a failure on its way.
    pub(crate) fn waits(&self, caller: NodeId, life: u32, call: CallId) -> bool {
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
        if self.cluster.is_held(caller) {
            // No answer may come behind this.
            self.calls.entry((caller, call)).and_modify(|pending| pending.settled = true);
            return self.hold_back(caller, Item::CallFailed { caller, life, call });
        }
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
}
