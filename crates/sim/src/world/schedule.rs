//! What waits in the world's queue, and the caps on events and on what waits.

use raftsim_node::{CallId, Duration, Node, NodeId, Time};

use super::World;
use super::queue::Exhausted;
use super::setup::Caps;
use crate::failure::{Fact, Failure, Kind};
use crate::network::message::Letter;
use crate::process::reached;
use crate::property;
use crate::server::clock::Rate;
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

/// How many events this second may still have. It counts down, since a comparison with zero costs
/// nothing.
pub(crate) struct Pace {
    in_second: u32,
    second_ends: Time,
    /// How many events any second may have.
    each_second: u32,
    /// How many more each proposal and each fault allows, in its second or later.
    each_cause: u32,
    /// Those that such causes allow, and that no second has used so far.
    earned: u64,
}

impl Pace {
    /// How many events a late one allows: itself, and those to which it leads.
    const LATE: u64 = 4;

    /// At the run's begin, before any event, in a cluster of `size` servers.
    pub(crate) fn new(caps: Caps, size: usize) -> Self {
        let each_second = caps.in_one_second(size);
        let size = u32::try_from(size).expect("at most 255 servers");
        Self {
            in_second: each_second,
            second_ends: Time::ZERO,
            each_second,
            each_cause: caps.for_each_cause.saturating_mul(size),
            earned: 0,
        }
    }

    /// Begins a new second at `next` if the present one is over; other threads may then see how far
    /// the run has come.
    #[inline]
    pub(crate) fn move_to(&mut self, next: Time) {
        if next >= self.second_ends {
            self.in_second = self.each_second;
            self.second_ends = next + Duration::from_secs(1);
            reached(next);
        }
    }

    /// Allows an event that does not count against its second, and those to which it leads: one that
    /// arrived earlier and had to wait, or a call that fails. A caller may call again at once and for
    /// ever, as the labs' Rafts do: where replies alone are lost, a call fails as soon as it is
    /// answered.
    pub(crate) fn allow_late(&mut self) {
        self.earned = self.earned.saturating_add(Self::LATE);
    }

    /// Something happens that may lead to more events: a proposal, a fault.
    pub(crate) fn has_cause(&mut self) {
        self.earned = self.earned.saturating_add(self.each_cause.into());
    }

    /// A clock runs at this rate from now on, and so do timers.
    pub(crate) fn has_clock(&mut self, rate: Rate, caps: Caps, size: usize) {
        let times = rate.numerator().div_ceil(rate.denominator());
        self.each_second = self.each_second.max(caps.in_one_second(size).saturating_mul(times));
    }

    /// This second has no events left of its own: takes one of those that causes allow. Returns
    /// whether there was one.
    #[cold]
    fn take_earned(&mut self) -> bool {
        let left = self.earned.checked_sub(1);
        self.earned = left.unwrap_or(0);
        left.is_some()
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
    /// A failure if this second has too many events.
    #[inline]
    pub(super) fn count_event(&mut self, node: NodeId) -> Result<(), Failure> {
        // Counted one by one, 64 bits never wrap; to check that costs every event an instruction.
        self.meters.events = self.meters.events.wrapping_add(1);
        match self.pace.in_second.checked_sub(1) {
            Some(left) => {
                self.pace.in_second = left;
                Ok(())
            }
            None => self.count_earned(node),
        }
    }

    /// Counts an event of `node` against those that proposals and faults allow.
    #[cold]
    fn count_earned(&mut self, node: NodeId) -> Result<(), Failure> {
        if self.pace.take_earned() {
            return Ok(());
        }
        Err(self.too_many_events(node))
    }

    #[cold]
    fn too_many_events(&self, node: NodeId) -> Failure {
        let Pace { each_second, each_cause, .. } = self.pace;
        let seen = format!(
            "there are more than {each_second} events in one second, and more than {each_cause} \
             for each proposal and fault, the last at {node}"
        );
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
