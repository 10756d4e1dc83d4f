//! The servers and the network between them, as oracles and scenarios may see them.
//!
//! A server is a machine with a disk and a clock. While it is up, it has a process that runs the
//! node's code, and a service. This room does not know the world: it does not decide what happens
//! next.

pub(crate) mod actions;
pub(crate) mod clock;
pub(crate) mod guard;
mod replay;
pub(crate) mod suspend;

use raftsim_node::{Claims, Disk, Duration, Index, Node, NodeId, Snapshot, Status, Term, Time};

use self::clock::{Clock, Rate};
use self::guard::inside;
pub use self::replay::Replay;
use self::suspend::{Impairment, Suspension};
use crate::clients::service::{NoService, Service};
use crate::network::Network;
use crate::network::settings::LinkSettings;

/// All servers, and the network.
pub struct Cluster<N: Node> {
    pub(crate) now: Time,
    pub(crate) servers: Vec<Server<N>>,
    pub(crate) network: Network,
}

/// One server. Its disk and its clock outlive its lives.
pub(crate) struct Server<N: Node> {
    pub(crate) config: N::Config,
    pub(crate) process: Process<N>,
    /// Whether its first boot is still to come.
    pub(crate) awaits_boot: bool,
    /// The number of its present or last life, from 1; 0 before the first.
    pub(crate) life: u32,
    pub(crate) disk: N::Disk,
    pub(crate) durable: Option<Durable>,
    /// Its status, as of its last list that is done.
    pub(crate) status: Status,
    pub(crate) claims: Claims,
    pub(crate) service: Box<dyn Service>,
    /// The snapshot on its disk when its last life began.
    pub(crate) booted_from: Option<Snapshot>,
    /// An armed crash: after this many effects of the next list that has any.
    pub(crate) crash_after: Option<u32>,
    /// The number of requests that reached this life.
    pub(crate) requests: u64,
    pub(crate) impairment: Option<Box<Impairment<N>>>,
}

/// What runs on a server.
#[derive(Default)]
pub(crate) enum Process<N> {
    /// No process: the server is down.
    #[default]
    Down,
    /// A running node.
    Up(N),
    /// A process of a recorded run ([`Replay`]): the server is up, but there is no node to call.
    Recorded,
}

impl<N> Process<N> {
    pub(crate) fn is_up(&self) -> bool {
        !matches!(self, Self::Down)
    }

    pub(crate) fn node(&self) -> Option<&N> {
        match self {
            Self::Up(node) => Some(node),
            Self::Down | Self::Recorded => None,
        }
    }

    #[inline]
    pub(crate) fn node_mut(&mut self) -> Option<&mut N> {
        match self {
            Self::Up(node) => Some(node),
            Self::Down | Self::Recorded => None,
        }
    }

    /// Puts a booted node in its place.
    pub(crate) fn start(&mut self, node: N) -> &mut N {
        *self = Self::Up(node);
        self.node_mut().expect("it was put there")
    }
}

impl<N: Node> Server<N> {
    /// A server with this `config` and this `disk`, before its first boot.
    pub(crate) fn new(config: N::Config, disk: N::Disk) -> Self {
        Self {
            config,
            process: Process::Down,
            awaits_boot: true,
            life: 0,
            disk,
            durable: None,
            status: Status::default(),
            claims: Claims::default(),
            service: Box::new(NoService),
            booted_from: None,
            crash_after: None,
            requests: 0,
            impairment: None,
        }
    }
}

/// What a disk's view showed after the last write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor` in that term.
    pub voted_for: Option<NodeId>,
    /// The last entry's index.
    pub last_index: Index,
}

impl Durable {
    /// Reads a disk; `None` if it offers no view.
    pub(crate) fn read(disk: &impl Disk) -> Option<Self> {
        disk.view().map(|view| Self {
            term: view.term(),
            voted_for: view.voted_for(),
            last_index: view.last_index(),
        })
    }
}

impl<N: Node> Cluster<N> {
    /// The virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The number of servers.
    pub fn size(&self) -> usize {
        self.servers.len()
    }

    /// The least number of servers that is a majority.
    pub fn majority(&self) -> usize {
        self.size() / 2 + 1
    }

