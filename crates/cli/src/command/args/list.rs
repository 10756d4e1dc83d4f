//! The arguments of `list`.

use clap::Args;
use sim_scenarios::Part;

use super::values::part;

/// List all scenarios and all nodes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List only the scenarios of this part of the lab: 3A, 3B, 3C or 3D.
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) lab: Option<Part>,
    /// Print one JSON object per scenario and per node, each on a line of its own.
    #[arg(long)]
    pub(crate) json: bool,
}
