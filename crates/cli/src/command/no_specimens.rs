//! What stands in for `specimens.rs` in a command that knows no Raft but its own.

use raftsim_explore::Runner;
use raftsim_node::Claims;
use raftsim_plan::TextError;
use sim_scenarios::ScenarioInfo;

use crate::command::nodes::{How, NodeEntry};
use crate::command::without;

/// The error for a mutant; `None` if this is no name of one.
pub(crate) fn named(name: &str, _nodes: &[NodeEntry]) -> Option<Result<NodeEntry, TextError>> {
    name.starts_with("mutant:").then(|| Err(without::error(name, "specimens")))
}

/// None is, here.
pub(crate) fn is_right(_: &NodeEntry) -> bool {
    false
}

/// Nothing: there is no right Raft here.
pub(crate) fn right(_: &ScenarioInfo, _: How, _: &Claims) -> Option<Box<dyn Runner>> {
    None
}
