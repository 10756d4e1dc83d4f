//! Whether chance explains the limits that a node missed: our Raft runs the same seeds.

use raftsim_explore::{HarnessPanic, Rates, Runner, Sweep, Tally};
use serde::Serialize;

/// How often the node and our Raft missed a limit, as JSON.
#[derive(Serialize)]
pub(super) struct RateJson {
    missed: u64,
    of: u64,
    right_missed: u64,
    right_of: u64,
    by_chance: bool,
}

impl RateJson {
    pub(super) fn of(rates: Rates) -> Self {
        let Rates { node, right } = rates;
        Self {
            missed: node.missed,
            of: node.of,
            right_missed: right.missed,
            right_of: right.of,
            by_chance: !rates.exceed_chance(),
        }
    }
}

/// Compares the node with the right Raft if some seeds missed a limit that a correct Raft may miss
/// by chance. If chance does not explain how many did, the tally says so from then on.
pub(super) fn judge(
    tally: &mut Tally,
    node: &dyn Runner,
    right: &dyn Runner,
    options: &Sweep,
) -> Result<Option<Rates>, HarnessPanic> {
    if tally.by_chance == 0 {
        return Ok(None);
    }
    let seeds = (0..options.count()).map(|place| options.seed(place));
    let rates = Rates::over(node, right, seeds)?;
    if rates.exceed_chance() {
        let Rates { node, right } = rates;
        let why = format!(
            "; {} of {} seeds miss such a limit, and with a right Raft {} of {}",
            node.missed, node.of, right.missed, right.of
        );
        tally.by_chance = 0;
        if let Some((_, failure)) = &mut tally.first_failure {
            *failure = failure.clone().by_no_chance(&why);
        }
    }
    Ok(Some(rates))
}
