//! The command, as a user sees it.

#![expect(clippy::unwrap_used, reason = "what helps a test is a test too")]

mod bad;
mod bad_input;
mod digests;
mod failing;
mod help;
mod list;
mod nodes;
mod readme;
mod replay;
mod run;
mod streams;
mod support;
