//! The verbs of the lab's tester: for the cluster, its leaders and its meters. Those for the log
//! are in `log`.

pub(crate) mod applied;
mod cluster;
pub(crate) mod direct;
pub(crate) mod log;
pub(crate) mod luck;
pub(crate) mod pace;
pub(crate) mod probe;
pub(crate) mod recovery;
mod speed;

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use raftsim_node::{Command, Disk, Duration, Node, NodeId, Status, Term};
use raftsim_plan::Snapshots;
use raftsim_sim::{
    Cluster, Fact, Failure, Kind, Link, LinkSettings, Panic, Property, Purpose, Setup, Stream,
    World, guarded, property,
};

use crate::checks::{Checks, Judges};
use crate::lab::applied::{Applied, SNAPSHOT_INTERVAL};
use crate::lab::cluster::Terrain;
use crate::lab::luck::keeps_messages;
use crate::lab::pace::Pace;
use crate::own::Suite;

/// The tester's `RaftElectionTimeout`.
const ELECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// A cluster under test, the entries that its servers applied, and the scenario's random choices.
///
/// # Panics
/// Its methods panic, at their caller's place, when they are called with a server that the cluster does
/// not have.
#[derive(Debug)]
pub struct Lab<N: Node> {
    /// In a box, since it is large, and a lab is moved a few times.
    world: Box<World<N, Judges<N>>>,
    pace: Pace,
    applied: Rc<RefCell<Applied>>,
    choices: Stream,
    workload: Stream,
    terrain: Terrain,
}

impl<N: Node> Lab<N> {
    /// A cluster for a scenario, judged by every oracle. The services of its servers are the lab's,
    /// which only keep what they apply.
    ///
    /// # Errors
    /// If a node fails while it boots.
    pub fn new(setup: Setup<N>) -> Result<Self, Failure> {
        Self::judged_by_oracles(setup, Snapshots::Never)
    }

    /// The same, but the services also make a snapshot after entries 9, 19, 29, …
    pub fn with_snapshots(setup: Setup<N>) -> Result<Self, Failure> {
        Self::judged_by_oracles(setup, Snapshots::Every(SNAPSHOT_INTERVAL))
    }

    fn judged_by_oracles(setup: Setup<N>, snapshots: Snapshots) -> Result<Self, Failure> {
        let judges = Checks::All.judges(setup.configs.len(), &Suite::new())?;
        Self::with_services(setup, snapshots, judges)
    }

    /// A cluster judged by `judges`, whose services make these `snapshots`.
    pub(crate) fn with_services(
        mut setup: Setup<N>,
        snapshots: Snapshots,
        judges: Judges<N>,
    ) -> Result<Self, Failure> {
        let (servers, terrain) = (setup.configs.len(), Terrain::of(&setup));
        let applied = Rc::new(RefCell::new(Applied::new(servers, snapshots)));
        setup.service = Applied::services(&applied);
        let world = Box::new(World::new(setup, judges)?);
        let pace = Pace::of(world.cluster().ids().map(|node| world.cluster().claims(node)));
        let (choices, workload) =
            (world.stream(Purpose::Scenario), world.stream(Purpose::Workload));
        Ok(Self { world, pace, applied, choices, workload, terrain })
    }

    /// The world underneath, for verbs that the lab lacks.
    pub fn world(&mut self) -> &mut World<N, Judges<N>> {
        &mut self.world
    }

    /// How much time the lab gives this cluster.
    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    /// The tester's `RaftElectionTimeout`, one second for a node that is as fast as the lab asks:
    /// how long tests wait for a leader to be elected or to step down.
    pub fn election_timeout(&self) -> Duration {
        self.pace.stretch(ELECTION_TIMEOUT)
    }

    /// The servers and links.
    pub fn cluster(&self) -> &Cluster<N> {
        self.world.cluster()
    }

