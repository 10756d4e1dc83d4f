//! The arguments of `run`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use raftsim_explore::Shard;
use sim_scenarios::{Checks, Part};

use super::EXIT;
use super::keep::Keep;
use super::values::{
    Blind, Jobs, OnWhat, Repeat, Switch, checks, count, part, repeat, seed, shard,
};
use crate::command::nodes::How;

/// Run scenarios over many seeds, in parallel.
///
/// Prints a table; then, for each scenario that failed, the first failing seed, the reason, and the
/// commands that replay and shrink this run.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct RunArgs {
    /// The scenarios to run [default: all].
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Run only the scenarios of this part of the lab: 3A, 3B, 3C or 3D.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) lab: Option<Part>,
    /// How many seeds to run for each scenario.
    #[arg(long, default_value = "1000", value_name = "N", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seeds: NonZeroU64,
    /// The first seed; the others follow it.
    #[arg(long, default_value = "0", value_name = "SEED", value_parser = seed)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) from: u64,
    /// Run only the seeds that this file lists: numbers between blanks or line ends. `#` begins a
    /// comment.
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["seeds", "from", "shard", "twice", "path", "isolate"])]
    pub(crate) seeds_from: Option<PathBuf>,
    /// The node to test [default: the first node of `list`].
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    #[command(flatten)]
    pub(crate) blind: Blind,
    #[command(flatten)]
    pub(crate) on: OnWhat,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Run only the K-th of N equal parts of the seeds, such as 1/4.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
    /// Run all seeds, even after one has failed.
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Run every seed twice and compare the two runs. Without `--twice`, only each failing seed and
    /// one in 64 of the others are run twice.
    /// With `--twice=process` every seed is run once more in another process, whose runs must be the
    /// same. That process runs once all seeds of the scenario have been run here. `--state` does not
    /// keep what is compared, and is refused.
    #[arg(long, value_name = "process", num_args = 0..=1, require_equals = true)]
    #[arg(default_value = "sampled", default_missing_value = "all", hide_default_value = true)]
    #[arg(value_parser = repeat)]
    pub(crate) twice: Repeat,
    /// Whether the recovery phase follows each scenario: all faults stop, and the cluster must
    /// elect a leader and agree.
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub(crate) calm: Switch,
    /// Which checks judge the runs: `all`, or `lab` for only those of the Go lab itself (its polls,
    /// limits and applier), without our oracles and the recovery phase.
    #[arg(long, value_name = "all|lab", default_value = "all", value_parser = checks)]
    pub(crate) checks: Checks,
    #[command(flatten)]
    pub(crate) keep: Keep,
    /// Keep the lowest seed that broke each property, of each scenario, as a plan in this folder.
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Take what this file lists for the right result: the objects of an earlier `run --json
    /// --keep-going`. The command fails if another seed fails, or a listed one passes or breaks
    /// another property. All seeds are run.
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: Option<PathBuf>,
    /// Write the results to this file as JUnit XML, with a test case for each scenario.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Compile the Go package and run again whenever one of its files is saved, until Ctrl-C. A run
    /// that is under way then is given up.
    #[arg(long, conflicts_with_all = ["path", "isolate"])]
    #[cfg_attr(not(feature = "go"), arg(hide = true))]
    pub(crate) watch: bool,
    /// Print, after the results, into what the time of each scenario went: the node's steps, the
    /// copies of its messages and writes, their digests, the oracles, the world. The seeds are run
    /// once more, without the oracles.
    #[arg(long, conflicts_with_all = ["checks", "path"])]
    pub(crate) profile: bool,
    /// Print, after the results, what the runs of each scenario did: median, 95 % and most of the
    /// time to the first leader, campaigns, changes of leader, requests by topic, bytes and
    /// snapshots; and which faults happened. The seeds are run once more, recorded.
    #[arg(long)]
    pub(crate) measure: bool,
    /// Print one JSON object per scenario, each on a line of its own.
    #[arg(long)]
    pub(crate) json: bool,
}

impl RunArgs {
    /// How each scenario is run.
    pub(crate) fn how(&self) -> How {
        let (calm, conditions) = (self.calm.is_on(), self.on.conditions());
        How { calm, checks: self.checks, conditions }
    }
}
