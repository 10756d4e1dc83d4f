//! A Raft package written in Go for the labs of MIT 6.824 or 6.5840, unmodified, as a node of
//! raftsim.
//!
//! The package is compiled to WebAssembly by the Go toolchain on this machine, with stand-ins for
//! the lab's `labrpc` and tester, and runs inside the simulator: on virtual time, with random
//! numbers from the seed, and so that every run can be replayed exactly. Nothing in the package's
//! folder is touched.
//!
//! - `layout` finds the module, the year of the lab, and the files that belong to the lab's tester;
//! - `compile` runs `go build` with the stand-ins (`shim/*.go`) and returns a [`Program`];
//! - [`GoRaft`] is the node: one instance of the program for each life of a server.
//!
//! This crate knows nothing of simulators, scenarios and oracles.

mod compile;
mod disk;
mod error;
mod failure;
mod host;
mod layout;
mod node;
mod overlay;
mod program;
mod rpc;
mod server;
mod source;
mod sources;
mod stacks;
mod toolchain;
mod waits;
mod wasi;

pub use compile::compile;
pub use disk::{Persister, Save};
pub use error::GoError;
pub use node::GoRaft;
pub use program::Program;
pub use rpc::Rpc;
pub use sources::Sources;