    /// The entries that the servers applied so far.
    pub fn applied(&self) -> Ref<'_, Applied> {
        self.applied.borrow()
    }

    /// The same, for a client to keep.
    pub(crate) fn share_applied(&self) -> Rc<RefCell<Applied>> {
        Rc::clone(&self.applied)
    }

    /// Lets `span` of virtual time pass.
    pub fn sleep(&mut self, span: Duration) -> Result<(), Failure> {
        self.world.sleep(span)
    }

    /// A random number, uniform in `0..bound`, from the scenario's own stream.
    pub fn choose(&mut self, bound: u32) -> u32 {
        self.choices.below(bound)
    }

    /// A command with a random 64-bit number, as the tests' `rand.Int()`: hardly any two are the
    /// same.
    pub fn any_command(&mut self) -> Command {
        number(self.workload.seed())
    }

    /// A command with a random number, uniform in `0..bound`.
    pub fn any_command_below(&mut self, bound: u32) -> Command {
        number(self.workload.below(bound).into())
    }

    /// The lab's `disconnect`: cuts a server off from all others.
    #[track_caller]
    pub fn disconnect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.isolate(node)
    }

    /// The lab's `connect`: joins a server with all others that are connected.
    #[track_caller]
    pub fn connect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.rejoin(node)
    }

    /// All servers, n1 first.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        self.cluster().ids()
    }

    /// The lab's `crash1`, later `ShutdownServer`: cuts a server off and ends its life.
    #[track_caller]
    pub fn crash(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.isolate(node)?;
        self.world.crash(node)
    }

    /// The lab's `start1`, later `StartServer`: starts a server on its disk, without connecting it.
    #[track_caller]
    pub fn start_server(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.restart(node)
    }

    /// The tests' `restart`: starts a server on its disk and connects it with those that are
    /// connected. In 2025 this healed every partition as well; before and after it does not.
    #[track_caller]
    pub fn restart(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.restart(node)?;
        self.connect(node)
    }

    /// Crashes every server, then restarts every server.
    pub fn restart_all(&mut self) -> Result<(), Failure> {
        self.ids().try_for_each(|node| self.crash(node))?;
        self.ids().try_for_each(|node| self.start_server(node))?;
        self.ids().try_for_each(|node| self.connect(node))
    }

    /// The lab's `SetReliable` and `SetLongReordering`: from now on, on every link. It changes nothing
    /// if the run has one network throughout.
    pub fn set_network(&mut self, unreliable: bool, reordering: bool) -> Result<(), Failure> {
        self.world.set_network(LinkSettings::labrpc(unreliable, reordering, true))
    }

    /// Cuts these links one by one in a random order, then mends them one by one in another random
    /// order, `every` apart (swizzle-clogging).
    #[track_caller]
    pub fn swizzle(&mut self, links: &[Link], every: Duration) -> Result<(), Failure> {
        let (cut, mend) = (self.shuffled(links), self.shuffled(links));
        self.world.swizzle(&cut, &mend, every)
    }

    /// The same items in a random order.
    fn shuffled<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).expect("few items are shuffled");
            items.swap(last, self.choose(bound) as usize);
        }
        items
    }

    /// The server `steps` after `node`, where the first follows the last: the tests'
    /// `(leader + 1) % servers`.
    pub fn next(&self, node: NodeId, steps: usize) -> NodeId {
        let slot = (node.slot() + steps) % self.cluster().size();
        self.cluster().ids().nth(slot).expect("a slot within the cluster")
    }

    /// The lab's `checkOneLeader`: polls the connected servers up to ten times, each 450 to 549 ms
    /// after the last, until one leads. There are more polls if the lab's limits are stretched, or if
    /// nobody leads merely by bad luck. Returns the leader of the highest term. No term may have two.
    pub fn check_one_leader(&mut self) -> Result<NodeId, Failure> {
        let polls = match self.poll_for_leader()? {
            Polled::Leader(leader) => return Ok(leader),
            Polled::Nobody { polls } => polls,
        };
        let (leader, second) = match self.cluster().size() {
            1 => ("n1, the only server,", "it did not"),
            _ => ("a connected server", "none did"),
        };
        let first = format!("within {polls} polls {leader} leads");
        let facts = [Fact::new(first), Fact::new(second)];
        let missed = self.missed(property::CHECK_ONE_LEADER, facts);
        Err(self.probed(missed, |lab| {
            lab.extend_for_recovery();
            lab.poll_for_leader().map(|polled| matches!(polled, Polled::Leader(_)))
        }))
    }

    /// All polls of [`Lab::check_one_leader`].
    fn poll_for_leader(&mut self) -> Result<Polled, Failure> {
        const POLLS: u64 = 10;
        let usual = POLLS * self.pace.times();
        for _ in 0..usual {
            if let Some(leader) = self.poll_once()? {
                return Ok(Polled::Leader(leader));
            }
        }
        let (mut polls, end) = (usual, self.cluster().now() + self.luck());
        while self.cluster().now() < end {
            if let Some(leader) = self.poll_once()? {
                return Ok(Polled::Leader(leader));
            }
            polls += 1;
        }
        Ok(Polled::Nobody { polls })
    }

    /// One poll of [`Lab::check_one_leader`], after a pause.
    fn poll_once(&mut self) -> Result<Option<NodeId>, Failure> {
        let wait = 450 + self.choose(100);
        self.sleep(Duration::from_millis(u64::from(wait)))?;
        let Some((leader, term)) = self.highest_leader()? else { return Ok(None) };
        self.world.mark(property::CHECK_ONE_LEADER.name(), Some(leader), term)?;
        Ok(Some(leader))
    }

    /// The lab's `checkTerms`: all connected servers must be in the same term, which it returns; 0
    /// if no server is connected.
    pub fn check_terms(&mut self) -> Result<Term, Failure> {
        let terms: Vec<(NodeId, Term)> =
            self.connected().map(|(node, status)| (node, status.term)).collect();
        let Some(&(first, term)) = terms.first() else { return Ok(0) };
        match terms.iter().find(|&&(_, other)| other != term) {
            None => {
                self.world.mark(property::CHECK_TERMS.name(), None, term)?;
                Ok(term)
            }
            Some((node, other)) => {
                let facts = [
                    Fact::new(format!("{first} is in term {term}")).by(first),
                    Fact::new(format!("{node} is in term {other}")).by(*node),
                ];
                Err(self.missed(property::CHECK_TERMS, facts))
            }
        }
    }

    /// The lab's `checkNoLeader`: no connected server may believe that it leads.
    pub fn check_no_leader(&mut self) -> Result<(), Failure> {
        let leader = self.connected().find(|(_, status)| status.is_leader());
        if let Some((node, status)) = leader {
            let first = Fact::new("no connected server can lead without a majority");
            let second = format!("{node} says that it leads in term {}", status.term);
            let facts = [first, Fact::new(second).by(node)];
            return Err(self.missed(property::CHECK_NO_LEADER, facts));
        }
        self.world.mark(property::CHECK_NO_LEADER.name(), None, 0)
    }

    /// The lab's `rpcCount`: requests that reached a server in its present life.
    #[track_caller]
    pub fn rpc_count(&self, node: NodeId) -> u64 {
        self.cluster().requests(node)
    }

    /// The lab's `rpcTotal`: requests handed to the network, lost ones too.
    pub fn rpc_total(&self) -> u64 {
        self.world.meters().requests
    }

    /// The lab's `bytesTotal`: the bytes of all requests handed to the network and of all replies
    /// delivered.
    pub fn bytes_total(&self) -> u64 {
        self.world.meters().bytes
    }

    /// The lab's `LogSize`: the size in bytes of the largest disk state, without its snapshot.
    ///
    /// # Errors
    /// If the disk's code panics.
    pub fn log_size(&self) -> Result<usize, Failure> {
        let mut most = 0;
        for node in self.ids() {
            let disk = self.cluster().disk(node);
            let bytes = guarded(|| disk.state_bytes());
            most = most.max(bytes.map_err(|panic| unreadable(self.cluster(), node, &panic))?);
        }
        Ok(most)
    }

    /// The connected servers that are up, and their status.
    fn connected(&self) -> impl Iterator<Item = (NodeId, Status)> + use<'_, N> {
        let cluster = self.cluster();
        let connected = cluster.ids().filter(|&node| cluster.is_connected(node));
        connected.filter_map(|node| Some((node, cluster.status(node)?)))
    }

    /// The leader of the highest term among the connected servers. There may be an old leader of a
    /// lower term as well.
    fn highest_leader(&self) -> Result<Option<(NodeId, Term)>, Failure> {
        let mut highest: Option<(NodeId, Term)> = None;
        let cluster = self.cluster();
        for node in cluster.ids() {
            let leads = cluster.status(node).filter(Status::is_leader);
            let Some(term) = leads.map(|it| it.term) else { continue };
            match highest {
                _ if !cluster.is_connected(node) => {}
                Some((other, seen)) if seen == term => {
                    let facts = [
                        Fact::new(format!("{other} leads in term {term}")).by(other),
                        Fact::new(format!("{node} leads in it too")).by(node),
                    ];
                    let now = self.cluster().now();
                    return Err(Failure::violation(property::ELECTION_SAFETY, now, facts));
                }
                Some((_, seen)) if seen > term => {}
                Some(_) | None => highest = Some((node, term)),
            }
        }
        Ok(highest)
    }

    /// The failure that a limit was missed, now: the first fact says what should have happened by
    /// now, the second what did. A correct Raft may miss it by chance if the network loses messages,
    /// and the failure says so then.
    pub fn missed(&self, limit: Property, facts: [Fact; 2]) -> Failure {
        missed(self.cluster(), self.has_slow_network(), limit, facts)
    }
}

