//! `replay`'s arguments, and how any command names one run.

use clap::Args;
use raftsim_node::{NodeId, Time};
use raftsim_sim::RowTopic;

use super::EXIT;
use super::values::{Switch, seed, server, time, topic};

/// Replay one seed exactly, or a plan, and print what happened: a line a record, a column a server.
///
/// The exit status says what the run did, whatever a plan expects of it.
#[derive(Debug, Args)]
#[command(after_help = EXIT)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) run: Named,
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
    /// Print the verdict alone, and record nothing.
    #[arg(long, conflicts_with_all = ["server", "topic", "since", "until", "log"])]
    pub(crate) quiet: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// One run: a seed of a scenario, or a plan.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The scenario, with its `--seed`; or the file of a plan.
    #[arg(value_name = "NAME|FILE")]
    pub(crate) name: String,
    /// The seed.
    #[arg(long, value_name = "SEED", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// The node under test; a plan's own if not said.
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// Whether the calm phase follows the scenario, as in `run`: it belongs to the run, and to its
    /// digest.
    #[arg(long, value_name = "on|off", default_value = "on", hide_possible_values = true)]
    pub(crate) calm: Switch,
}
