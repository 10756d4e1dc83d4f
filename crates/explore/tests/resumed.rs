//! A sweep that was stopped is taken up again, and ends as if it had not been.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use raftsim_explore::{Done, Runner, Shard, Sweep, SweepListener, Tally, go_on};
use raftsim_sim::{Failure, Recording};

use crate::support::{JOBS, Made, broken, failing, fails, passes, seeds, swept};

/// Stops the sweep after some seeds, and keeps what it saw.
struct Stopper {
    few: u64,
    asked: AtomicU64,
    saved: Mutex<Done>,
    failed: Mutex<Vec<u64>>,
    begun: Mutex<Vec<(u64, u64)>>,
}

impl Stopper {
    fn after(few: u64) -> Self {
        Self {
            few,
            asked: AtomicU64::new(0),
            saved: Mutex::default(),
            failed: Mutex::default(),
            begun: Mutex::default(),
        }
    }
}

impl SweepListener for Stopper {
    fn stops(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.few
    }

    fn begins(&self, _job: usize, first: u64, last: u64) {
        self.begun.lock().unwrap().push((first, last));
    }

    fn failed(&self, seed: u64, _failure: &Failure) {
        self.failed.lock().unwrap().push(seed);
    }

    fn saves(&self, done: &Done) {
        *self.saved.lock().unwrap() = done.clone();
    }
}

/// Runs a sweep that is stopped again and again after `few` seeds; returns its tally, and how often
/// it was stopped.
fn in_parts(runner: &dyn Runner, options: Sweep, few: u64) -> (Tally, u64) {
    let mut done = Done::default();
    for times in 0.. {
        if done.next(&options) == options.count() {
            return (done.tally(&options), times);
        }
        let stopper = Stopper::after(few);
        done = go_on(runner, &options, done, &stopper).unwrap();
        assert_eq!(*stopper.saved.lock().unwrap(), done, "the last save is the result");
    }
    unreachable!("it ends")
}

#[test]
fn a_sweep_in_parts_ends_like_a_whole_one() {
    let of_three = Shard { part: 2, of: 3 };
    for failing_seeds in [&[][..], &[0], &[130, 131, 400], &[64, 65, 66, 127, 128, 191]] {
        for (jobs, keep_going) in JOBS.into_iter().flat_map(|jobs| [(jobs, false), (jobs, true)]) {
            for (shard, chunk) in [(Shard::WHOLE, 64), (Shard::WHOLE, 1), (of_three, 7)] {
                let options = Sweep { jobs, keep_going, shard, chunk, ..seeds(5, 500) };
                let runner = failing(failing_seeds);
                let whole = swept(&runner, options).unwrap();
                for few in [7, 50, 64, 300] {
                    let (tally, times) = in_parts(&runner, options, few);
                    assert_eq!(tally, whole, "{options:?}, {few} seeds at a time");
                    assert!(times * few <= options.count() + few * 2, "no seed is run twice");
                }
            }
        }
    }
}

#[test]
fn a_sweep_is_stopped_between_two_seeds() {
    let stopper = Stopper::after(100);
    let options = seeds(0, 1000);
    let done = go_on(&failing(&[]), &options, Done::default(), &stopper).unwrap();
    assert_eq!((done.tally(&options).seeds, done.next(&options)), (100, 100));
}

#[test]
fn every_failing_seed_is_reported_at_once() {
    for jobs in JOBS {
        let stopper = Stopper::after(1000);
        let options = Sweep { jobs, keep_going: true, ..seeds(0, 500) };
        go_on(&failing(&[3, 64, 65, 499]), &options, Done::default(), &stopper).unwrap();
        let mut failed = stopper.failed.into_inner().unwrap();
        failed.sort_unstable();
        assert_eq!(failed, [3, 64, 65, 499]);
    }
}

#[test]
fn seeds_are_announced_before_they_are_run() {
    let stopper = Stopper::after(1000);
    let runner = Made(|seed, _: Recording| {
        let begun = stopper.begun.lock().unwrap();
        assert!(begun.iter().any(|&(first, last)| (first..=last).contains(&seed)), "{seed}");
        drop(begun);
        if seed == 150 { fails(seed, broken("agreement", seed)) } else { passes(seed) }
    });
    let options = Sweep { jobs: 3, keep_going: true, ..seeds(10, 300) };
    let done = go_on(&runner, &options, Done::default(), &stopper).unwrap();
    assert_eq!((done.tally(&options).seeds, done.tally(&options).failed), (300, 1));
    let mut begun = stopper.begun.into_inner().unwrap();
    begun.sort_unstable();
    assert_eq!(begun, [(10, 73), (74, 137), (138, 201), (202, 265), (266, 309)]);
}

#[test]
fn a_sweep_starts_no_more_threads_than_it_has_work_for() {
    let options = Sweep { jobs: 1_000_000, ..seeds(0, 100) };
    assert_eq!(swept(&failing(&[]), options).unwrap().seeds, 100);
}
