//! Verbs that the lab lacks, for scenarios that force a certain course: run until a condition is
//! true, wait until one of some servers leads, check that none can, start and join all servers.

use raftsim_node::{Duration, Index, Node, NodeId, Role, Term};
use raftsim_sim::{Cluster, Fact, Failure, property};

use crate::lab::Lab;

/// How long [`Lab::elected`] waits for an election, unless the lab's limits are stretched.
const PATIENCE: Duration = Duration::from_secs(20);

impl<N: Node> Lab<N> {
    /// Runs the world event by event until `holds` is true, for up to `patience` of virtual time.
    /// Returns whether it is true.
    pub fn until(
        &mut self,
        patience: Duration,
        holds: impl Fn(&Cluster<N>) -> bool,
    ) -> Result<bool, Failure> {
        let end = self.cluster().now().saturating_add(patience);
        while !holds(self.cluster()) {
            if !self.world().advance(end)? {
                let rest = end.since(self.cluster().now());
                self.sleep(rest)?;
                return Ok(holds(self.cluster()));
            }
        }
        Ok(true)
    }

    /// How long [`Lab::elected`] waits for an election.
    pub fn patience(&self) -> Duration {
        self.pace().stretch(PATIENCE)
    }

    /// Waits until one of the servers in `among` leads in a term later than `after`. Returns that
    /// server and its term.
    ///
    /// It waits for [`Lab::patience`], which is longer than the five seconds that the lab allows an
    /// election. Here the logs may let only some of these servers win, and the campaigns of the
    /// others take time: a correct Raft may draw a new election timeout whenever it adopts a later
    /// term, and so puts off its own campaign at each of theirs. In one run of twenty, five seconds
    /// are too short.
    #[track_caller]
    pub fn elected(&mut self, among: &[NodeId], after: Term) -> Result<(NodeId, Term), Failure> {
        for &node in among {
            self.cluster().assert_has(node);
        }
        let leader = |cluster: &Cluster<N>| later_leader(cluster, among.iter().copied(), after);
        self.until(self.patience(), |cluster| leader(cluster).is_some())?;
        if let Some((leader, term)) = leader(self.cluster()) {
            self.world().mark(property::ELECTED.name(), Some(leader), term)?;
            return Ok((leader, term));
        }
        let missed = self.none_elected(among, after);
        Err(self.probed(missed, |lab| {
            lab.extend_for_recovery();
            lab.until(lab.patience(), |cluster| leader(cluster).is_some())
        }))
    }

    /// The failure that after [`Lab::patience`] none of these servers leads in a term later than
    /// `after`.
    pub(crate) fn none_elected(&self, among: &[NodeId], after: Term) -> Failure {
        let first =
            format!("within {} one of {among:?} leads in a term after {after}", self.patience());
        let facts = [Fact::new(first), Fact::new("none did")];
        self.missed(property::ELECTED, facts).accusing(among.iter().copied())
    }

    /// Lets `span` pass, in which no server can win an election because none is joined with a
    /// majority, and checks that none does.
    pub fn check_none_elected(&mut self, span: Duration) -> Result<(), Failure> {
        let before = self.latest_term();
        let leader = |cluster: &Cluster<N>| later_leader(cluster, cluster.ids(), before);
        self.until(span, |cluster| leader(cluster).is_some())?;
        let Some((leader, term)) = leader(self.cluster()) else {
            return self.world().mark("check_none_elected", None, before);
        };
        let time = self.cluster().now();
        // A second leader in the same term would be the clearer failure: the oracles report it if
        // it comes within a second.
        self.sleep(Duration::from_secs(1))?;
        let facts = [
            Fact::new(format!("since term {before} no server is joined with a majority")),
            Fact::new(format!("{leader} leads in term {term}")).by(leader),
        ];
        Err(Failure::violation(property::ELECTED_BY_MAJORITY, time, facts))
    }

    /// The latest term of all servers that are up; 0 if none is.
    pub fn latest_term(&self) -> Term {
        let statuses = self.ids().filter_map(|node| self.cluster().status(node));
        statuses.map(|status| status.term).max().unwrap_or(0)
    }

    /// All servers but this one.
    pub fn others(&self, but: NodeId) -> Vec<NodeId> {
        self.ids().filter(|&node| node != but).collect()
    }

    /// The one of three servers that is neither of these two.
    ///
    /// # Panics
    /// If there are not three servers, or if these are not two of them.
    #[track_caller]
    pub fn the_other(&self, one: NodeId, two: NodeId) -> NodeId {
        let others: Vec<NodeId> = self.ids().filter(|&node| node != one && node != two).collect();
        match (&others[..], self.size()) {
            (&[other], 3) => other,
            (_, size) => {
                panic!("`the_other` takes two of three servers, not {one} and {two} of {size}")
            }
        }
    }

    /// Mends both links between two servers, even if the lab has disconnected one of them.
    #[track_caller]
    pub fn join(&mut self, one: NodeId, other: NodeId) -> Result<(), Failure> {
        self.world().unblock(one, other)?;
        self.world().unblock(other, one)
    }

    /// Starts every server that is down, and mends every link.
    pub fn start_and_join_all(&mut self) -> Result<(), Failure> {
        for node in self.ids() {
            if !self.cluster().is_up(node) {
                self.start_server(node)?;
            }
        }
        self.world().heal()
    }

    /// Proposes a fresh command to one server.
    #[track_caller]
    pub fn start_any(&mut self, node: NodeId) -> Result<Option<(Index, Term)>, Failure> {
        let command = self.any_command();
        self.start(node, command)
    }

    /// A random span of at least `least` and less than `bound` milliseconds.
    ///
    /// # Panics
    /// If `bound` is not more than `least`.
    #[track_caller]
    pub fn choose_millis(&mut self, least: u32, bound: u32) -> Duration {
        assert!(
            least < bound,
            "no number of milliseconds is at least {least} and less than {bound}"
        );
        Duration::from_millis(u64::from(least + self.choose(bound - least)))
    }
}

/// The server in `among` that leads in the latest term, if that term is later than `after`; and
/// that term.
fn later_leader<N: Node>(
    cluster: &Cluster<N>,
    among: impl Iterator<Item = NodeId>,
    after: Term,
) -> Option<(NodeId, Term)> {
    let statuses = among.filter_map(|node| cluster.status(node).map(|status| (node, status)));
    let leaders = statuses.filter(|(_, status)| status.is_leader() && status.term > after);
    leaders.map(|(node, status)| (node, status.term)).max_by_key(|&(_, term)| term)
}

/// A server's term; 0 while it is down.
pub(crate) fn term_of<N: Node>(cluster: &Cluster<N>, node: NodeId) -> Term {
    cluster.status(node).map_or(0, |status| status.term)
}

/// Whether a server is up, and in this role and term.
pub(crate) fn is_in<N: Node>(cluster: &Cluster<N>, node: NodeId, role: Role, term: Term) -> bool {
    cluster.status(node).is_some_and(|status| status.role == role && status.term == term)
}

/// Two of these servers, neither of which is `but`.
pub(crate) fn two_but(servers: [NodeId; 3], but: NodeId) -> [NodeId; 2] {
    match servers {
        [one, two, three] if three == but => [one, two],
        [one, two, three] if two == but => [one, three],
        [_, two, three] => [two, three],
    }
}
