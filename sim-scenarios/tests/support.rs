//! Runners and sweeps, in few words.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use raftsim_explore::{Quiet, Runner, Shard, Sweep, Tally, Twice, sweep};
use raftsim_node::{Node, NodeId, Time};
use raftsim_raft::Raft;
use sim_scenarios::{NodeRunner, Part, SCENARIOS, ScenarioInfo, scenario};

/// A new leader is missed by the oracle at the end of the fifth second, or by the lab's tenth poll,
/// whichever of the two comes first.
pub(crate) const LEADERLESS: &[&str] = &["a leader within five seconds", "check_one_leader"];

/// Server n1, n2, …
pub(crate) const fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

/// So many milliseconds into the run.
pub(crate) const fn ms(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// A scenario on a node with these settings.
pub(crate) fn runner<N: Node>(name: &str, config: N::Config) -> NodeRunner<N> {
    raftsim_sim::prepare_process();
    NodeRunner::new(scenario(name).expect("a name from the registry"), config)
}

/// A scenario on our Raft.
pub(crate) fn on_raft(name: &str) -> NodeRunner<Raft> {
    runner(name, config_for(name))
}

/// The settings with which our Raft makes the claim that a scenario checks: the default ones, or
/// those of pre-vote.
pub(crate) fn config_for(name: &str) -> raftsim_raft::Config {
    let info = SCENARIOS.iter().find(|info| info.name == name).expect("the scenario is there");
    let config = raftsim_raft::Config::default();
    let pre_vote = !info.suits(&Raft::claims(&config));
    raftsim_raft::Config { pre_vote, ..config }
}

/// The scenarios that check no claim but those that our Raft and the control Raft make.
pub(crate) fn usual() -> impl Iterator<Item = &'static ScenarioInfo> {
    let claims = Raft::claims(&raftsim_raft::Config::default());
    SCENARIOS.iter().filter(move |info| info.suits(&claims))
}

/// How many seeds to run of a scenario: the elections are quick, the others take longer.
pub(crate) fn many(info: &ScenarioInfo, election: u64, other: u64) -> u64 {
    if info.part == Part::A { election } else { other }
}

/// Seeds 0, 1, … on one thread, to the first that fails.
pub(crate) const fn seeds(seeds: u64) -> Sweep {
    let (shard, twice) = (Shard::WHOLE, Twice::Sampled);
    Sweep { from: 0, seeds, shard, jobs: 1, chunk: Sweep::CHUNK, keep_going: false, twice }
}

/// Sweeps; the harness must hold.
pub(crate) fn tally(runner: &dyn Runner, options: &Sweep) -> Tally {
    sweep(runner, options, &Quiet).expect("the harness holds")
}

/// Sweeps all these seeds, whatever fails, and tells how many failed by which property.
pub(crate) fn properties(runner: &dyn Runner, count: u64) -> Vec<(&'static str, u64)> {
    let tally = tally(runner, &Sweep { keep_going: true, jobs: 2, ..seeds(count) });
    tally.properties.into_iter().map(|(property, times)| (property.name(), times)).collect()
}

/// A file as lines to paste name it: as seen from the workspace.
pub(crate) fn shown(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    Path::new(file).strip_prefix(root).unwrap_or(Path::new(file)).display().to_string()
}

/// Where that file is.
pub(crate) fn pasted(shown: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(shown)
}

/// What a closure's panic says.
pub(crate) fn panic_of<R: Debug>(call: impl FnOnce() -> R) -> String {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call));
    let payload = caught.expect_err("it panics");
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .expect("a panic with text")
}
