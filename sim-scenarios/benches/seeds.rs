//! How fast seeds run: `cargo bench -p sim-scenarios --bench seeds`. It runs each scenario on our
//! Raft, on one thread, with all oracles and the digest. It prints microseconds per seed and
//! nanoseconds per event without the recovery phase, the time that this phase adds, and the cost of
//! recording. Each figure is the least of seven rounds; the kinds of rounds take turns. The least is
//! the best figure, for noise on a busy machine only adds time. The last line is the sum over the
//! lab's own tests.
//!
//! `cargo bench -p sim-scenarios --bench seeds -- NAME SEEDS` runs one scenario with SEEDS seeds in
//! each round. With a third word, `plain`, it runs only the first kind of round, for a profiler.

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
/// Seeds in a round, if not given.
const SEEDS: u64 = 200;

/// The result of a round's runs: the same in every round.
#[derive(Default)]
struct Runs {
    events: u64,
    /// All digests combined, which shows whether two builds ran the same runs.
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

/// The least time of each kind of round, in seconds a seed.
#[derive(Clone, Copy)]
struct Least {
    plain: f64,
    calm: f64,
    recorded: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn bench(name: &str, seeds: u64, is_plain: bool) -> Least {
    let runner = |calm| {
        let scenario = scenario::<Raft>(name).expect("a name from the registry");
        NodeRunner::new(scenario, <Raft as Node>::Config::default()).with_recovery(calm)
    };
    let (off, on) = (runner(false), runner(true));
    let mut least = Least { plain: f64::MAX, calm: f64::MAX, recorded: f64::MAX };
    let mut runs = Runs::default();
    let rounds = if is_plain { 1 } else { 3 };
    for _ in 0..ROUNDS {
        let kinds = [
            (&off, Recording::Off, &mut least.plain),
            (&on, Recording::Off, &mut least.calm),
            (&off, Recording::On, &mut least.recorded),
        ];
        for (runner, recording, least) in kinds.into_iter().take(rounds).rev() {
            let (took, these) = seconds(|| round(runner, seeds, recording));
            *least = least.min(took / seeds as f64);
            runs = these;
        }
    }
    print!(
        "{name:30} {:8.2} us/seed {:9.0} seeds/s {:8.1} events/seed {:6.1} ns/event, ",
        least.plain * 1e6,
        1.0 / least.plain,
        runs.events as f64 / seeds as f64,
        least.plain * 1e9 / (runs.events as f64 / seeds as f64),
    );
    if !is_plain {
        let calm = (least.calm - least.plain) * 1e6;
        print!("recovery phase {calm:+.2} us, recorded x{:.2}, ", least.recorded / least.plain);
    }
    println!("digests {:016x}", runs.digest);
    least
}

fn main() {
    raftsim_sim::prepare_process();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let only = arguments.first();
    let seeds = arguments.get(1).map(|text| text.parse().expect("a count of seeds"));
    let is_plain = arguments.get(2).is_some_and(|word| word == "plain");
    let (mut all, mut calm) = (0.0, 0.0);
    for info in SCENARIOS.iter().filter(|info| only.is_none_or(|name| name == info.name)) {
        let least = bench(info.name, seeds.unwrap_or(SEEDS), is_plain);
        if info.mirrors.is_some() {
            all += least.plain;
            calm += least.calm - least.plain;
        }
    }
    if only.is_none() {
        println!(
            "each of the lab's tests once: {:.2} ms, recovery phases {:+.2} ms",
            all * 1e3,
            calm * 1e3
        );
    }
}
