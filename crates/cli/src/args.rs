//! The command line.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::builder::RangedU64ValueParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use raftsim_explore::Shard;
use raftsim_explore::plan::Schedule;
use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::RowTopic;
use sim_scenarios::Part;

use crate::bad::Bad;
use crate::nodes::NodeEntry;

/// Deterministic simulation testing for Raft: the 6.824 lab tests over thousands of seeds, every
/// failure replayable exactly.
///
/// Without a command: `run`, all scenarios over 1,000 seeds each.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT)]
struct Cli {
    #[command(subcommand)]
    command: Option<Verb>,
}

const EXIT: &str = "Exit status: 0 all held; 1 something failed; 2 bad usage or input; 101 a bug \
                    in raftsim.";

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(ListArgs),
    Run(RunArgs),
    Replay(ReplayArgs),
    Shrink(ShrinkArgs),
    Fuzz(FuzzArgs),
}

/// Whether something is done.
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

/// List every scenario and every node.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Print JSON lines, an object for each scenario and each node.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Sweep seeds, in parallel: a table, and for each scenario that fails its first seed, the reason
/// and the line that replays it.
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
    /// How many threads; as many as there are cores if not said.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub(crate) jobs: Option<usize>,
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
    /// Print JSON lines, an object for each scenario.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Replay one seed exactly, or a plan, and print what happened: a line a record, a column a server.
///
/// The exit status says what the run did, whatever a plan expects of it.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct ReplayArgs {
    /// The scenario, with its `--seed`; or the file of a plan.
    #[arg(value_name = "NAME|FILE")]
    pub(crate) name: String,
    /// The seed.
    #[arg(long, value_name = "SEED", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// The node under test; a plan's own if not said.
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// Show only these servers, such as n1,n3 (and what is about the world).
    #[arg(long, value_name = "SERVERS", value_delimiter = ',', value_parser = server)]
    pub(crate) server: Vec<NodeId>,
    /// Show only these topics: timer, vote, append, snapshot, message, fault, role, disk, client,
    /// apply, note, check.
    #[arg(long, value_name = "TOPICS", value_delimiter = ',', value_parser = topic)]
    pub(crate) topic: Vec<RowTopic>,
    /// Show nothing before this time, such as 1.5s or 300ms.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<Time>,
    /// Show nothing after this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<Time>,
    /// Tell `tracing` events on stderr, those of the node too, stamped with virtual time, such as
    /// `debug` or `raftsim=info,my_raft=trace`.
    #[arg(long, value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// Whether the calm phase follows the scenario, as in `run`: it belongs to the run, and to its
    /// digest.
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub(crate) calm: Switch,
    /// Print the verdict alone, and record nothing.
    #[arg(long, conflicts_with_all = ["server", "topic", "since", "until", "log"])]
    pub(crate) quiet: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shrink a failing run to the few steps and fates that still break the same property, and tell them
/// as a story.
#[derive(Debug, Args)]
#[command(after_help = SHRINK_EXIT)]
pub(crate) struct ShrinkArgs {
    /// The scenario, with its `--seed`; or the file of a plan.
    #[arg(value_name = "NAME|FILE")]
    pub(crate) name: String,
    /// The seed.
    #[arg(long, value_name = "SEED", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// The node under test; a plan's own if not said.
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// Whether the calm phase follows the scenario.
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub(crate) calm: Switch,
    /// Write the plan to this file, rather than print it.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How many runs to spend at most.
    #[arg(long, default_value = "20000", value_name = "N", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) budget: NonZeroU64,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
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
    /// How long to go on, such as 60s; a minute if neither this nor `--runs` is said.
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "runs")]
    pub(crate) time: Option<Duration>,
    /// How many runs.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) runs: Option<NonZeroU64>,
    /// The first run's seed; the others follow it.
    #[arg(long, default_value = "0", value_name = "SEED", value_parser = seed)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The node under test.
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// How many servers: a number, or a range such as 1..7.
    #[arg(long, default_value = "1..7", value_name = "N|A..B", value_parser = servers)]
    pub(crate) servers: Servers,
    /// The part of the lab that the node does: 3A proposes nothing, 3B crashes nobody, 3C makes no
    /// snapshots. All of it if not said, and the node does not say.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) lab: Option<Part>,
    /// Give every run all kinds of faults, rather than some of them.
    #[arg(long)]
    pub(crate) uniform: bool,
    /// How many threads; as many as there are cores if not said.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub(crate) jobs: Option<usize>,
    /// Go on, though some run fails: the first is shrunk in the end.
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Where to write the shrunk plan; `fuzz-NODE-SEED.toml` if not said.
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

