//! The arguments of `bugs`.

use std::num::NonZeroU64;

use clap::Args;
use raftsim_specimens::mutant::Mutation;

use super::values::{Jobs, bug, count, way};
use crate::bugs::Way;

/// Plant each known bug in a Raft, one at a time, and tell how many runs find it.
///
/// Each is searched for by `fuzz` as it is by default; where that finds nothing, by the other ways until
/// one does. A row tells the median of nine independent searches and its 95 % interval; where the first
/// two found nothing there are no more, and by the other ways there is one.
///
/// The ways are `fuzz`, `uniform` (which is `fuzz --uniform`), each scenario by its name, and `go-lab`:
/// there one run is the Go lab's whole suite, each of its tests once, judged by nothing but what the lab
/// itself checks, its polls and limits and its applier. No oracle looks on, no calm phase follows, there
/// are no faults but the lab's own. It tells what a bug's author would have learned from the lab.
///
/// Each bug is a node too, for `run`, `fuzz`, `replay` and `shrink`: `--node mutant:NAME`.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct BugsArgs {
    /// Only this bug.
    #[arg(long, value_name = "NAME", value_parser = bug)]
    pub(crate) bug: Option<Mutation>,
    /// Search by this way alone: `fuzz`, `uniform`, `go-lab`, or a scenario's name.
    #[arg(long, value_name = "WAY", value_parser = way, conflicts_with = "full")]
    pub(crate) way: Option<Way>,
    /// Search for each bug by every way: the whole table.
    #[arg(long)]
    pub(crate) full: bool,
    /// How many runs each search may take. If not said: 10,000 plans, 500 of the Go lab's suites, 100 of
    /// a scenario's seeds, or 1,000 where nothing else has found the bug.
    #[arg(long, value_name = "RUNS", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Print JSON lines, an object for each bug and way.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the table as a document in Markdown.
    #[arg(long, requires = "full", conflicts_with = "json")]
    pub(crate) markdown: bool,
    /// What the document says about its making: when, from which commit, on what machine.
    #[arg(long, value_name = "TEXT", requires = "markdown")]
    pub(crate) provenance: Option<String>,
}

const EXIT: &str = "Exit status: 0 every bug was found; 1 some was not; 2 bad usage; 101 a bug in \
                    raftsim.";
