//! The project's own Rafts, which the command knows besides the nodes that it is for: the mutants of
//! the control Raft, and the right Raft with which a node that misses limits is compared.

use raftsim_explore::Runner;
use raftsim_plan::TextError;
use raftsim_raft::Raft;
use raftsim_specimens::Control;
use raftsim_specimens::mutant::{Config, MUTATIONS, Mutation};
use sim_scenarios::{Checks, ScenarioInfo};

use crate::command::nodes::NodeEntry;

/// The mutant named `name`, or the error for an earlier name of a node or a mutant; `None` if the
/// name is neither.
pub(crate) fn named(name: &str, nodes: &[NodeEntry]) -> Option<Result<NodeEntry, TextError>> {
    if let Some(new) = renamed(name, nodes) {
        return Some(Err(TextError::renamed("node", name, &new)));
    }
    let mutation = name.strip_prefix(Control::MUTANT)?;
    Some(find_mutation(mutation).map(mutant))
}

/// The present name of a node that earlier plans and scripts called `name`.
fn renamed(name: &str, nodes: &[NodeEntry]) -> Option<String> {
    if let Some(mutant) = name.strip_prefix("second:") {
        return Some(format!("{}{mutant}", Control::MUTANT));
    }
    let control = nodes.iter().find(|node| node.name() == Control::NAME)?;
    (name == "second").then(|| control.name().to_owned())
}

/// The mutation of this name.
pub(crate) fn find_mutation(name: &str) -> Result<Mutation, TextError> {
    let known: Vec<&str> = MUTATIONS.iter().map(|info| info.name).collect();
    let hint = "`bugs` prints all of them";
    name.parse().map_err(|_| TextError::unlisted("mutant", name, &known, hint))
}

/// The control Raft with one mutation.
pub(crate) fn mutant(mutation: Mutation) -> NodeEntry {
    let name = format!("{}{mutation}", Control::MUTANT);
    NodeEntry::with_config::<Control>(&name, Config::of(mutation))
}

/// The runner of a right Raft, with which nodes are compared: ours.
#[expect(clippy::unnecessary_wraps, reason = "a command without specimens has none")]
pub(crate) fn right(info: &ScenarioInfo, calm: bool, checks: Checks) -> Option<Box<dyn Runner>> {
    Some(NodeEntry::new::<Raft>("raft").runner(info, calm, checks))
}
