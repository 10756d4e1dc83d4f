//! Why a command could not be done: one clear line each.

use std::io;

use raftsim_explore::HarnessPanic;
use raftsim_plan::{PlanError, TextError};

use crate::command::Exit;
use crate::command::nodes::NodeEntry;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Bad {
    /// Nothing bad: help or the version was asked for.
    #[error("{0}")]
    Help(String),
    #[error("error: {0}")]
    Usage(String),
    #[error("error: {0}")]
    Unknown(#[from] TextError),
    #[error("error: there is no file `{0}`")]
    NoFile(String),
    #[error("error: {file}: {error}")]
    Plan { file: String, error: PlanError },
    #[error("error: {file}: {error}")]
    File { file: String, error: io::Error },
    #[error("error: {0}")]
    Output(#[from] io::Error),
    /// The reader of standard output is gone, and there was more to do.
    #[error("error: nobody reads the results")]
    Unread,
    /// A run fails, and cannot be shrunk.
    #[error("error: {0}")]
    Fails(String),
    /// A panic of the harness.
    #[error("a bug in raftsim: {what}, seed {seed}, node {node}: {message}")]
    HarnessPanic { what: String, seed: u64, node: String, message: String },
    /// The machine cannot do what a run needs.
    #[error("error: {what}, seed {seed}, node {node}: {message}")]
    Unable { what: String, seed: u64, node: String, message: String },
}

impl Bad {
    /// The harness panicked in this scenario, plan or search, on this node.
    pub(crate) fn panicked(what: &str, node: &NodeEntry, panic: HarnessPanic) -> Self {
        Self::panicked_on(what, node.name(), panic)
    }

    /// The same, for a node of this name.
    pub(crate) fn panicked_on(what: &str, node: &str, panic: HarnessPanic) -> Self {
        let HarnessPanic { seed, message, is_bug } = panic;
        let (what, node) = (what.to_owned(), node.to_owned());
        if is_bug {
            Self::HarnessPanic { what, seed, node, message }
        } else {
            Self::Unable { what, seed, node, message }
        }
    }

    /// The exit status that it leads to.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Help(_) => Exit::Passed,
            Self::Fails(_) => Exit::Failed,
            Self::Unread => Exit::Unread,
            Self::HarnessPanic { .. } => Exit::HarnessPanic,
            Self::Usage(_)
            | Self::Unknown(_)
            | Self::NoFile(_)
            | Self::Plan { .. }
            | Self::File { .. }
            | Self::Output(_)
            | Self::Unable { .. } => Exit::BadInput,
        }
    }
}
