//! Where the odds of a failing run turn: the run is branched at its moments, many times each.
//!
//! The share of branches that fail says how likely the failure was by then. If the run has few
//! moments, all are tried. Of more moments some are tried, at equal distances; then others, also at
//! equal distances, between the two over which the share rises most, and so on until no moment is
//! left between two, or enough are tried. Shares need not rise steadily: a share that rises and
//! falls again between two moments that were tried is not seen.
//!
//! A share is a count of random draws, so that it differs from moment to moment even if nothing
//! turns. A rise is one that chance does not explain (`is_rise`).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZeroU64;

use raftsim_node::Time;
use raftsim_plan::Plan;
use raftsim_sim::{Branch, Kind, Property, Recording};

use crate::run::{Brancher, Run, Runner};
use crate::sweep::{HarnessPanic, Shard, Sweep, SweepListener, sweep};
use crate::twice::Twice;

/// What happens after a run has left its course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// The scenario or plan goes on with all its faults, under another seed.
    GoesOn,
    /// All faults stop, and the cluster must be alive.
    Calm,
}

/// A failing run to be branched. A branch fails if it breaks any property. A limit that a correct
/// Raft may miss by chance does not count, unless the run itself failed by it, and goes on.
pub struct Branches<'a> {
    /// Plays the branches.
    pub brancher: &'a dyn Brancher,
    /// The plan that fails.
    pub plan: &'a Plan,
    /// The property that it breaks.
    pub property: Property,
    /// What follows a branch.
    pub afterwards: Afterwards,
    /// How many branches leave the run at each moment. With fewer than 8 no rise is more than
    /// chance.
    pub each: NonZeroU64,
    /// How many moments to try at most.
    pub moments: usize,
    /// How many threads to use, at least 1. The result does not depend on it.
    pub jobs: usize,
}

impl std::fmt::Debug for Branches<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Branches")
            .field("property", &self.property)
            .field("afterwards", &self.afterwards)
            .field("each", &self.each)
            .finish_non_exhaustive()
    }
}

/// How many of the branches that leave a run at one moment fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// They leave it after everything that happens at this time.
    pub at: Time,
    /// How many fail.
    pub failed: u64,
    /// How many were tried.
    pub of: u64,
}

/// Where the odds turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turning {
    /// Every moment that was tried, in order of time.
    pub shares: Vec<Share>,
    /// How many moments the run has.
    pub moments: usize,
    /// Whether all was tried that was to be tried. If the listener stopped it, nothing is known of
    /// where the odds turn.
    pub is_finished: bool,
    /// The steepest rise that is more than chance, if there is one.
    pub rise: Option<Turn>,
    /// The first of the moments tried from which all branches fail at each. `None` if some branch
    /// of the last one passes.
    pub lost: Option<Turn>,
}

/// Between which moments the odds turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The last moment before it that was tried; `None` if `after` is the first.
    pub before: Option<Share>,
    /// The moment after it.
    pub after: Share,
    /// Whether the run has no moment between the two, so that what happens at the time of `after`
    /// is what turns the odds.
    pub is_isolated: bool,
}

