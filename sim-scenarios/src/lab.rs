//! The lab's verbs, as its tester has them.

use raftsim_check::{Calm, ElectionSafety, Oracles};
use raftsim_node::{Duration, Node, NodeId, Status, Term};
use raftsim_sim::{Cluster, Failure, Kind, Purpose, Setup, Stream, World};

/// The tester's `RaftElectionTimeout`: how long tests wait for a leader to be gone or elected.
pub(crate) const ELECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// A cluster under test, and the scenario's own random choices.
#[derive(Debug)]
pub struct Lab<N: Node> {
    world: World<N, Oracles>,
    choices: Stream,
}

impl<N: Node> Lab<N> {
    /// A cluster set up for a scenario, every oracle looking on.
    pub fn new(setup: Setup<N>) -> Result<Self, Failure> {
        let oracles = Oracles::new(setup.configs.len());
        let world = World::new(setup, oracles)?;
        let choices = world.stream(Purpose::Scenario);
        Ok(Self { world, choices })
    }

    /// The world underneath: for verbs that the lab has not.
    pub fn world(&mut self) -> &mut World<N, Oracles> {
        &mut self.world
    }

    /// The servers and links.
    pub fn cluster(&self) -> &Cluster<N> {
        self.world.cluster()
    }

    /// Lets virtual time pass.
    pub fn sleep(&mut self, span: Duration) -> Result<(), Failure> {
        self.world.sleep(span)
    }

    /// Uniform in `0..bound`, from the scenario's own stream.
    pub fn choose(&mut self, bound: u32) -> u32 {
        self.choices.below(bound)
    }

    /// The lab's `disconnect`: cuts a server off from all others.
    pub fn disconnect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.disconnect(node)
    }

    /// The lab's `connect`: joins a server with all that are connected.
    pub fn connect(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.connect(node)
    }

    /// The lab's `crash1`: cuts a server off and ends its life.
    pub fn crash(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.disconnect(node)?;
        self.world.crash(node)
    }

    /// The lab's `start1`: starts a server on its disk, without connecting it.
    pub fn start(&mut self, node: NodeId) -> Result<(), Failure> {
        self.world.start(node)
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
                self.world.mark("check_one_leader", Some(leader), term)?;
                return Ok(leader);
            }
        }
        let first = format!("within {POLLS} polls a connected server leads");
        Err(self.missed("check_one_leader", [first, "none did".to_owned()]))
    }

    /// The lab's `checkTerms`: all connected servers agree on the term, which it returns.
    pub fn check_terms(&mut self) -> Result<Term, Failure> {
        let terms: Vec<(NodeId, Term)> =
            self.connected().map(|(node, status)| (node, status.term)).collect();
        let Some(&(first, term)) = terms.first() else { return Ok(0) };
        match terms.iter().find(|&&(_, other)| other != term) {
            None => {
                self.world.mark("check_terms", None, term)?;
                Ok(term)
            }
            Some((node, other)) => {
                let facts = [format!("{first} is in term {term}"), format!("{node} in {other}")];
                Err(self.missed("check_terms", facts))
            }
        }
    }

    /// The lab's `checkNoLeader`: no connected server believes to lead.
    pub fn check_no_leader(&mut self) -> Result<(), Failure> {
        let leader = self.connected().find(|(_, status)| status.is_leader());
        if let Some((node, status)) = leader {
            let first = "no connected server can lead without a majority".to_owned();
            let second = format!("{node} says that it leads in term {}", status.term);
            return Err(self.missed("check_no_leader", [first, second]));
        }
        self.world.mark("check_no_leader", None, 0)
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
                    let first = format!("{other} leads in term {term}");
                    let facts = [first, format!("{node} leads in it too")];
                    let now = self.cluster().now();
                    return Err(Failure::violation(ElectionSafety::PROPERTY, now, facts));
                }
                Some((_, seen)) if seen > term => {}
                Some(_) | None => highest = Some((node, term)),
            }
        }
        Ok(highest)
    }

    /// One of the lab's limits was missed; by chance possible while the network loses messages.
    pub(crate) fn missed(&self, limit: &'static str, facts: [String; 2]) -> Failure {
        let cluster = self.cluster();
        let keeps = |from, to| cluster.link_settings(from, to).keeps(Calm::PROMPT);
        let by_chance =
            cluster.ids().any(|from| cluster.ids().any(|to| from != to && !keeps(from, to)));
        Failure::new(Kind::LabLimit { by_chance }, limit, cluster.now(), facts)
    }
}
