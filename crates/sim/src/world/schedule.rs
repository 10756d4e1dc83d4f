//! What waits in the world's queue, and how much may: the caps on events and on what is in flight.

use raftsim_node::{CallId, Duration, Node, NodeId, Time};

use super::World;
use super::queue::Exhausted;
use super::setup::Caps;
use crate::failure::{Fact, Failure};
use crate::network::message::Letter;
use crate::property;
use crate::trace::watch::Watch;

/// What waits in the queue.
pub(crate) enum Item<M> {
    Boot(NodeId),
    Deliver(Letter<M>),
    CallFailed {
        caller: NodeId,
        life: u32,
        call: CallId,
    },
    /// labrpc looks every 100 ms whether the server that handles a call is still there.
    CallPoll {
        caller: NodeId,
        life: u32,
        call: CallId,
    },
    /// A write that took its time is complete.
    Written {
        node: NodeId,
        life: u32,
    },
    Wake(u32),
}

/// What is left of the caps on events. Counted down: to see that none is left costs nothing more.
pub(crate) struct Pace {
    at_instant: u32,
    in_second: u32,
    second_ends: Time,
}

impl Pace {
    /// Nothing has happened yet.
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            at_instant: caps.at_one_instant,
            in_second: caps.in_one_second,
            second_ends: Time::ZERO,
        }
    }

    /// Another instant begins, and another second if the present one is over.
    #[inline]
    pub(crate) fn move_to(&mut self, next: Time, caps: Caps) {
        self.at_instant = caps.at_one_instant;
        if next >= self.second_ends {
            self.in_second = caps.in_one_second;
            self.second_ends = next + Duration::from_secs(1);
        }
    }

    /// The next event does not count for this instant: it arrived at another one.
    pub(crate) fn allow_one_more(&mut self) {
        self.at_instant = self.at_instant.saturating_add(1);
    }
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Puts something into the queue, within the caps.
    pub(super) fn push(&mut self, time: Time, item: Item<N::Message>) -> Result<(), Failure> {
        self.push_made(time, || item)
    }

    /// The same; the item is made in its place.
    #[inline]
    pub(super) fn push_made(
        &mut self,
        time: Time,
        make: impl FnOnce() -> Item<N::Message>,
    ) -> Result<(), Failure> {
        if self.queue.len() >= self.caps.in_flight {
            let sender =
                if let Item::Deliver(letter) = make() { Some(letter.head.from) } else { None };
            return Err(self.too_many(self.queue.len(), sender));
        }
        let pushed = self.queue.push(time, make);
        let seen = "2^32 messages were sent in one run";
        pushed.map_err(|Exhausted| self.flood(Fact::new(seen)))
    }

    #[cold]
    pub(super) fn too_many(&self, waiting: usize, sender: Option<NodeId>) -> Failure {
        let seen = format!("{waiting} messages wait to be delivered");
        self.flood(match sender {
            Some(from) => Fact::new(format!("{seen}, and {from} sends one more")).by(from),
            None => Fact::new(seen),
        })
    }

    #[inline]
    pub(super) fn count_event(&mut self, node: NodeId) -> Result<(), Failure> {
        self.meters.events += 1;
        let Some(left) = self.pace.at_instant.checked_sub(1) else {
            return Err(self.too_many_events(node, self.caps.at_one_instant, "at one instant"));
        };
        self.pace.at_instant = left;
        let Some(left) = self.pace.in_second.checked_sub(1) else {
            return Err(self.too_many_events(node, self.caps.in_one_second, "in one second"));
        };
        self.pace.in_second = left;
        Ok(())
    }

    #[cold]
    fn too_many_events(&self, node: NodeId, most: u32, when: &str) -> Failure {
        let seen = format!("there are more than {most} events {when}, now at {node}");
        self.flood(Fact::new(seen).by(node))
    }

    /// A node did far more than any Raft needs.
    #[cold]
    pub(super) fn flood(&self, seen: Fact) -> Failure {
        let facts = [Fact::new("a Raft comes to rest"), seen];
        Failure::contract(property::NO_FLOOD, self.now(), facts)
    }
}
