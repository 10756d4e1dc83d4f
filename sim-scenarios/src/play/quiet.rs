//! The quiet ending: all faults have stopped, and nothing is proposed for seven seconds. Then servers
//! with one commit index have applied the same; each member reaches what the leader knows to be
//! committed, three seconds later at the latest; and in the last two of the seven seconds, if
//! nothing was left to do, hardly anything was sent.
//!
//! The leader's commit index counts, and not the highest of all: a leader that appends no entry of
//! its own may not know that an entry of an earlier term is committed, although a follower does.

use raftsim_node::{Duration, Index, Node, NodeId, Term};
use raftsim_sim::{Fact, Failure, property};

use super::standing::leader;
use crate::lab::Lab;

/// How long nothing is proposed, unless the lab's limits are stretched.
const QUIET: Duration = Duration::from_secs(7);
/// By when a server must have reached the leader's commit index, since the faults stopped.
const REACHED: Duration = Duration::from_secs(10);
/// The last part of the quiet time, in which messages are counted.
const COUNTED: Duration = Duration::from_secs(2);
/// How many messages a link may carry in that time: 30 a second, which is the most that the lab
/// allows a leader for each follower (`count_3b`).
const MESSAGES: u64 = 60;
/// How often it is looked whether all servers have reached the commit index.
const LOOK: Duration = Duration::from_millis(50);

/// Waits, and checks what servers with one commit index have applied. If `is_prompt`, so that all
/// that is sent arrives soon, the rest is checked too.
pub(super) fn keep_quiet<N: Node>(
    lab: &mut Lab<N>,
    members: &[NodeId],
    is_prompt: bool,
) -> Result<(), Failure> {
    lab.sleep(lab.pace().stretch(QUIET) - COUNTED)?;
    let before = Lull::of(lab, members);
    lab.sleep(COUNTED)?;
    check_applied(lab, members)?;
    if is_prompt {
        check_reached(lab, members)?;
        if let Some(before) = before {
            before.check(lab, members)?;
        }
    }
    let commits = members.iter().filter_map(|&node| lab.cluster().status(node)?.commit);
    let reporting = commits.count() as u64;
    lab.world().mark("quiet", None, reporting)
}

/// Checks that servers which report the same commit index have applied the same entries.
fn check_applied<N: Node>(lab: &Lab<N>, members: &[NodeId]) -> Result<(), Failure> {
    let reported = |node: NodeId| -> Option<(NodeId, Index, Index)> {
        let commit = lab.cluster().status(node)?.commit?;
        Some((node, commit, lab.applied().applied_through(node)))
    };
    let reported: Vec<_> = members.iter().filter_map(|&node| reported(node)).collect();
    for (place, &(node, commit, applied)) in reported.iter().enumerate() {
        let differs = |&&(_, other, through): &&(_, _, _)| other == commit && through != applied;
        if let Some((other, _, through)) = reported[..place].iter().find(differs) {
            let fact = |node: NodeId, applied: Index| {
                let text = format!("{node} has committed {commit} and applied through {applied}");
                Fact::new(text).by(node).entry(applied)
            };
            let facts = [fact(*other, *through), fact(node, applied)];
            let now = lab.cluster().now();
            return Err(Failure::violation(property::APPLIED_AGREE_AFTER_FAULTS, now, facts));
        }
    }
    Ok(())
}

/// How far a server has come: it has applied all entries through this index, and reports no lower
/// commit index.
fn reached<N: Node>(lab: &Lab<N>, node: NodeId) -> Index {
    let applied = lab.applied().applied_through(node);
    let commit = lab.cluster().status(node).and_then(|status| status.commit);
    commit.map_or(applied, |commit| commit.min(applied))
}

/// Checks that each member reaches what the leader knows to be committed, if there is a leader.
fn check_reached<N: Node>(lab: &mut Lab<N>, members: &[NodeId]) -> Result<(), Failure> {
    let Some(leader) = leader(lab.cluster(), members) else { return Ok(()) };
    let Some(status) = lab.cluster().status(leader) else { return Ok(()) };
    let now = lab.cluster().now();
    let commit = status.commit.unwrap_or_else(|| lab.applied().applied_through(leader));
    let end = now + (lab.pace().stretch(REACHED) - lab.pace().stretch(QUIET));
    loop {
        let behind = members.iter().find(|&&node| reached(lab, node) < commit);
        let Some(&behind) = behind else { return Ok(()) };
        if lab.cluster().now() >= end {
            let term = status.term;
            let first = format!("{leader}, which leads in term {term}, has committed {commit}");
            let through = reached(lab, behind);
            let patience = lab.pace().stretch(REACHED);
            let second =
                format!("{behind} has reached {through}, {patience} after the faults stopped");
            let first = Fact::new(first).at(now).entry(commit);
            let facts = [first, Fact::new(second).by(behind).entry(through)];
            return Err(Failure::violation(property::COMMIT_REACHES_ALL, end, facts));
        }
        lab.sleep(LOOK)?;
    }
}

/// A moment at which nothing was left to do: one server leads, all members have reached the same.
#[derive(PartialEq, Eq)]
struct Lull {
    leader: NodeId,
    term: Term,
    reached: Index,
    /// By member, and by another member: the messages that it has sent to that one so far.
    sent: Vec<u64>,
}

impl Lull {
    fn of<N: Node>(lab: &Lab<N>, members: &[NodeId]) -> Option<Self> {
        let cluster = lab.cluster();
        let leader = leader(cluster, members)?;
        let term = cluster.status(leader)?.term;
        let commit = reached(lab, leader);
        let is_idle = |&node: &NodeId| reached(lab, node) == commit;
        let sent = pairs(members).map(|(from, to)| cluster.handed(from, to)).collect();
        members.iter().all(is_idle).then_some(Self { leader, term, reached: commit, sent })
    }

    /// Checks how much has been sent since, if nothing has happened.
    fn check<N: Node>(self, lab: &Lab<N>, members: &[NodeId]) -> Result<(), Failure> {
        let Some(now) = Self::of(lab, members) else { return Ok(()) };
        if (now.leader, now.term, now.reached) != (self.leader, self.term, self.reached) {
            return Ok(());
        }
        for ((from, to), (before, after)) in pairs(members).zip(self.sent.iter().zip(&now.sent)) {
            let many = after - before;
            if many > MESSAGES {
                let rule = format!(
                    "a link carries at most {MESSAGES} messages in {COUNTED} in which nothing happens"
                );
                let seen = format!("{from} sent {many} messages to {to}");
                let facts = [Fact::new(rule), Fact::new(seen).by(from)];
                let time = lab.cluster().now();
                return Err(Failure::violation(property::IDLE_IS_QUIET, time, facts));
            }
        }
        Ok(())
    }
}

/// Each two of these servers, both ways.
fn pairs(members: &[NodeId]) -> impl Iterator<Item = (NodeId, NodeId)> {
    let others = move |from| members.iter().map(move |&to| (from, to));
    members.iter().flat_map(move |&from| others(from)).filter(|(from, to)| from != to)
}
