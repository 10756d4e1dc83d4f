//! The servers' clocks in the world: faults change them, steps read them, and they say when a
//! deadline comes.

use raftsim_node::{Duration, Node, NodeId, Time};

use super::World;
use crate::failure::{Fact, Failure, Kind};
use crate::property;
use crate::server::clock::{Clock, Rate};
use crate::server::guard::{Call, inside};
use crate::server::suspend::Suspension;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Sets a clock's rate; returns whether that changes anything. The clock goes on from the time
    /// that it reads now.
    pub(super) fn change_clock_rate(&mut self, node: NodeId, rate: Rate) -> Result<bool, Failure> {
        if self.cluster.clock_rate(node) == rate {
            return Ok(false);
        }
        let (world, local) = (self.now(), self.local(node)?);
        self.cluster.impairment(node).clock = Some(Clock { rate, world, local });
        self.cluster.server_mut(node).runs_since = world;
        self.pace.has_clock(rate, self.caps, self.voters.len());
        Ok(true)
    }

    /// Moves a clock ahead; returns whether that changes anything.
    pub(super) fn move_clock_ahead(
        &mut self,
        node: NodeId,
        ahead: Duration,
    ) -> Result<bool, Failure> {
        if ahead == Duration::ZERO {
            return Ok(false);
        }
        let (world, rate) = (self.now(), self.cluster.clock_rate(node));
        let local = self.local(node)?.saturating_add(ahead);
        self.cluster.impairment(node).clock = Some(Clock { rate, world, local });
        self.local(node).map(|_| true)
    }

    /// How far a server's clock is before the server's deadline; zero if no timer runs or it is due
    /// already, and for a server that is down or paused.
    pub(super) fn until_deadline(&mut self, node: NodeId) -> Result<Duration, Failure> {
        if !self.cluster.is_up(node) || self.cluster.is_paused(node) {
            return Ok(Duration::ZERO);
        }
        let deadline = self.run(|world| Ok(world.deadline(node)))?;
        match deadline.filter(|&deadline| deadline <= Clock::LATEST) {
            Some(deadline) => Ok(deadline.since(self.local(node)?)),
            None => Ok(Duration::ZERO),
        }
    }

    /// What a server's clock reads.
    pub(super) fn local(&self, node: NodeId) -> Result<Time, Failure> {
        let now = self.now();
        match self.cluster.clock(node) {
            None => Ok(now),
            Some(clock) => clock.reads(now).ok_or_else(|| self.unreadable_clock(node)),
        }
    }

    /// When a server with this `deadline` must be woken, by the world's clock: not before now.
    pub(super) fn due(&self, node: NodeId, deadline: Option<Time>) -> Time {
        let Some(deadline) = deadline else { return Time::MAX };
        let due = self.cluster.clock(node).map_or(deadline, |clock| clock.when(deadline));
        due.max(self.now())
    }

    /// A server's deadline, by its own clock. This runs the node's code.
    pub(super) fn deadline(&self, node: NodeId) -> Option<Time> {
        let running = self.cluster.server(node).process.node()?;
        inside(node, Call::Own, || running.deadline())
    }

    /// A server's clock was changed: its timer is due at another time, unless it is due already.
    pub(super) fn retime(&mut self, node: NodeId) -> Result<(), Failure> {
        if !self.cluster.is_up(node) {
            return Ok(());
        }
        let deadline = self.run(|world| Ok(world.deadline(node)))?;
        let (now, due) = (self.now(), self.due(node, deadline));
        match self.cluster.suspension_mut(node) {
            Some(suspension) => suspension.retime(now, due),
            None => self.timers.set(node, due),
        }
        Ok(())
    }

    /// Notes in the trace, if the run is recorded, which timers were set since it was called last.
    /// It is called between two events, so that no step pays for it.
    #[inline]
    pub(super) fn note_timers(&mut self) {
        if self.trace.is_seen() {
            self.note_all_timers();
        }
    }

    #[cold]
    fn note_all_timers(&mut self) {
        if !self.trace.is_recording() {
            return;
        }
        for node in self.cluster.ids() {
            let suspended = self.cluster.suspension(node).map(Suspension::due);
            let due = suspended.unwrap_or_else(|| self.timers.due(node));
            self.trace.note_timer(node, due);
        }
    }

    #[cold]
    fn unreadable_clock(&self, node: NodeId) -> Failure {
        let first = Fact::new(format!("a clock reads at most {}", Clock::LATEST));
        let facts = [first, Fact::new(format!("{node}'s clock would read more")).by(node)];
        let kind = Kind::LabLimit { by_chance: false };
        Failure::new(kind, property::CLOCK_RANGE, self.now(), facts)
    }
}
