//! The whole command, for the crate `little_raft`: `cargo run --release -p published-little-raft -- run`.

use std::process::ExitCode;

use published_little_raft::LittleRaft;
use raftsim::{NodeEntry, Part, main_with};

fn main() -> ExitCode {
    // It keeps nothing on a disk but snapshots that it makes when it likes.
    main_with(vec![NodeEntry::new::<LittleRaft>("little-raft").up_to(Part::B)])
}
