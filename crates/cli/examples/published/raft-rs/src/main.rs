//! The whole command, for the crate `raft`: `cargo run --release -p published-raft-rs -- run`.

use std::process::ExitCode;

use published_raft_rs::{RaftRs, VARIANTS, settings};
use raftsim::{NodeEntry, main_with};

fn main() -> ExitCode {
    main_with(vec![NodeEntry::with_variants::<RaftRs>("raft-rs", VARIANTS, settings)])
}
