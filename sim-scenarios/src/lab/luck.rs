//! Elections that take long by mere luck.
//!
//! Where logs do not end alike, perhaps one server alone can win. Each time that another one stands
//! for election before it, a correct Raft may lose an election timeout, and the lab's ten polls, or
//! its ten seconds, are too few in one run of some hundreds. Where logs end alike the oracle of
//! leader liveness has judged before the lab's limit; where messages are lost, the limit is one
//! that a correct Raft may miss.

use raftsim_node::{Duration, Node, NodeId};
use raftsim_oracles::{LeaderLiveness, Oracles};
use raftsim_sim::{Cluster, World};

use crate::checks::Judges;
use crate::lab::Lab;
use crate::lab::recovery::CALM;

impl<N: Node> Lab<N> {
    /// How much longer than the lab's limit an election may take by luck: as long as in the
    /// recovery phase.
    pub(crate) fn longest_luck(&self) -> Duration {
        self.pace().stretch(CALM)
    }

    /// How much longer than the lab's limit to wait for a leader now; zero if luck is no reason.
    pub(crate) fn luck(&mut self) -> Duration {
        let longest = self.longest_luck();
        luck_in(self.world(), longest)
    }
}

/// The same for a client, whose lab has this `longest` luck. The run may last longer by it.
pub(crate) fn luck_in<N: Node>(world: &mut World<N, Judges<N>>, longest: Duration) -> Duration {
    let oracles = world.watch().oracles();
    if !oracles.is_some_and(|oracles| lacks_leader_by_luck(world.cluster(), oracles)) {
        return Duration::ZERO;
    }
    world.extend(longest);
    longest
}

/// Whether none of the connected servers leads, over a network that keeps every message, and it is
/// not so that each of them could win.
fn lacks_leader_by_luck<N: Node>(cluster: &Cluster<N>, oracles: &Oracles) -> bool {
    let is_up = |&node: &NodeId| cluster.is_connected(node) && cluster.is_up(node);
    let up: Vec<NodeId> = cluster.ids().filter(is_up).collect();
    let leads = |&node: &NodeId| cluster.status(node).is_some_and(|status| status.is_leader());
    !up.iter().any(leads) && keeps_messages(cluster) && !oracles.logs_end_alike(cluster, &up)
}

/// Whether every link keeps every message.
pub(crate) fn keeps_messages<N: Node>(cluster: &Cluster<N>) -> bool {
    let keeps = |from, to| cluster.link_settings(from, to).keeps(LeaderLiveness::PROMPT);
    cluster.ids().all(|from| cluster.ids().all(|to| from == to || keeps(from, to)))
}
