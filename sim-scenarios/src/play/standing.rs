//! Faults that stand: nothing is lifted, and the members of a majority must make progress all the
//! same, if they claim to cope and the faults are such that one can.
//!
//! The members must be up, run their code, and be joined pairwise. Their links lose nothing and
//! take at most a fiftieth of the bound within which the node elects a leader, their disks a 250th,
//! and their clocks run off by a fifth at most: otherwise no election could succeed. None of the
//! other servers may be joined in both directions with so many that it could lead. Where this is
//! not so nothing is demanded, as of nodes that claim nothing.

use raftsim_node::{Duration, Node, NodeId};
use raftsim_plan::Scope;
use raftsim_sim::{Cluster, Fact, Failure, property};

use crate::lab::Lab;
use crate::lab::recovery::CALM;

/// How long a command may take to be applied until it is proposed again, unless the lab's limits
/// are stretched.
const AGAIN: Duration = Duration::from_secs(2);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Checks that `members` make progress while all faults stand, if that can be demanded.
pub(super) fn stand<N: Node>(
    lab: &mut Lab<N>,
    scope: Scope,
    members: &[NodeId],
) -> Result<(), Failure> {
    let is_demanded = must_cope(lab, members);
    let verb = if is_demanded { "stands" } else { "stands, but nothing can be demanded" };
    lab.world().mark(verb, None, members.len() as u64)?;
    if !is_demanded {
        return Ok(());
    }
    lab.extend_for_recovery();
    let since = lab.cluster().now();
    let rule = match scope {
        Scope::Elections => elect(lab, members)?,
        Scope::Log | Scope::Disk | Scope::Snapshots => agree(lab, members)?,
    };
    // Links that were still to be mended or cut may have changed what can be demanded.
    let Some(rule) = rule.filter(|_| must_cope(lab, members)) else { return Ok(()) };
    let patience = lab.pace().stretch(CALM);
    let facts = [Fact::new(rule).at(since), Fact::new(format!("not within {patience}"))];
    let now = lab.cluster().now();
    Err(Failure::violation(property::AGREEMENT_WHILE_FAULTS_STAND, now, facts))
}

/// Waits until one of `members` leads; if none does, returns the rule.
fn elect<N: Node>(lab: &mut Lab<N>, members: &[NodeId]) -> Result<Option<String>, Failure> {
    let patience = lab.pace().stretch(CALM);
    let leads = lab.until(patience, |cluster| leader(cluster, members).is_some())?;
    Ok((!leads).then(|| format!("one of {} leads", names(members))))
}

/// Has a fresh command proposed to whichever member leads, until all members have applied it; if
/// they do not in time, returns the rule. A leader whose disk is slow answers later, so that where
/// the command was accepted is not known: it is looked for among the entries that are applied. It
/// is proposed again even if one of them has applied it: links that were still to be mended or cut
/// may have deposed that leader, and the next one commits it only with an entry of its own term.
fn agree<N: Node>(lab: &mut Lab<N>, members: &[NodeId]) -> Result<Option<String>, Failure> {
    let command = lab.any_command();
    let (patience, again) = (lab.pace().stretch(CALM), lab.pace().stretch(AGAIN));
    let end = lab.cluster().now() + patience;
    let (mut next, mut seen, mut place) = (lab.cluster().now(), lab.applied().last_index(), None);
    while lab.cluster().now() < end {
        let now = lab.cluster().now();
        if next <= now
            && let Some(leader) = leader(lab.cluster(), members)
        {
            lab.start(leader, command.clone())?;
            next = now + again;
        }
        lab.sleep(LOOK)?;
        place = place.or_else(|| lab.applied().index_of(&command, seen));
        seen = lab.applied().last_index();
        if let Some(index) = place
            && lab.applied().is_applied_by(members, index)
        {
            lab.world().mark(property::AGREEMENT_WHILE_FAULTS_STAND.name(), None, index)?;
            return Ok(None);
        }
    }
    Ok(Some(format!("{command:?} is applied by {}", names(members))))
}

/// The member that leads, in the latest term if several do.
pub(super) fn leader<N: Node>(cluster: &Cluster<N>, members: &[NodeId]) -> Option<NodeId> {
    let statuses = members.iter().filter_map(|&node| Some((node, cluster.status(node)?)));
    let leaders = statuses.filter(|(_, status)| status.is_leader());
    leaders.max_by_key(|&(_, status)| status.term).map(|(node, _)| node)
}

fn names(members: &[NodeId]) -> String {
    members.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ")
}

/// Whether `members` claim to cope, and the world is such that they can.
pub(crate) fn must_cope<N: Node>(lab: &Lab<N>, members: &[NodeId]) -> bool {
    let (cluster, bound) = (lab.cluster(), lab.pace().bound());
    let is_joined = |a: NodeId, b: NodeId| !cluster.is_blocked(a, b) && !cluster.is_blocked(b, a);
    let keeps = |a, b| cluster.link_settings(a, b).keeps(bound / 50);
    let pairs = || members.iter().flat_map(|&a| members.iter().map(move |&b| (a, b)));
    let mut others = cluster.ids().filter(|node| !members.contains(node));
    let could_lead = |other: NodeId| {
        let joined = cluster.ids().filter(|&node| node != other && is_joined(node, other)).count();
        acts(cluster, other) && joined + 1 >= cluster.majority()
    };
    members.iter().all(|&node| cluster.claims(node).copes_with_standing_faults)
        && members.iter().all(|&node| can_cope(cluster, node, bound))
        && pairs().all(|(a, b)| a == b || (is_joined(a, b) && keeps(a, b)))
        && !others.any(could_lead)
}

/// Whether a server runs its code, with a disk and a clock that are not too slow or fast.
fn can_cope<N: Node>(cluster: &Cluster<N>, node: NodeId, bound: Duration) -> bool {
    let rate = cluster.clock_rate(node);
    let (own, worlds) = (u64::from(rate.numerator()), u64::from(rate.denominator()));
    acts(cluster, node)
        && !cluster.is_armed(node)
        && cluster.disk_latency(node) <= bound / 250
        && own * 5 >= worlds * 4
        && own * 5 <= worlds * 6
}

fn acts<N: Node>(cluster: &Cluster<N>, node: NodeId) -> bool {
    cluster.is_up(node) && !cluster.is_paused(node)
}
