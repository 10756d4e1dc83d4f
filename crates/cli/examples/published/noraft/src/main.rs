//! The whole command, for the crate `noraft`: `cargo run --release -p published-noraft -- run`.

use std::process::ExitCode;

use published_noraft::Noraft;
use raftsim::{NodeEntry, main_with};

fn main() -> ExitCode {
    main_with(vec![NodeEntry::new::<Noraft>("noraft")])
}
