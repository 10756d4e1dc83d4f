//! Nodes that are Go packages, compiled as soon as they are named.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use raftsim_go::{GoRaft, compile};
use raftsim_plan::TextError;
use sim_scenarios::Part;
use sim_scenarios::terminal::complain;

use crate::nodes::NodeEntry;

/// The packages that this process has compiled.
static COMPILED: Mutex<BTreeMap<String, NodeEntry>> = Mutex::new(BTreeMap::new());

/// The node of the Go package in `folder`.
pub(crate) fn node(name: &str, folder: &str) -> Result<NodeEntry, TextError> {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(node) = compiled.get(name) {
        return Ok(node.clone());
    }
    let report = &mut |line: &str| complain(format_args!("go: {line}"));
    let program = compile(Path::new(folder), &cache(), report).map_err(|error| {
        error.lines().for_each(|line| complain(format_args!("{line}")));
        TextError::new(error.to_string())
    })?;
    let part = if program.has_snapshots() { Part::D } else { Part::C };
    let node = NodeEntry::with_config::<GoRaft>(name, Some(program)).up_to(part);
    compiled.insert(name.to_owned(), node.clone());
    Ok(node)
}

/// The folder for what builds leave behind: the user's own for such things, or a temporary one.
#[expect(clippy::disallowed_methods, reason = "the command is an entry point")]
fn cache() -> PathBuf {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = named("XDG_CACHE_HOME")
        .or_else(|| named("HOME").map(|home| home.join(".cache")))
        .or_else(|| named("LOCALAPPDATA"));
    user.unwrap_or_else(env::temp_dir).join("raftsim")
}
