//! The arguments of `bugs`.

use std::num::NonZeroU64;

use clap::Args;
use raftsim_specimens::second::Bug;

use super::values::{Jobs, bug, count};

/// Plant each known bug in a Raft, one at a time, and tell how many runs find it.
///
/// Each is searched for by `fuzz` as it is by default; where that finds nothing, by the other ways until
/// one does. A row tells the median of nine independent searches and its 95 % interval.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct BugsArgs {
    /// Only this bug.
    #[arg(long, value_name = "NAME", value_parser = bug)]
    pub(crate) bug: Option<Bug>,
    /// Search for each bug by every way, nine times each: the whole table.
    #[arg(long)]
    pub(crate) full: bool,
    /// How many runs each search may take.
    #[arg(long, default_value = "10000", value_name = "RUNS", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: NonZeroU64,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Print JSON lines, an object for each bug and way.
    #[arg(long)]
    pub(crate) json: bool,
}

const EXIT: &str = "Exit status: 0 every bug was found; 1 some was not; 2 bad usage; 101 a bug in \
                    raftsim.";
