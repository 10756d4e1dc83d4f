//! Deterministic simulation testing for Raft: the command, and the library that gives your own
//! crate the same command.
//!
//! ```no_run
//! # #[cfg(feature = "command")]
//! # mod shown {
//! use raftsim::{main_with, nodes};
//! # type MyRaft = raftsim_testkit::Puppet;
//!
//! fn main() -> std::process::ExitCode {
//!     main_with(nodes![MyRaft])
//! }
//! # }
//! # fn main() {}
//! ```
//!
//! One dependency is enough: the contract ([`Node`], [`Event`], [`Action`], …) and the test macros
//! [`labs!`] and [`fuzz!`] are re-exported here.
//!
//! The [`guide`] shows how: bring your own Raft, plans and fuzzing, what is checked and what it
//! finds.
//!
//! The contract and the macros need no feature. A crate that turns the default ones off builds in a
//! third of the time, and asks for what it wants when it wants it, as in
//! `cargo run --features raftsim/command -- replay reelection_3a --seed 42`.
//!
//! | feature | gives | on by default |
//! |---|---|---|
//! | `command` | `main_with`, `nodes!`, and all that the command does | yes |
//! | `exec` | nodes that are programs in any language: `--node 'exec:COMMAND'` | yes |
//! | `specimens` | the project's own Rafts: `own_nodes`, `--node mutant:NAME`, `bugs`; `run` compares a node that misses limits with a right Raft | yes |
//! | `step` | `step`, the debugger in the terminal | yes |
//! | `wasm` | nodes that are programs of WASI, `--node wasm:FILE`; it builds wasmtime | |
//! | `go` | nodes that are Go packages, `go DIR run`; it builds wasmtime | |
//!
//! Each of the other features turns `command` on.
//!
//! This crate is the entry point: only it reads arguments, real time and the terminal.

#[cfg(feature = "command")]
mod command;
pub mod guide;

#[cfg(feature = "specimens")]
pub use command::own_nodes;
#[cfg(feature = "command")]
pub use command::{NodeEntry, Variant, main_with};
pub use raftsim_node::*;
pub use raftsim_sim as sim;
pub use raftsim_sim::{Cluster, Fact, Failure, Property, Record, Seen, Watch, What};
pub use sim_scenarios::{
    Applied, Judges, Lab, Part, Scenario, ScenarioInfo, Suite, Waited, fuzz, labs, regressions,
};
