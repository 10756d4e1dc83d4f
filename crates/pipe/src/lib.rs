//! A program in any language as a node of raftsim: one JSON object a line, each way, in lockstep.
//!
//! The program reads an event from its standard input, a line, and prints an answer on its standard
//! output, a line: what it does, when it wants to be woken, and what it believes about itself. The
//! guide's page `any_language` describes the protocol.
//!
//! - `protocol` writes events and reads answers;
//! - `process` talks to a process of this machine, and `wasm` to a program of WASI within this one
//!   (with the feature `wasm`);
//! - [`Program`] is what all servers of all runs share, and [`PipeNode`] is one server.
//!
//! This crate knows nothing of simulators, scenarios and oracles.

mod action;
mod bytes;
mod disk;
mod errors;
mod json;
mod message;
mod node;
#[cfg(unix)]
mod patience;
mod peer;
#[cfg_attr(not(unix), path = "no_process.rs")]
mod process;
mod program;
mod protocol;
#[cfg(test)]
mod tests;
mod trouble;
#[cfg(feature = "wasm")]
mod wasm;
#[cfg(unix)]
mod watch;
mod words;

pub use disk::{Cells, Change};
pub use message::Packet;
pub use node::PipeNode;
pub use program::{Lab, Program, ProgramError};
