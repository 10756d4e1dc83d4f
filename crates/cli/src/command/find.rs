//! Finds the node or the scenario with a given name.

use raftsim_plan::TextError;
use sim_scenarios::ScenarioInfo;

use crate::command::nodes::{BLIND, NodeEntry};
use crate::command::once::once;
use crate::command::{go, pipe, specimens};

/// What the name of a Go package begins with.
pub(crate) const GO: &str = "go:";

/// What the name of a program begins with that is run as a process.
const EXEC: &str = "exec:";

/// What the name of a program of WASI begins with.
const WASM: &str = "wasm:";

/// Where what a user registers is known, which a file may name.
pub(crate) const OWN: &str = "one of your own is known only to the program that registers it";

/// The node named `name`, or the variant of a node; the first node if no name is given.
/// `mutant:NAME` is the control Raft with that mutation, `go:FOLDER` the Go package there,
/// `exec:COMMAND` the program that the command starts, and `wasm:FILE` the program of WASI there.
/// `blind:NODE` is that node, whose disks the oracles do not read.
pub(crate) fn find_node(name: Option<&str>, nodes: &[NodeEntry]) -> Result<NodeEntry, TextError> {
    let Some(name) = name else { return Ok(nodes[0].clone()) };
    if let Some(node) = nodes.iter().find(|node| node.name() == name) {
        return Ok(node.clone());
    }
    if let Some(name) = name.strip_prefix(BLIND) {
        return find_node(Some(name), nodes).map(NodeEntry::blind);
    }
    if let Some(folder) = name.strip_prefix(GO) {
        return once(name, || go::node(name, folder));
    }
    if let Some(command) = name.strip_prefix(EXEC) {
        return once(name, || pipe::process(name, command));
    }
    if let Some(file) = name.strip_prefix(WASM) {
        return once(name, || pipe::wasi(name, file));
    }
    if let Some(variant) = nodes.iter().find_map(|node| node.variant(name)) {
        return variant;
    }
    let known = || nodes.iter().map(NodeEntry::name);
    let specimen = specimens::named(name, nodes);
    specimen.unwrap_or_else(|| Err(TextError::unknown("node", name, known())))
}

/// The same; if it is to be `blind`, the oracles do not read its disks.
pub(crate) fn find_seen(
    name: Option<&str>,
    blind: bool,
    nodes: &[NodeEntry],
) -> Result<NodeEntry, TextError> {
    let node = find_node(name, nodes)?;
    Ok(if blind { node.blind() } else { node })
}

/// The scenario of this name that `node` can run. The name may be that of the course's test:
/// `TestBackup3B`.
pub(crate) fn find_scenario(
    name: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
) -> Result<ScenarioInfo, TextError> {
    let known: Vec<ScenarioInfo> = node.scenarios().collect();
    find_among(name, node.name(), &known, nodes)
}

/// The scenario of this name among those that the node named `node` can run.
pub(crate) fn find_among(
    name: &str,
    node: &str,
    known: &[ScenarioInfo],
    nodes: &[NodeEntry],
) -> Result<ScenarioInfo, TextError> {
    if let Some(info) = known.iter().find(|info| info.is_called(name)) {
        return Ok(*info);
    }
    if let Some(owner) = nodes.iter().find(|other| has(other, name)) {
        let owner = owner.name();
        let line = format!("`{name}` is a scenario of {owner}, and {node} does not have it");
        return Err(TextError::new(line));
    }
    // A name of the lab is like another one of the lab.
    let of_lab = |info: &ScenarioInfo| info.mirrors;
    let own = |info: &ScenarioInfo| Some(info.name);
    let like: fn(&ScenarioInfo) -> Option<&'static str> =
        if name.starts_with("Test") { of_lab } else { own };
    let known: Vec<&str> = known.iter().filter_map(like).collect();
    Err(TextError::unlisted("scenario", name, &known, "`list` prints all of them"))
}

/// The scenario that a file names, which another program may have written.
pub(crate) fn find_written(
    name: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
) -> Result<ScenarioInfo, TextError> {
    find_scenario(name, node, nodes).map_err(|error| {
        if is_scenario(name, nodes) {
            return error;
        }
        TextError::new(format!("{error}; {OWN}"))
    })
}

/// Whether a node has a scenario of this name.
pub(crate) fn is_scenario(name: &str, nodes: &[NodeEntry]) -> bool {
    nodes.iter().any(|node| has(node, name))
}

fn has(node: &NodeEntry, name: &str) -> bool {
    node.scenarios().any(|info| info.is_called(name))
}
