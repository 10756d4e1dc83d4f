//! What is not as usual with a server: a slow disk, a clock of its own, a suspension.

use crate::fault::CrashPoint;
use raftsim_node::{Duration, Node, NodeId};

use super::Cluster;
use super::clock::{Clock, Rate};
use super::suspend::{Impairment, Suspension};

/// Impairments: pauses, slow disks, changed clocks.
impl<N: Node> Cluster<N> {
    /// Whether a server's disk is slow, its clock was changed, or it is suspended.
    pub fn is_impaired(&self, node: NodeId) -> bool {
        self.server(node).impairment.is_some()
    }

    /// Whether a server is paused: it is up, and a fault keeps it from running its code.
    pub fn is_paused(&self, node: NodeId) -> bool {
        self.suspension(node).is_some_and(Suspension::is_paused)
    }

    /// Whether a list of actions of a server waits, for the disk or for the server to be resumed.
    pub fn is_busy(&self, node: NodeId) -> bool {
        self.suspension(node).is_some_and(|suspension| suspension.list().is_some())
    }

    /// Whether a server is suspended: it is up and does not run its code, because it is paused or
    /// busy.
    pub fn is_suspended(&self, node: NodeId) -> bool {
        self.suspension(node).is_some_and(Suspension::is_shut)
    }

    /// How long a write on a server's disk takes.
    pub fn disk_latency(&self, node: NodeId) -> Duration {
        self.server(node).impairment.as_ref().map_or(Duration::ZERO, |it| it.disk_latency)
    }

    /// How fast a server's clock runs.
    pub fn clock_rate(&self, node: NodeId) -> Rate {
        self.clock(node).map_or(Rate::TRUE, |clock| clock.rate)
    }

    /// Whether a server's clock runs as fast as the world's. It may still be ahead of it.
    pub fn clock_is_true(&self, node: NodeId) -> bool {
        self.clock_rate(node).is_true()
    }

    pub(crate) fn clock(&self, node: NodeId) -> Option<&Clock> {
        self.server(node).impairment.as_ref()?.clock.as_ref()
    }

    pub(crate) fn suspension(&self, node: NodeId) -> Option<&Suspension<N>> {
        self.server(node).impairment.as_ref()?.suspension.as_ref()
    }

    pub(crate) fn suspension_mut(&mut self, node: NodeId) -> Option<&mut Suspension<N>> {
        self.server_mut(node).impairment.as_mut()?.suspension.as_mut()
    }

    /// A server's impairment, to be changed; it is made if there is none yet.
    pub(crate) fn impairment(&mut self, node: NodeId) -> &mut Impairment<N> {
        self.server_mut(node).impairment.get_or_insert_default()
    }

    /// Ends a server's suspension and returns it, if there was one.
    pub(crate) fn take_suspension(&mut self, node: NodeId) -> Option<Suspension<N>> {
        let now = self.now;
        let server = self.server_mut(node);
        let suspension = server.impairment.as_mut()?.suspension.take();
        server.runs_since = now;
        self.tidy(node);
        suspension
    }

    /// Ends a server's pause; returns whether that changes anything.
    pub(crate) fn resume(&mut self, node: NodeId) -> bool {
        let Some(suspension) = self.suspension_mut(node).filter(|it| it.is_paused()) else {
            return false;
        };
        suspension.set_paused(false);
        true
    }

    /// Sets how long a server's writes take; returns whether that changes anything.
    pub(crate) fn set_disk_latency(&mut self, node: NodeId, latency: Duration) -> bool {
        if self.disk_latency(node) == latency {
            return false;
        }
        self.impairment(node).disk_latency = latency;
        self.tidy(node);
        true
    }

    /// Whether a crash changes anything: the server is up, or its first boot is still to come.
    pub(crate) fn may_crash(&self, node: NodeId) -> bool {
        let server = self.server(node);
        server.process.is_up() || server.awaits_boot
    }

    /// Makes a server that is down ready to boot; returns whether it is down.
    pub(crate) fn make_ready(&mut self, node: NodeId) -> bool {
        let server = self.server_mut(node);
        let is_down = !server.process.is_up();
        if is_down {
            server.awaits_boot = false;
            server.crash_after = None;
        }
        is_down
    }

    /// Arms a crash at this `point`; returns whether that changes anything.
    pub(crate) fn arm(&mut self, node: NodeId, point: CrashPoint) -> bool {
        let before = self.server_mut(node).crash_after.replace(point);
        before != Some(point)
    }

    /// Takes back an armed crash, also in a list that waits; returns whether there was one.
    pub(crate) fn disarm(&mut self, node: NodeId) -> bool {
        let was_armed = self.is_armed(node);
        self.server_mut(node).crash_after = None;
        if let Some(suspension) = self.suspension_mut(node) {
            suspension.disarm();
        }
        was_armed
    }

    /// Forgets a server's impairment if it is over.
    fn tidy(&mut self, node: NodeId) {
        let impairment = &mut self.server_mut(node).impairment;
        if !impairment.as_ref().is_some_and(|impairment| impairment.is_any()) {
            *impairment = None;
        }
    }
}
