//! Programs that are nodes: the protocol, and what becomes of programs that break it.

#![expect(clippy::unwrap_used, reason = "what helps a test is a test too")]

mod misbehaviour;
mod processes;
mod support;
#[cfg(feature = "wasm")]
mod wasm;
