//! The servers, their disks and the links between them, as oracles and scenarios may see them.

pub(crate) mod actions;
pub(crate) mod clock;
pub(crate) mod guard;
pub(crate) mod step;
pub(crate) mod suspend;
pub(crate) mod trouble;

use raftsim_node::{Claims, Disk, Index, Node, NodeId, Snapshot, Status, Term, Time};

use crate::clients::service::Service;
use crate::network::link::{Link, LinkSettings};
use crate::server::guard::inside;
use crate::server::trouble::Trouble;

/// All servers and links.
pub struct Cluster<N: Node> {
    pub(crate) now: Time,
    pub(crate) servers: Vec<Server<N>>,
    /// By sender, then addressee.
    pub(crate) links: Vec<Link>,
    pub(crate) disturbed: bool,
}

/// One server: its disk outlives its lives.
pub(crate) struct Server<N: Node> {
    pub(crate) config: N::Config,
    /// None while it is down.
    pub(crate) node: Option<N>,
    /// Its first boot is still to come.
    pub(crate) awaits_boot: bool,
    /// How often it was started.
    pub(crate) life: u32,
    pub(crate) disk: N::Disk,
    pub(crate) durable: Option<Durable>,
    pub(crate) status: Status,
    pub(crate) claims: Claims,
    pub(crate) service: Box<dyn Service>,
    /// What the service held when its life began.
    pub(crate) booted_from: Option<Snapshot>,
    /// The lab's mark: whether `connect` or `disconnect` came last.
    pub(crate) connected: bool,
    /// Crash after this many more actions of the next list that has any.
    pub(crate) crash_after: Option<u32>,
    /// Requests that reached this life.
    pub(crate) requests: u64,
    pub(crate) trouble: Option<Box<Trouble<N>>>,
}

/// What a disk's view showed after the last write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor`, in that term.
    pub voted_for: Option<NodeId>,
    /// The last entry's index.
    pub last_index: Index,
}

impl Durable {
    /// Reads a disk; `None` when it offers no view.
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

    /// How many servers there are.
    pub fn size(&self) -> usize {
        self.servers.len()
    }

    /// How many servers make a majority.
    pub fn majority(&self) -> usize {
        self.size() / 2 + 1
    }

    /// All servers, n1 first.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        (1..=self.servers.len()).map(|number| {
            NodeId::new(u8::try_from(number).expect("a cluster has at most 255 servers"))
        })
    }

    /// What a server believes, as of its last finished list; `None` while it is down.
    pub fn status(&self, node: NodeId) -> Option<Status> {
        let server = self.server(node);
        server.node.is_some().then_some(server.status)
    }

    /// Whether a server runs.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.server(node).node.is_some()
    }

    /// Whether a server's crash is armed and has not come yet ([`crate::World::crash_after`]).
    pub fn is_armed(&self, node: NodeId) -> bool {
        let list = self.hold(node).and_then(|hold| hold.list.as_ref());
        let left = list.and_then(|list| list.left);
        self.server(node).crash_after.or(left).is_some()
    }

    /// How often a server was started.
    pub fn life(&self, node: NodeId) -> u32 {
        self.server(node).life
    }

    /// The lab's mark on a server: whether `connect` came after the last `disconnect`.
    pub fn is_connected(&self, node: NodeId) -> bool {
        self.server(node).connected
    }

    /// What a server's disk holds, if it offers a view.
    pub fn durable(&self, node: NodeId) -> Option<Durable> {
        self.server(node).durable
    }

    /// The snapshot on which a server's last life began: what its disk held then.
    pub fn booted_from(&self, node: NodeId) -> Option<&Snapshot> {
        self.server(node).booted_from.as_ref()
    }

    /// Reads a server's disk, dead or alive, from within a [`crate::Watch`] that hears of what the
    /// world does as it runs (boots, steps and their actions, alarms): there a panic of the node's
    /// code in it ends the run, and is blamed on that server. Of what is done to the world from
    /// outside (crashes, links, proposals, marks) a watch may hear while nothing guards it, and then
    /// the panic goes on to the caller.
    #[inline]
    pub fn with_disk<R>(&self, node: NodeId, read: impl FnOnce(&N::Disk) -> R) -> R {
        inside(node, || read(&self.server(node).disk))
    }

    /// A server's disk. Reading it runs the node's code: do it inside [`crate::guarded`], or, in a
    /// [`crate::Watch`] and as far as that holds, by [`Cluster::with_disk`].
    pub fn disk(&self, node: NodeId) -> &N::Disk {
        &self.server(node).disk
    }

    /// What a server promises beyond the paper.
    pub fn claims(&self, node: NodeId) -> Claims {
        self.server(node).claims
    }

    /// Whether messages from one server to another are cut off.
    pub fn is_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.link(from, to).blocked
    }

    /// What the link from one server to another does.
    pub fn link_settings(&self, from: NodeId, to: NodeId) -> LinkSettings {
        self.link(from, to).settings()
    }

    /// How many messages were handed to the link from one server to another.
    pub fn handed(&self, from: NodeId, to: NodeId) -> u64 {
        self.link(from, to).handed
    }

    /// Whether the network did to some message what its settings do not tell: a fate given by name
    /// lost it, doubled it, or delayed it beyond [`crate::Fate::PROMPT`].
    pub fn was_disturbed(&self) -> bool {
        self.disturbed
    }

    /// How many requests have reached a server in its present life (labrpc's `GetCount`).
    pub fn requests(&self, node: NodeId) -> u64 {
        self.server(node).requests
    }

    pub(crate) fn server(&self, node: NodeId) -> &Server<N> {
        &self.servers[node.slot()]
    }

    pub(crate) fn server_mut(&mut self, node: NodeId) -> &mut Server<N> {
        &mut self.servers[node.slot()]
    }

    pub(crate) fn link(&self, from: NodeId, to: NodeId) -> &Link {
        &self.links[from.slot() * self.servers.len() + to.slot()]
    }

    pub(crate) fn link_mut(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        let servers = self.servers.len();
        &mut self.links[from.slot() * servers + to.slot()]
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
            .field("up", &self.node.is_some())
            .field("status", &self.status)
            .field("durable", &self.durable)
            .finish_non_exhaustive()
    }
}
