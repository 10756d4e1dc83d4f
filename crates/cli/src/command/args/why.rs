//! The arguments of `why`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::Named;
use super::values::{Jobs, count};

/// Print why a run fails, in about ten lines.
///
/// Prints the two facts that contradict each other, and of all steps that can have influenced them
/// those that changed most. Then it branches the run, many times at each of its moments, and prints
/// where the odds turn: the step over which the share of failing branches rises most, if it rises
/// by more than chance explains, and the first from which all branches fail. It does so twice. The
/// first branches go on as the run does, under other seeds, with other delays, losses and election
/// timeouts; what the scenario itself chooses stays as it was. In the others all faults stop, and
/// the cluster must still be alive.
#[derive(Debug, Args)]
#[command(after_help = WHY_EXIT)]
pub(crate) struct WhyArgs {
    #[command(flatten)]
    pub(crate) run: Named,
    /// How many branches of each of the two kinds leave the run at each moment. With fewer than 8
    /// no rise is more than chance.
    #[arg(long, value_name = "N", default_value = "64", value_parser = count)]
    pub(crate) branches: NonZeroU64,
    /// At how many moments to branch the run at most, for each of the two kinds. Of a run with more
    /// moments some are tried, and then those between which the odds turn.
    #[arg(long, value_name = "N", default_value = "256", value_parser = count)]
    pub(crate) moments: NonZeroU64,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Write the run as a page, on which the steps are marked at which the odds turn.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

const WHY_EXIT: &str = "Exit status: 1 the run fails, and this says why; 0 it passes; 2 bad usage \
                        or input; 101 a bug in raftsim; 130 stopped by a signal.";
