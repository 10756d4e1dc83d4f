//! Every seed is run, also at the ends of chunks and at the last number of all.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use raftsim_explore::{Sweep, SweepListener, Twice, sweep};
use raftsim_sim::Recording;

use crate::support::{JOBS, Made, broken, failing, fails, passes, ran, seeds, swept};

/// The expected runs of these seeds: each once, and every 64th twice.
fn once(seeds: impl Iterator<Item = u64>) -> BTreeMap<u64, u32> {
    seeds.map(|seed| (seed, if seed % 64 == 0 { 2 } else { 1 })).collect()
}

#[test]
fn every_seed_is_run_at_the_edges_of_chunks() {
    for count in [1, 2, 63, 64, 65, 127, 128, 129, 640] {
        for from in [0, 1, 63, 64, 1000] {
            for jobs in JOBS {
                let options = Sweep { jobs, ..seeds(from, count) };
                assert_eq!(ran(options), once(from..from + count), "{options:?}");
            }
        }
    }
}

#[test]
fn the_last_seed_of_all_may_be_run() {
    for count in [1, 63, 64, 65, 200] {
        let from = u64::MAX - (count - 1);
        for jobs in JOBS {
            let options = Sweep { jobs, ..seeds(from, count) };
            assert_eq!(ran(options), once(from..=u64::MAX), "{options:?}");
        }
    }
}

#[test]
fn a_failure_at_the_last_seed_of_all_is_reported() {
    let tally = swept(&failing(&[u64::MAX]), seeds(u64::MAX - 70, 71)).unwrap();
    assert_eq!((tally.seeds, tally.failed), (71, 1));
    assert_eq!(tally.first_failure, Some((u64::MAX, broken("agreement", u64::MAX))));
}

#[test]
fn a_sweep_of_all_seeds_ends_at_an_early_failure() {
    let tally = swept(&failing(&[65]), Sweep { jobs: 2, ..seeds(0, u64::MAX) }).unwrap();
    assert_eq!((tally.seeds, tally.failed), (66, 1));
}

#[test]
fn twice_all_runs_every_seed_twice() {
    let options = Sweep { twice: Twice::All, jobs: 2, ..seeds(60, 70) };
    assert_eq!(ran(options), (60..130).map(|seed| (seed, 2)).collect());
}

/// Adds up the numbers of seeds reported to it.
struct Sum(AtomicU64);

impl SweepListener for Sum {
    fn ran(&self, seeds: u64) {
        self.0.fetch_add(seeds, Ordering::Relaxed);
    }
}

#[test]
fn the_progress_adds_up_to_the_seeds_of_the_sweep() {
    let runner = Made(|seed, _: Recording| match seed % 3 {
        0 => fails(seed, broken("agreement", seed)),
        _ => passes(seed),
    });
    for count in [1, 64, 65, 1000] {
        for jobs in JOBS {
            let sum = Sum(AtomicU64::new(0));
            let options = Sweep { jobs, keep_going: true, ..seeds(7, count) };
            sweep(&runner, &options, &sum).unwrap();
            assert_eq!(sum.0.into_inner(), count);
        }
    }
}
