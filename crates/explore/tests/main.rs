//! Sweeps over made-up runs, and shrinking of made-up plans, what one does being a closure of the
//! test's.

#![expect(clippy::unwrap_used, reason = "what helps a test is a test too")]

mod chunks;
mod panics;
mod shards;
mod shrink;
mod support;
mod tally;
mod twice;
mod watchdog;
