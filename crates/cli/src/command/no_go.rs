//! What stands in for `go.rs` in a command without Go packages.

use raftsim_plan::TextError;

use crate::command::nodes::NodeEntry;
use crate::command::without;

/// What a package is built from. This command builds none.
pub(crate) enum Sources {}

impl Sources {
    pub(crate) fn of(name: &str, _folder: &str) -> Result<Self, TextError> {
        Err(without::error(name, "go"))
    }

    pub(crate) fn stamp(&self) -> u64 {
        match *self {}
    }
}

/// The error for such a node.
pub(crate) fn node(name: &str, _folder: &str) -> Result<NodeEntry, TextError> {
    Err(without::error(name, "go"))
}
