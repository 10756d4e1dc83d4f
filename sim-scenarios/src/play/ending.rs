//! The ending of a plan, which follows its steps. All faults stop for a majority of the servers:
//! those of them that are down restart, those that are paused go on, their clocks run true, their
//! disks write at once, and the links between them are mended and reliable; where the network
//! stands, they are the plan's own. Delays stay, whatever the network. The other servers are cut off both ways, or down.
//!
//! With `calm` the members of the majority must then agree on one fresh command within a minute,
//! and their logs must agree through it. A network that stands and delays or loses messages, and
//! delays, are standing faults: agreement is then demanded as `standing` demands it. With `quiet`
//! nothing new is proposed, and with `load` much is: the modules of these names say what must be
//! true then. Once all agree, `short` asks what snapshots are for.

use raftsim_node::{Node, NodeId};
use raftsim_oracles::LeaderLiveness;
use raftsim_plan::{Ending, Majority, Others, Rest, Schedule, Scope};
use raftsim_sim::{Failure, LinkSettings};

use super::load::carry;
use super::quiet::keep_quiet;
use super::short::check_short;
use super::standing::{must_cope, stand};
use crate::lab::Lab;

/// Plays the ending of a schedule.
pub(super) fn end<N: Node>(lab: &mut Lab<N>, schedule: &Schedule) -> Result<(), Failure> {
    match &schedule.ending {
        Ending::None => Ok(()),
        Ending::Calm(majority) => {
            stop_faults(lab, schedule, majority)?;
            if !keeps_among(lab, &majority.members) && !must_cope(lab, &majority.members) {
                return Ok(());
            }
            match schedule.scope {
                Scope::Elections => lab.check_one_leader().map(drop),
                Scope::Log | Scope::Disk | Scope::Snapshots => {
                    lab.agree(&majority.members)?;
                    check_short(lab, schedule, &majority.members)
                }
            }
        }
        Ending::Quiet(majority) => {
            stop_faults(lab, schedule, majority)?;
            let is_prompt = keeps_among(lab, &majority.members);
            keep_quiet(lab, &majority.members, is_prompt)
        }
        Ending::Load { majority, lossy } => {
            stop_faults(lab, schedule, majority)?;
            if !keeps_among(lab, &majority.members) && !must_cope(lab, &majority.members) {
                return Ok(());
            }
            if schedule.scope == Scope::Elections {
                return lab.check_one_leader().map(drop);
            }
            lab.agree(&majority.members)?;
            carry(lab, &majority.members, *lossy)?;
            check_short(lab, schedule, &majority.members)
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

/// Whether the links among `members` keep every message.
fn keeps_among<N: Node>(lab: &Lab<N>, members: &[NodeId]) -> bool {
    let settings = |from, to| lab.cluster().link_settings(from, to);
    let keeps = |from, to| from == to || settings(from, to).keeps(LeaderLiveness::PROMPT);
    members.iter().all(|&from| members.iter().all(|&to| keeps(from, to)))
}

fn stop_faults<N: Node>(
    lab: &mut Lab<N>,
    schedule: &Schedule,
    majority: &Majority,
) -> Result<(), Failure> {
    lab.extend_for_recovery();
    match majority.network {
        Rest::Reliable => lab.stop_faults(),
        Rest::Stands => lab.world().stop_faults_but_fates(),
    }
    let world = lab.world();
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
