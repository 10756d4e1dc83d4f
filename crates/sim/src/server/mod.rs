//! The servers and the network between them, as oracles and scenarios may see them.
//!
//! A server is a machine with a disk and a clock. While it is up, it has a process that runs the
//! node's code, and a service. This room does not know the world: it does not decide what happens
//! next.

pub(crate) mod actions;
pub(crate) mod clock;
pub(crate) mod guard;
mod impairment;
mod replay;
pub(crate) mod samples;
pub(crate) mod suspend;

use raftsim_node::{Claims, Disk, Index, Node, NodeId, Snapshot, Status, Term, Time};

use self::guard::{Call, inside};
pub use self::replay::Replay;
use self::suspend::{Impairment, Suspension};
use crate::clients::proposal::Proposals;
use crate::clients::service::{NoService, Service};
use crate::fault::CrashPoint;
use crate::network::Network;
use crate::network::settings::LinkSettings;
use crate::text::counted;

/// All servers, and the network.
///
/// # Panics
/// Its methods panic, at their caller's place, when they are called with a server that the cluster does
/// not have.
pub struct Cluster<N: Node> {
    pub(crate) now: Time,
    pub(crate) servers: Vec<Server<N>>,
    pub(crate) network: Network,
    /// Whether the oracles may read the disks.
    pub(crate) shows_disks: bool,
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
    /// An armed crash.
    pub(crate) crash_after: Option<CrashPoint>,
    /// The number of requests that reached this life.
    pub(crate) requests: u64,
    /// The proposals to this life that are open.
    pub(crate) proposals: Proposals,
    /// Since when it has run its code by a clock that nobody changed.
    pub(crate) runs_since: Time,
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
            proposals: Proposals::default(),
            runs_since: Time::ZERO,
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
        (0..self.servers.len()).map(|slot| {
            NodeId::new(u8::try_from(slot + 1).expect("a cluster has at most 255 servers"))
        })
    }

    /// A server's status, as of its last list that is done; `None` while it is down.
    #[track_caller]
    pub fn status(&self, node: NodeId) -> Option<Status> {
        let server = self.server(node);
        server.process.is_up().then_some(server.status)
    }

    /// Whether a server is up; it may be suspended.
    #[track_caller]
    pub fn is_up(&self, node: NodeId) -> bool {
        self.server(node).process.is_up()
    }

    /// Whether a crash of a server is armed and has not happened yet
    /// ([`crate::World::crash_after`]).
    #[track_caller]
    pub fn is_armed(&self, node: NodeId) -> bool {
        let list = self.suspension(node).and_then(Suspension::list);
        let within = list.and_then(|list| list.crash_after);
        self.server(node).crash_after.is_some() || within.is_some()
    }

    /// The number of a server's present or last life, from 1; 0 before the first.
    #[track_caller]
    pub fn life(&self, node: NodeId) -> u32 {
        self.server(node).life
    }

    /// Whether a server is connected in the lab's sense: it was never disconnected, or was
    /// connected again since.
    #[track_caller]
    pub fn is_connected(&self, node: NodeId) -> bool {
        self.assert_has(node);
        self.network.is_connected(node)
    }

    /// Whether the oracles may read the disks ([`crate::Setup::shows_disks`]). If not, they must not
    /// ask a disk for its view.
    pub fn shows_disks(&self) -> bool {
        self.shows_disks
    }

    /// Term, vote and last index on a server's disk; `None` if the disk offers no view.
    #[track_caller]
    pub fn durable(&self, node: NodeId) -> Option<Durable> {
        self.server(node).durable
    }

    /// The snapshot that a server's disk held when its present or last life began.
    #[track_caller]
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
        inside(node, Call::Read, call)
    }

    /// Reads a server's disk, whether the server is up or down. A panic is treated as in
    /// [`Cluster::in_node`].
    #[inline]
    #[track_caller]
    pub fn with_disk<R>(&self, node: NodeId, read: impl FnOnce(&N::Disk) -> R) -> R {
        let disk = &self.server(node).disk;
        inside(node, Call::Read, || read(disk))
    }

    /// A server's disk. Reading it runs the node's code: do so inside [`crate::guarded`]. A
    /// [`crate::Watch`] uses [`Cluster::with_disk`].
    #[track_caller]
    pub fn disk(&self, node: NodeId) -> &N::Disk {
        &self.server(node).disk
    }

    /// What a server's node claims beyond the paper.
    #[track_caller]
    pub fn claims(&self, node: NodeId) -> Claims {
        self.server(node).claims
    }

    /// Whether the link from one server to another is blocked.
    #[track_caller]
    pub fn is_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.assert_has(from);
        self.assert_has(to);
        self.network.is_blocked(from, to)
    }

    /// The settings of the link from one server to another.
    #[track_caller]
    pub fn link_settings(&self, from: NodeId, to: NodeId) -> LinkSettings {
        self.assert_has(from);
        self.assert_has(to);
        self.network.settings(from, to)
    }

    /// The number of messages handed to the link from one server to another since the run began.
    #[track_caller]
    pub fn handed(&self, from: NodeId, to: NodeId) -> u64 {
        self.assert_has(from);
        self.assert_has(to);
        self.network.handed(from, to)
    }

    /// Whether a fate that was given by name has disturbed the network in a way that no link's
    /// settings show: it lost a message, duplicated it, or delayed it beyond
    /// [`crate::Fate::PROMPT`].
    pub fn was_disturbed(&self) -> bool {
        self.network.was_disturbed()
    }

    /// The number of requests that reached a server in its present life (labrpc's `GetCount`).
    #[track_caller]
    pub fn requests(&self, node: NodeId) -> u64 {
        self.server(node).requests
    }

    #[track_caller]
    pub(crate) fn server(&self, node: NodeId) -> &Server<N> {
        match self.servers.get(node.slot()) {
            Some(server) => server,
            None => lacks(node, self.servers.len()),
        }
    }

    pub(crate) fn server_mut(&mut self, node: NodeId) -> &mut Server<N> {
        &mut self.servers[node.slot()]
    }

    /// Panics if the cluster has no such server.
    #[inline]
    #[track_caller]
    pub fn assert_has(&self, node: NodeId) {
        if node.slot() >= self.servers.len() {
            lacks(node, self.servers.len());
        }
    }
}

/// Panics, since a cluster of `size` servers has no such server.
///
/// # Panics
/// Always.
#[doc(hidden)]
#[cold]
#[inline(never)]
#[track_caller]
pub fn lacks(node: NodeId, size: usize) -> ! {
    let servers = counted(size as u64, "server");
    panic!("there is no server {node}: the cluster has {servers}")
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
