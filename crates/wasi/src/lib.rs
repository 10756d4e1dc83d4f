//! Programs of WebAssembly that see nothing of the machine: WASI answered by one server's virtual
//! clock and random numbers.
//!
//! - [`engine`] makes what compiles programs, with a cache on disk and a pool of memory;
//! - [`World`] is what one instance sees: the clock, the random numbers, a limit of memory;
//! - [`link`] gives a program the functions of WASI for such a world; [`Host`] is what a program's
//!   owner adds: where its output goes, and what waiting means;
//! - [`Command`] is a program that reads lines and answers them, and [`Instance`] one life of it.
//!
//! This crate knows nothing of Raft, and not what a program is for.

mod command;
mod engine;
mod imports;
mod world;

pub use command::{Command, Instance, Stop};
pub use engine::engine;
pub use imports::{Host, Memory, link, slice};
pub use world::{MEMORY, World};
