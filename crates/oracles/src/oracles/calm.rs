//! Calm worlds: what the oracles of leaders read of the whole cluster.

use raftsim_node::{Duration, Index, Node, NodeId, Role, Term};
use raftsim_sim::{Cluster, Failure};

use super::Oracles;
use crate::leader_liveness::{LeaderLiveness, Topology};
use crate::leader_stays::Move;

impl Oracles {
    /// The first server is about to boot: the claims are known.
    pub(super) fn begin<N: Node>(&mut self, cluster: &Cluster<N>) {
        let bound = LeaderLiveness::bound_of(cluster.ids().map(|node| cluster.claims(node)));
        self.leader_liveness.within(bound);
        self.leader_stays.within(bound);
        // All links begin alike; what changes them later is a fault.
        let mut ids = cluster.ids();
        if let (Some(from), Some(to)) = (ids.next(), ids.next()) {
            self.leader_stays.slows(cluster.link_settings(from, to).longest());
        }
    }

    /// A server of a calm world has another term or role.
    #[cold]
    pub(super) fn moves<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        step: Move,
    ) -> Result<(), Failure> {
        let time = cluster.now();
        if !self.is_led(cluster, step) {
            return Ok(());
        }
        let topology = self.topology(cluster);
        let stayed = self.leader_stays.stayed(time, step, &self.statuses, &topology);
        let Some((leader, majority)) = stayed else { return Ok(()) };
        let is_claimed = majority.iter().all(|&it| cluster.claims(it).keeps_its_leader);
        self.leader_stays.broken(time, step, leader, &majority, is_claimed)
    }

    /// Whether a server that moves may have had a leader until now that is joined with a majority,
    /// itself included. Most often it had none, and the rest need not be looked at.
    fn is_led<N: Node>(&self, cluster: &Cluster<N>, step: Move) -> bool {
        let Move { node, before, .. } = step;
        let leads = |&other: &NodeId| {
            let status = self.statuses[other.slot()];
            other != node && status.is_leader() && status.term == before.term
        };
        let leader = match before.role {
            Role::Leader => Some(node),
            // Whoever only asks whether it would win has not left its leader yet.
            Role::Follower | Role::PreCandidate => cluster.ids().find(leads),
            Role::Candidate | _ => None,
        };
        let is_joined = |a, b| !cluster.is_blocked(a, b) && !cluster.is_blocked(b, a);
        leader.is_some_and(|leader| {
            let others = cluster.ids().filter(|&other| other != leader && is_joined(leader, other));
            let hears = leader == node || is_joined(leader, node);
            hears && others.count() + 1 >= cluster.majority()
        })
    }

    pub(super) fn topology<N: Node>(&self, cluster: &Cluster<N>) -> Topology {
        let ids: Vec<NodeId> = cluster.ids().collect();
        let links = |judge: &dyn Fn(NodeId, NodeId) -> bool| {
            let row =
                |&from: &NodeId| ids.iter().map(|&to| to != from && judge(from, to)).collect();
            ids.iter().map(row).collect()
        };
        Topology {
            acts: ids.iter().map(|&id| acts(cluster, id)).collect(),
            fit: ids.iter().map(|&id| is_fit(cluster, id)).collect(),
            open: links(&|from, to| !cluster.is_blocked(from, to)),
            keeps: links(&|from, to| {
                cluster.link_settings(from, to).keeps(self.leader_liveness.prompt())
            }),
            last: ids.iter().map(|&id| self.last(cluster, id)).collect(),
        }
    }

    /// Whether the logs of these servers are known to end alike, so that each of them could win an
    /// election.
    pub fn logs_end_alike<N: Node>(&self, cluster: &Cluster<N>, nodes: &[NodeId]) -> bool {
        let mut ends = nodes.iter().map(|&node| self.last(cluster, node));
        let Some(first) = ends.next() else { return true };
        first.is_some() && ends.all(|end| end == first)
    }

    /// The term and index of the last entry of a server's log. If the disk offers no view, the log
    /// is empty as long as no server can have appended an entry, and not known after that.
    fn last<N: Node>(&self, cluster: &Cluster<N>, node: NodeId) -> Option<(Term, Index)> {
        match self.log.log(node) {
            Some(log) => Some((log.term(log.last_index())?, log.last_index())),
            None => (!self.accepted && !cluster.claims(node).own_entries).then_some((0, 0)),
        }
    }
}

/// Whether a server may send: it is up and not paused.
fn acts<N: Node>(cluster: &Cluster<N>, node: NodeId) -> bool {
    cluster.is_up(node) && !cluster.is_paused(node)
}

/// Whether a server is fit: it acts, and neither its disk nor its clock delays it.
fn is_fit<N: Node>(cluster: &Cluster<N>, node: NodeId) -> bool {
    let is_prompt = cluster.disk_latency(node) == Duration::ZERO && !cluster.is_suspended(node);
    acts(cluster, node) && is_prompt && cluster.clock_is_true(node)
}
