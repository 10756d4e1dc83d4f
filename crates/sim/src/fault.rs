//! What is done to the world: cutting and mending links, crashing and starting servers.

use std::collections::VecDeque;
use std::mem;

use raftsim_node::{Duration, Node, NodeId, Time};

use crate::clients::{Client, Wake};
use crate::failure::Failure;
use crate::network::link::LinkSettings;
use crate::random::Stream;
use crate::server::guard::guarded;
use crate::trace::record::What;
use crate::trace::watch::Watch;
use crate::world::World;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// The lab's `disconnect`: cuts every link from and to a server. What is in flight arrives.
    pub fn disconnect(&mut self, node: NodeId) -> Result<(), Failure> {
        let mut changes = mem::replace(&mut self.cluster.server_mut(node).connected, false);
        for other in self.cluster.ids() {
            changes |= self.cluster.link_mut(node, other).set_blocked(true);
            changes |= self.cluster.link_mut(other, node).set_blocked(true);
        }
        self.changes += u64::from(changes);
        self.emit(Some(node), What::Disconnected)
    }

    /// The lab's `connect`: mends a server's links from and to all that are connected.
    pub fn connect(&mut self, node: NodeId) -> Result<(), Failure> {
        let mut changes = !mem::replace(&mut self.cluster.server_mut(node).connected, true);
        for other in self.cluster.ids() {
            if self.cluster.is_connected(other) {
                changes |= self.cluster.link_mut(node, other).set_blocked(false);
                changes |= self.cluster.link_mut(other, node).set_blocked(false);
            }
        }
        self.changes += u64::from(changes);
        self.emit(Some(node), What::Connected)
    }

    /// Cuts the link from one server to another, one way.
    pub fn block(&mut self, from: NodeId, to: NodeId) -> Result<(), Failure> {
        self.set_blocked(from, to, true)
    }

    /// Mends the link from one server to another, one way.
    pub fn unblock(&mut self, from: NodeId, to: NodeId) -> Result<(), Failure> {
        self.set_blocked(from, to, false)
    }

    /// Cuts every link between servers of different groups and mends those within a group. A server
    /// that no group names is a group of its own.
    pub fn partition(&mut self, groups: &[&[NodeId]]) -> Result<(), Failure> {
        let group = |node| groups.iter().position(|group| group.contains(&node));
        for from in self.cluster.ids() {
            for to in self.cluster.ids().filter(|&to| to != from) {
                let together = group(from).is_some() && group(from) == group(to);
                self.set_blocked(from, to, !together)?;
            }
        }
        Ok(())
    }

    /// Mends every link, and marks every server connected.
    pub fn heal(&mut self) -> Result<(), Failure> {
        let mut changes = false;
        for server in &mut self.cluster.servers {
            changes |= !mem::replace(&mut server.connected, true);
        }
        for link in &mut self.cluster.links {
            changes |= link.set_blocked(false);
        }
        self.changes += u64::from(changes);
        self.emit(None, What::Healed)
    }

    /// Swizzle-clogging: cuts these links, as (from, to), one by one, then mends them one by one in
    /// their other order; so long lies between one and the next, the first is cut at this instant.
    /// What is left of it when all faults stop ([`World::stop_faults`]) is not done; mending links meanwhile
    /// does not end it.
    pub fn swizzle(
        &mut self,
        cut: &[(NodeId, NodeId)],
        mend: &[(NodeId, NodeId)],
        every: Duration,
    ) -> Result<(), Failure> {
        let cuts = cut.iter().map(|&link| (link, true));
        let mends = mend.iter().map(|&link| (link, false));
        self.changes += 1;
        self.spawn(Swizzle { rest: cuts.chain(mends).collect(), every }).map(drop)
    }

    /// Ends a server's life, now. Its disk keeps exactly the completed writes; what it sent is
    /// still on its way.
    pub fn crash(&mut self, node: NodeId) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        server.crash_after = None;
        let unborn = mem::replace(&mut server.awaits_boot, false);
        self.changes += u64::from(unborn || server.node.is_some());
        let Some(running) = server.node.take() else {
            return if unborn { self.emit(Some(node), What::Crashed) } else { Ok(()) };
        };
        let dropped = guarded(|| drop(running));
        self.timers.set(node, Time::MAX);
        self.calls.retain(|&(caller, _), _| caller != node);
        self.abandon(node)?;
        if let Err(panic) = dropped {
            return Err(self.panicked(node, &panic));
        }
        self.emit(Some(node), What::Crashed)
    }

    /// Crashes a server within its next list of actions: after `actions` of them (notes not
    /// counted), or behind the last if there are fewer. An empty list is passed over. Starting a
    /// server forgets it.
    pub fn crash_after(&mut self, node: NodeId, actions: u32) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        server.crash_after = Some(actions);
        self.changes += u64::from(server.awaits_boot || server.node.is_some());
        self.emit(Some(node), What::CrashArmed { after: actions })
    }

    /// Takes back what [`World::crash_after`] armed, if it has not come yet: also for a list that
    /// waits for its disk.
    pub fn disarm(&mut self, node: NodeId) -> Result<(), Failure> {
        if !self.cluster.is_armed(node) {
            return Ok(());
        }
        self.cluster.server_mut(node).crash_after = None;
        if let Some(list) = self.cluster.hold_mut(node).and_then(|hold| hold.list.as_mut()) {
            list.left = None;
        }
        self.changes += 1;
        self.emit(Some(node), What::CrashDisarmed)
    }

    /// Starts a server on its disk; one that runs is crashed first. Does not connect it.
    pub fn start(&mut self, node: NodeId) -> Result<(), Failure> {
        self.cluster.server_mut(node).awaits_boot = false;
        self.crash(node)?;
        self.changes += 1;
        self.run(|world| world.boot(node))
    }

    /// Changes what every link does to messages sent from now on.
    pub fn set_network(&mut self, settings: LinkSettings) -> Result<(), Failure> {
        let mut changes = false;
        for link in &mut self.cluster.links {
            changes |= link.set(settings);
        }
        self.changes += u64::from(changes);
        self.emit(None, What::Network { to: None, settings: Box::new(settings) })
    }

    /// Changes what the link from one server to another does to messages sent from now on.
    pub fn set_link(
        &mut self,
        from: NodeId,
        to: NodeId,
        settings: LinkSettings,
    ) -> Result<(), Failure> {
        self.changes += u64::from(self.cluster.link_mut(from, to).set(settings));
        self.emit(Some(from), What::Network { to: Some(to), settings: Box::new(settings) })
    }

    fn set_blocked(&mut self, from: NodeId, to: NodeId, blocked: bool) -> Result<(), Failure> {
        if !self.cluster.link_mut(from, to).set_blocked(blocked) {
            return Ok(());
        }
        self.changes += 1;
        self.emit(Some(from), if blocked { What::Blocked { to } } else { What::Unblocked { to } })
    }
}

/// A swizzle under way.
struct Swizzle {
    /// The links left, as (from, to), in order, and whether each is to be cut.
    rest: VecDeque<((NodeId, NodeId), bool)>,
    every: Duration,
}

impl<N: Node, W: Watch<N>> Client<N, W> for Swizzle {
    fn wake(&mut self, world: &mut World<N, W>, _: &mut Stream) -> Result<Wake, Failure> {
        if world.faults_stopped() {
            return Ok(Wake::Done);
        }
        while let Some(((from, to), is_cut)) = self.rest.pop_front() {
            world.set_blocked(from, to, is_cut)?;
            if self.every > Duration::ZERO && !self.rest.is_empty() {
                return Ok(Wake::At(world.now() + self.every));
            }
        }
        Ok(Wake::Done)
    }
}
