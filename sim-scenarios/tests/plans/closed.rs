//! The closed world, scenarios' plans, and that a plan is one run, whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_explore::{CrashPoints, Fuzz, Player as _, Runner as _};
use raftsim_node::Node;
use raftsim_plan::{Conditions, Drawing, Expect, Override, Plan, Scope, Target};
use raftsim_raft::Raft;
use raftsim_sim::{Fate, MessageName, Recording};
use raftsim_specimens::{Post2020NoStepDown, Unclaimed};
use sim_scenarios::{NodePlayer, NodeRunner, SCENARIOS};

use super::{THREE, Text};
use crate::support::{config_for, on_raft, runner};

/// The fates of a run's messages.
fn fates(text: &Text<'_>) -> BTreeMap<MessageName, Override> {
    text.run().story.expect("it was recorded").fates()
}

/// The fates that occur in a run of a bad network, and when a server first loses patience.
fn drawn(text: &Text<'_>) -> (BTreeSet<String>, String) {
    let fates = fates(text);
    let kinds = fates.values().map(Override::to_string).collect();
    let rows = super::rows(&text.run());
    let first = rows.iter().find(|row| row.text == "timeout").expect("somebody stands");
    (kinds, super::line(first))
}

#[test]
fn in_a_closed_world_nothing_is_drawn_but_the_servers_seeds() {
    let network = "loss 1/5 twice 1/5 late 1/5 latency 0.001s..0.030s";
    let text = |seed| Text { network, seed, steps: &["1.000s propose all x9"], ..THREE };
    let ((one, first), (other, second)) = (drawn(&text(1)), drawn(&text(2)));
    assert_eq!(one, BTreeSet::from(["+0.00005s".to_owned()]));
    assert_eq!(other, one);
    assert_ne!(first, second);
    let open = |seed| fates(&Text { closed: false, ..text(seed) });
    let lost = |fate: &Override| matches!(fate, Override::Fate(Fate::Drop(_)));
    assert!(open(1).values().any(lost));
    assert_ne!(open(1), open(2));
}

fn of_scenario(name: &str, seed: u64, calm: bool) -> Plan {
    Plan {
        expect: Expect::Guards("every property".to_owned()),
        node: "raft".to_owned(),
        seed,
        digest: None,
        closed: false,
        target: Target::Scenario { name: name.to_owned(), calm, conditions: Conditions::default() },
        fates: BTreeMap::new(),
    }
}

#[test]
fn a_scenario_s_plan_without_fates_is_the_scenario_s_own_run() {
    for info in SCENARIOS {
        let player = NodePlayer::<Raft>::new(config_for(info.name));
        for (seed, calm) in [(7, true), (8, false)] {
            let own = on_raft(info.name).with_recovery(calm).run(seed, Recording::Off);
            let plan = of_scenario(info.name, seed, calm);
            let run = player.play(&plan, Recording::Off);
            let all = |run: &raftsim_explore::Run| (run.digest, run.verdict.clone(), run.events);
            assert_eq!(all(&run), all(&own), "{} {seed}", info.name);
        }
    }
}

/// The first seed at which a scenario fails on a node, its run, and that of the closed plan which
/// lists all its fates.
fn closed_alike<N: Node<Config = ()>>(name: &str, calm: bool) {
    let open: NodeRunner<N> = runner::<N>(name, ()).with_recovery(calm);
    let fails = |&seed: &u64| open.run(seed, Recording::Off).verdict.is_err();
    let seed = (0..300).find(fails).expect("it fails");
    let run = open.run(seed, Recording::On);
    let fates = run.story.as_ref().expect("it was recorded").fates();
    assert!(!fates.is_empty());
    let plan = Plan { closed: true, fates, ..of_scenario(name, seed, calm) };
    let closed = NodePlayer::<N>::new(()).play(&plan, Recording::Off);
    assert_eq!(closed.verdict, run.verdict, "{name} {seed}");
    assert_eq!(closed.digest, run.digest, "{name} {seed}");
}

#[test]
fn a_scenario_closed_with_every_fate_of_its_run_fails_alike() {
    closed_alike::<Post2020NoStepDown>("reelection_3a", true);
    closed_alike::<Unclaimed<Post2020NoStepDown>>("reelection_3a", true);
    closed_alike::<Post2020NoStepDown>("many_elections_3a", false);
    closed_alike::<Post2020NoStepDown>("duplicate_votes_3a", true);
}

#[test]
fn a_drawn_plan_plays_the_same_recorded_or_not_and_again() {
    let player = NodePlayer::<Raft>::new(raftsim_raft::Config::default());
    for swarm in [true, false] {
        let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm, stands: false };
        let crash_points = CrashPoints::NONE;
        let fuzz = Fuzz { player: &player, node: "raft", drawing: &drawing, crash_points };
        for seed in 0..150 {
            let all = |recording| {
                let run = fuzz.run(seed, recording);
                (run.digest, run.verdict, run.events, run.virtual_time, run.roles, run.unused)
            };
            let (unrecorded, recorded) = (all(Recording::Off), all(Recording::On));
            assert_eq!(unrecorded, recorded, "seed {seed}");
            assert_eq!(all(Recording::Off), unrecorded, "seed {seed}");
            assert_eq!(unrecorded.1, Ok(()), "seed {seed}");
        }
    }
}
