//! How often a node misses limits that a correct Raft may miss by chance, compared with a Raft that
//! is known to be right.
//!
//! One such miss proves nothing. But a node that misses a limit in most runs does not do so by
//! chance: over the same seeds a right Raft misses it in hardly any.

use std::fmt;

use raftsim_sim::{Failure, Recording};

use crate::hunt::proves;
use crate::run::Runner;
use crate::sweep::HarnessPanic;

/// In how many runs a limit was missed that a correct Raft may miss by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many runs missed one.
    pub missed: u64,
    /// How many runs there were.
    pub of: u64,
}

/// The rates of a node and of a right Raft, over the same seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// The node's.
    pub node: Rate,
    /// The right Raft's.
    pub right: Rate,
}

impl Rates {
    /// How many seeds are compared at most.
    pub const MOST: usize = 60;

    /// The rates over the first [`Rates::MOST`] of these seeds.
    ///
    /// # Errors
    /// If the harness panics.
    pub fn over(
        node: &dyn Runner,
        right: &dyn Runner,
        seeds: impl Iterator<Item = u64>,
    ) -> Result<Self, HarnessPanic> {
        let mut rates = Self::default();
        for seed in seeds.take(Self::MOST) {
            rates.node.add(misses(node, seed)?);
            rates.right.add(misses(right, seed)?);
        }
        Ok(rates)
    }

    /// Whether the node misses limits so much more often than the right Raft that chance does not
    /// explain it: if the two were alike, fewer than one comparison in a thousand would show such a
    /// difference or a larger one (Fisher's exact test, one-sided).
    ///
    /// # Panics
    /// If one of the two has more than [`Rates::MOST`] runs.
    pub fn exceed_chance(self) -> bool {
        let Self { node, right } = self;
        let most = Self::MOST as u64;
        assert!(node.of <= most, "binomials of more runs do not fit");
        assert!(right.of <= most, "binomials of more runs do not fit");
        let missed = node.missed + right.missed;
        let ways = |of_node| choose(node.of, of_node) * choose(right.of, missed - of_node);
        let as_far: u128 = (node.missed..=missed.min(node.of)).map(ways).sum();
        as_far * 1000 < choose(node.of + right.of, missed)
    }
}

/// Whether chance explains the misses of a search, which runs seed after seed: it is compared with
/// a right Raft while it goes on.
pub struct Chance<'a> {
    right: &'a dyn Runner,
    /// The first seed that was not compared yet.
    next: u64,
    rates: Rates,
}

impl<'a> Chance<'a> {
    /// Before a search that begins with the seed `from`.
    pub fn new(right: &'a dyn Runner, from: u64) -> Self {
        Self { right, next: from, rates: Rates::default() }
    }

    /// The search's run of `seed` missed a limit that a correct Raft may miss by chance. Returns
    /// whether it has missed so many by now that chance does not explain it.
    ///
    /// # Errors
    /// If the harness panics.
    pub fn is_ruled_out_by(&mut self, seed: u64) -> Result<bool, HarnessPanic> {
        while self.next <= seed && self.rates.node.of < Rates::MOST as u64 {
            self.rates.node.add(self.next == seed);
            self.rates.right.add(misses(self.right, self.next)?);
            self.next += 1;
        }
        Ok(self.rates.exceed_chance())
    }
}

impl fmt::Debug for Chance<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Chance").field("rates", &self.rates).finish_non_exhaustive()
    }
}

impl Rate {
    /// Counts a run.
    pub fn add(&mut self, has_missed: bool) {
        self.missed += u64::from(has_missed);
        self.of += 1;
    }
}

/// Whether the run of `seed` misses a limit that a correct Raft may miss by chance.
pub fn misses(runner: &dyn Runner, seed: u64) -> Result<bool, HarnessPanic> {
    let run = HarnessPanic::caught(seed, || runner.run(seed, Recording::Off))?;
    Ok(run.verdict.is_err_and(|failure: Failure| !proves(&failure)))
}

/// In how many ways `some` of `all` can be chosen, for up to 120 in all.
fn choose(all: u64, some: u64) -> u128 {
    if some > all {
        return 0;
    }
    (0..some).fold(1, |ways, place| ways * u128::from(all - place) / u128::from(place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exceed(node: (u64, u64), right: (u64, u64)) -> bool {
        let rate = |(missed, of)| Rate { missed, of };
        Rates { node: rate(node), right: rate(right) }.exceed_chance()
    }

    #[test]
    fn choices_are_counted_as_tables_say() {
        let known =
            [(5, 0, 1), (5, 2, 10), (5, 5, 1), (5, 6, 0), (60, 30, 118_264_581_564_861_424)];
        for (all, some, ways) in known {
            assert_eq!(choose(all, some), ways, "{some} of {all}");
        }
        assert_eq!(choose(120, 60).ilog10(), 34);
    }

    #[test]
    fn a_limit_that_most_runs_miss_is_not_missed_by_chance() {
        assert!(exceed((60, 60), (0, 60)));
        assert!(exceed((60, 60), (1, 60)));
        assert!(exceed((30, 60), (10, 60)));
        assert!(exceed((7, 7), (0, 7)));
    }

    #[test]
    fn a_limit_that_few_runs_miss_or_the_right_raft_too_may_be_missed_by_chance() {
        assert!(!exceed((0, 60), (0, 60)));
        assert!(!exceed((1, 1), (0, 1)));
        assert!(!exceed((7, 60), (0, 60)));
        assert!(!exceed((60, 60), (60, 60)));
        assert!(!exceed((0, 60), (60, 60)));
        assert!(!exceed((0, 0), (0, 0)));
    }
}
