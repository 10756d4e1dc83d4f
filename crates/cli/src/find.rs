//! Who is meant by a name.

use raftsim_plan::TextError;
use raftsim_specimens::mutant::BUGS;
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::nodes::NodeEntry;

/// The node of this name; the first if none is given. A bug's, `second:NAME`, is the second Raft with
/// that bug planted.
pub(crate) fn find_node(name: Option<&str>, nodes: &[NodeEntry]) -> Result<NodeEntry, TextError> {
    let Some(name) = name else { return Ok(nodes[0].clone()) };
    if let Some(node) = nodes.iter().find(|node| node.name() == name) {
        return Ok(node.clone());
    }
    let Some(bug) = name.strip_prefix(NodeEntry::PLANTED) else {
        return Err(TextError::unknown("node", name, nodes.iter().map(NodeEntry::name)));
    };
    let known = BUGS.iter().map(|info| info.name);
    let bug = bug.parse().map_err(|_| TextError::unknown("bug", bug, known))?;
    Ok(NodeEntry::planted(bug))
}

/// The scenario of this name.
pub(crate) fn find_scenario(name: &str) -> Result<&'static ScenarioInfo, TextError> {
    let known = SCENARIOS.iter().map(|info| info.name);
    let found = SCENARIOS.iter().find(|info| info.name == name);
    found.ok_or_else(|| TextError::unknown("scenario", name, known))
}
