//! The ending of a plan, which follows its steps. All faults stop for a majority of the servers:
//! those of them that are down restart, those that are paused go on, their clocks run true, their
//! disks write at once, and the links between them are mended and reliable; where the network
//! stands, they are the plan's own. The other servers are cut off both ways, or down.
//!
//! With `calm` the members of the majority must then agree on one fresh command within a minute,
//! and their logs must agree through it. A network that stands and delays or loses messages is a
//! standing fault: agreement is then demanded as `standing` demands it. With `quiet` nothing new is
//! proposed, and members with equal commit indexes must have applied the same entries.

use raftsim_node::{Duration, Index, Node, NodeId};
use raftsim_oracles::LeaderLiveness;
use raftsim_plan::{Ending, Majority, Others, Rest, Schedule, Scope};
use raftsim_sim::{Fact, Failure, LinkSettings, property};

use super::standing::{must_cope, stand};
use crate::lab::Lab;

/// How long `quiet` lasts before the check.
const QUIET: Duration = Duration::from_secs(10);

/// Plays the ending of a schedule.
pub(super) fn end<N: Node>(lab: &mut Lab<N>, schedule: &Schedule) -> Result<(), Failure> {
    match &schedule.ending {
        Ending::None => Ok(()),
        Ending::Calm(majority) => {
            stop_faults(lab, schedule, majority)?;
            let network = network(schedule, majority);
            if !network.keeps(LeaderLiveness::PROMPT) && !must_cope(lab, &majority.members) {
                return Ok(());
            }
            match schedule.scope {
                Scope::Elections => lab.check_one_leader().map(drop),
                Scope::Log | Scope::Disk | Scope::Snapshots => lab.agree(&majority.members),
            }
        }
        Ending::Quiet(majority) => {
            stop_faults(lab, schedule, majority)?;
            lab.sleep(QUIET)?;
            check_applied(lab, &majority.members)
        }
        Ending::Stands(members) => stand(lab, schedule.scope, members),
    }
}

/// The network between the members once all faults have stopped.
fn network(schedule: &Schedule, majority: &Majority) -> LinkSettings {
    match majority.network {
        Rest::Reliable => LinkSettings::labrpc(false, false, true),
        Rest::Stands => schedule.network,
    }
}

fn stop_faults<N: Node>(
    lab: &mut Lab<N>,
    schedule: &Schedule,
    majority: &Majority,
) -> Result<(), Failure> {
    lab.extend_for_recovery();
    let world = lab.world();
    match majority.network {
        Rest::Reliable => world.stop_faults(),
        Rest::Stands => world.stop_faults_but_fates(),
    }
    world.mark("calm", None, majority.members.len() as u64)?;
    world.set_network(network(schedule, majority))?;
    world.heal()?;
    for node in world.cluster().ids().filter(|node| !majority.members.contains(node)) {
        if majority.others == Others::Dead {
            world.crash(node)?;
        }
        world.isolate(node)?;
    }
    majority.members.iter().try_for_each(|&node| restore(lab, node))
}

/// Ends all faults at one server.
fn restore<N: Node>(lab: &mut Lab<N>, node: NodeId) -> Result<(), Failure> {
    lab.mend_server(node)?;
    if lab.cluster().is_up(node) { Ok(()) } else { lab.start_server(node) }
}

/// Checks that servers which report the same commit index have applied the same entries.
fn check_applied<N: Node>(lab: &mut Lab<N>, members: &[NodeId]) -> Result<(), Failure> {
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
    lab.world().mark("quiet", None, reported.len() as u64)
}
