//! The counts of a sweep do not depend on the number of jobs.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use raftsim_explore::{Judged, Run, Sweep, Tally};
use raftsim_node::Time;
use raftsim_sim::{Kind, Property, Recording};

use crate::support::{JOBS, Made, broken, failing, fails, failure, model, passes, seeds, swept};

/// Of every 50 seeds, 7 fail in one of three ways.
fn mixed(seed: u64) -> raftsim_explore::Run {
    match seed % 50 {
        17 | 33 | 41 => fails(seed, broken("agreement", seed)),
        18 | 49 => {
            fails(seed, failure(Kind::LabLimit { by_chance: true }, "check_one_leader", seed))
        }
        30 | 40 => {
            fails(seed, failure(Kind::LabLimit { by_chance: false }, "check_one_leader", seed))
        }
        _ => passes(seed),
    }
}

#[test]
fn a_sweep_counts_what_a_plain_loop_counts_for_any_number_of_jobs() {
    let runner = Made(|seed, _: Recording| mixed(seed));
    for (from, count) in [(0, 1000), (18, 500), (1, 16), (10_050, 129)] {
        let in_order: Vec<u64> = (from..from + count).collect();
        for keep_going in [false, true] {
            let expected = model(&runner, &in_order, keep_going);
            for jobs in JOBS {
                let options = Sweep { jobs, keep_going, ..seeds(from, count) };
                assert_eq!(swept(&runner, options), Ok(expected.clone()), "{options:?}");
            }
        }
    }
}

#[test]
fn each_property_is_counted_and_misses_that_chance_may_cause_are_counted_apart() {
    let runner = Made(|seed, _: Recording| mixed(seed));
    let tally = swept(&runner, Sweep { keep_going: true, jobs: 3, ..seeds(0, 100) }).unwrap();
    let expected = Tally {
        seeds: 100,
        failed: 14,
        by_chance: 4,
        properties: BTreeMap::from([
            (Property::new("agreement"), 6),
            (Property::new("check_one_leader"), 8),
        ]),
        first_seeds: BTreeMap::from([
            (Property::new("agreement"), 17),
            (Property::new("check_one_leader"), 18),
        ]),
        failures: (0..100)
            .filter_map(|seed| Some((seed, mixed(seed).verdict.err()?.property())))
            .collect(),
        first_failure: Some((17, broken("agreement", 17))),
        // 14 times 1..=7, and 1 and 2.
        crash_points: 0,
        events: 14 * 28 + 3,
        // 9 times 1000..=1010, and 1000.
        virtual_time: Duration::from_nanos(9 * 11 * 1005 + 1000),
        judged: Judged::default(),
        first_warned: None,
    };
    assert_eq!(tally, expected);
    assert_eq!(tally.passed(), 86);
}

#[test]
fn without_keep_going_seeds_count_up_to_the_lowest_that_fails() {
    for first in [0, 1, 62, 63, 64, 65, 127, 128, 299] {
        // The seeds after it fail too.
        let runner = Made(move |seed, _: Recording| match seed {
            _ if seed < first => passes(seed),
            _ => fails(seed, broken("agreement", seed)),
        });
        for jobs in JOBS {
            let tally = swept(&runner, Sweep { jobs, ..seeds(0, 300) }).unwrap();
            assert_eq!((tally.seeds, tally.failed, tally.passed()), (first + 1, 1, first));
            assert_eq!(tally.first_failure, Some((first, broken("agreement", first))));
        }
    }
}

#[test]
fn the_lowest_failing_seed_is_reported_even_if_a_higher_one_fails_first() {
    let higher_failed = (Mutex::new(false), Condvar::new());
    let runner = Made(|seed, _: Recording| match seed {
        10 => {
            let (failed, wake) = &higher_failed;
            drop(wake.wait_while(failed.lock().unwrap(), |failed| !*failed).unwrap());
            fails(seed, broken("agreement", seed))
        }
        100 => {
            *higher_failed.0.lock().unwrap() = true;
            higher_failed.1.notify_all();
            fails(seed, broken("agreement", seed))
        }
        _ => passes(seed),
    });
    // With one job, seed 10 would wait forever.
    let tally = swept(&runner, Sweep { jobs: 2, ..seeds(0, 1000) }).unwrap();
    assert_eq!((tally.seeds, tally.failed), (11, 1));
    assert_eq!(tally.first_failure, Some((10, broken("agreement", 10))));
}

#[test]
fn a_failure_stops_the_seeds_after_it() {
    let ran = Mutex::new(vec![]);
    let runner = Made(|seed, _: Recording| {
        ran.lock().unwrap().push(seed);
        if seed == 3 { fails(seed, broken("agreement", seed)) } else { passes(seed) }
    });
    swept(&runner, seeds(0, 1000)).unwrap();
    // Seed 0 is run twice as every 64th seed is, seed 3 because it failed.
    assert_eq!(ran.into_inner().unwrap(), [0, 0, 1, 2, 3, 3]);
}

#[test]
fn a_tally_contains_one_failure_and_a_list_of_seeds_however_many_fail() {
    let runner = Made(|seed, _: Recording| fails(seed, broken("agreement", seed)));
    let tally = swept(&runner, Sweep { keep_going: true, jobs: 4, ..seeds(5, 25_000) }).unwrap();
    // Every field is named, so that a new field that grows with the seeds is noticed here.
    let Tally {
        seeds,
        failed,
        by_chance,
        properties,
        first_seeds,
        failures,
        first_failure,
        crash_points: _,
        events: _,
        virtual_time: _,
        judged: _,
        first_warned: _,
    } = tally;
    assert_eq!((seeds, failed, by_chance), (25_000, 25_000, 0));
    assert_eq!(properties, BTreeMap::from([(Property::new("agreement"), 25_000)]));
    assert_eq!(first_seeds, BTreeMap::from([(Property::new("agreement"), 5)]));
    assert_eq!(failures.into_keys().collect::<Vec<_>>(), (5..5 + 10_000).collect::<Vec<_>>());
    assert_eq!(first_failure, Some((5, broken("agreement", 5))));
}

#[test]
fn a_sweep_without_a_failure_reports_none() {
    let tally = swept(&failing(&[200]), seeds(0, 200)).unwrap();
    assert_eq!((tally.seeds, tally.failed, tally.first_failure), (200, 0, None));
    assert_eq!(tally.properties, BTreeMap::new());
}

#[test]
fn the_virtual_time_of_a_sweep_may_exceed_what_one_run_can_reach() {
    let last = Run { virtual_time: Time::MAX, ..passes(0) };
    let runner = Made(|_, _: Recording| Run { virtual_time: last.virtual_time, ..passes(0) });
    let tally = swept(&runner, seeds(0, 1000)).unwrap();
    assert_eq!(tally.virtual_time.as_nanos(), 1000 * u128::from(u64::MAX));
}
