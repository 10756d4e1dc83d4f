//! Sweeps over made-up runs, and shrinking of made-up plans, what one does being a closure of the
//! test's; and plans as text.

#![expect(clippy::unwrap_used, reason = "what helps a test is a test too")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test names only what it looks at")]

mod bugs;
mod chunks;
mod drawn;
mod plan_file;
mod plan_text;
mod plans;
mod shards;
mod shrink;
mod support;
mod tally;
mod twice;
mod watchdog;
