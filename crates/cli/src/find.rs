//! Who is meant by a name.

use raftsim_explore::plan::TextError;
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::nodes::NodeEntry;

/// The node of this name; the first if none is given.
pub(crate) fn find_node<'a>(
    name: Option<&str>,
    nodes: &'a [NodeEntry],
) -> Result<&'a NodeEntry, TextError> {
    let Some(name) = name else { return Ok(&nodes[0]) };
    let known = nodes.iter().map(NodeEntry::name);
    let found = nodes.iter().find(|node| node.name() == name);
    found.ok_or_else(|| TextError::unknown("node", name, known))
}

/// The scenario of this name.
pub(crate) fn find_scenario(name: &str) -> Result<&'static ScenarioInfo, TextError> {
    let known = SCENARIOS.iter().map(|info| info.name);
    let found = SCENARIOS.iter().find(|info| info.name == name);
    found.ok_or_else(|| TextError::unknown("scenario", name, known))
}