    /// All servers, n1 first.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        (1..=self.servers.len()).map(|number| {
            NodeId::new(u8::try_from(number).expect("a cluster has at most 255 servers"))
        })
    }

    /// A server's status, as of its last list that is done; `None` while it is down.
    pub fn status(&self, node: NodeId) -> Option<Status> {
        let server = self.server(node);
        server.process.is_up().then_some(server.status)
    }

    /// Whether a server is up; it may be suspended.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.server(node).process.is_up()
    }

    /// Whether a crash of a server is armed and has not happened yet
    /// ([`crate::World::crash_after`]).
    pub fn is_armed(&self, node: NodeId) -> bool {
        let list = self.suspension(node).and_then(Suspension::list);
        let within = list.and_then(|list| list.crash_after);
        self.server(node).crash_after.or(within).is_some()
    }

    /// The number of a server's present or last life, from 1; 0 before the first.
    pub fn life(&self, node: NodeId) -> u32 {
        self.server(node).life
    }

    /// Whether a server is connected in the lab's sense: it was never disconnected, or was
    /// connected again since.
    pub fn is_connected(&self, node: NodeId) -> bool {
        self.network.is_connected(node)
    }

    /// Term, vote and last index on a server's disk; `None` if the disk offers no view.
    pub fn durable(&self, node: NodeId) -> Option<Durable> {
        self.server(node).durable
    }

    /// The snapshot that a server's disk held when its present or last life began.
    pub fn booted_from(&self, node: NodeId) -> Option<&Snapshot> {
        self.server(node).booted_from.as_ref()
    }

    /// Runs code of a server's node for a [`crate::Watch`]. While the world runs (boots, steps and
    /// their actions, alarms), a panic in that code ends the run with a failure that accuses the
    /// server. When a watch sees what a scenario does to the world (faults, proposals, marks),
    /// nothing may guard it: then the panic goes on to the caller.
    #[expect(clippy::inline_always, reason = "two stores around the call of a small function")]
    #[inline(always)]
    pub fn in_node<R>(&self, node: NodeId, call: impl FnOnce() -> R) -> R {
        inside(node, call)
    }

    /// Reads a server's disk, whether the server is up or down. A panic is treated as in
    /// [`Cluster::in_node`].
    #[inline]
    pub fn with_disk<R>(&self, node: NodeId, read: impl FnOnce(&N::Disk) -> R) -> R {
        inside(node, || read(&self.server(node).disk))
    }

    /// A server's disk. Reading it runs the node's code: do so inside [`crate::guarded`]. A
    /// [`crate::Watch`] uses [`Cluster::with_disk`].
    pub fn disk(&self, node: NodeId) -> &N::Disk {
        &self.server(node).disk
    }

    /// What a server's node claims beyond the paper.
    pub fn claims(&self, node: NodeId) -> Claims {
        self.server(node).claims
    }

    /// Whether the link from one server to another is blocked.
    pub fn is_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.network.is_blocked(from, to)
    }

    /// The settings of the link from one server to another.
    pub fn link_settings(&self, from: NodeId, to: NodeId) -> LinkSettings {
        self.network.settings(from, to)
    }

    /// The number of messages handed to the link from one server to another since the run began.
    pub fn handed(&self, from: NodeId, to: NodeId) -> u64 {
        self.network.handed(from, to)
    }

    /// Whether a fate that was given by name has disturbed the network in a way that no link's
    /// settings show: it lost a message, duplicated it, or delayed it beyond
    /// [`crate::Fate::PROMPT`].
    pub fn was_disturbed(&self) -> bool {
        self.network.was_disturbed()
    }

    /// The number of requests that reached a server in its present life (labrpc's `GetCount`).
    pub fn requests(&self, node: NodeId) -> u64 {
        self.server(node).requests
    }

    pub(crate) fn server(&self, node: NodeId) -> &Server<N> {
        &self.servers[node.slot()]
    }

    pub(crate) fn server_mut(&mut self, node: NodeId) -> &mut Server<N> {
        &mut self.servers[node.slot()]
    }
}

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
        let suspension = self.server_mut(node).impairment.as_mut()?.suspension.take();
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

    /// Arms a crash after this many `actions`; returns whether that changes anything.
    pub(crate) fn arm(&mut self, node: NodeId, actions: u32) -> bool {
        let before = self.server_mut(node).crash_after.replace(actions);
        before != Some(actions)
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

impl<N: Node> std::fmt::Debug for Cluster<N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Cluster")
            .field("now", &self.now)
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}

impl<N: Node> std::fmt::Debug for Server<N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Server")
            .field("life", &self.life)
            .field("up", &self.process.is_up())
            .field("status", &self.status)
            .field("durable", &self.durable)
            .finish_non_exhaustive()
    }
}
