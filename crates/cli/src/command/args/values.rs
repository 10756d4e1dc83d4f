//! The values that options accept. An error says what was expected.

use std::num::{NonZero, NonZeroU64};
use std::ops::RangeInclusive;
use std::thread;

use clap::{Args, ValueEnum};
use raftsim_explore::Shard;
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{Schedule, TextError};
use raftsim_sim::RowTopic;
use raftsim_sim::text::number;
use sim_scenarios::{Checks, Part};

/// Whether an option is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

impl Switch {
    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// When to print colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

/// Which seeds to run twice, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Those that fail, and some others.
    Sampled,
    /// All.
    All,
    /// All once more in another process; in this one as `Sampled`.
    Process,
}

pub(super) fn repeat(text: &str) -> Result<Repeat, String> {
    match text {
        "sampled" => Ok(Repeat::Sampled),
        "all" => Ok(Repeat::All),
        "process" => Ok(Repeat::Process),
        _ => Err("expected nothing, or process".to_owned()),
    }
}

/// The number of threads.
#[derive(Debug, Args)]
pub(crate) struct Jobs {
    /// How many threads to use [default: one per core].
    #[arg(long, value_name = "N")]
    #[arg(value_parser = jobs, allow_negative_numbers = true)]
    jobs: Option<usize>,
}

impl Jobs {
    pub(crate) fn count(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        self.jobs.unwrap_or_else(cores)
    }
}

/// The numbers of servers that plans have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Servers(pub(crate) RangeInclusive<u8>);

/// A part of the lab. Before 2024 the course called them 2A to 2D.
pub(super) fn part(text: &str) -> Result<Part, String> {
    let now = text.strip_prefix('2').map_or_else(|| text.to_owned(), |letter| format!("3{letter}"));
    let found = Part::ALL.into_iter().find(|part| part.name().eq_ignore_ascii_case(&now));
    let known = Part::ALL.iter().map(|part| part.name());
    found.ok_or_else(|| TextError::unknown("part of the lab", text, known).to_string())
}

fn jobs(text: &str) -> Result<usize, String> {
    let jobs = number(text).filter(|jobs| (1..=1024).contains(jobs));
    jobs.ok_or_else(|| "expected a number of threads, 1 to 1024".to_owned())
}

pub(super) fn count(text: &str) -> Result<NonZeroU64, String> {
    let count = number(text).and_then(NonZeroU64::new);
    count.ok_or_else(|| format!("expected a count, 1 to {}", u64::MAX))
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    number(text).ok_or_else(|| format!("expected a seed, 0 to {}", u64::MAX))
}

/// A filter of `tracing` events. An empty one would select nothing.
pub(super) fn filter(text: &str) -> Result<String, String> {
    let is_empty = text.trim().is_empty();
    if is_empty { Err("expected a filter such as debug".to_owned()) } else { Ok(text.to_owned()) }
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(part, of)| {
        let shard = Shard { part: number(part)?, of: number(of)? };
        (1..=shard.of).contains(&shard.part).then_some(shard)
    });
    parsed.ok_or_else(|| "expected K/N, the K-th of N parts, such as 1/4".to_owned())
}

pub(super) fn server(text: &str) -> Result<NodeId, String> {
    let number = number(text.strip_prefix('n').unwrap_or(text)).filter(|&number| number > 0);
    number.map(NodeId::new).ok_or_else(|| "expected a server such as n1".to_owned())
}

pub(super) fn topic(text: &str) -> Result<RowTopic, String> {
    let found = RowTopic::ALL.into_iter().find(|(name, _)| *name == text);
    let known = RowTopic::ALL.iter().map(|(name, _)| *name);
    found
        .map(|(_, topic)| topic)
        .ok_or_else(|| TextError::unknown("topic", text, known).to_string())
}

pub(super) fn servers(text: &str) -> Result<Servers, String> {
    let most = Schedule::MOST;
    let number = |text: &str| number(text).filter(|number| (1..=most).contains(number));
    let range = match text.split_once("..") {
        Some((least, most)) => number(least).zip(number(most)),
        None => number(text).map(|number| (number, number)),
    };
    let range = range.filter(|(least, most)| least <= most);
    range.map(|(least, most)| Servers(least..=most)).ok_or_else(|| {
        format!("expected a number of servers, 1 to {most}, or a range such as 3..7")
    })
}

pub(super) fn checks(text: &str) -> Result<Checks, String> {
    match text {
        "all" => Ok(Checks::All),
        "lab" => Ok(Checks::Lab),
        _ => Err("expected all or lab".to_owned()),
    }
}

/// A span of real time above 0: as in plans, but of any length.
pub(super) fn long_span(text: &str) -> Result<Duration, String> {
    let span = raftsim_plan::long_span(text).map_err(|error| error.to_string())?;
    if span == Duration::ZERO { Err("expected a time above 0".to_owned()) } else { Ok(span) }
}

/// A virtual time as in plans, or a number of seconds.
pub(super) fn time(text: &str) -> Result<Time, String> {
    let is_plain = text.ends_with(|last: char| last.is_ascii_digit());
    let unit = if is_plain { "s" } else { "" };
    raftsim_plan::time(&format!("{text}{unit}")).map_err(|error| error.to_string())
}
