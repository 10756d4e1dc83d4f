//! What stands in for `specimens.rs` in a command that knows no Raft but its own.

use raftsim_explore::Runner;
use raftsim_plan::TextError;
use sim_scenarios::{Checks, ScenarioInfo};

use crate::command::nodes::NodeEntry;
use crate::command::without;

/// The error for a mutant; `None` if this is no name of one.
pub(crate) fn named(name: &str, _nodes: &[NodeEntry]) -> Option<Result<NodeEntry, TextError>> {
    name.starts_with("mutant:").then(|| Err(without::error(name, "specimens")))
}

/// Nothing: there is no right Raft here.
pub(crate) fn right(_: &ScenarioInfo, _calm: bool, _: Checks) -> Option<Box<dyn Runner>> {
    None
}
