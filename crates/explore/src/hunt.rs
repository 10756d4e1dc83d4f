//! How many runs a search takes until one fails, measured by independent searches.

use raftsim_sim::{Failure, Kind, Property, Recording};

use crate::run::Runner;
use crate::sweep::{HarnessPanic, SweepListener};
use crate::watchdog::watched;

/// The result of one search, which runs consecutive seeds until one fails or the budget ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunt {
    /// How many runs it took, including the one that failed; the budget, if none failed.
    pub runs: u64,
    /// The property that the last run broke; `None` if the budget ended first.
    pub property: Option<Property>,
}

/// Whether a failure proves that something is wrong. It does not if it is a limit that a correct
/// Raft may miss by chance.
pub fn proves(failure: &Failure) -> bool {
    failure.kind() != (Kind::LabLimit { by_chance: true })
}

/// Where a search begins and ends.
#[derive(Clone, Copy, Debug)]
pub struct Hunting {
    /// The search's first seed.
    pub from: u64,
    /// How many of its runs were made before, and passed: it goes on after them.
    pub made: u64,
    /// How many runs it may take, those made before included.
    pub budget: u64,
}

/// Runs the seeds of a search until a run has a failure for which `counts`, given its seed too, is
/// true, or the budget ends. Returns `None` if the listener stops it. The listener hears of each run.
pub fn hunt(
    runner: &dyn Runner,
    hunting: Hunting,
    mut counts: impl FnMut(u64, &Failure) -> Result<bool, HarnessPanic>,
    listener: &dyn SweepListener,
) -> Result<Option<Hunt>, HarnessPanic> {
    let Hunting { from, made, budget } = hunting;
    for runs in made + 1..=budget {
        if listener.stops() {
            return Ok(None);
        }
        let seed = from + (runs - 1);
        let run = || watched(seed, || runner.run(seed, Recording::Off));
        let run = HarnessPanic::caught(seed, run)?;
        if let Err(failure) = run.verdict
            && counts(seed, &failure)?
        {
            return Ok(Some(Hunt { runs, property: Some(failure.property()) }));
        }
        listener.ran(1);
    }
    Ok(Some(Hunt { runs: budget, property: None }))
}

/// How many runs a search takes: the median of several independent searches and its 95 % interval.
/// A search that found nothing counts as longer than any that found something; where one would be
/// the result, the result is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuntStats {
    /// The median number of runs.
    pub median: Option<u64>,
    /// The lower bound of the interval; `None` also for fewer than six searches, which have no such
    /// interval.
    pub low: Option<u64>,
    /// The upper bound of the interval; `None` also for fewer than six searches.
    pub high: Option<u64>,
}

impl HuntStats {
    /// The statistics of these searches.
    ///
    /// # Panics
    /// When `hunts` is empty.
    pub fn of(hunts: &[Hunt]) -> Self {
        assert!(!hunts.is_empty(), "statistics need at least one search");
        let mut runs: Vec<Option<u64>> =
            hunts.iter().map(|hunt| hunt.property.map(|_| hunt.runs)).collect();
        runs.sort_by_key(|runs| runs.unwrap_or(u64::MAX));
        let median = runs[(runs.len() - 1) / 2];
        let bounds = outside(runs.len()).map(|rank| (runs[rank], runs[runs.len() - 1 - rank]));
        let (low, high) = bounds.unwrap_or_default();
        Self { median, low, high }
    }
}

/// How many of `count` sorted values to leave out at each end, so that the interval between the
/// others contains the median with a probability of at least 95 %. Each value lies below the median
/// with a probability of one half, so the number of values below it is binomial (Hahn and Meeker
/// 1991, §5.2). `None` if there are too few values for such an interval.
fn outside(count: usize) -> Option<usize> {
    // Above 100 values the interval is wider than necessary; in return the binomials fit into 128
    // bits.
    let count = u32::try_from(count).unwrap_or(u32::MAX).min(100);
    let all = 1_u128 << count;
    let (mut ways, mut sum, mut rank) = (1_u128, 0_u128, 0_usize);
    for below in 0..count / 2 {
        sum += ways;
        // The two ends together may miss the median in one case of twenty.
        if sum * 40 > all {
            break;
        }
        rank += 1;
        ways = ways * u128::from(count - below) / u128::from(below + 1);
    }
    rank.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_lie_outside_as_tables_say() {
        // The second and the eighth of nine values have the median between them with 96 %.
        let known = [(6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (15, 3), (20, 5), (25, 7)];
        for (count, expected) in known {
            assert_eq!(outside(count), Some(expected), "of {count}");
        }
        assert_eq!([1, 2, 5].map(outside), [None; 3]);
    }
}
