//! The arguments of `bugs`.

use std::num::NonZeroU64;

use clap::Args;
use raftsim_plan::TextError;
use raftsim_specimens::mutant::Mutation;

use super::keep::StateFile;
use super::values::{Jobs, count};
use crate::command::bugs::SearchMethod;
use crate::command::specimens::find_mutation;

/// Plant each known bug in the control Raft, one at a time, and count the runs until it is found.
///
/// `fuzz` with its defaults searches for each bug. If it finds nothing, `bugs` tries the other ways
/// until one of them finds the bug. `fuzz` makes nine independent searches, and the row shows their
/// median and its 95 % interval. If the first two searches find nothing, `fuzz` makes no more. Each
/// of the other ways makes one search.
///
/// The ways are `fuzz`, `uniform` (which is `fuzz --uniform`), each scenario by its name, and
/// `go-lab`. A run of `go-lab` is the Go lab's whole suite: each of its tests once, with the lab's
/// own faults. Only the lab's own checks judge it (its polls, limits and applier), without our
/// oracles and without the recovery phase. So it shows whether the lab would have found the bug.
///
/// Each bug is a node too, for `run`, `fuzz`, `replay` and `shrink`: `--node mutant:NAME`.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct BugsArgs {
    /// Search for this bug only.
    #[arg(long, value_name = "NAME", value_parser = bug)]
    pub(crate) bug: Option<Mutation>,
    /// Search in this way only: `fuzz`, `uniform`, `go-lab`, or a scenario's name.
    #[arg(long, value_name = "WAY", value_parser = way, conflicts_with = "full")]
    pub(crate) way: Option<SearchMethod>,
    /// Search for each bug in every way: the whole table.
    #[arg(long)]
    pub(crate) full: bool,
    /// How many runs a search may take [default: 10000 plans, 500 suites of the Go lab, or 100
    /// seeds of a scenario; 1000 seeds if nothing else has found the bug].
    #[arg(long, value_name = "RUNS", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    #[command(flatten)]
    pub(crate) state: StateFile,
    /// Print one JSON object per bug and way, each on a line of its own.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the table as a document in Markdown.
    #[arg(long, requires = "full", conflicts_with_all = ["json", "way"])]
    pub(crate) markdown: bool,
    /// What the document says about its origin: when it was made, from which commit, on what
    /// machine.
    #[arg(long, value_name = "TEXT", requires = "markdown")]
    pub(crate) provenance: Option<String>,
}

fn bug(text: &str) -> Result<Mutation, String> {
    find_mutation(text).map_err(|error| error.to_string())
}

fn way(text: &str) -> Result<SearchMethod, String> {
    text.parse().map_err(|error: TextError| error.to_string())
}

const EXIT: &str = "Exit status: 0 all bugs were found; 1 some were not; 2 bad usage or input; 101 a \
                    bug in raftsim; 130 stopped by a signal; 141 nobody reads the results any more.";
