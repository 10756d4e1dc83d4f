//! Why a command could not be done: one clear line each.

use std::io;

use raftsim_explore::Bug;
use raftsim_plan::{PlanError, TextError};
use raftsim_specimens::mutant::Mutation;

use crate::Exit;
use crate::nodes::NodeEntry;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Bad {
    /// Not bad at all: help or version was asked for.
    #[error("{0}")]
    Told(String),
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
    /// A run fails, and what was asked cannot be done with it.
    #[error("error: {0}")]
    Fails(String),
    /// A panic of the harness.
    #[error("a bug in raftsim: {what}, seed {seed}, node {node}: {message}")]
    Bug { what: String, seed: u64, node: String, message: String },
}

impl Bad {
    /// A bug that a node showed in this scenario, plan or search.
    pub(crate) fn bug(what: &str, node: &NodeEntry, bug: Bug) -> Self {
        let Bug { seed, message } = bug;
        Self::Bug { what: what.to_owned(), seed, node: node.name().to_owned(), message }
    }

    /// A bug of the harness that a mutant showed.
    pub(crate) fn mutant((mutation, bug): (Mutation, Bug)) -> Self {
        let Bug { seed, message } = bug;
        Self::Bug {
            what: "bugs".to_owned(),
            seed,
            node: NodeEntry::mutant(mutation).name().to_owned(),
            message,
        }
    }

    /// What the command came to.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Told(_) => Exit::Held,
            Self::Fails(_) => Exit::Failed,
            Self::Bug { .. } => Exit::Bug,
            Self::Usage(_)
            | Self::Unknown(_)
            | Self::NoFile(_)
            | Self::Plan { .. }
            | Self::File { .. }
            | Self::Output(_) => Exit::BadInput,
        }
    }
}
