//! The arguments of `replay`, and those with which several commands name one run.

use std::path::PathBuf;

use clap::Args;
use raftsim_node::{NodeId, Time};
use raftsim_sim::RowTopic;

use super::Colors;
use super::values::{Blind, OnWhat, Switch, filter, seed, server, time, topic};

/// Run one seed or one plan again, exactly, and print what happened.
///
/// Prints one line for each record (a thing that happened) and one column for each server. The exit
/// status depends only on whether the run passes, not on the result that a plan expects.
///
/// Of several plan files, or of a folder of them, it prints a line for each plan instead: whether it
/// still does what its file says. A plan that `guards` a property must pass; one that `breaks` a
/// property must break nothing else.
#[derive(Debug, Args)]
#[command(after_help = REPLAY_EXIT)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) run: Named,
    /// More plan files, or folders: each file there that ends in `.toml` is a plan.
    #[arg(value_name = "FILE")]
    pub(crate) more: Vec<String>,
    /// Fail also if a plan that `breaks` a property passes; a line for each plan, even for one.
    #[arg(long)]
    pub(crate) still_breaks: bool,
    /// Show only the records of these servers, such as n1,n3, and those of the whole
    /// cluster. With `--at`, show these servers alone.
    #[arg(long, value_name = "SERVERS", value_delimiter = ',', value_parser = server)]
    pub(crate) server: Vec<NodeId>,
    /// Show only these topics: timer, vote, append, snapshot, message, fault, role, disk, client,
    /// apply, note, log, check.
    #[arg(long, value_name = "TOPICS", value_delimiter = ',', value_parser = topic)]
    pub(crate) topic: Vec<RowTopic>,
    /// Show only what happens from this virtual time on, such as 1.5s or 300ms.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<Time>,
    /// Show only what happens up to this virtual time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<Time>,
    /// Show also what the program of a server printed, at the virtual moment at which it did (topic
    /// `log`). With a filter, such as `debug` or `raftsim=info,my_raft=trace`, print also on stderr
    /// the `tracing` events that it selects, with virtual times.
    #[arg(long, value_name = "FILTER", num_args = 0..=1, value_parser = filter)]
    #[expect(clippy::option_option, reason = "the option may stand without a value")]
    pub(crate) log: Option<Option<String>>,
    /// Print, in place of the trace, the state at this virtual time, after everything that happens
    /// in that microsecond: each server with its timer, its disk and what it shows of its memory,
    /// the links that are cut, and the messages in flight. The run ends there.
    #[arg(long, value_name = "TIME", value_parser = time)]
    #[arg(conflicts_with_all = ["topic", "since", "until", "log", "html", "quiet"])]
    #[arg(conflicts_with_all = ["trace", "mermaid", "records", "width", "junit"])]
    pub(crate) at: Option<Time>,
    /// Write the run as a page: one HTML file that a browser shows, with nothing to fetch.
    /// `--since` and `--until` cut it.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the run as trace events, in Chrome's form, which Perfetto reads. `--since` and
    /// `--until` cut it.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Print a Mermaid sequence diagram, as GitHub draws it in an issue, of the records that would
    /// be shown.
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    pub(crate) mermaid: bool,
    /// Cut lines after this many characters, and fold lines that repeat others; 0: print all lines
    /// whole [default: the width of the terminal; 0 in a pipe or a file].
    #[arg(long, value_name = "COLUMNS", conflicts_with_all = ["json", "mermaid", "quiet"])]
    pub(crate) width: Option<usize>,
    #[command(flatten)]
    pub(crate) colors: Colors,
    /// Do not use a pager (`$RAFTSIM_PAGER`, `$PAGER`, or `less -FRX`) for more lines than the
    /// terminal shows.
    #[arg(long)]
    pub(crate) no_pager: bool,
    /// Write the result to this file as JUnit XML, with a test case for each run.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print only the verdict.
    #[arg(long, conflicts_with_all = ["server", "topic", "since", "until", "log"])]
    pub(crate) quiet: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print before that one JSON object for each record that would be shown.
    #[arg(long, requires = "json", conflicts_with = "quiet")]
    pub(crate) records: bool,
}

const REPLAY_EXIT: &str = "Exit status: 0 the run passed, or each plan did as its file says; 1 it \
                           failed; 2 bad usage or input; 101 a bug in raftsim. With `--at` it is 1 \
                           if the run has failed by then.";

impl Named {
    /// The run of this plan file, or of this scenario and seed, with its recovery phase.
    pub(crate) fn new(name: String, seed: Option<u64>, node: Option<String>) -> Self {
        Self { name, seed, node, blind: Blind::default(), calm: Switch::On, on: OnWhat::OWN }
    }
}

/// One run: a seed of a scenario, or a plan.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The name of a scenario, together with `--seed`, or with the seed after a colon; or a plan file.
    #[arg(value_name = "NAME|FILE")]
    pub(crate) name: String,
    /// The seed of the scenario.
    #[arg(long, value_name = "SEED", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// The node to test [default: the plan's own; for a scenario the first node of `list`].
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    #[command(flatten)]
    pub(crate) blind: Blind,
    /// Whether the recovery phase follows the scenario, as in `run`. The recovery phase is part of
    /// the run, so give the value that `run` had.
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub(crate) calm: Switch,
    #[command(flatten)]
    pub(crate) on: OnWhat,
}
