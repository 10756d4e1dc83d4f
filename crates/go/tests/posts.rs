//! Two posts' Rafts in Go and their ports to Rust: the same is found in both, as often.

use std::collections::BTreeSet;
use std::sync::Arc;

use raftsim_explore::{Quiet, Runner, Shard, Sweep, Tally, Twice, sweep};
use raftsim_go::{GoRaft, Program};
use raftsim_node::Node;
use raftsim_specimens::{Post2020NoStepDown, Post2025, Unclaimed};
use sim_scenarios::{NodeRunner, Part, SCENARIOS, scenario};

use crate::support::{patched, path, program};

/// How many seeds of each scenario run.
const SEEDS: u64 = 100;

/// What of these seeds fails.
fn tally(runner: &dyn Runner) -> Tally {
    let (shard, twice) = (Shard::WHOLE, Twice::Sampled);
    let chunk = Sweep::CHUNK;
    let sweep_of = Sweep { from: 0, seeds: SEEDS, shard, jobs: 2, chunk, keep_going: true, twice };
    sweep(runner, &sweep_of, &Quiet).expect("the harness holds")
}

/// The properties by which seeds failed, over all scenarios of elections that ask for no claim: for
/// each scenario, those of the Go package and of the port.
fn findings<N: Node<Config = ()>>(program: &Arc<Program>) -> Vec<(&'static str, [Found; 2])> {
    raftsim_sim::prepare_process();
    let claims = GoRaft::claims(&None);
    let elections = SCENARIOS.iter().filter(|info| info.part == Part::A);
    let all = elections.filter(|info| info.suits(&claims)).map(|info| {
        let of = "it is in the registry";
        let go = NodeRunner::<GoRaft>::new(scenario(info.name).expect(of), Some(program.clone()));
        let port = NodeRunner::<N>::new(scenario(info.name).expect(of), ());
        (info.name, [Found::of(&tally(&go)), Found::of(&tally(&port))])
    });
    all.filter(|(_, both)| both.iter().any(|found| found.seeds > 0)).collect()
}

/// What was found in one scenario.
#[derive(Debug)]
struct Found {
    seeds: u64,
    properties: BTreeSet<&'static str>,
}

impl Found {
    fn of(tally: &Tally) -> Self {
        let properties = tally.properties.keys().map(|it| it.name()).collect();
        Self { seeds: tally.failed, properties }
    }
}

/// Whether two numbers of seeds that failed, each of [`SEEDS`], may come from one share: they are
/// less than three standard deviations apart.
fn is_one_share(one: u64, other: u64) -> bool {
    let (sum, apart) = (one + other, one.abs_diff(other));
    sum == 0 || 2 * SEEDS * apart * apart < 9 * sum * (2 * SEEDS - sum)
}

/// Asserts that a Go package and its port fail in the same share of the seeds of all scenarios, and
/// returns where the Go package fails, and how.
fn compared<N: Node<Config = ()>>(
    program: &Arc<Program>,
) -> Vec<(&'static str, Vec<&'static str>)> {
    let all = findings::<N>(program);
    for (name, [go, port]) in &all {
        assert!(is_one_share(go.seeds, port.seeds), "{name}: {go:?}, {port:?}");
    }
    let go = all.into_iter().map(|(name, [go, _])| (name, go.properties.into_iter().collect()));
    go.filter(|(_, properties): &(_, Vec<_>)| !properties.is_empty()).collect()
}

#[test]
fn the_post_of_2020_overstays_in_go_as_in_rust() {
    let patch = path("packages/posts/y2020-no-step-down.patch");
    let folder = patched(&path("packages/posts/y2020"), &patch).unwrap();
    let program = program(&folder.path().join("src/raft"));
    // In a few seeds, `stale_leaders_return_3a` has no leader either: a deposed leader waits for the
    // calls of its last round.
    let found = compared::<Unclaimed<Post2020NoStepDown>>(&program);
    assert!(found.contains(&("reelection_3a", vec!["check_no_leader"])), "{found:?}");
}

#[test]
fn the_post_of_2025_is_left_without_a_leader_in_go_as_in_rust() {
    let program = program(&path("packages/posts/y2025/src/raft1"));
    let leaderless = vec!["a leader within five seconds", "check_one_leader"];
    assert_eq!(compared::<Post2025>(&program), [("stale_leaders_return_3a", leaderless)]);
}
