//! Plans: read and printed as text, and drawn from seeds.

#![expect(clippy::unwrap_used, reason = "what helps a test is a test too")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test names only what it looks at")]

mod drawn;
mod fault_text;
mod network_text;
mod plan_file;
mod plan_text;
mod plans;
