//! What stands in for `pipe.rs` in a command without programs in other languages.

use raftsim_plan::TextError;

use crate::command::nodes::NodeEntry;
use crate::command::without;

/// The error for a node that is a process.
pub(crate) fn process(name: &str, _command: &str) -> Result<NodeEntry, TextError> {
    Err(without::error(name, "exec"))
}

/// The error for a node that is a program of WASI.
pub(crate) fn wasi(name: &str, _file: &str) -> Result<NodeEntry, TextError> {
    Err(without::error(name, "wasm"))
}