impl Branches<'_> {
    /// Branches the run at `moments`, times that ascend; all come before the failure.
    ///
    /// # Errors
    /// A panic of the harness. It names the seed of the plan, and says which branch it was.
    ///
    /// # Panics
    /// If there is no moment, or none is to be tried.
    pub fn turning(
        &self,
        moments: &[Time],
        listener: &dyn SweepListener,
    ) -> Result<Turning, HarnessPanic> {
        assert!(!moments.is_empty(), "a run has a moment");
        assert!(self.moments > 0, "at least one moment is tried");
        let mut tried = BTreeMap::new();
        let mut places = first_places(moments.len(), self.moments);
        while !places.is_empty() {
            for place in places {
                let Some(share) = self.share(moments[place], listener)? else {
                    let shares = tried.into_values().collect();
                    return Ok(Turning { shares, moments: moments.len(), ..Turning::default() });
                };
                tried.insert(place, share);
            }
            places = next_places(&tried, self.moments);
        }
        let turn = |Gap { before, after }| Turn {
            before: before.map(|place| tried[&place]),
            after: tried[&after],
            is_isolated: before.is_none_or(|before| before + 1 == after),
        };
        Ok(Turning {
            moments: moments.len(),
            is_finished: true,
            rise: steepest(&tried).map(turn),
            lost: lost(&tried).map(turn),
            shares: tried.values().copied().collect(),
        })
    }

    /// How many branches fail that leave the run at this time; `None` if the listener stops them.
    fn share(&self, at: Time, listener: &dyn SweepListener) -> Result<Option<Share>, HarnessPanic> {
        let sweep_of = Sweep {
            from: 0,
            seeds: self.each.get(),
            shard: Shard::WHOLE,
            jobs: self.jobs,
            chunk: 4,
            keep_going: true,
            twice: Twice::Never,
        };
        let tally = sweep(&Leaving { branches: self, at }, &sweep_of, listener);
        let tally = tally.map_err(|HarnessPanic { seed, message, is_bug }| HarnessPanic {
            seed: self.plan.seed,
            message: format!("in the branch at {at} under seed {seed}: {message}"),
            is_bug,
        })?;
        let share = Share { at, failed: tally.failed, of: tally.seeds };
        Ok((share.of == self.each.get()).then_some(share))
    }
}

/// The branches that leave a run at one moment; the seed is what they draw from.
struct Leaving<'a> {
    branches: &'a Branches<'a>,
    at: Time,
}

impl Runner for Leaving<'_> {
    fn run(&self, seed: u64, _: Recording) -> Run {
        let &Branches { brancher, plan, property, afterwards, .. } = self.branches;
        let ends = afterwards == Afterwards::Calm;
        let mut run = brancher.branch(plan, Branch { at: self.at, seed, ends });
        let counts = run.verdict.as_ref().is_err_and(|failure| match failure.kind() {
            Kind::LabLimit { by_chance: true } => !ends && failure.property() == property,
            Kind::LabLimit { by_chance: false } | Kind::Violation | Kind::Contract => true,
        });
        if !counts {
            run.verdict = Ok(());
        }
        run
    }
}

/// Two places that were tried, with no place between them that was: `before` and `after` by their
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    /// `None` if `after` is the first place that was tried.
    before: Option<usize>,
    after: usize,
}

/// The places of `count` to try first: all if there are at most `most`, else a quarter of `most`,
/// at equal distances from the first to the last.
fn first_places(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    let gaps = (most / 4).max(2).min(most) - 1;
    (0..=gaps).map(|gap| (count - 1) * gap / gaps.max(1)).collect()
}

/// The places to try next: up to a quarter of `most`, at equal distances, in the gap over which the
/// share rises most, or else in the one before the first place from which all fail. None if no
/// place is left in either gap, or if `most` places are tried.
fn next_places(tried: &BTreeMap<usize, Share>, most: usize) -> Vec<usize> {
    let left = most - tried.len();
    let hiding = |Gap { before, after }| {
        let before = before?;
        (after - before > 1).then_some((before, after - before))
    };
    let gap = steepest(tried).and_then(hiding).or_else(|| lost(tried).and_then(hiding));
    let Some((before, width)) = gap else { return vec![] };
    let count = (width - 1).min(left).min((most / 4).max(1));
    (1..=count).map(|number| before + width * number / (count + 1)).collect()
}

/// The gap over which the share rises most, if it rises; the first such gap.
fn steepest(tried: &BTreeMap<usize, Share>) -> Option<Gap> {
    let pairs = tried.iter().zip(tried.iter().skip(1));
    let rises = pairs.filter(|((_, before), (_, after))| is_rise(before, after));
    let steepest =
        rises.max_by_key(|((place, low), (_, high))| (high.failed - low.failed, Reverse(**place)));
    steepest.map(|((&before, _), (&after, _))| Gap { before: Some(before), after })
}

/// The square of the number of standard deviations from which on a rise is more than chance: four.
/// Of runs with 256 moments at which the share is the same, one in a hundred shows such a rise
/// between two of them.
const DEVIATIONS_SQUARED: u128 = 16;

