//! The arguments of `step`.

use clap::Args;

use super::Named;

/// Go through a run in the terminal, step by step.
///
/// Shows the whole run as a lane for each server, every server at the cursor, what led there, and
/// the steps around it. It begins at the failure. The keys are those of the page (`replay --html`);
/// `?` lists them.
#[derive(Debug, Args)]
#[command(after_help = STEP_EXIT)]
pub(crate) struct StepArgs {
    #[command(flatten)]
    pub(crate) run: Named,
}

const STEP_EXIT: &str = "Exit status: 0 you left; 2 bad usage or input, or no terminal; 101 a bug in \
                         raftsim; 130 stopped by a signal.";
