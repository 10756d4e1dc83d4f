//! Where the odds of a failing run turn, with made-up branches.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use raftsim_explore::{
    Afterwards, Brancher, Branches, HarnessPanic, Quiet, Run, Share, SweepListener, Turn, Turning,
};
use raftsim_node::Time;
use raftsim_plan::Plan;
use raftsim_sim::{Branch, Kind, Property};

use crate::support::{JOBS, broken, fails, failure, passes};

/// A brancher whose closure returns the run of a branch.
struct Made<F>(F);

impl<F: Fn(Branch) -> Run + Sync> Brancher for Made<F> {
    fn branch(&self, _: &Plan, branch: Branch) -> Run {
        (self.0)(branch)
    }
}

fn at(place: u64) -> Time {
    Time::from_nanos(place)
}

/// The places of `count` moments.
fn moments(count: u64) -> Vec<Time> {
    (0..count).map(at).collect()
}

/// Branches of which, at each place, the first so many fail by "agreement" as `failed` says.
fn made(failed: impl Fn(u64) -> u64 + Sync) -> Made<impl Fn(Branch) -> Run + Sync> {
    Made(move |Branch { at, seed, .. }: Branch| {
        if seed < failed(at.as_nanos()) {
            fails(seed, broken("agreement", seed))
        } else {
            passes(seed)
        }
    })
}

fn plan() -> Plan {
    let text = "guards = \"x\"\nnode = \"made\"\nseed = 77\nscenario = \"made\"\n";
    text.parse().expect("a plan")
}

/// Branches the run at `count` moments, and tries `most` of them.
fn turning(
    brancher: &dyn Brancher,
    (count, most): (u64, usize),
    listener: &dyn SweepListener,
) -> Result<Turning, HarnessPanic> {
    let asked = Branches {
        brancher,
        plan: &plan(),
        property: Property::new("agreement"),
        afterwards: Afterwards::GoesOn,
        each: NonZeroU64::new(64).expect("not 0"),
        moments: most,
        jobs: 2,
    };
    asked.turning(&moments(count), listener)
}

fn share(place: u64, failed: u64) -> Share {
    Share { at: at(place), failed, of: 64 }
}

fn isolated(before: Share, after: Share) -> Turn {
    Turn { before: Some(before), after, is_isolated: true }
}

#[test]
fn the_step_over_which_the_share_rises_most_is_isolated_among_many() {
    let steps = |place| match place {
        0..=2_700 => 4,
        2_701..=8_111 => 40,
        _ => 64,
    };
    let found = turning(&made(steps), (10_000, 256), &Quiet).unwrap();
    assert_eq!(found.rise, Some(isolated(share(2_700, 4), share(2_701, 40))));
    assert_eq!(found.lost, Some(isolated(share(8_111, 40), share(8_112, 64))));
    assert!((found.is_finished, found.moments) == (true, 10_000));
    assert!(found.shares.len() <= 256, "{}", found.shares.len());
    assert!(found.shares.is_sorted_by_key(|share| share.at));
}

#[test]
fn a_share_that_does_not_rise_steadily_within_a_gap_is_looked_at_throughout_it() {
    // Between two of the moments that are tried first it rises, falls, and rises more.
    let steps = |place| match place {
        0..=20 => 0,
        21 => 20,
        22..=24 => 5,
        _ => 40,
    };
    let found = turning(&made(steps), (200, 64), &Quiet).unwrap();
    assert_eq!(found.rise, Some(isolated(share(24, 5), share(25, 40))));
    assert!(found.shares.contains(&share(21, 20)));
}

#[test]
fn no_step_is_blamed_that_was_not_isolated() {
    let steps = |place| if place < 5_000 { 0 } else { 64 };
    let found = turning(&made(steps), (10_000, 8), &Quiet).unwrap();
    let turn = found.rise.expect("it rises");
    let before = turn.before.expect("there is a moment before it");
    assert_eq!((turn.is_isolated, before.failed, turn.after.failed), (false, 0, 64));
    assert!(before.at < at(4_999) || turn.after.at > at(5_000));
    assert_eq!((found.lost, found.shares.len()), (Some(turn), 8));
}

