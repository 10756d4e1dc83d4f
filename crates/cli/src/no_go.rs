//! What stands in for `go.rs` in a command without Go packages.

use raftsim_plan::TextError;

use crate::nodes::NodeEntry;

/// The error for such a node.
pub(crate) fn node(name: &str, _folder: &str) -> Result<NodeEntry, TextError> {
    let how = "this command was built without Go: build it with `--features go`";
    Err(TextError::new(format!("{name}: {how}")))
}
