//! The node or the scenario that a name means.

use raftsim_plan::TextError;
use raftsim_specimens::Control;
use raftsim_specimens::mutant::MUTATIONS;
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::nodes::NodeEntry;

/// The node of this name; the first if none is given. `mutant:NAME` is the control Raft with that
/// mutation.
pub(crate) fn find_node(name: Option<&str>, nodes: &[NodeEntry]) -> Result<NodeEntry, TextError> {
    let Some(name) = name else { return Ok(nodes[0].clone()) };
    if let Some(node) = nodes.iter().find(|node| node.name() == name) {
        return Ok(node.clone());
    }
    if let Some(new) = renamed(name, nodes) {
        return Err(TextError::renamed("node", name, &new));
    }
    let Some(mutant) = name.strip_prefix(Control::MUTANT) else {
        return Err(TextError::unknown("node", name, nodes.iter().map(NodeEntry::name)));
    };
    let known = MUTATIONS.iter().map(|info| info.name);
    let mutation = mutant.parse().map_err(|_| TextError::unknown("mutant", mutant, known))?;
    Ok(NodeEntry::mutant(mutation))
}

/// The name of now for a node that earlier plans and scripts called `name`.
fn renamed(name: &str, nodes: &[NodeEntry]) -> Option<String> {
    if let Some(mutant) = name.strip_prefix("second:") {
        return Some(format!("{}{mutant}", Control::MUTANT));
    }
    let control = nodes.iter().find(|node| node.name() == Control::NAME)?;
    (name == "second").then(|| control.name().to_owned())
}

/// The scenario of this name.
pub(crate) fn find_scenario(name: &str) -> Result<&'static ScenarioInfo, TextError> {
    let known = SCENARIOS.iter().map(|info| info.name);
    let found = SCENARIOS.iter().find(|info| info.name == name);
    found.ok_or_else(|| TextError::unknown("scenario", name, known))
}
