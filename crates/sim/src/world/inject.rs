//! Faults done to the world: the one place where each fault takes effect, and a verb for each.

use std::collections::VecDeque;
use std::mem;

use raftsim_node::{Duration, Event, Node, NodeId, Time};

use super::World;
use crate::clients::{Client, Wake};
use crate::failure::Failure;
use crate::fault::{CrashPoint, Fault, Link, Links};
use crate::network::settings::LinkSettings;
use crate::random::Stream;
use crate::server::clock::Rate;
use crate::server::guard::guarded;
use crate::trace::record::What;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Does a fault, now; returns whether it changed anything. A fault that changes nothing
    /// (pausing a server that is down) leaves no record.
    ///
    /// A message that is in flight when its link is cut, or when its sender crashes, still arrives.
    ///
    /// # Errors
    /// The failure that ends the run, if the fault leads to one: of a server's code that the fault
    /// makes run, or of a watch.
    ///
    /// # Panics
    /// If the fault names a server that the cluster does not have, or if a partition names a server
    /// twice.
    #[track_caller]
    pub fn inject(&mut self, fault: &Fault) -> Result<bool, Failure> {
        self.check_servers(fault);
        match *fault {
            Fault::Partition(_)
            | Fault::Isolate(_)
            | Fault::Join(_)
            | Fault::Block(_)
            | Fault::Unblock(_)
            | Fault::Heal
            | Fault::Network(_)
            | Fault::Link(..) => {
                let changes = self.cluster.network.apply(fault);
                self.if_changes(changes, fault, |_| Ok(()))
            }
            Fault::Swizzle { ref cut, ref mend, every } => self.if_changes(true, fault, |world| {
                world.spawn(Swizzle::new(cut, mend, every)).map(drop)
            }),
            Fault::Crash { who, after: None } => {
                self.if_changes(self.cluster.may_crash(who), fault, |world| world.end_life(who))
            }
            Fault::Crash { who, after: Some(after) } => {
                let arms = self.cluster.may_crash(who) && self.cluster.arm(who, after);
                self.if_changes(arms, fault, |_| Ok(()))
            }
            Fault::Disarm(who) => {
                let disarms = self.cluster.disarm(who);
                self.if_changes(disarms, fault, |_| Ok(()))
            }
            Fault::Restart(who) => {
                let starts = self.cluster.make_ready(who);
                self.if_changes(starts, fault, |world| world.run(|world| world.boot(who)))
            }
            Fault::Pause(who) => {
                let was_suspended = self.cluster.is_suspended(who);
                let pauses = self.stop_process(who)?;
                self.if_changes(pauses, fault, |world| world.suspended(who, was_suspended))
            }
            Fault::Resume(who) => {
                let resumes = self.cluster.resume(who);
                self.if_changes(resumes, fault, |world| world.run(|world| world.run_on(who)))
            }
            Fault::Disk { who, latency } => {
                let changes = self.cluster.set_disk_latency(who, latency);
                self.if_changes(changes, fault, |world| world.hasten_write(who))
            }
            Fault::Clock { who, rate } => {
                let changes = self.change_clock_rate(who, rate)?;
                self.if_changes(changes, fault, |world| world.retime(who))
            }
            Fault::Jump { who, ahead } => {
                let changes = self.move_clock_ahead(who, ahead)?;
                self.if_changes(changes, fault, |world| world.retime(who))
            }
            Fault::Expire(who) => {
                let ahead = self.until_deadline(who)?;
                let changes = self.move_clock_ahead(who, ahead)?;
                self.if_changes(changes, fault, |world| world.retime(who))
            }
            Fault::Campaign(who) => {
                let hears = self.cluster.is_up(who) && !self.cluster.is_suspended(who);
                self.if_changes(hears, fault, |world| {
                    world.run(|world| world.step(who, Event::Campaign, None))
                })
            }
        }
    }

    /// Panics if the fault names a server that the cluster does not have, or if a partition names a
    /// server twice.
    #[track_caller]
    fn check_servers(&self, fault: &Fault) {
        match *fault {
            Fault::Heal | Fault::Network(_) => {}
            Fault::Isolate(who)
            | Fault::Join(who)
            | Fault::Crash { who, .. }
            | Fault::Disarm(who)
            | Fault::Restart(who)
            | Fault::Pause(who)
            | Fault::Resume(who)
            | Fault::Disk { who, .. }
            | Fault::Clock { who, .. }
            | Fault::Jump { who, .. }
            | Fault::Expire(who)
            | Fault::Campaign(who) => self.cluster.assert_has(who),
            Fault::Block(link) | Fault::Unblock(link) | Fault::Link(link, _) => {
                self.check_ends(link);
            }
            Fault::Swizzle { ref cut, ref mend, .. } => {
                for &link in cut.iter().chain(mend) {
                    self.check_ends(link);
                }
            }
            Fault::Partition(ref groups) => {
                let mut named = groups.concat();
                for &node in &named {
                    self.cluster.assert_has(node);
                }
                named.sort_unstable();
                if let Some([twice, ..]) = named.windows(2).find(|pair| pair[0] == pair[1]) {
                    panic!("a partition names {twice} twice: a server is in one group");
                }
            }
        }
    }

    #[track_caller]
    fn check_ends(&self, link: Link) {
        self.cluster.assert_has(link.from);
        self.cluster.assert_has(link.to);
    }

    /// Records a fault that `changes` something, then does what follows from it.
    fn if_changes(
        &mut self,
        changes: bool,
        fault: &Fault,
        then: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        if changes {
            self.pace.has_cause();
            self.note_timers();
            self.emit(fault.server(), What::Fault(fault))?;
            then(self)?;
            self.note_timers();
        }
        Ok(changes)
    }

    /// Stops the process of a server that is up; returns whether that changes anything.
    fn stop_process(&mut self, node: NodeId) -> Result<bool, Failure> {
        let stops = self.cluster.is_up(node) && !self.cluster.is_paused(node);
        if stops {
            self.run(|world| {
                world.suspension(node).set_paused(true);
                Ok(())
            })?;
        }
        Ok(stops)
    }

    /// Ends a server's life. Its disk keeps exactly the completed writes.
    pub(super) fn end_life(&mut self, node: NodeId) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        server.crash_after = None;
        server.awaits_boot = false;
        server.proposals.clear();
        let running = mem::take(&mut server.process);
        let dropped = guarded(|| drop(running));
        self.timers.set(node, Time::MAX);
        self.calls.forget(node);
        self.abandon(node)?;
        if let Err(panic) = dropped {
            return Err(self.panicked(node, &panic));
        }
        self.emit(Some(node), What::Crashed)
    }
}

