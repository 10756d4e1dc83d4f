//! `run`'s arguments.

use std::num::NonZeroU64;

use clap::Args;
use raftsim_explore::Shard;
use sim_scenarios::{Checks, Part};

use super::EXIT;
use super::values::{Jobs, Switch, checks, count, part, seed, shard};

/// Sweep seeds, in parallel: a table, and for each scenario that fails its first seed, the reason
/// and the lines that replay and shrink it.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct RunArgs {
    /// The scenarios to run; all if none is named.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Only the scenarios of this part of the lab, such as 3A.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) lab: Option<Part>,
    /// How many seeds for each scenario.
    #[arg(long, default_value = "1000", value_name = "N", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seeds: NonZeroU64,
    /// The first seed.
    #[arg(long, default_value = "0", value_name = "SEED", value_parser = seed)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) from: u64,
    /// The node under test.
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Run only the K-th of N equal parts of the seeds.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
    /// Run every seed, though some fail.
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Run every seed twice and compare, not only those that fail and one in 64.
    #[arg(long)]
    pub(crate) twice: bool,
    /// Whether a calm phase follows each scenario: all faults stop, and the cluster must recover.
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub(crate) calm: Switch,
    /// What judges the runs: `all`; or `lab`, what the Go lab itself checks, its polls and limits and its
    /// applier, without oracles and without the calm phase.
    #[arg(long, value_name = "all|lab", default_value = "all", value_parser = checks)]
    pub(crate) checks: Checks,
    /// Print JSON lines, an object for each scenario.
    #[arg(long)]
    pub(crate) json: bool,
}
