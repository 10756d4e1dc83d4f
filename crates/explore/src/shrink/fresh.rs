//! Fresh plans: short ones, drawn for as few servers as the smallest plan has, or fewer.
//!
//! A large cluster does not always shrink server by server: without any one of them the run passes,
//! though a smaller cluster breaks the same property, by other steps. And a long plan of which no
//! line can go may break what a short one breaks too.

use raftsim_node::{Duration, Time};
use raftsim_plan::{Drawing, Plan, Schedule, Scope, Snapshots, Step, Timed, plan_of, plans};
use raftsim_sim::{Fault, Recording};

use super::{ShrinkProgress, Shrunk};
use crate::run::Player;
use crate::watchdog::watched;

/// The sizes of clusters that are tried.
pub(super) const SIZES: [u8; 4] = [1, 2, 3, 5];
/// How many plans are tried for each size, at most.
const PLANS: u64 = 200;
/// How many steps such a plan has, at most, and how long it goes on after the last.
const STEPS: usize = 15;
const AFTER: Duration = Duration::from_secs(1);

/// Looks for a fresh plan with `servers` servers whose run fails in the same way as that of `small`.
/// It uses no part of Raft that the plan of `small` does not use. At most half of the `left` runs are
/// played, so that the plan can be shrunk too; `small` counts them as its own.
pub(super) fn find(
    player: &dyn Player,
    small: &mut Shrunk,
    servers: u8,
    left: u64,
    progress: &dyn ShrinkProgress,
) -> Option<Plan> {
    let scope = scope(small.plan.schedule()?);
    let drawing = Drawing { servers: servers..=servers, scope, swarm: true, stands: false };
    let strategy = plans(&small.plan.node, &drawing);
    let signature = small.run.signature();
    for seed in 0..PLANS.min(left / 2) {
        if progress.stops() {
            return None;
        }
        let plan = short(plan_of(seed, &strategy));
        let run = watched(plan.seed, || player.play(&plan, Recording::Off));
        small.runs += 1;
        progress.played(small.runs, &small.plan);
        if run.signature() == signature {
            return Some(plan);
        }
    }
    None
}

/// The first steps of a plan.
fn short(plan: Plan) -> Plan {
    let Some(mut schedule) = plan.schedule().cloned() else { return plan };
    schedule.steps.truncate(STEPS);
    let last = schedule.steps.last().map_or(Time::ZERO, |timed| timed.at);
    schedule.length = schedule.length.min(last.since(Time::ZERO) + AFTER);
    plan.with_schedule(schedule)
}

/// How much of Raft a plan uses.
fn scope(schedule: &Schedule) -> Scope {
    let is_of_disks = |timed: &Timed| {
        let Step::Fault { fault, .. } = &timed.step else { return false };
        matches!(fault, Fault::Crash { .. } | Fault::Restart(_) | Fault::Disk { .. })
    };
    if schedule.snapshots != Snapshots::Never {
        Scope::Snapshots
    } else if schedule.steps.iter().any(is_of_disks) {
        Scope::Disk
    } else {
        schedule.scope.min(Scope::Log)
    }
}
