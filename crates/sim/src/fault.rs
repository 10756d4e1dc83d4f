//! What is done to the world: cutting and mending links, crashing and starting servers.

use raftsim_node::{Node, NodeId, Time};

use crate::failure::Failure;
use crate::guard::guarded;
use crate::network::LinkSettings;
use crate::record::What;
use crate::watch::Watch;
use crate::world::World;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// The lab's `disconnect`: cuts every link from and to a server. What is in flight arrives.
    pub fn disconnect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.cluster.server_mut(node).connected = false;
        for other in self.cluster.ids() {
            self.cluster.link_mut(node, other).blocked = true;
            self.cluster.link_mut(other, node).blocked = true;
        }
        self.emit(Some(node), What::Disconnected)
    }

    /// The lab's `connect`: mends a server's links from and to all that are connected.
    pub fn connect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.cluster.server_mut(node).connected = true;
        for other in self.cluster.ids() {
            if self.cluster.is_connected(other) {
                self.cluster.link_mut(node, other).blocked = false;
                self.cluster.link_mut(other, node).blocked = false;
            }
        }
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
        self.cluster.servers.iter_mut().for_each(|server| server.connected = true);
        self.cluster.links.iter_mut().for_each(|link| link.blocked = false);
        self.emit(None, What::Healed)
    }

    /// Ends a server's life, now. Its disk keeps exactly the completed writes; what it sent is
    /// still on its way.
    pub fn crash(&mut self, node: NodeId) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        server.crash_after = None;
        let unborn = std::mem::replace(&mut server.awaits_boot, false);
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
    /// counted), or behind the last if there are fewer. An empty list is passed over.
    pub fn crash_after(&mut self, node: NodeId, actions: u32) -> Result<(), Failure> {
        self.cluster.server_mut(node).crash_after = Some(actions);
        self.emit(Some(node), What::CrashArmed { after: actions })
    }

    /// Takes back what [`World::crash_after`] armed, if it has not come yet: also for a list that
    /// waits for its disk.
    pub fn disarm(&mut self, node: NodeId) -> Result<(), Failure> {
        let mut armed = self.cluster.server_mut(node).crash_after.take().is_some();
        if let Some(list) = self.cluster.hold_mut(node).and_then(|hold| hold.list.as_mut()) {
            armed |= list.left.take().is_some();
        }
        if armed { self.emit(Some(node), What::CrashDisarmed) } else { Ok(()) }
    }

    /// Starts a server on its disk; one that runs is crashed first. Does not connect it.
    pub fn start(&mut self, node: NodeId) -> Result<(), Failure> {
        self.cluster.server_mut(node).awaits_boot = false;
        self.crash(node)?;
        self.run(|world| world.boot(node))
    }

    /// Changes what every link does to messages sent from now on.
    pub fn set_network(&mut self, settings: LinkSettings) -> Result<(), Failure> {
        self.cluster.links.iter_mut().for_each(|link| link.set(settings));
        self.emit(None, What::Network { to: None, settings: Box::new(settings) })
    }

    /// Changes what the link from one server to another does to messages sent from now on.
    pub fn set_link(
        &mut self,
        from: NodeId,
        to: NodeId,
        settings: LinkSettings,
    ) -> Result<(), Failure> {
        self.cluster.link_mut(from, to).set(settings);
        self.emit(Some(from), What::Network { to: Some(to), settings: Box::new(settings) })
    }

    fn set_blocked(&mut self, from: NodeId, to: NodeId, blocked: bool) -> Result<(), Failure> {
        let link = self.cluster.link_mut(from, to);
        if std::mem::replace(&mut link.blocked, blocked) == blocked {
            return Ok(());
        }
        self.emit(Some(from), if blocked { What::Blocked { to } } else { What::Unblocked { to } })
    }
}