/// One method for each fault: it does what [`World::inject`] does, and returns only an error.
///
/// # Panics
/// As [`World::inject`] does, at the caller's place.
impl<N: Node, W: Watch<N>> World<N, W> {
    /// Cuts every link from and to a server (the lab's `disconnect`).
    #[track_caller]
    pub fn isolate(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Isolate(node)).map(drop)
    }

    /// Mends a server's links from and to all that are not isolated (the lab's `connect`).
    #[track_caller]
    pub fn rejoin(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Join(node)).map(drop)
    }

    /// Cuts the link from one server to another, in this direction alone.
    #[track_caller]
    pub fn block(&mut self, from: NodeId, to: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Block(Links { from, to })).map(drop)
    }

    /// Mends the link from one server to another, in this direction alone.
    #[track_caller]
    pub fn unblock(&mut self, from: NodeId, to: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Unblock(Links { from, to })).map(drop)
    }

    /// Cuts every link between servers of different groups and mends those within a group. A server
    /// that no group names is alone; without any groups every server is.
    ///
    /// # Panics
    /// If a group names a server that the cluster does not have, or if two groups name the same one.
    #[track_caller]
    pub fn partition(&mut self, groups: &[&[NodeId]]) -> Result<(), Failure> {
        let groups = match groups {
            [] => self.cluster.ids().map(|alone| vec![alone]).collect(),
            groups => groups.iter().map(|group| group.to_vec()).collect(),
        };
        self.inject(&Fault::Partition(groups)).map(drop)
    }

    /// Mends every link.
    pub fn heal(&mut self) -> Result<(), Failure> {
        self.inject(&Fault::Heal).map(drop)
    }

    /// Cuts the links `cut` one by one, then mends the same links in the order of `mend`, with
    /// `every` between two of them; the first is cut at this instant. Once all faults have stopped
    /// ([`World::stop_faults`]) it does nothing more.
    #[track_caller]
    pub fn swizzle(&mut self, cut: &[Link], mend: &[Link], every: Duration) -> Result<(), Failure> {
        self.inject(&Fault::Swizzle { cut: cut.to_vec(), mend: mend.to_vec(), every }).map(drop)
    }

    /// Ends a server's life, now.
    #[track_caller]
    pub fn crash(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Crash { who: node, after: None }).map(drop)
    }

    /// Arms a crash: the server crashes within its next list that has an effect, after this many
    /// `actions` of it (notes not counted), or after the last one. Starting the server takes it
    /// back.
    #[track_caller]
    pub fn crash_after(&mut self, node: NodeId, actions: u32) -> Result<(), Failure> {
        let after = Some(CrashPoint::Actions(actions));
        self.inject(&Fault::Crash { who: node, after }).map(drop)
    }

    /// Starts a server on its disk; a server that is up is crashed first. It does not mend any
    /// link.
    #[track_caller]
    pub fn restart(&mut self, node: NodeId) -> Result<(), Failure> {
        if self.cluster.is_up(node) {
            self.crash(node)?;
        }
        self.inject(&Fault::Restart(node)).map(drop)
    }

    /// Stops a server's process. A write that is in progress completes.
    #[track_caller]
    pub fn pause(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Pause(node)).map(drop)
    }

    /// Lets a paused server run again: what waited is handled now.
    #[track_caller]
    pub fn resume(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Resume(node)).map(drop)
    }

    /// Changes what every link does to messages sent from now on.
    pub fn set_network(&mut self, settings: LinkSettings) -> Result<(), Failure> {
        self.inject(&Fault::Network(settings)).map(drop)
    }

    /// Changes what the link from one server to another does to messages sent from now on.
    #[track_caller]
    pub fn set_link(
        &mut self,
        from: NodeId,
        to: NodeId,
        settings: LinkSettings,
    ) -> Result<(), Failure> {
        self.inject(&Fault::Link(Links { from, to }, settings)).map(drop)
    }

    /// Makes each of a server's writes take `latency`, in all its lives. Booting takes no time. A
    /// write in progress is complete no later than one that begins now.
    #[track_caller]
    pub fn set_disk(&mut self, node: NodeId, latency: Duration) -> Result<(), Failure> {
        self.inject(&Fault::Disk { who: node, latency }).map(drop)
    }

    /// Makes a server's clock run at `rate`, in all its lives.
    #[track_caller]
    pub fn set_clock_rate(&mut self, node: NodeId, rate: Rate) -> Result<(), Failure> {
        self.inject(&Fault::Clock { who: node, rate }).map(drop)
    }

    /// Makes a server's clock jump forward by `ahead`, now.
    #[track_caller]
    pub fn jump_clock(&mut self, node: NodeId, ahead: Duration) -> Result<(), Failure> {
        self.inject(&Fault::Jump { who: node, ahead }).map(drop)
    }

    /// Makes a server's clock jump to its deadline, so that its timer is due now.
    #[track_caller]
    pub fn expire(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Expire(node)).map(drop)
    }

    /// Takes back a crash that [`World::crash_after`] armed, if it has not happened yet.
    #[track_caller]
    pub fn disarm(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Disarm(node)).map(drop)
    }

    /// Orders a server to stand for election at once. A server that is down or suspended does not
    /// get the order.
    #[track_caller]
    pub fn campaign(&mut self, node: NodeId) -> Result<(), Failure> {
        self.inject(&Fault::Campaign(node)).map(drop)
    }
}

/// A swizzle in progress.
struct Swizzle {
    /// The faults that are left to inject, in order: links to cut, then links to mend.
    rest: VecDeque<Fault>,
    every: Duration,
}

impl Swizzle {
    fn new(cut: &[Link], mend: &[Link], every: Duration) -> Self {
        let cuts = cut.iter().map(|&link| Fault::Block(link));
        let mends = mend.iter().map(|&link| Fault::Unblock(link));
        Self { rest: cuts.chain(mends).collect(), every }
    }
}

impl<N: Node, W: Watch<N>> Client<World<N, W>> for Swizzle {
    fn wake(&mut self, world: &mut World<N, W>, _: &mut Stream) -> Result<Wake, Failure> {
        if world.cluster.network.faults_stopped() {
            return Ok(Wake::Done);
        }
        while let Some(fault) = self.rest.pop_front() {
            world.inject(&fault)?;
            if self.every > Duration::ZERO && !self.rest.is_empty() {
                return Ok(Wake::At(world.now() + self.every));
            }
        }
        Ok(Wake::Done)
    }
}
