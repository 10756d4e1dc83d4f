//! A panic of a runner is a harness panic, and never a node's failure.

use std::panic::panic_any;
use std::sync::{Condvar, Mutex};

use raftsim_explore::{HarnessPanic, Sweep, Tally};
use raftsim_sim::Recording;

use crate::support::{JOBS, Made, broken, fails, passes, seeds, swept};

/// The result of a sweep of 300 seeds in which the runs of some seeds panic and others fail.
fn sweep_of(panics: &[u64], failing: &[u64], options: Sweep) -> Result<Tally, HarnessPanic> {
    let runner = Made(|seed, _: Recording| {
        assert!(!panics.contains(&seed), "seed {seed} is too much");
        if failing.contains(&seed) { fails(seed, broken("agreement", seed)) } else { passes(seed) }
    });
    swept(&runner, options)
}

fn panic_at(seed: u64) -> HarnessPanic {
    HarnessPanic { seed, message: format!("seed {seed} is too much"), is_bug: true }
}

#[test]
fn the_lowest_seed_that_panics_is_reported_for_any_number_of_jobs() {
    for panics in [&[0][..], &[299], &[63, 64, 65], &[200, 64, 130], &[128, 10]] {
        let lowest = *panics.iter().min().unwrap();
        for jobs in JOBS {
            for keep_going in [false, true] {
                let options = Sweep { jobs, keep_going, ..seeds(0, 300) };
                assert_eq!(sweep_of(panics, &[], options), Err(panic_at(lowest)), "{options:?}");
            }
        }
    }
}

#[test]
fn a_failure_at_a_lower_seed_is_reported_instead_of_a_panic() {
    for (panics, first) in [([2, 3], 1), ([64, 65], 63), ([200, 299], 64), ([11, 12], 10)] {
        for jobs in JOBS {
            let tally = sweep_of(&panics, &[first], Sweep { jobs, ..seeds(0, 300) }).unwrap();
            assert_eq!((tally.seeds, tally.failed), (first + 1, 1));
            assert_eq!(tally.first_failure, Some((first, broken("agreement", first))));
        }
    }
}

#[test]
fn a_failure_at_a_lower_seed_is_reported_even_if_the_panic_happens_first() {
    let higher = (Mutex::new(false), Condvar::new());
    let runner = Made(|seed, _: Recording| match seed {
        10 => {
            let (panicked, wake) = &higher;
            drop(wake.wait_while(panicked.lock().unwrap(), |panicked| !*panicked).unwrap());
            fails(seed, broken("agreement", seed))
        }
        100 => {
            *higher.0.lock().unwrap() = true;
            higher.1.notify_all();
            panic!("seed {seed} is too much")
        }
        _ => passes(seed),
    });
    // With one job, seed 10 would wait forever.
    let tally = swept(&runner, Sweep { jobs: 2, ..seeds(0, 300) }).unwrap();
    assert_eq!((tally.seeds, tally.failed), (11, 1));
    assert_eq!(tally.first_failure, Some((10, broken("agreement", 10))));
}

#[test]
fn a_panic_at_a_lower_seed_is_reported_instead_of_a_failure() {
    for jobs in JOBS {
        let options = Sweep { jobs, ..seeds(0, 300) };
        assert_eq!(sweep_of(&[5], &[6, 100], options), Err(panic_at(5)));
        assert_eq!(sweep_of(&[100], &[101, 299], options), Err(panic_at(100)));
    }
}

#[test]
fn a_panic_ends_a_sweep_that_keeps_going() {
    for jobs in JOBS {
        let options = Sweep { jobs, keep_going: true, ..seeds(0, 300) };
        assert_eq!(sweep_of(&[100], &[5, 200], options), Err(panic_at(100)));
    }
}

#[test]
fn a_panic_in_the_second_run_of_a_seed_is_a_harness_panic_too() {
    let calls = std::sync::atomic::AtomicU64::new(0);
    let runner = Made(|seed, _: Recording| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(call, 0, "once is enough");
        passes(seed)
    });
    let Err(HarnessPanic { seed, message, is_bug: true }) = swept(&runner, seeds(0, 1)) else {
        panic!("it passed")
    };
    assert_eq!(seed, 0);
    assert!(message.ends_with("once is enough\n  left: 1\n right: 0"), "{message}");
}

#[test]
fn the_message_of_any_panic_is_reported() {
    let thrown = |throw: fn()| {
        let runner = Made(move |seed, _: Recording| {
            throw();
            passes(seed)
        });
        swept(&runner, seeds(9, 1)).unwrap_err()
    };
    let expected =
        |message: &str| HarnessPanic { seed: 9, message: message.to_owned(), is_bug: true };
    assert_eq!(thrown(|| panic!("a text")), expected("a text"));
    assert_eq!(thrown(|| panic_any("owned".to_owned())), expected("owned"));
    assert_eq!(thrown(|| panic_any(7)), expected("a panic without text"));
}
