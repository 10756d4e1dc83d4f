//! Sweeps over made-up runs, and shrinking of made-up plans: a closure of the test decides the
//! result.

#![expect(clippy::unwrap_used, reason = "a helper of tests may unwrap as tests do")]

mod chunks;
mod crash_points;
mod measures;
mod panics;
mod resumed;
mod shards;
mod shrink;
mod support;
mod tally;
mod turning;
mod twice;
mod watchdog;
