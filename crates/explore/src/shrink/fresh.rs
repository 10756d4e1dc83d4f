//! Fresh plans: other plans for as few servers as the smallest plan has, or fewer.
//!
//! A large cluster does not always shrink server by server: without any one of them the run passes,
//! though a smaller cluster breaks the same property, by other steps or with other timers. And a
//! long plan of which no line can go may break what a short one breaks too.

use raftsim_node::{Digest, Duration, NodeId, Time};
use raftsim_plan::{Drawing, Plan, Schedule, Scope, Snapshots, Step, Timed, plan_of, plans};
use raftsim_sim::{Fault, Recording};

use super::{ShrinkProgress, Shrunk};
use crate::run::Player;
use crate::watchdog::watched;

/// The sizes of clusters that are tried.
pub(super) const SIZES: [u8; 4] = [1, 2, 3, 5];
/// How many variants of the first plan are tried for each size, at most.
const VARIANTS: u64 = 100;
/// How many short plans are tried for each size, at most.
const PLANS: u64 = 300;
/// For a single server a fourth of both is tried: without links and rivals its runs differ less.
const FOR_ONE_SERVER: u64 = 4;
/// How many steps a short plan has, at most, and how long it goes on after the last.
const STEPS: usize = 15;
const AFTER: Duration = Duration::from_secs(1);

/// The plans for `servers` servers that are tried instead of that of `small`. For fewer servers
/// than that has, the first are variants of `first`, the plan that was shrunk. Then come short
/// plans, which use no part of Raft that the plan of `small` does not use. There are none if no
/// cluster of this size can fail in the same way.
pub(super) fn candidates<'a>(
    first: &'a Plan,
    small: &Shrunk,
    servers: u8,
) -> impl Iterator<Item = Plan> + use<'a> {
    let fits = small.run.signature().is_some_and(|signature| signature.fits(servers));
    let schedule = small.plan.schedule().filter(|_| fits);
    let strategy = schedule.map(|schedule| {
        let scope = scope(schedule);
        let drawing = Drawing { servers: servers..=servers, scope, swarm: true, stands: false };
        plans(&small.plan.node, &drawing)
    });
    let is_fewer = strategy.is_some() && usize::from(servers) < small.servers.0;
    let part = if servers == 1 { FOR_ONE_SERVER } else { 1 };
    let seeds = 0..if is_fewer { VARIANTS / part } else { 0 };
    let variants = seeds.filter_map(move |seed| variant(first, servers, seed));
    let drawn = strategy.into_iter().flat_map(move |strategy| {
        (0..PLANS / part).map(move |seed| short(plan_of(seed, &strategy)))
    });
    variants.chain(drawn)
}

/// The first of these plans whose run fails in the same way as that of `small`, which counts the
/// runs as its own, until there are `most`.
pub(super) fn find(
    player: &dyn Player,
    (small, most): (&mut Shrunk, u64),
    candidates: &mut dyn Iterator<Item = Plan>,
    progress: &dyn ShrinkProgress,
) -> Option<Plan> {
    let signature = small.run.signature();
    while small.runs < most && !progress.stops() {
        let plan = candidates.next()?;
        let run = watched(plan.seed, || player.play(&plan, Recording::Off));
        small.runs += 1;
        progress.played(small.runs, &small.plan);
        if run.signature() == signature {
            return Some(plan);
        }
    }
    None
}

/// The same plan among `servers` of its servers, with another seed: `seed` decides which.
/// `None` if the members of its ending that are left are no majority of these servers.
fn variant(plan: &Plan, servers: u8, seed: u64) -> Option<Plan> {
    let mut among: Vec<NodeId> = (1..=plan.schedule()?.servers).map(NodeId::new).collect();
    among.sort_by_key(|node| mixed(seed, node.slot() as u64));
    among.truncate(usize::from(servers));
    among.sort_unstable();
    Some(Plan { seed: mixed(seed, plan.seed), ..plan.among(&among)? })
}

fn mixed(seed: u64, with: u64) -> u64 {
    let mut digest = Digest::new();
    digest.word(seed);
    digest.word(with);
    digest.value()
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
