//! The arguments of `shrink` and `fuzz`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use raftsim_node::{Duration, Time};
use sim_scenarios::Part;

use super::keep::Keep;
use super::replay::Named;
use super::values::{Blind, Jobs, Servers, count, long_span, part, seed, servers, time, whole};

/// Shrink a failing run to the few faults that are needed to break the same property.
///
/// Prints what is left as a short story: the steps of the plan, the fates of single messages, and
/// the two facts that contradict each other.
#[derive(Debug, Args)]
#[command(after_help = SHRINK_EXIT)]
pub(crate) struct ShrinkArgs {
    #[command(flatten)]
    pub(crate) run: Named,
    #[command(flatten)]
    pub(crate) result: ShrinkOptions,
    /// The most runs that shrinking may use.
    #[arg(long, default_value = "20000", value_name = "N", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: NonZeroU64,
    /// At most how long to shrink, such as 90s or 15m; the smallest plan so far is the result.
    #[arg(long, value_name = "SPAN", value_parser = long_span)]
    pub(crate) time: Option<Duration>,
    /// Write the shrunk run as a page: one HTML file that a browser shows, with nothing to fetch.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Let the page begin at this virtual time, such as 1.5s or 300ms, with the state at it.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "html")]
    pub(crate) since: Option<Time>,
    /// Let the page end at this virtual time.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "html")]
    pub(crate) until: Option<Time>,
}

const SHRINK_EXIT: &str = "Exit status: 1 the run failed, shrunk or not; 2 bad usage or input, or \
                           the run passed; 101 a bug in raftsim.";

const FUZZ_EXIT: &str = "Exit status: 0 everything passed; 1 something failed; 2 bad usage or \
                         input; 101 a bug in raftsim; 130 stopped by a signal, and nothing had \
                         failed.";

/// Play plans drawn at random until one fails; then shrink it, and write it to a file.
///
/// Each plan has its own mix: which kinds of faults happen and how often, what the network is like,
/// and what is proposed. At the end all faults stop for a majority of the servers, which must
/// recover.
#[derive(Debug, Args)]
#[command(after_help = FUZZ_EXIT)]
pub(crate) struct FuzzArgs {
    /// How long to search, such as 90s, 15m or 8h [default: 60s, unless `--runs` is given].
    #[arg(long, value_name = "SPAN", value_parser = long_span, conflicts_with = "runs")]
    pub(crate) time: Option<Duration>,
    /// How many plans to play.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) runs: Option<NonZeroU64>,
    /// The seed of the first plan; each further plan takes the next seed.
    #[arg(long, default_value = "0", value_name = "SEED", value_parser = seed)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) from: u64,
    /// The node to test [default: the first node of `list`].
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    #[command(flatten)]
    pub(crate) blind: Blind,
    /// How many servers a plan has, up to 255: a number, or a range such as 3..5, both ends included.
    #[arg(long, default_value = "1..7", value_name = "N|A..B", value_parser = servers)]
    pub(crate) servers: Servers,
    /// The part of the lab up to which the node is implemented: 3A, 3B, 3C or 3D. With 3A no
    /// command is proposed; with 3A or 3B no server crashes; snapshots are taken only with 3D
    /// [default: what the node declares, else the whole lab].
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) implements: Option<Part>,
    /// Let every plan use all kinds of faults, instead of a random selection of them.
    #[arg(long)]
    pub(crate) uniform: bool,
    /// Play each plan that passes again, with a crash of a server between two writes of one step: at
    /// up to N such places, at one of them each time. 0 plays none again [default: at one place, for
    /// one plan in 32].
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub(crate) crash_points: Option<u64>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    /// Write the result to this file as JUnit XML, with a test case for each property that a plan broke.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Play all plans, even after one has failed. The first one that broke each property is shrunk
    /// at the end.
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) keep: Keep,
    #[command(flatten)]
    pub(crate) result: FuzzOptions,
    /// The most runs that shrinking a plan may use; 0 keeps plans as they were drawn.
    #[arg(long, default_value = "20000", value_name = "N", value_parser = whole)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: u64,
    /// Write beside each plan also its run as a page: one HTML file that a browser shows, with
    /// nothing to fetch.
    #[arg(long)]
    pub(crate) html: bool,
}

/// Where `shrink` puts the plan.
#[derive(Debug, Args)]
pub(crate) struct ShrinkOptions {
    /// The file for the shrunk plan, which is printed without it.
    #[arg(short, long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) output: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where `fuzz` puts the plans.
#[derive(Debug, Args)]
pub(crate) struct FuzzOptions {
    /// The file for the first plan that fails, or a folder for all, which exists or ends in `/`. Each
    /// plan is written as it was drawn, and then the shrunk plan in its place. Without it their files
    /// are called `fuzz-NODE-SEED.toml`.
    #[arg(short, long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) output: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
