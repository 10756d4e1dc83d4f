//! Finds the node or the scenario with a given name.

use raftsim_plan::TextError;
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::command::nodes::NodeEntry;
use crate::command::once::once;
use crate::command::{go, pipe, specimens};

/// What the name of a Go package begins with.
pub(crate) const GO: &str = "go:";

/// What the name of a program begins with that is run as a process.
const EXEC: &str = "exec:";

/// What the name of a program of WASI begins with.
const WASM: &str = "wasm:";

/// The node named `name`, or the variant of a node; the first node if no name is given.
/// `mutant:NAME` is the control Raft with that mutation, `go:FOLDER` the Go package there,
/// `exec:COMMAND` the program that the command starts, and `wasm:FILE` the program of WASI there.
pub(crate) fn find_node(name: Option<&str>, nodes: &[NodeEntry]) -> Result<NodeEntry, TextError> {
    let Some(name) = name else { return Ok(nodes[0].clone()) };
    if let Some(node) = nodes.iter().find(|node| node.name() == name) {
        return Ok(node.clone());
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

/// The scenario of this name, which may be that of the course's test: `TestBackup3B`.
pub(crate) fn find_scenario(name: &str) -> Result<&'static ScenarioInfo, TextError> {
    let known: Vec<&str> = SCENARIOS.iter().map(|info| info.name).collect();
    let found = SCENARIOS.iter().find(|info| info.name == name || mirrors(info, name));
    found.ok_or_else(|| TextError::unlisted("scenario", name, &known, "`list` prints all of them"))
}

/// Whether the course calls a scenario `name`, or did: before 2024 the parts of the lab were 2A to
/// 2D, and in 2023 the names of two tests began with `For2023`.
fn mirrors(info: &ScenarioInfo, name: &str) -> bool {
    let name = name.strip_prefix("For2023").unwrap_or(name);
    info.mirrors.is_some_and(|test| test == name || earlier(test).as_deref() == Some(name))
}

/// The name that a test had before 2024: `TestBackup2B` is now `TestBackup3B`.
fn earlier(test: &str) -> Option<String> {
    let (start, part) = test.split_at_checked(test.len().checked_sub(2)?)?;
    Some(format!("{start}2{}", part.strip_prefix('3')?))
}
