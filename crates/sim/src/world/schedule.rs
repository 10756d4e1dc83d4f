//! What waits in the world's queue, and the caps on events and on what waits.

use raftsim_node::{CallId, Duration, Node, NodeId, Time};

use super::World;
use super::queue::Exhausted;
use super::setup::Caps;
use crate::failure::{Fact, Failure, Kind};
use crate::network::message::Letter;
use crate::process::reached;
use crate::property;
use crate::server::guard::discard;
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
    /// labrpc polls every 100 ms whether the server that handles a call is still up.
    CallPoll {
        caller: NodeId,
        life: u32,
        call: CallId,
    },
    /// A write that took time is complete, unless it was complete earlier.
    Written {
        node: NodeId,
        life: u32,
    },
    Wake(u32),
}

/// How many events this instant and this second may still have. It counts down, since a comparison
/// with zero costs nothing.
pub(crate) struct Pace {
    at_instant: u32,
    in_second: u32,
    second_ends: Time,
}

impl Pace {
    /// At the run's begin, before any event.
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            at_instant: caps.at_one_instant,
            in_second: caps.in_one_second,
            second_ends: Time::ZERO,
        }
    }

    /// Begins the instant `next`, and a new second if the present one is over; other threads may
    /// then see how far the run has come.
    #[inline]
    pub(crate) fn move_to(&mut self, next: Time, caps: Caps) {
        self.at_instant = caps.at_one_instant;
        if next >= self.second_ends {
            self.in_second = caps.in_one_second;
            self.second_ends = next + Duration::from_secs(1);
            reached(next);
        }
    }

    /// Allows one more event at this instant: an event that arrived earlier and had to wait.
    pub(crate) fn allow_one_more(&mut self) {
        self.at_instant = self.at_instant.saturating_add(1);
    }
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Puts `item` into the queue, due at `time`.
    ///
    /// # Errors
    /// A failure if too many items wait.
    pub(super) fn push(&mut self, time: Time, item: Item<N::Message>) -> Result<(), Failure> {
        self.push_made(time, || item)
    }

    /// The same; `make` makes the item in its place.
    #[inline]
    pub(super) fn push_made(
        &mut self,
        time: Time,
        make: impl FnOnce() -> Item<N::Message>,
    ) -> Result<(), Failure> {
        if self.queue.len() >= self.caps.in_flight {
            let sender = if let Item::Deliver(letter) = make() {
                let from = letter.head.from;
                discard(from, letter);
                Some(from)
            } else {
                None
            };
            return Err(self.too_many(self.queue.len(), sender));
        }
        let pushed = self.queue.push(time, make);
        let seen = "2^32 messages were sent in one run";
        pushed.map_err(|Exhausted| self.flood(Fact::new(seen)))
    }

    /// Too many messages wait; `sender` sends one more, if the item is a message.
    #[cold]
    pub(super) fn too_many(&self, waiting: usize, sender: Option<NodeId>) -> Failure {
        let seen = format!("{waiting} messages wait to be delivered");
        self.flood(match sender {
            Some(from) => Fact::new(format!("{seen}, and {from} sends one more")).by(from),
            None => Fact::new(seen),
        })
    }

    /// Counts an event of `node`.
    ///
    /// # Errors
    /// A failure if this instant, or this second, has too many events.
    #[inline]
    pub(super) fn count_event(&mut self, node: NodeId) -> Result<(), Failure> {
        // Counted one by one, 64 bits never wrap; to check that costs every event an instruction.
        self.meters.events = self.meters.events.wrapping_add(1);
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
        let seen = format!("there are more than {most} events {when}, the last at {node}");
        self.flood(Fact::new(seen).by(node))
    }

    /// A node did far more than any Raft needs.
    #[cold]
    pub(super) fn flood(&self, seen: Fact) -> Failure {
        let facts =
            [Fact::new("a node stays below the limits on events, actions and messages"), seen];
        Failure::contract(property::NO_FLOOD, self.now(), facts)
    }

    /// The run still goes on at `next`, after it had to end.
    #[cold]
    pub(super) fn too_long(&self, next: Time) -> Failure {
        let rule = Fact::new(format!("a run of this scenario ends by {}", self.end));
        let facts = [rule.at(self.end), Fact::new("it still goes on")];
        Failure::new(Kind::LabLimit { by_chance: false }, property::RUN_LENGTH, next, facts)
    }
}
