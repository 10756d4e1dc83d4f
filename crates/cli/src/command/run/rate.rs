//! Whether chance explains the limits that a node missed: our Raft runs the same seeds.

use raftsim_explore::{HarnessPanic, Rates, Runner, Sweep, Tally};
use serde::Serialize;
use sim_scenarios::terminal::complain;

use crate::command::progress::Watch;

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
/// by chance. If chance does not explain how many did, the tally says so from then on. `None` if
/// there is nothing to compare, or the command is stopped before the comparison ends.
pub(super) fn judge(
    tally: &mut Tally,
    name: &str,
    [node, right]: [&dyn Runner; 2],
    options: &Sweep,
    watch: &Watch<'_>,
    begins: &dyn Fn(u64),
) -> Result<Option<Rates>, HarnessPanic> {
    if tally.by_chance == 0 {
        return Ok(None);
    }
    let mut is_stopped = false;
    let seeds = (0..options.count()).map(|place| options.seed(place)).take_while(|&seed| {
        // The sweep may have ended before this seed: a node may end the process here, too.
        begins(seed);
        is_stopped = watch.stop.is_asked();
        !is_stopped
    });
    let rates = Rates::over(node, right, seeds);
    watch.clear_crumb();
    let rates = rates?;
    if is_stopped {
        complain(format_args!(
            "{name}: stopped before the limits that it missed were compared with a right Raft's"
        ));
        return Ok(None);
    }
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
