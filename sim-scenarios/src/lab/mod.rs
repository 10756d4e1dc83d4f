//! The lab's verbs, as its tester has them: the cluster, its leaders, its meters. Those of the log
//! stand in `agreement`.

pub(crate) mod applied;
pub(crate) mod direct;
pub(crate) mod log;
pub(crate) mod recovery;

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use raftsim_node::{Command, Disk, Duration, Node, NodeId, Status, Term};
use raftsim_oracles::{LeaderLiveness, Oracles};
use raftsim_sim::{
    Cluster, Fact, Failure, Kind, Link, LinkSettings, Panic, Property, Purpose, Setup, Stream,
    World, guarded, property,
};

use crate::checks::Checks;
use crate::lab::applied::{Applied, SNAPSHOT_INTERVAL};

/// The tester's `RaftElectionTimeout`: how long tests wait for a leader to be gone or elected.
pub(crate) const ELECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// A cluster under test, what its servers applied, and the scenario's own random choices.
#[derive(Debug)]
pub struct Lab<N: Node> {
    world: World<N, Option<Oracles>>,
    applied: Rc<RefCell<Applied>>,
    choices: Stream,
    workload: Stream,
}

impl<N: Node> Lab<N> {
    /// A cluster set up for a scenario, every oracle looking on. The servers' services are the
    /// lab's, which only keep what they apply.
    pub fn new(setup: Setup<N>) -> Result<Self, Failure> {
        Self::with_services(setup, None, Checks::All)
    }

    /// The same; the services snapshot all that they hold after entry 9, 19, 29, …
    pub fn with_snapshots(setup: Setup<N>) -> Result<Self, Failure> {
        Self::with_services(setup, Some(SNAPSHOT_INTERVAL), Checks::All)
    }

    /// A cluster that is judged so; the services make a snapshot every so many entries, or none.
    pub(crate) fn with_services(
        mut setup: Setup<N>,
        snapshots: Option<u32>,
        checks: Checks,
    ) -> Result<Self, Failure> {
        let servers = setup.configs.len();
        let applied = Rc::new(RefCell::new(Applied::new(servers, snapshots)));
        setup.service = Applied::services(&applied);
        let world = World::new(setup, checks.oracles(servers))?;
        let (choices, workload) =
            (world.stream(Purpose::Scenario), world.stream(Purpose::Workload));
        Ok(Self { world, applied, choices, workload })
    }

    /// The world underneath: for verbs that the lab has not.
    pub fn world(&mut self) -> &mut World<N, Option<Oracles>> {
        &mut self.world
    }

    /// The servers and links.
    pub fn cluster(&self) -> &Cluster<N> {
        self.world.cluster()
    }

