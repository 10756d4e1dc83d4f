//! RPC calls in the world: a server makes a call, which is answered, or fails when labrpc's `Call`
//! would return false.

use raftsim_node::{CallId, Duration, Event, Node, NodeId, Time};

use super::World;
use super::schedule::Item;
use crate::failure::{Fact, Failure};
use crate::network::fate::{Fate, MessageName};
use crate::network::rpc::{OpenCall, POLL};
use crate::property;
use crate::server::suspend::Arrival;
use crate::trace::record::What;
use crate::trace::watch::Watch;

/// A message that opens or answers a call.
#[derive(Clone, Copy)]
pub(super) struct Called {
    pub(super) name: MessageName,
    /// The life that the message is for; `None` if no call waits for it.
    pub(super) life: Option<u32>,
    pub(super) sender_life: u32,
    pub(super) call: CallId,
    pub(super) is_reply: bool,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Notes that a call is made or answered by a message with this `fate`. If the message is
    /// dropped, the call fails when labrpc's would.
    #[inline(never)]
    pub(super) fn note_call(
        &mut self,
        called: Called,
        jitter: Duration,
        fate: Fate,
    ) -> Result<(), Failure> {
        let Called { name, life, sender_life, call, is_reply } = called;
        let MessageName { from, to, .. } = name;
        let lost = if let Fate::Drop(cause) = fate { Some(cause) } else { None };
        if is_reply {
            if life.is_none() {
                return Ok(());
            }
            let life = self.calls.settle(to, call).expect("an open call waits for the reply");
            return match lost {
                Some(_) => {
                    let after = self.cluster.network.reply_failure(name, jitter);
                    self.fail_call(to, life, call, after)
                }
                None => Ok(()),
            };
        }
        let open =
            OpenCall { life: sender_life, to, called: life.unwrap_or(0), settled: lost.is_some() };
        if !self.calls.open(from, call, open) {
            let rule = format!("{from} gives its open calls different numbers");
            let seen = format!("it made call {} again while that call is open", call.0);
            let facts = [rule, seen].map(|text| Fact::new(text).by(from));
            return Err(Failure::contract(property::CALL_NUMBERS, self.now(), facts));
        }
        let Some(cause) = lost else { return Ok(()) };
        let after = self.cluster.network.request_failure(name, cause, jitter);
        self.fail_call(from, sender_life, call, after)
    }

    /// Makes a call of `caller`'s life fail `after` from now.
    fn fail_call(
        &mut self,
        caller: NodeId,
        life: u32,
        call: CallId,
        after: Duration,
    ) -> Result<(), Failure> {
        let time = self.now().saturating_add(after);
        self.push(time, Item::CallFailed { caller, life, call })
    }

    /// Reports the failure of a call to its caller, if the call is still open.
    pub(super) fn call_failed(
        &mut self,
        caller: NodeId,
        life: u32,
        call: CallId,
    ) -> Result<(), Failure> {
        let Some(OpenCall { to, .. }) = self.calls.get(caller, life, call) else { return Ok(()) };
        if self.cluster.is_suspended(caller) {
            // The call is settled: a later answer is missed.
            self.calls.settle(caller, call);
            return self.wait(caller, Arrival::CallFailed { life, call });
        }
        self.calls.close(caller, call);
        self.pace.allow_late();
        self.emit(Some(caller), What::CallFailed { to, call })?;
        self.step(caller, Event::CallFailed { to, call }, None)
    }

    /// Polls a call whose handler has not answered yet, as labrpc does: the call fails if the
    /// called life has ended or the link to it is blocked.
    pub(super) fn poll_call(
        &mut self,
        caller: NodeId,
        life: u32,
        call: CallId,
    ) -> Result<(), Failure> {
        let open = self.calls.get(caller, life, call).filter(|open| !open.settled);
        let Some(OpenCall { to, called, .. }) = open else { return Ok(()) };
        let is_there = self.cluster.is_up(to) && self.cluster.life(to) == called;
        if self.cluster.is_blocked(caller, to) || !is_there {
            return self.call_failed(caller, life, call);
        }
        let next: Time = self.now() + POLL;
        self.push(next, Item::CallPoll { caller, life, call })
    }
}
