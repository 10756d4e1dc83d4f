//! The values that options accept. An error says what was expected.

use std::fs;
use std::io::ErrorKind;
use std::num::{NonZero, NonZeroU64};
use std::ops::RangeInclusive;
use std::thread;

use clap::{Args, ValueEnum};
use raftsim_explore::Shard;
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{Conditions, Schedule, TextError};
use raftsim_sim::text::number;
use raftsim_sim::{Delays, LinkSettings, RowTopic};
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

    /// The number that was asked for.
    pub(crate) fn asked(&self) -> Option<usize> {
        self.jobs
    }
}

/// Whether the oracles read the disks.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Blind {
    /// Do not let the oracles read the disks, as if no disk offered a view. What fails all the same
    /// shows in what servers send, apply and report. The same as the node `blind:NODE`.
    #[arg(long)]
    blind: bool,
}

impl Blind {
    /// Whether the oracles are not to read them.
    pub(crate) fn is_on(self) -> bool {
        self.blind
    }
}

/// The cluster that a scenario runs on, where it is not the scenario's own.
#[derive(Clone, Debug, Args)]
pub(crate) struct OnWhat {
    /// Run the scenario with N servers, 1 to 255, instead of with its own number. Not every scenario
    /// can: `list` shows which numbers each takes.
    #[arg(long, value_name = "N", value_parser = size)]
    servers: Option<u8>,
    /// Run the whole scenario on this network, instead of on its own. The words are those of a plan,
    /// such as "latency 0.040s..0.050s". The recovery phase is on a reliable network. Not every
    /// scenario can: `list` says which do. A correct Raft may then miss the lab's limits.
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    network: Option<LinkSettings>,
    /// Let messages take the delays in this file, besides what the network does to them, to the end of
    /// the run: a line for each server, which lists the delays of what it sends to n1, to n2, …, such
    /// as "- 45ms 0.120s..0.125s". There are as many servers as lines. Not every scenario can: those
    /// that take this number of servers, and any network.
    #[arg(long, value_name = "FILE", value_parser = delays, conflicts_with = "servers")]
    delays: Option<DelaysFile>,
}

/// Delays, and the file from which they were read.
#[derive(Clone, Debug)]
pub(crate) struct DelaysFile {
    pub(crate) file: String,
    pub(crate) delays: Delays,
}

impl OnWhat {
    pub(crate) fn conditions(&self) -> Conditions {
        let delays = self.delays.as_ref().map(|it| it.delays.clone());
        let servers = self.servers.or(delays.as_ref().map(Delays::size));
        Conditions { servers, network: self.network, delays }
    }

    /// The file of the delays, if they are not all zero.
    pub(crate) fn delays_file(&self) -> Option<&str> {
        let delays = self.delays.as_ref().filter(|it| !it.delays.are_zero());
        delays.map(|it| it.file.as_str())
    }

    /// What the scenario has of its own.
    pub(crate) const OWN: Self = Self { servers: None, network: None, delays: None };

    /// The first of its options that is given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let Self { servers, network, delays } = self;
        let servers = servers.map(|_| "--servers");
        let network = network.map(|_| "--network");
        servers.or(network).or(delays.as_ref().map(|_| "--delays"))
    }

    /// The words of these options on a command line.
    pub(crate) fn words(&self) -> Vec<String> {
        let Self { servers, network, delays } = self;
        let servers = servers.map(|servers| ["--servers".to_owned(), servers.to_string()]);
        let network = network.map(|network| ["--network".to_owned(), network.to_string()]);
        let delays = delays.as_ref().map(|it| ["--delays".to_owned(), it.file.clone()]);
        [servers, network, delays].into_iter().flatten().flatten().collect()
    }

    /// What the words do not say: the delays that were read from the file, in one line; empty without
    /// such a file.
    pub(crate) fn unsaid(&self) -> String {
        let rows = |it: &DelaysFile| it.delays.rows().collect::<Vec<_>>().join(", ");
        self.delays.as_ref().map_or(String::new(), |it| format!(" ({})", rows(it)))
    }
}

fn delays(file: &str) -> Result<DelaysFile, String> {
    let text = fs::read_to_string(file).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            "there is no such file".to_owned()
        } else {
            error.to_string()
        }
    })?;
    let delays = Delays::read(&text).map_err(|error| error.to_string())?;
    Ok(DelaysFile { file: file.to_owned(), delays })
}

fn size(text: &str) -> Result<u8, String> {
    let size = number(text).filter(|size| (1..=Schedule::MOST).contains(size));
    size.ok_or_else(|| format!("expected a number of servers, 1 to {}", Schedule::MOST))
}

fn network(text: &str) -> Result<LinkSettings, String> {
    text.parse().map_err(|error: TextError| error.to_string())
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

pub(super) fn whole(text: &str) -> Result<u64, String> {
    number(text).ok_or_else(|| format!("expected a number, 0 to {}", u64::MAX))
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
