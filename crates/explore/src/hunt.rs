//! How long a search takes: how many runs to the first that fails, over independent starts.

use raftsim_sim::{Failure, Kind, Recording};

use crate::run::Runner;
use crate::sweep::HarnessPanic;

/// One search: seeds in a row, until a run fails or the budget ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunt {
    /// How many runs it took, the failing one counted; the budget, if none failed.
    pub runs: u64,
    /// What failed; `None` if the budget ended first.
    pub failure: Option<Failure>,
}

/// Whether a failure proves that something is wrong: a limit that a correct Raft may miss by chance
/// does not.
pub fn proves(failure: &Failure) -> bool {
    failure.kind() != (Kind::LabLimit { by_chance: true })
}

/// Searches from this seed on, in at most `budget` runs, for a failure that counts.
pub fn hunt(
    runner: &dyn Runner,
    from: u64,
    budget: u64,
    counts: impl Fn(&Failure) -> bool,
) -> Result<Hunt, HarnessPanic> {
    for runs in 1..=budget {
        let seed = from + (runs - 1);
        let run = HarnessPanic::caught(seed, || runner.run(seed, Recording::Off))?;
        if let Err(failure) = run.verdict
            && counts(&failure)
        {
            return Ok(Hunt { runs, failure: Some(failure) });
        }
    }
    Ok(Hunt { runs: budget, failure: None })
}

/// How many runs a search takes, from several independent searches. A search that found nothing
/// counts as longer than any that found something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuntStats {
    /// The median, and the bounds of its 95 % interval; `None` where the budget ended first.
    pub median: Option<u64>,
    /// The lower bound; `None` too of fewer than six searches, which have no such interval.
    pub low: Option<u64>,
    /// The upper bound, or `None` alike.
    pub high: Option<u64>,
}

impl HuntStats {
    /// The statistics of these searches.
    ///
    /// # Panics
    /// When there are none.
    pub fn of(hunts: &[Hunt]) -> Self {
        assert!(!hunts.is_empty(), "a spread is of some searches");
        let mut runs: Vec<Option<u64>> =
            hunts.iter().map(|hunt| hunt.failure.as_ref().map(|_| hunt.runs)).collect();
        runs.sort_by_key(|runs| runs.unwrap_or(u64::MAX));
        let median = runs[(runs.len() - 1) / 2];
        let bounds = outside(runs.len()).map(|rank| (runs[rank], runs[runs.len() - 1 - rank]));
        let (low, high) = bounds.unwrap_or_default();
        Self { median, low, high }
    }
}

/// How many of `count` sorted values lie outside, at each end, of an interval that holds the median
/// with at least 95 %: a value lies below the median as likely as not, so that the number of those
/// below is binomial (Hahn and Meeker 1991, §5.2). `None` if there are too few for such an
/// interval.
fn outside(count: usize) -> Option<usize> {
    // More values than these make the interval no narrower than it need be.
    let count = u32::try_from(count).unwrap_or(u32::MAX).min(100);
    let all = 1_u128 << count;
    let (mut ways, mut sum, mut rank) = (1_u128, 0_u128, 0_usize);
    for below in 0..count / 2 {
        sum += ways;
        // Both ends together may miss it once in twenty times.
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
        // Of nine values the second and the eighth hold the median between them with 96 %.
        let known = [(6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (15, 3), (20, 5), (25, 7)];
        for (count, expected) in known {
            assert_eq!(outside(count), Some(expected), "of {count}");
        }
        assert_eq!([1, 2, 5].map(outside), [None; 3]);
    }
}
