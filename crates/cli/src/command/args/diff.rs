//! The arguments of `diff`.

use std::path::PathBuf;

use clap::Args;

use super::Colors;

/// Run two runs, and print their first difference.
///
/// Each run is a plan file, or a scenario and a seed, such as `reelection_3a:7`. Without B it is A
/// once more, on the node of `--with`. What nodes note and print is no difference.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXIT)]
pub(crate) struct DiffArgs {
    /// The first run: a plan file, or NAME:SEED.
    #[arg(value_name = "A")]
    pub(crate) one: String,
    /// The second run [default: A, on the node of `--with`].
    #[arg(value_name = "B", required_unless_present = "with")]
    pub(crate) other: Option<String>,
    /// The node of A, and of B unless `--with` is given [default: each plan's own; for a scenario
    /// the first node of `list`].
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// The node of B.
    #[arg(long, value_name = "NODE")]
    pub(crate) with: Option<String>,
    /// How many records to print before the first difference, and of each run after it.
    #[arg(long, value_name = "N", default_value = "8")]
    pub(crate) lines: usize,
    /// Write both runs as one page, open at the first difference.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) colors: Colors,
}

const DIFF_EXIT: &str = "Exit status: 0 the runs are the same; 1 they differ; 2 bad usage or input; \
                         101 a bug in raftsim.";
