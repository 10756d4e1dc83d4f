//! How fast a Go package's seeds run: `just bench-go`. It runs a scenario on the right package of the
//! labs of 2023, on one thread, with all oracles and the recovery phase, as `raftsim go` does. It
//! prints milliseconds per seed and microseconds per event, each the least of five rounds, for noise
//! on a busy machine only adds time; and how long it took to compile the package, which depends on
//! what earlier builds left behind.
//!
//! `just bench-go NAME SEEDS` runs another scenario, with SEEDS seeds in each round.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use raftsim_explore::Runner as _;
use raftsim_go::{GoRaft, compile};
use raftsim_sim::Recording;
use sim_scenarios::{NodeRunner, scenario};

const ROUNDS: usize = 5;
/// The scenario, if not given.
const NAME: &str = "reelection_3a";
/// Seeds in a round, if not given.
const SEEDS: u64 = 50;

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn main() {
    raftsim_sim::prepare_process();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let name = arguments.first().map_or(NAME, String::as_str);
    let seeds = arguments.get(1).map_or(SEEDS, |text| text.parse().expect("a count of seeds"));
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("packages/right/2023/src/raft");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let start = Instant::now();
    let program = compile(&package, &cache, &mut |line| println!("{line}")).expect("it compiles");
    println!("compiled in {:.1} s", start.elapsed().as_secs_f64());
    let runner =
        NodeRunner::<GoRaft>::new(scenario(name).expect("a name from the registry"), Some(program));
    let mut least = f64::MAX;
    let (mut events, mut digest) = (0, 0_u64);
    for _ in 0..ROUNDS {
        (events, digest) = (0, 0);
        let start = Instant::now();
        for seed in 0..seeds {
            let run = black_box(runner.run(seed, Recording::Off));
            assert!(run.verdict.is_ok(), "seed {seed}: {:?}", run.verdict);
            events += run.events;
            digest = digest.rotate_left(1) ^ run.digest;
        }
        least = least.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{name:30} {:8.2} ms/seed {:8.1} events/seed {:6.1} us/event, digests {digest:016x}",
        least * 1e3 / seeds as f64,
        events as f64 / seeds as f64,
        least * 1e6 / events as f64,
    );
}