    /// What the servers applied so far.
    pub(crate) fn applied(&self) -> Ref<'_, Applied> {
        self.applied.borrow()
    }

    /// The same, for a client to keep.
    pub(crate) fn share_applied(&self) -> Rc<RefCell<Applied>> {
        Rc::clone(&self.applied)
    }

    /// Lets virtual time pass.
    pub fn sleep(&mut self, span: Duration) -> Result<(), Failure> {
        self.world.sleep(span)
    }

    /// Uniform in `0..bound`, from the scenario's own stream.
    pub fn choose(&mut self, bound: u32) -> u32 {
        self.choices.below(bound)
    }

    /// A command that no other run of the same scenario is likely to use: the tests' `rand.Int()`.
    pub fn any_command(&mut self) -> Command {
        number(self.workload.seed())
    }

    /// Uniform in `0..bound`, as a command.
    pub fn any_command_below(&mut self, bound: u32) -> Command {
        number(self.workload.below(bound).into())
    }

    /// The lab's `disconnect`: cuts a server off from all others.
    pub fn disconnect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.isolate(node)
    }

    /// The lab's `connect`: joins a server with all that are connected.
    pub fn connect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.rejoin(node)
    }

    /// All servers, n1 first.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        self.cluster().ids()
    }

    /// The lab's `crash1`, later `ShutdownServer`: cuts a server off and ends its life.
    pub fn crash(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.isolate(node)?;
        self.world.crash(node)
    }

    /// The lab's `start1`, later `StartServer`: starts a server on its disk, without connecting it.
    pub fn start_server(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.restart(node)
    }

    /// The tests' `restart`: starts a server on its disk and connects it with those that are
    /// connected. In 2025 this healed every partition as well; before and after it does not.
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

    /// The lab's `SetReliable` and `SetLongReordering`: from now on, on every link.
    pub fn set_network(&mut self, unreliable: bool, reordering: bool) -> Result<(), Failure> {
        self.world.set_network(LinkSettings::labrpc(unreliable, reordering, true))
    }

    /// Swizzle-clogging: cuts these links one by one in an order of chance, then mends
    /// them one by one in another order, `every` apart.
    pub fn swizzle(&mut self, links: &[Link], every: Duration) -> Result<(), Failure> {
        let (cut, mend) = (self.shuffled(links), self.shuffled(links));
        self.world.swizzle(&cut, &mend, every)
    }

    /// The same items in an order of chance.
    fn shuffled<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).expect("few items are shuffled");
            items.swap(last, self.choose(bound) as usize);
        }
        items
    }

    /// The server `steps` behind `node`, counting round: the tests' `(leader + 1) % servers`.
    pub fn next(&self, node: NodeId, steps: usize) -> NodeId {
        let slot = (node.slot() + steps) % self.cluster().size();
        self.cluster().ids().nth(slot).expect("a slot within the cluster")
    }

    /// The lab's `checkOneLeader`: polls the connected servers up to ten times, each 450..=549 ms
    /// after the last, until one leads; that of the highest term. No term may have two.
    pub fn check_one_leader(&mut self) -> Result<NodeId, Failure> {
        const POLLS: u32 = 10;
        for _ in 0..POLLS {
            let wait = 450 + self.choose(100);
            self.sleep(Duration::from_millis(u64::from(wait)))?;
            if let Some((leader, term)) = self.highest_leader()? {
                self.world.mark(property::CHECK_ONE_LEADER.name(), Some(leader), term)?;
                return Ok(leader);
            }
        }
        let first = Fact::new(format!("within {POLLS} polls a connected server leads"));
        Err(self.missed(property::CHECK_ONE_LEADER, [first, Fact::new("none did")]))
    }

    /// The lab's `checkTerms`: all connected servers agree on the term, which it returns.
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
                    Fact::new(format!("{node} in {other}")).by(*node),
                ];
                Err(self.missed(property::CHECK_TERMS, facts))
            }
        }
    }

    /// The lab's `checkNoLeader`: no connected server believes to lead.
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
    pub fn rpc_count(&self, node: NodeId) -> u64 {
        self.cluster().requests(node)
    }

    /// The lab's `rpcTotal`: requests handed to the network, lost ones too.
    pub fn rpc_total(&self) -> u64 {
        self.world.meters().requests
    }

    /// The lab's `bytesTotal`: of all requests handed to the network and all replies delivered.
    pub fn bytes_total(&self) -> u64 {
        self.world.meters().bytes
    }

    /// The lab's `LogSize`: the most bytes that a disk holds, snapshots apart.
    pub fn log_size(&self) -> Result<usize, Failure> {
        let mut most = 0;
        for node in self.ids() {
            let disk = self.cluster().disk(node);
            let bytes = guarded(|| disk.state_bytes());
            most = most.max(bytes.map_err(|panic| unreadable(self.cluster(), node, &panic))?);
        }
        Ok(most)
    }

    /// The connected servers that are up, and what they believe.
    fn connected(&self) -> impl Iterator<Item = (NodeId, Status)> + use<'_, N> {
        let cluster = self.cluster();
        cluster
            .ids()
            .filter(|&node| cluster.is_connected(node))
            .filter_map(|node| cluster.status(node).map(|status| (node, status)))
    }

    /// The leader of the highest term among the connected; an old leader of a lower term is fine.
    fn highest_leader(&self) -> Result<Option<(NodeId, Term)>, Failure> {
        let mut highest: Option<(NodeId, Term)> = None;
        for (node, Status { term, .. }) in self.connected().filter(|(_, s)| s.is_leader()) {
            match highest {
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

    /// One of the lab's limits was missed: see [`missed`].
    pub(crate) fn missed(&self, limit: Property, facts: [Fact; 2]) -> Failure {
        missed(self.cluster(), limit, facts)
    }
}

/// One of the lab's limits was missed; by chance possible while the network loses messages, or once
/// fates given by name have disturbed it.
pub(crate) fn missed<N: Node>(cluster: &Cluster<N>, limit: Property, facts: [Fact; 2]) -> Failure {
    let keeps = |from, to| cluster.link_settings(from, to).keeps(LeaderLiveness::PROMPT);
    let loses = cluster.ids().any(|from| cluster.ids().any(|to| from != to && !keeps(from, to)));
    let by_chance = loses || cluster.was_disturbed();
    Failure::new(Kind::LabLimit { by_chance }, limit, cluster.now(), facts)
}

/// A server's disk panicked when it was read.
pub(crate) fn unreadable<N: Node>(cluster: &Cluster<N>, node: NodeId, panic: &Panic) -> Failure {
    let rule = Fact::new(format!("{node}'s disk can be read")).by(node);
    Failure::panicked(cluster.now(), rule, panic)
}

/// An integer as a command: eight bytes, the least significant first.
pub(crate) fn number(number: u64) -> Command {
    Command::from(number.to_le_bytes().as_slice())
}
