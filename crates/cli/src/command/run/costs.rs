//! What a node's runs cost, compared with our Raft: a cost that is far beyond is a warning.

use std::collections::BTreeMap;

use raftsim_explore::{Costs, Excess, HarnessPanic, Runner, Sweep, Tally, Values};
use serde::Serialize;

use super::Swept;
use crate::command::stop::Stop;

/// How many seeds a sweep must have for one in which it is compared.
const PER_SEED: u64 = 10;

/// Compares the costs of the first seeds of a sweep that passed; `None` if it is too short for
/// that, or the command is stopped.
pub(super) fn compare(
    tally: &Tally,
    [node, right]: [&dyn Runner; 2],
    options: &Sweep,
    stop: &Stop,
) -> Result<Option<Costs>, HarnessPanic> {
    if tally.failed > 0 || tally.seeds < PER_SEED * Costs::MOST as u64 {
        return Ok(None);
    }
    let seeds = (0..options.count()).map(|place| options.seed(place));
    let costs = Costs::over(node, right, seeds.take_while(|_| !stop.is_asked()))?;
    Ok(Some(costs).filter(|_| !stop.is_asked()))
}

/// What runs cost, as JSON: by what is counted.
#[derive(Serialize)]
pub(super) struct CostsJson {
    seeds: u64,
    #[serde(flatten)]
    costs: BTreeMap<String, CostJson>,
}

#[derive(Serialize)]
struct CostJson {
    median: Option<u64>,
    right_median: Option<u64>,
    right_most: Option<u64>,
    exceeds: bool,
}

impl CostsJson {
    pub(super) fn of(costs: &Costs) -> Self {
        let excesses = costs.excesses();
        let cost = |(what, node, right): (&str, &Values, &Values)| {
            let cost = CostJson {
                median: node.percentile(50),
                right_median: right.percentile(50),
                right_most: right.most(),
                exceeds: excesses.iter().any(|excess| excess.what == what),
            };
            (what.replace(' ', "_"), cost)
        };
        Self { seeds: costs.seeds, costs: costs.iter().map(cost).collect() }
    }
}

/// What the node's runs cost far more of than those of our Raft: a line for each cost, about the
/// scenario that shows it best.
pub(super) fn warnings(results: &[Swept]) -> Vec<String> {
    let mut found: BTreeMap<&str, Vec<(&str, Excess)>> = BTreeMap::new();
    for Swept { info, costs, .. } in results {
        for excess in costs.iter().flat_map(Costs::excesses) {
            found.entry(excess.what).or_default().push((info.name, excess));
        }
    }
    let line = |(what, mut all): (&str, Vec<(&str, Excess)>)| {
        all.sort_by_key(|(_, excess)| std::cmp::Reverse(excess.percent()));
        let (name, Excess { node, right, most, .. }) = *all.first()?;
        let more = match all.len() - 1 {
            0 => String::new(),
            more => format!(", and so in {more} more"),
        };
        Some(format!(
            "warned: {name}: {node} {what} in the median run, and with a right Raft {right}, at most \
             {most}{more}"
        ))
    };
    found.into_iter().filter_map(line).collect()
}
