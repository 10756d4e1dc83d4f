//! Where the odds of a failing run turn: the run is branched at its moments, many times each.
//!
//! The share of branches that fail says how likely the failure was by then. Shares need not rise
//! steadily, so nothing is found by bisection: where there are few moments all are tried, and where
//! there are many, those around the steepest rise and before the first moment from which all fail.

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
    /// The scenario or plan goes on with all its faults, under another seed. A branch fails if it
    /// breaks the same property.
    GoesOn,
    /// All faults stop, and the cluster must be alive. A branch fails if it breaks any property,
    /// unless a correct Raft may miss it by chance.
    Calm,
}

/// A failing run to be branched.
pub struct Branches<'a> {
    /// Plays the branches.
    pub brancher: &'a dyn Brancher,
    /// The plan that fails.
    pub plan: &'a Plan,
    /// The property that it breaks.
    pub property: Property,
    /// What follows a branch.
    pub afterwards: Afterwards,
    /// How many branches leave the run at each moment.
    pub each: NonZeroU64,
    /// How many moments to try at most. (At least two are tried, the first and the last.)
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
pub struct Odds {
    /// They leave it after everything that happens at this time.
    pub at: Time,
    /// How many fail.
    pub failed: u64,
    /// How many were tried.
    pub of: u64,
}

/// Where the odds turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turning {
    /// Every moment that was tried, in order of time.
    pub odds: Vec<Odds>,
    /// The steepest rise between two moments with none between them: the odds before what happens
    /// at the second one's time, and after. `None` if the odds never rise.
    pub rise: Option<[Odds; 2]>,
    /// The first moment from which all branches fail, and the moment before it, if there is one.
    /// `None` if some branch of the last moment passes.
    pub lost: Option<(Option<Odds>, Odds)>,
}

impl Branches<'_> {
    /// Branches the run at `moments`, times that ascend; all come before the failure.
    ///
    /// # Errors
    /// A panic of the harness.
    ///
    /// # Panics
    /// If there is no moment.
    pub fn turning(
        &self,
        moments: &[Time],
        listener: &dyn SweepListener,
    ) -> Result<Turning, HarnessPanic> {
        let last = moments.len().checked_sub(1).expect("a run has a moment");
        let mut tried = BTreeMap::new();
        for place in first_places(last, self.moments) {
            tried.insert(place, self.odds(moments[place], listener)?);
        }
        while tried.len() < self.moments && !listener.stops() {
            let Some(place) = next_place(&tried) else { break };
            tried.insert(place, self.odds(moments[place], listener)?);
        }
        Ok(Turning {
            rise: steepest(&tried).map(|[before, after]| [tried[&before], tried[&after]]),
            lost: lost(&tried).map(|(before, after)| (before.map(|it| tried[&it]), tried[&after])),
            odds: tried.into_values().collect(),
        })
    }

    fn odds(&self, at: Time, listener: &dyn SweepListener) -> Result<Odds, HarnessPanic> {
        let sweep_of = Sweep {
            from: 0,
            seeds: self.each.get(),
            shard: Shard::WHOLE,
            jobs: self.jobs,
            chunk: 4,
            keep_going: true,
            twice: Twice::Never,
        };
        let tally = sweep(&Leaving { branches: self, at }, &sweep_of, listener)?;
        Ok(Odds { at, failed: tally.failed, of: tally.seeds })
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
        let counts = run.verdict.as_ref().is_err_and(|failure| match afterwards {
            Afterwards::GoesOn => failure.property() == property,
            Afterwards::Calm => failure.kind() != Kind::LabLimit { by_chance: true },
        });
        if !counts {
            run.verdict = Ok(());
        }
        run
    }
}

/// The places to try first: all from 0 to `last` if there are at most `most`, else a quarter of
/// `most`, at equal distances.
fn first_places(last: usize, most: usize) -> Vec<usize> {
    if last < most {
        return (0..=last).collect();
    }
    let gaps = (most / 4).max(1);
    (0..=gaps).map(|gap| last * gap / gaps).collect()
}

/// The place in the middle of the gap that hides the steepest rise, or else of the one before the
/// first place from which all fail; `None` if neither gap hides a place.
fn next_place(tried: &BTreeMap<usize, Odds>) -> Option<usize> {
    let rise = steepest(tried);
    let lost = lost(tried).and_then(|(before, after)| Some([before?, after]));
    let hides = |[before, after]: &[usize; 2]| after - before > 1;
    let [before, after] = rise.filter(hides).or(lost.filter(hides))?;
    Some(before + (after - before) / 2)
}

/// The two neighbours among the places tried between which the odds rise most, if they rise; the
/// first such two.
fn steepest(tried: &BTreeMap<usize, Odds>) -> Option<[usize; 2]> {
    let pairs = tried.iter().zip(tried.iter().skip(1));
    let rises = pairs.filter(|((_, before), (_, after))| after.failed > before.failed);
    let rises =
        rises.map(|((&before, low), (&after, high))| (high.failed - low.failed, before, after));
    let most = rises.max_by_key(|&(rise, before, _)| (rise, std::cmp::Reverse(before)))?;
    Some([most.1, most.2])
}

/// The first of the places tried from which all branches fail, and the place before it.
fn lost(tried: &BTreeMap<usize, Odds>) -> Option<(Option<usize>, usize)> {
    let mut places = tried.iter().rev();
    let all_fail = |(_, odds): &(&usize, &Odds)| odds.failed == odds.of;
    let first = places.by_ref().take_while(all_fail).last().map(|(&place, _)| place)?;
    let before = tried.range(..first).next_back().map(|(&place, _)| place);
    Some((before, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(failed: &[(usize, u64)]) -> BTreeMap<usize, Odds> {
        let odds = |&(place, failed): &(usize, u64)| {
            let at = Time::from_nanos(place as u64);
            (place, Odds { at, failed, of: 64 })
        };
        failed.iter().map(odds).collect()
    }

    #[test]
    fn the_steepest_rise_is_the_first_of_equal_ones() {
        let odds = tried(&[(0, 3), (1, 1), (2, 31), (3, 20), (4, 50), (5, 64), (6, 64)]);
        assert_eq!((steepest(&odds), lost(&odds)), (Some([1, 2]), Some((Some(4), 5))));
    }

    #[test]
    fn odds_that_never_rise_have_no_steepest_rise_and_may_be_lost_from_the_start() {
        let odds = tried(&[(0, 64), (3, 64)]);
        assert_eq!(
            (steepest(&odds), lost(&odds), next_place(&odds)),
            (None, Some((None, 0)), None)
        );
        let odds = tried(&[(0, 9), (3, 9), (4, 2)]);
        assert_eq!((steepest(&odds), lost(&odds), next_place(&odds)), (None, None, None));
    }

    #[test]
    fn all_places_are_tried_where_there_are_few() {
        assert_eq!(first_places(3, 4), [0, 1, 2, 3]);
        assert_eq!(first_places(100, 16), [0, 25, 50, 75, 100]);
        assert_eq!(first_places(1, 1), [0, 1]);
    }

    #[test]
    fn the_steepest_gap_is_looked_into_first_and_then_the_last_that_passes() {
        let odds = tried(&[(0, 0), (8, 40), (16, 50), (24, 64)]);
        assert_eq!(next_place(&odds), Some(4));
        let odds = tried(&[(0, 0), (7, 1), (8, 40), (16, 50), (24, 64)]);
        assert_eq!(next_place(&odds), Some(20));
        let odds = tried(&[(0, 0), (7, 1), (8, 40), (23, 50), (24, 64)]);
        assert_eq!(next_place(&odds), None);
    }
}