/// Whether the share rises by more than chance explains: the test of two proportions. The variance
/// of the difference between two counts is estimated from both: `2 * of * p * (1 - p)` with the
/// share `p` of all that fail.
fn is_rise(before: &Share, after: &Share) -> bool {
    let [low, high, of] = [before.failed, after.failed, before.of].map(u128::from);
    let Some(rise) = high.checked_sub(low).filter(|rise| *rise > 0) else { return false };
    let (failed, passed) = (low + high, 2 * of - low - high);
    // Both sides times `2 * of`.
    rise * rise * 2 * of >= DEVIATIONS_SQUARED * failed * passed
}

/// The gap before the first of the places tried from which all branches fail.
fn lost(tried: &BTreeMap<usize, Share>) -> Option<Gap> {
    let all_fail = |(_, share): &(&usize, &Share)| share.failed == share.of;
    let after = tried.iter().rev().take_while(all_fail).last().map(|(&place, _)| place)?;
    let before = tried.range(..after).next_back().map(|(&place, _)| place);
    Some(Gap { before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(failed: &[(usize, u64)]) -> BTreeMap<usize, Share> {
        let share = |&(place, failed): &(usize, u64)| {
            let at = Time::from_nanos(place as u64);
            (place, Share { at, failed, of: 64 })
        };
        failed.iter().map(share).collect()
    }

    fn gap(before: usize, after: usize) -> Gap {
        Gap { before: Some(before), after }
    }

    #[test]
    fn the_steepest_rise_is_the_first_of_equal_ones() {
        let tried = tried(&[(0, 3), (1, 1), (2, 31), (3, 20), (4, 50), (5, 64), (6, 64)]);
        assert_eq!((steepest(&tried), lost(&tried)), (Some(gap(1, 2)), Some(gap(4, 5))));
    }

    #[test]
    fn shares_that_never_rise_have_no_steepest_rise_and_may_be_lost_from_the_start() {
        let always = tried(&[(0, 64), (3, 64)]);
        assert_eq!(
            (steepest(&always), lost(&always)),
            (None, Some(Gap { before: None, after: 0 }))
        );
        assert_eq!(next_places(&always, 16), []);
        let falling = tried(&[(0, 9), (3, 9), (4, 2)]);
        assert_eq!((steepest(&falling), lost(&falling)), (None, None));
        assert_eq!(next_places(&falling, 16), []);
    }

    #[test]
    fn a_rise_is_one_of_four_standard_deviations() {
        let least = |low: u64, of: u64| {
            let share = |failed| Share { at: Time::ZERO, failed, of };
            (low..=of).find(|&high| is_rise(&share(low), &share(high)))
        };
        assert_eq!([0, 5, 20, 32, 44].map(|low| least(low, 64)), [15, 24, 43, 54, 62].map(Some));
        assert_eq!((least(60, 64), least(64, 64)), (None, None));
        assert_eq!((least(0, 7), least(0, 8)), (None, Some(8)));
    }

    #[test]
    fn all_places_are_tried_where_there_are_few_and_never_more_than_the_most() {
        assert_eq!(first_places(4, 4), [0, 1, 2, 3]);
        assert_eq!(first_places(101, 20), [0, 25, 50, 75, 100]);
        assert_eq!(first_places(3, 2), [0, 2]);
        assert_eq!(first_places(2, 1), [0]);
        assert_eq!(first_places(1, 1), [0]);
    }

    #[test]
    fn the_steepest_gap_is_looked_into_evenly_and_then_the_last_that_passes() {
        let odds = tried(&[(0, 0), (8, 40), (16, 50), (24, 64)]);
        assert_eq!(next_places(&odds, 16), [1, 3, 4, 6]);
        assert_eq!(next_places(&odds, 64), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(next_places(&odds, 5), [4]);
        assert_eq!(next_places(&odds, 4), []);
        let odds = tried(&[(0, 0), (7, 1), (8, 40), (16, 50), (24, 64)]);
        assert_eq!(next_places(&odds, 16), [17, 19, 20, 22]);
        let odds = tried(&[(0, 0), (7, 1), (8, 40), (23, 50), (24, 64)]);
        assert_eq!(next_places(&odds, 16), []);
    }
}
