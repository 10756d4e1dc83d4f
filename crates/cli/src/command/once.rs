//! Nodes that are made when they are named: a Go package, a program. Each is made once in a process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use raftsim_plan::TextError;

use crate::command::nodes::NodeEntry;

/// The nodes that this process has made.
static MADE: Mutex<BTreeMap<String, NodeEntry>> = Mutex::new(BTreeMap::new());

/// The node of this name, which `make` makes if it has not been made yet.
pub(crate) fn once(
    name: &str,
    make: impl FnOnce() -> Result<NodeEntry, TextError>,
) -> Result<NodeEntry, TextError> {
    let mut known = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(node) = known.get(name) {
        return Ok(node.clone());
    }
    let node = make()?;
    known.insert(name.to_owned(), node.clone());
    Ok(node)
}

/// The node of this name is made anew when it is named again.
pub(crate) fn forget(name: &str) {
    MADE.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
}

/// The folder for what builds leave behind: the user's own for such things, or a temporary one.
#[cfg(feature = "wasm")]
#[expect(clippy::disallowed_methods, reason = "the command is an entry point")]
pub(crate) fn cache() -> std::path::PathBuf {
    use std::env;
    use std::path::PathBuf;

    let named = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = named("XDG_CACHE_HOME")
        .or_else(|| named("HOME").map(|home| home.join(".cache")))
        .or_else(|| named("LOCALAPPDATA"));
    user.unwrap_or_else(env::temp_dir).join("raftsim")
}