/// What the polls of [`Lab::check_one_leader`] find.
enum Polled {
    /// A server that leads.
    Leader(NodeId),
    /// No leader was found.
    Nobody {
        /// How many polls were made.
        polls: u64,
    },
}

/// The failure that a limit of the lab was missed. A correct Raft may miss it by chance if the
/// network loses messages, if fates given by name have disturbed it, or if it `is_slow` and not the
/// lab's network at all.
pub(crate) fn missed<N: Node>(
    cluster: &Cluster<N>,
    is_slow: bool,
    limit: Property,
    facts: [Fact; 2],
) -> Failure {
    let by_chance = is_slow || !keeps_messages(cluster) || cluster.was_disturbed();
    Failure::new(Kind::LabLimit { by_chance }, limit, cluster.now(), facts)
}

/// The failure that a server's disk panicked when it was read.
pub(crate) fn unreadable<N: Node>(cluster: &Cluster<N>, node: NodeId, panic: &Panic) -> Failure {
    let rule = Fact::new(format!("{node}'s disk can be read")).by(node);
    Failure::panicked(cluster.now(), rule, panic)
}

/// An integer as a command: eight bytes, the least significant first.
pub(crate) fn number(number: u64) -> Command {
    Command::from(number.to_le_bytes().as_slice())
}
