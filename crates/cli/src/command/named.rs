//! Commands by their names in a failure. What is not recorded does not know the names before the seed
//! is run once more.

use raftsim_explore::{HarnessPanic, Runner, Tally, watched};
use raftsim_sim::{Failure, Recording};

/// The failure of a seed of `runner`, with the commands that it quotes by their names.
pub(crate) fn named(failure: Failure, runner: &dyn Runner, seed: u64) -> Failure {
    if !failure.facts().iter().any(|fact| fact.text().contains(['"', '['])) {
        return failure;
    }
    match watched(seed, || runner.run(seed, Recording::On)).verdict {
        Err(named) if named == failure => named,
        Ok(()) | Err(_) => failure,
    }
}

/// Names the commands in the first failure of a sweep over the seeds of `runner`.
///
/// # Errors
/// If the harness panics.
pub(crate) fn name_commands(tally: &mut Tally, runner: &dyn Runner) -> Result<(), HarnessPanic> {
    if let Some((seed, failure)) = tally.first_failure.take() {
        let named = HarnessPanic::caught(seed, || named(failure, runner, seed))?;
        tally.first_failure = Some((seed, named));
    }
    Ok(())
}
