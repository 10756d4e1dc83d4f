//! Nodes that are programs in any language, started once as soon as they are named.

use std::sync::Arc;

use raftsim_pipe::{Lab, PipeNode, Program, ProgramError};
use raftsim_plan::TextError;
use sim_scenarios::Part;

use crate::command::nodes::NodeEntry;

/// The node whose servers are processes that `command` starts.
pub(crate) fn process(name: &str, command: &str) -> Result<NodeEntry, TextError> {
    node(name, Program::command(command))
}

/// The node whose servers run the program of WASI in `file`.
#[cfg(feature = "wasm")]
pub(crate) fn wasi(name: &str, file: &str) -> Result<NodeEntry, TextError> {
    node(name, Program::wasi(std::path::Path::new(file), &crate::command::once::cache()))
}

/// The error for such a node in a command without WebAssembly.
#[cfg(not(feature = "wasm"))]
pub(crate) fn wasi(name: &str, _file: &str) -> Result<NodeEntry, TextError> {
    Err(crate::command::without::error(name, "wasm"))
}

fn node(name: &str, program: Result<Arc<Program>, ProgramError>) -> Result<NodeEntry, TextError> {
    let program = program.map_err(|error| TextError::new(format!("{name}: {error}")))?;
    let part = match program.implements() {
        Some(Lab::A) => Part::A,
        Some(Lab::B) => Part::B,
        Some(Lab::C) => Part::C,
        Some(Lab::D) | None => Part::D,
    };
    let version = format!("{:016x}", program.digest());
    let node = NodeEntry::with_config::<PipeNode>(name, Some(program));
    Ok(node.up_to(part).with_version(version))
}
