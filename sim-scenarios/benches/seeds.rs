//! How fast seeds run: `cargo bench -p sim-scenarios`. For each scenario on our Raft, one thread,
//! all oracles and the digest on: the median of seven rounds, and what recording costs, round by
//! round beside it.
//!
//! `cargo bench -p sim-scenarios -- NAME SEEDS` runs one scenario, SEEDS a round; with a third word,
//! `plain`, without the rounds that record: for a profiler.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time"
)]

use std::hint::black_box;
use std::time::Instant;

use raftsim_explore::Runner;
use raftsim_node::Node;
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use sim_scenarios::{NodeRunner, SCENARIOS, scenario};

const ROUNDS: usize = 7;

/// What a round's runs were: the same in every round.
#[derive(Default)]
struct Runs {
    events: u64,
    /// All digests, folded: it shows whether two builds ran the same runs.
    digest: u64,
}

/// Runs `seeds` seeds.
fn round(runner: &dyn Runner, seeds: u64, recording: Recording) -> Runs {
    let mut runs = Runs::default();
    for seed in 0..seeds {
        let run = black_box(runner.run(seed, recording));
        assert!(run.verdict.is_ok(), "seed {seed}: {:?}", run.verdict);
        runs.events += run.events;
        runs.digest = runs.digest.rotate_left(1) ^ run.digest;
    }
    runs
}

fn seconds(work: impl FnOnce() -> Runs) -> (f64, Runs) {
    let start = Instant::now();
    let runs = work();
    (start.elapsed().as_secs_f64(), runs)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn bench(name: &str, seeds: u64, recorded: bool) {
    let scenario = scenario::<Raft>(name).expect("a name from the registry");
    let runner = NodeRunner::new(scenario, <Raft as Node>::Config::default());
    let (mut plain, mut ratio, mut total) = (vec![], vec![], Runs::default());
    for _ in 0..ROUNDS {
        let (off, runs) = seconds(|| round(&runner, seeds, Recording::Off));
        plain.push(off);
        if recorded {
            let (on, _) = seconds(|| round(&runner, seeds, Recording::On));
            ratio.push(on / off);
        }
        total = runs;
    }
    let seconds = median(plain);
    println!(
        "{name:30} {:8.2} us/seed {:9.0} seeds/s {:7.1} events/seed {:6.1} ns/event{}, digests {:016x}",
        seconds / seeds as f64 * 1e6,
        seeds as f64 / seconds,
        total.events as f64 / seeds as f64,
        seconds / total.events as f64 * 1e9,
        if recorded { format!(", recorded x{:.3}", median(ratio)) } else { String::new() },
        total.digest,
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let only = arguments.first();
    let seeds = arguments.get(1).map_or(3000, |text| text.parse().expect("a count of seeds"));
    for info in SCENARIOS.iter().filter(|info| only.is_none_or(|name| name == info.name)) {
        bench(info.name, seeds, arguments.get(2).is_none_or(|word| word != "plain"));
    }
}
