//! What runs of a node cost, compared with a Raft that is known to be right, over the same seeds.
//!
//! A mistake may cost terms, time, events or messages, and break nothing. One run proves nothing:
//! what a run costs differs from seed to seed. But if the median run of the node costs several times
//! as much as the most expensive run of the right Raft, somebody should know.

use raftsim_node::Duration;
use raftsim_sim::Recording;

use crate::measures::{Measures, Values};
use crate::run::{Run, Runner};
use crate::sweep::HarnessPanic;

/// What is compared: its name; how many times as much as the right Raft's most expensive run the
/// median run of the node must cost; and a cost that is too small to be worth a word. A server with
/// short election timeouts that is cut off uses many terms.
const COSTS: [(&str, u64, u64); 4] = [
    ("terms", 6, 10),
    ("milliseconds without a leader", 3, 4_000),
    ("events", 3, 400),
    ("messages", 4, 400),
];

/// What the runs of a node and of a right Raft cost, over the same seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// How many seeds were compared.
    pub seeds: u64,
    node: [Values; COSTS.len()],
    right: [Values; COSTS.len()],
}

/// One thing that the runs of a node cost too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// What, in the plural.
    pub what: &'static str,
    /// How much of it the median run of the node costs.
    pub node: u64,
    /// How much of it the median run of the right Raft costs.
    pub right: u64,
    /// How much of it the most expensive run of the right Raft costs.
    pub most: u64,
}

impl Excess {
    /// How many times as much the node costs, in hundredths: the larger, the better it shows.
    pub fn percent(self) -> u64 {
        self.node.saturating_mul(100) / self.right.max(1)
    }
}

impl Costs {
    /// How many seeds are compared at most.
    pub const MOST: usize = 16;

    /// What the first [`Costs::MOST`] of these seeds cost. A seed that fails does not count.
    ///
    /// # Errors
    /// If the harness panics.
    pub fn over(
        node: &dyn Runner,
        right: &dyn Runner,
        seeds: impl Iterator<Item = u64>,
    ) -> Result<Self, HarnessPanic> {
        let mut costs = Self::default();
        for seed in seeds.take(Self::MOST) {
            let run = |runner: &dyn Runner| {
                HarnessPanic::caught(seed, || runner.run(seed, Recording::On))
            };
            let (Some(of_node), Some(of_right)) = (cost(run(node)?), cost(run(right)?)) else {
                continue;
            };
            costs.seeds += 1;
            for (values, cost) in costs.node.iter_mut().zip(of_node) {
                values.add(cost);
            }
            for (values, cost) in costs.right.iter_mut().zip(of_right) {
                values.add(cost);
            }
        }
        Ok(costs)
    }

    /// What is compared: its name, the node's values and the right Raft's.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Values, &Values)> {
        let values = self.node.iter().zip(&self.right);
        COSTS.iter().zip(values).map(|(&(what, ..), (node, right))| (what, node, right))
    }

    /// What the node costs far more of than the right Raft: the most conspicuous first.
    pub fn excesses(&self) -> Vec<Excess> {
        let excess = |((what, node, right), times, least): ((_, &Values, &Values), u64, u64)| {
            let (node, most) = (node.percentile(50)?, right.most()?);
            let right = right.percentile(50)?;
            let exceeds = node > most.saturating_mul(times) && node >= least;
            exceeds.then_some(Excess { what, node, right, most })
        };
        let limited =
            self.iter().zip(COSTS).map(|(values, (_, times, least))| (values, times, least));
        let mut all: Vec<Excess> = limited.filter_map(excess).collect();
        all.sort_by_key(|excess| std::cmp::Reverse(excess.percent()));
        all
    }
}

/// What a run that passed cost, in the order of [`COSTS`].
fn cost(run: Run) -> Option<[u64; COSTS.len()]> {
    run.verdict.ok()?;
    let Measures { last_term, leaderless, messages, .. } = run.story?.measures();
    let millis = leaderless.as_nanos() / Duration::from_millis(1).as_nanos();
    Some([last_term, millis, run.events, messages])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Costs of which only the third, the events, differ from nothing.
    fn events(node: &[u64], right: &[u64]) -> Costs {
        let mut costs = Costs { seeds: node.len() as u64, ..Costs::default() };
        for (of, values) in [(&mut costs.node, node), (&mut costs.right, right)] {
            for (place, cost) in of.iter_mut().enumerate() {
                for &value in values {
                    cost.add(if place == 2 { value } else { 0 });
                }
            }
        }
        costs
    }

    #[test]
    fn a_median_beyond_three_times_the_most_is_an_excess() {
        let right = [500, 600, 1000];
        let excess = Excess { what: "events", node: 3001, right: 600, most: 1000 };
        assert_eq!(events(&[3001, 9000, 10], &right).excesses(), [excess]);
        assert_eq!(excess.percent(), 500);
        assert_eq!(events(&[3000, 9000, 10], &right).excesses(), []);
        assert_eq!(events(&[700, 900, 99_000], &right).excesses(), []);
    }

    #[test]
    fn what_costs_little_is_no_excess_however_little_the_right_raft_costs() {
        assert_eq!(events(&[399], &[1]).excesses(), []);
        assert_eq!(events(&[400], &[1]).excesses().len(), 1);
        assert_eq!(Costs::default().excesses(), []);
    }
}
