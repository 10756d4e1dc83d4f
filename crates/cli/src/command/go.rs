//! Nodes that are Go packages, compiled as soon as they are named.

use std::path::Path;

use raftsim_go::{GoRaft, Sources as Files, compile};
use raftsim_plan::TextError;
use sim_scenarios::Part;
use sim_scenarios::terminal::complain;

use crate::command::nodes::NodeEntry;
use crate::command::once::cache;

/// The node of the Go package in `folder`.
pub(crate) fn node(name: &str, folder: &str) -> Result<NodeEntry, TextError> {
    let report = &mut |line: &str| complain(format_args!("go: {line}"));
    let program = compile(Path::new(folder), &cache(), report).map_err(|error| {
        error.lines().for_each(|line| complain(format_args!("{line}")));
        TextError::new(error.to_string())
    })?;
    let part = if program.has_snapshots() { Part::D } else { Part::C };
    let version = format!("{:016x}", program.digest());
    let node = NodeEntry::with_config::<GoRaft>(name, Some(program));
    Ok(node.up_to(part).with_version(version))
}

/// What a package is built from.
pub(crate) struct Sources(Files);

impl Sources {
    /// The files from which the package in `folder` is built.
    #[expect(clippy::unnecessary_wraps, reason = "a command without Go has none")]
    pub(crate) fn of(_name: &str, folder: &str) -> Result<Self, TextError> {
        Ok(Self(Files::of(Path::new(folder))))
    }

    /// A number that changes when one of the files is saved.
    pub(crate) fn stamp(&self) -> u64 {
        self.0.stamp()
    }
}
