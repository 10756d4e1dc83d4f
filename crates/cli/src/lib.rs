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
mod args;
#[cfg(feature = "command")]
mod bad;
#[cfg(feature = "specimens")]
mod bugs;
#[cfg(feature = "command")]
mod child;
#[cfg(feature = "command")]
mod command;
#[cfg(feature = "command")]
mod diff;
#[cfg(feature = "command")]
mod find;
#[cfg(feature = "command")]
mod fuzzing;
#[cfg(feature = "command")]
#[cfg_attr(not(feature = "go"), path = "no_go.rs")]
mod go;
pub mod guide;
#[cfg(feature = "command")]
mod isolate;
#[cfg(feature = "command")]
mod list;
#[cfg(feature = "command")]
mod moment;
#[cfg(feature = "command")]
mod named;
#[cfg(feature = "command")]
mod nodes;
#[cfg(feature = "command")]
mod once;
#[cfg(feature = "command")]
mod out;
#[cfg(feature = "command")]
mod pager;
#[cfg(feature = "command")]
mod pages;
#[cfg(feature = "command")]
#[cfg_attr(not(feature = "exec"), path = "no_pipe.rs")]
mod pipe;
#[cfg(feature = "command")]
mod plans;
#[cfg(feature = "command")]
mod progress;
#[cfg(feature = "command")]
mod replay;
#[cfg(feature = "command")]
mod run;
#[cfg(feature = "command")]
mod shell;
#[cfg(feature = "command")]
mod shrink;
#[cfg(feature = "command")]
#[cfg_attr(not(feature = "specimens"), path = "no_specimens.rs")]
mod specimens;
#[cfg(feature = "command")]
mod state;
#[cfg(feature = "step")]
mod step;
#[cfg(feature = "command")]
mod stop;
#[cfg(feature = "command")]
mod stretched;
#[cfg(feature = "command")]
mod trace;
#[cfg(feature = "command")]
mod unjudged;
#[cfg(feature = "specimens")]
mod variants;
#[cfg(feature = "command")]
mod why;
#[cfg(feature = "command")]
mod without;

#[cfg(feature = "command")]
use command::Exit;
#[cfg(feature = "command")]
pub use command::main_with;
#[cfg(feature = "command")]
pub use nodes::{NodeEntry, Variant};
pub use raftsim_node::*;
pub use sim_scenarios::{Part, Scope, fuzz, labs};
#[cfg(feature = "specimens")]
pub use variants::own_nodes;
