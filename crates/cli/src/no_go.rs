//! What stands in for `go.rs` in a command without Go packages.

use raftsim_plan::TextError;

use crate::nodes::NodeEntry;

/// What a package is built from. This command builds none.
pub(crate) enum Sources {}

impl Sources {
    pub(crate) fn of(name: &str, _folder: &str) -> Result<Self, TextError> {
        Err(error(name))
    }

    pub(crate) fn stamp(&self) -> u64 {
        match *self {}
    }
}

/// The error for such a node.
pub(crate) fn node(name: &str, _folder: &str) -> Result<NodeEntry, TextError> {
    Err(error(name))
}

fn error(name: &str) -> TextError {
    let how = "this command was built without Go: build it with `--features go`";
    TextError::new(format!("{name}: {how}"))
}
