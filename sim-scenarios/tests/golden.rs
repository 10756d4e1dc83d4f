//! A stored table of digests: it shows when behaviour moved, in any part of a run, on any machine
//! and in any profile.
//!
//! `RAFTSIM_GOLDEN=write cargo test -p sim-scenarios golden` writes the table anew. Read the diff:
//! the commit says why behaviour moved.

use std::fmt::Write as _;
use std::fs;

use raftsim_explore::Runner;
use raftsim_sim::Recording;
use sim_scenarios::SCENARIOS;

use crate::support::on_raft;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digests.txt");

/// Each scenario's first four seeds on our Raft: name, seed, digest.
fn digests() -> String {
    let mut table = String::new();
    for info in SCENARIOS {
        for seed in 0..4 {
            let digest = on_raft(info.name).run(seed, Recording::Off).digest;
            writeln!(table, "{} {seed} {digest:016x}", info.name).expect("writing to a string");
        }
    }
    table
}

#[test]
fn behaviour_has_not_moved() {
    #[expect(clippy::disallowed_methods, reason = "an entry point reads its documented variables")]
    let asked = std::env::var("RAFTSIM_GOLDEN");
    if asked.as_deref() == Ok("write") {
        fs::write(TABLE, digests()).expect("the table can be written");
    }
    let stored = fs::read_to_string(TABLE).expect("the table is there");
    let moved = "a run is no longer what it was: see the head of golden.rs";
    assert_eq!(
        digests().lines().collect::<Vec<_>>(),
        stored.lines().collect::<Vec<_>>(),
        "{moved}"
    );
}
