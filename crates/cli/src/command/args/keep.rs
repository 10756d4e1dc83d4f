//! The options by which results outlive a command.

use std::path::PathBuf;

use clap::Args;

/// How to keep what is found.
#[derive(Debug, Args)]
pub(crate) struct Keep {
    #[command(flatten)]
    pub(crate) state: StateFile,
    /// Run the seeds in a child process. If the node ends that process, the scenario and the seed
    /// are reported.
    #[arg(long)]
    pub(crate) isolate: bool,
}

/// Where to keep what is done.
#[derive(Debug, Args)]
pub(crate) struct StateFile {
    /// Keep what is done in this file, twice a second. The same command goes on from there, however
    /// it was ended, and prints the whole result.
    #[arg(long = "state", value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}