/// How many servers runs have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Servers(pub(crate) RangeInclusive<u8>);

/// Reads the command line: the program's name, and what to do.
pub(crate) fn parse(
    arguments: impl Iterator<Item = OsString>,
    nodes: &[NodeEntry],
) -> Result<(String, Verb), Bad> {
    let arguments: Vec<OsString> = arguments.collect();
    let program = arguments.first().map(Path::new).and_then(Path::file_stem);
    let program = program.map_or("raftsim".into(), |name| name.to_string_lossy().into_owned());
    let known: Vec<&str> = nodes.iter().map(NodeEntry::name).collect();
    let about = format!("Nodes: {} (the first if not said).\n{EXIT}", known.join(", "));
    let command = Cli::command().after_help(about);
    let matches = command.try_get_matches_from(arguments).map_err(|error| bad(&error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| bad(&error))?;
    if let Some(command) = cli.command {
        return Ok((program, command));
    }
    // No command at all is `run` with nothing said.
    let matches = Cli::command().get_matches_from([program.as_str(), "run"]);
    let cli = Cli::from_arg_matches(&matches).map_err(|error| bad(&error))?;
    Ok((program, cli.command.expect("`run` is a command")))
}

/// clap's error in one line; its help as it is.
fn bad(error: &clap::Error) -> Bad {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Bad::Told(error.to_string());
    }
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let told: Vec<&str> = lines.take_while(|line| !line.starts_with("Usage:")).collect();
    let told: Vec<&str> = told.into_iter().filter(|line| !line.starts_with("For more")).collect();
    let line = told.join(" ").replace(" tip: ", "; tip: ");
    Bad::Usage(line.strip_prefix("error: ").unwrap_or(&line).to_owned())
}

fn part(text: &str) -> Result<Part, String> {
    let found = Part::ALL.into_iter().find(|part| part.name().eq_ignore_ascii_case(text));
    let known = Part::ALL.iter().map(|part| part.name());
    found.ok_or_else(|| Bad::unknown("part of the lab", text, known).to_string())
}

fn count(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| format!("expected a count, 1 to {}", u64::MAX))
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a seed, 0 to {}", u64::MAX))
}

fn shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(part, of)| {
        let shard = Shard { part: part.parse().ok()?, of: of.parse().ok()? };
        (1..=shard.of).contains(&shard.part).then_some(shard)
    });
    parsed.ok_or_else(|| "expected K/N, the K-th of N parts, such as 1/4".to_owned())
}

fn server(text: &str) -> Result<NodeId, String> {
    let number = text.strip_prefix('n').unwrap_or(text).parse().ok().filter(|&number| number > 0);
    number.map(NodeId::new).ok_or_else(|| "expected a server such as n1".to_owned())
}

fn topic(text: &str) -> Result<RowTopic, String> {
    let found = RowTopic::ALL.into_iter().find(|(name, _)| *name == text);
    let known = RowTopic::ALL.iter().map(|(name, _)| *name);
    found.map(|(_, topic)| topic).ok_or_else(|| Bad::unknown("topic", text, known).to_string())
}

fn servers(text: &str) -> Result<Servers, String> {
    let most = Schedule::MOST;
    let number = |text: &str| text.parse().ok().filter(|number| (1..=most).contains(number));
    let range = match text.split_once("..") {
        Some((least, most)) => number(least).zip(number(most)),
        None => number(text).map(|number| (number, number)),
    };
    let range = range.filter(|(least, most)| least <= most);
    range
        .map(|(least, most)| Servers(least..=most))
        .ok_or_else(|| format!("expected how many servers, 1 to {most}, such as 5 or 3..7"))
}

fn span(text: &str) -> Result<Duration, String> {
    let span = time(text).map_err(|_| "expected a span such as 60s or 500ms".to_owned())?;
    Some(span.since(Time::ZERO))
        .filter(|&span| span > Duration::ZERO)
        .ok_or_else(|| "expected more than no time".to_owned())
}

/// A virtual time: `1.5s`, `300ms`, or plain seconds; in integers, to the nanosecond.
fn time(text: &str) -> Result<Time, String> {
    let bad = || "expected a time such as 1.5s or 300ms".to_owned();
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1_000_000),
        None => (text.strip_suffix('s').unwrap_or(text), 1_000_000_000),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().map_err(|_| bad())?;
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(bad());
    }
    let part: u64 = format!("{fraction:0<9}").parse().map_err(|_| bad())?;
    let nanos = whole
        .checked_mul(unit)
        .and_then(|whole| whole.checked_add(part.checked_mul(unit)? / 1_000_000_000));
    nanos.map(Time::from_nanos).ok_or_else(bad)
}
