//! Each server's own clock: what it reads, and the verbs that change how it runs.
//!
//! A clock that never was changed is the world's, and costs nothing. One that was belongs to the
//! machine: its rate, and how far it is ahead, outlive every life of the server.

use std::fmt;

use raftsim_node::{Duration, Node, NodeId, Time};

use crate::failure::{Failure, Kind};
use crate::server::guard::inside;
use crate::trace::record::What;
use crate::trace::watch::Watch;
use crate::world::World;

/// How fast a clock runs: its nanoseconds for each of the world's. Prints as `3/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    numerator: u32,
    denominator: u32,
}

impl Rate {
    /// As fast as the world's clock.
    pub const TRUE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator` nanoseconds of the clock's in `denominator` of the world's.
    ///
    /// # Panics
    /// When either is 0: a clock runs.
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        assert!(numerator > 0, "a clock runs");
        assert!(denominator > 0, "a rate has a denominator");
        Self { numerator, denominator }
    }

    /// How many of the clock's nanoseconds pass in [`Rate::denominator`] of the world's.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// In how many of the world's nanoseconds.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Whether such a clock runs as fast as the world's.
    pub const fn is_true(self) -> bool {
        self.numerator == self.denominator
    }

    /// How long a span by such a clock lasts in the world, rounded up; the longest span at most.
    pub fn in_the_world(self, span: Duration) -> Duration {
        let scaled = u128::from(span.as_nanos()) * u128::from(self.denominator);
        let nanos = scaled.div_ceil(u128::from(self.numerator));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How much such a clock goes on in a span of the world's, rounded down.
    fn by_the_clock(self, span: Duration) -> u128 {
        u128::from(span.as_nanos()) * u128::from(self.numerator) / u128::from(self.denominator)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.numerator, self.denominator)
    }
}

/// A clock that is not the world's, or was not for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) rate: Rate,
    /// The world's time when the clock was last changed.
    world: Time,
    /// What it read then.
    local: Time,
}

impl Clock {
    /// The latest that a clock may read: some 292 years, which leaves servers room to add to it.
    const LATEST: Time = Time::from_nanos(u64::MAX / 2);

    /// What it reads at `now`, not before it was last changed; `None` beyond what a clock can read.
    pub(crate) fn reads(&self, now: Time) -> Option<Time> {
        let passed = self.rate.by_the_clock(now.since(self.world));
        let nanos = u64::try_from(u128::from(self.local.as_nanos()) + passed).ok()?;
        Some(Time::from_nanos(nanos)).filter(|&local| local <= Self::LATEST)
    }

    /// The first instant at which it reads `local` or more; [`Time::MAX`] if that never comes.
    pub(crate) fn when(&self, local: Time) -> Time {
        self.world.saturating_add(self.rate.in_the_world(local.since(self.local)))
    }
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Lets a server's clock run at another rate from now on. It stays so when the server crashes.
    pub fn set_clock_rate(&mut self, node: NodeId, rate: Rate) -> Result<(), Failure> {
        if self.cluster.clock_rate(node) == rate {
            return Ok(());
        }
        let (world, local) = (self.now(), self.local(node)?);
        self.changes += 1;
        self.cluster.trouble(node).clock = Some(Clock { rate, world, local });
        self.emit(Some(node), What::ClockRate { rate })?;
        self.retime(node)
    }

    /// Lets a server's clock jump ahead, now.
    pub fn jump_clock(&mut self, node: NodeId, ahead: Duration) -> Result<(), Failure> {
        if ahead == Duration::ZERO {
            return Ok(());
        }
        let (world, rate) = (self.now(), self.cluster.clock_rate(node));
        let local = self.local(node)?.saturating_add(ahead);
        self.changes += 1;
        self.cluster.trouble(node).clock = Some(Clock { rate, world, local });
        self.local(node)?;
        self.emit(Some(node), What::ClockJumped { ahead })?;
        self.retime(node)
    }

    /// Lets a server's clock jump to its deadline, so that its timer is due now. Nothing happens
    /// where no timer runs or one is due already, nor to a server that is down or paused.
    pub fn expire(&mut self, node: NodeId) -> Result<(), Failure> {
        if !self.cluster.is_up(node) || self.cluster.is_paused(node) {
            return Ok(());
        }
        let deadline = self.run(|world| Ok(world.deadline(node)))?;
        match deadline.filter(|&deadline| deadline <= Clock::LATEST) {
            Some(deadline) => {
                let local = self.local(node)?;
                self.jump_clock(node, deadline.since(local))
            }
            None => Ok(()),
        }
    }

    /// What a server's clock reads.
    pub(crate) fn local(&self, node: NodeId) -> Result<Time, Failure> {
        let now = self.now();
        match self.cluster.clock(node) {
            None => Ok(now),
            Some(clock) => clock.reads(now).ok_or_else(|| self.unreadable_clock(node)),
        }
    }

    /// When a server whose deadline this is must be woken: not before now.
    pub(crate) fn due(&self, node: NodeId, deadline: Option<Time>) -> Time {
        let Some(deadline) = deadline else { return Time::MAX };
        let due = self.cluster.clock(node).map_or(deadline, |clock| clock.when(deadline));
        due.max(self.now())
    }

    /// A server's deadline, by its own clock. Asking runs the node's code.
    pub(crate) fn deadline(&self, node: NodeId) -> Option<Time> {
        let running = self.cluster.server(node).node.as_ref()?;
        inside(node, || running.deadline())
    }

    /// A server's clock was changed: its timer is due at another time, unless it is due already.
    fn retime(&mut self, node: NodeId) -> Result<(), Failure> {
        if !self.cluster.is_up(node) {
            return Ok(());
        }
        let deadline = self.run(|world| Ok(world.deadline(node)))?;
        let (now, due) = (self.now(), self.due(node, deadline));
        match self.cluster.hold_mut(node) {
            Some(hold) if hold.due > now => hold.due = due,
            Some(_) => {}
            None => self.timers.set(node, due),
        }
        Ok(())
    }

    #[cold]
    fn unreadable_clock(&self, node: NodeId) -> Failure {
        let first = format!("a clock can read {} at most", Clock::LATEST);
        let facts = [first, format!("{node}'s would read more")];
        Failure::new(Kind::LabLimit { by_chance: false }, "clock range", self.now(), facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_wakes_at_the_first_instant_that_reads_the_deadline() {
        for (numerator, denominator) in [(1, 1), (3, 2), (2, 3), (7, 1), (1, 7), (5, 13)] {
            let rate = Rate::new(numerator, denominator);
            let clock = Clock { rate, world: Time::from_nanos(100), local: Time::from_nanos(1000) };
            for deadline in 990..1100 {
                let deadline = Time::from_nanos(deadline);
                let reads = |now: &u64| clock.reads(Time::from_nanos(*now)) >= Some(deadline);
                let first = (100..1000).find(reads).map(Time::from_nanos);
                assert_eq!(Some(clock.when(deadline)), first, "{rate} {deadline:?}");
            }
        }
    }

    #[test]
    fn no_clock_wraps() {
        let rate = Rate::new(u32::MAX, 1);
        let clock = Clock { rate, world: Time::ZERO, local: Time::ZERO };
        assert_eq!(
            clock.reads(Time::from_nanos(1 << 30)).map(Time::as_nanos),
            Some(u64::from(u32::MAX) << 30)
        );
        assert_eq!(clock.reads(Time::from_nanos(1 << 32)), None);
        assert_eq!(clock.reads(Time::MAX), None);
        let slow = Clock { rate: Rate::new(1, u32::MAX), ..clock };
        assert_eq!(slow.when(Time::MAX), Time::MAX);
    }
}