#[test]
fn a_share_that_rises_bit_by_bit_has_no_steepest_rise() {
    let found = turning(&made(|place| 20 + place % 2 * 11), (100, 256), &Quiet).unwrap();
    assert_eq!((found.rise, found.lost), (None, None));
    let found = turning(&made(|place| place.min(64)), (100, 256), &Quiet).unwrap();
    assert_eq!((found.rise, found.lost), (None, Some(isolated(share(63, 63), share(64, 64)))));
}

#[test]
fn all_fail_from_the_first_moment_on() {
    let found = turning(&made(|_| 64), (3, 256), &Quiet).unwrap();
    let lost = Turn { before: None, after: share(0, 64), is_isolated: true };
    assert_eq!((found.rise, found.lost), (None, Some(lost)));
}

/// A listener that stops after this many runs.
struct Stops(u64, AtomicU64);

impl SweepListener for Stops {
    fn ran(&self, seeds: u64) {
        self.1.fetch_add(seeds, Ordering::Relaxed);
    }

    fn stops(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
    }
}

#[test]
fn nothing_is_found_by_branches_that_were_stopped() {
    let brancher = made(|place| if place < 3 { 0 } else { 64 });
    let stopped = |runs| turning(&brancher, (100, 256), &Stops(runs, AtomicU64::new(0))).unwrap();
    let found = stopped(10 * 64);
    assert_eq!(
        (found.is_finished, found.rise, found.lost, found.moments),
        (false, None, None, 100)
    );
    assert!(!found.shares.is_empty());
    assert!(found.shares.len() <= 11, "{}", found.shares.len());
    assert!(found.shares.iter().all(|share| share.of == 64));
    let none = Turning { moments: 100, ..Turning::default() };
    assert_eq!(stopped(0), none);
}

#[test]
fn a_branch_fails_by_any_property_and_by_chance_only_as_the_run_did() {
    let kinds = [
        (Kind::Violation, "agreement", [true, true]),
        (Kind::Violation, "another", [true, true]),
        (Kind::Contract, "another", [true, true]),
        (Kind::LabLimit { by_chance: false }, "another", [true, true]),
        (Kind::LabLimit { by_chance: true }, "another", [false, false]),
        (Kind::LabLimit { by_chance: true }, "agreement", [true, false]),
    ];
    for (kind, property, expected) in kinds {
        let brancher =
            Made(|Branch { seed, .. }: Branch| fails(seed, failure(kind, property, seed)));
        let failed = [Afterwards::GoesOn, Afterwards::Calm].map(|afterwards| {
            let asked = Branches {
                brancher: &brancher,
                plan: &plan(),
                property: Property::new("agreement"),
                afterwards,
                each: NonZeroU64::MIN,
                moments: 1,
                jobs: 1,
            };
            asked.turning(&[at(5)], &Quiet).unwrap().shares[0].failed == 1
        });
        assert_eq!(failed, expected, "{kind:?} {property}");
    }
}

#[test]
fn branches_end_the_run_only_in_a_calm_world_and_the_result_depends_on_no_job() {
    let brancher = Made(|Branch { at, seed, ends }: Branch| {
        if ends && at.as_nanos() + seed > 64 {
            fails(seed, broken("a", seed))
        } else {
            passes(seed)
        }
    });
    for (afterwards, expected) in [(Afterwards::GoesOn, [0; 3]), (Afterwards::Calm, [0, 31, 63])] {
        for jobs in JOBS {
            let asked = Branches {
                brancher: &brancher,
                plan: &plan(),
                property: Property::new("a"),
                afterwards,
                each: NonZeroU64::new(64).expect("not 0"),
                moments: 3,
                jobs,
            };
            let found = asked.turning(&[at(1), at(32), at(64)], &Quiet).unwrap();
            let failed: Vec<u64> = found.shares.iter().map(|share| share.failed).collect();
            assert_eq!(failed, expected);
        }
    }
}

#[test]
fn a_panic_in_a_branch_names_the_seed_of_the_run_and_the_branch() {
    let brancher = Made(|Branch { at, seed, .. }: Branch| {
        assert!((at.as_nanos(), seed) != (1_000, 9), "a bug");
        passes(seed)
    });
    let panic = turning(&brancher, (1_001, 4_000), &Quiet).expect_err("it panics");
    let message = "in the branch at 0.000001s under seed 9: a bug".to_owned();
    assert_eq!(panic, HarnessPanic { seed: 77, message, is_bug: true });
}
