//! The arguments of `shrink` and `fuzz`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use raftsim_node::Duration;
use sim_scenarios::Part;

use super::EXIT;
use super::replay::Named;
use super::values::{Jobs, Servers, count, part, seed, servers, span};

/// Shrink a failing run to the few steps and fates that still break the same property, and tell them
/// as a story.
#[derive(Debug, Args)]
#[command(after_help = SHRINK_EXIT)]
pub(crate) struct ShrinkArgs {
    #[command(flatten)]
    pub(crate) run: Named,
    #[command(flatten)]
    pub(crate) result: Shrinking,
}

const SHRINK_EXIT: &str = "Exit status: 1 the run fails, and here it is made small; 2 bad usage or \
                           input, or the run holds; 101 a bug in raftsim.";

/// Draw plans at random and play them, until one fails; then shrink it, and write it to a file.
///
/// Each run draws its own configuration first: which kinds of faults there are and how strong, which
/// network, which workload. After the faults a majority is left in peace, and must recover.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct FuzzArgs {
    /// How long to go on, such as 60s, at most 10,000 s; a minute if neither this nor `--runs` is
    /// said.
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "runs")]
    pub(crate) time: Option<Duration>,
    /// How many runs.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) runs: Option<NonZeroU64>,
    /// The first run's seed; each further run takes the next one.
    #[arg(long, default_value = "0", value_name = "SEED", value_parser = seed)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) from: u64,
    /// The node under test.
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// How many servers: a number, or a range such as 1..7.
    #[arg(long, default_value = "1..7", value_name = "N|A..B", value_parser = servers)]
    pub(crate) servers: Servers,
    /// The part of the lab up to which the node is implemented. With 3A no command is proposed, up to
    /// 3B no server crashes, up to 3C no snapshot is taken. [default: what the node declares, else the
    /// whole lab]
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) implements: Option<Part>,
    /// Give every run all kinds of faults, rather than some of them.
    #[arg(long)]
    pub(crate) uniform: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Go on, though some run fails: the first is shrunk in the end.
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) result: Shrinking,
}

/// How a plan is shrunk, and what becomes of it.
#[derive(Debug, Args)]
pub(crate) struct Shrinking {
    /// Where to write the shrunk plan. If not said, `shrink` prints it, and `fuzz` writes it to
    /// `fuzz-NODE-SEED.toml`.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How many runs to spend at most on shrinking.
    #[arg(long, default_value = "20000", value_name = "N", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: NonZeroU64,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
