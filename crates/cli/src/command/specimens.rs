//! The project's own Rafts, which the command knows besides the nodes that it is for: the mutants of
//! the control Raft, and the right Raft with which a node that misses limits is compared.

use std::any::type_name;

use raftsim_explore::Runner;
use raftsim_node::Claims;
use raftsim_plan::TextError;
use raftsim_raft::Raft;
use raftsim_specimens::Control;
use raftsim_specimens::mutant::{Config, MUTATIONS, Mutation};
use sim_scenarios::ScenarioInfo;

use crate::command::nodes::{How, NodeEntry};

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

/// Whether a node is our Raft, of whatever settings.
pub(crate) fn is_right(node: &NodeEntry) -> bool {
    node.type_name() == type_name::<Raft>()
}

/// The runner of a right Raft, with which a node that makes these `claims` is compared: ours, which asks
/// before it stands for election if the node does. `None` for a scenario of a node's own.
pub(crate) fn right(info: &ScenarioInfo, how: How, claims: &Claims) -> Option<Box<dyn Runner>> {
    let asks = claims.asks_before_standing;
    let config =
        raftsim_raft::Config { pre_vote: asks, protect_leader: asks, ..Default::default() };
    let ours = || NodeEntry::with_config::<Raft>("raft", config);
    (!info.is_own).then(|| ours().runner(info, how))
}
