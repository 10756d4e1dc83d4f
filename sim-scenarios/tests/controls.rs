//! No right variant of the control Raft fails: neither a scenario nor a random plan demands more
//! than Raft does.

use raftsim_explore::{CrashPoints, Fuzz};
use raftsim_node::Node as _;
use raftsim_plan::{Drawing, Scope};
use raftsim_specimens::mutant::{Config, Control, VARIANTS, Variant};
use sim_scenarios::{NodePlayer, SCENARIOS};

use crate::support::{properties, runner};

/// How many seeds of each scenario, and how many plans, each variant runs.
const SEEDS: u64 = 2;
const PLANS: u64 = 200;

/// Each variant alone, and some that change each other's work.
fn each() -> Vec<Vec<Variant>> {
    let alone = VARIANTS.iter().map(|info| vec![info.variant]);
    let together = [
        vec![Variant::PreVote, Variant::Sticky, Variant::NoOp, Variant::AsksAtRandom],
        vec![Variant::Pipelines, Variant::Heartbeats, Variant::LazyCommit, Variant::ParallelWrites],
        vec![Variant::Batches, Variant::LazyWrites, Variant::LazyApply, Variant::WritesCommit],
        vec![Variant::SmallMessages, Variant::BacksUpByHalves, Variant::SnapshotsFirst],
    ];
    alone.chain(together).collect()
}

#[test]
fn no_variant_of_the_control_fails_a_scenario() {
    for variants in each() {
        let config = Config::with(&variants);
        let claims = Control::claims(&config);
        for info in SCENARIOS.iter().filter(|info| info.suits(&claims)) {
            let failed = properties(&runner::<Control>(info.name, config), SEEDS);
            assert_eq!(failed, [], "{}, {variants:?}", info.name);
        }
    }
}

#[test]
fn no_variant_of_the_control_fails_a_random_plan() {
    for variants in each() {
        let config = Config::with(&variants);
        let stands = Control::claims(&config).copes_with_standing_faults;
        let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands };
        let player = NodePlayer::<Control>::new(config);
        let (node, crash_points) = (Control::NAME, CrashPoints::of_each(2));
        let fuzz = Fuzz { player: &player, node, drawing: &drawing, crash_points };
        assert_eq!(properties(&fuzz, PLANS), [], "{variants:?}");
    }
}
