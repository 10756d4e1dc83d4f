//! The line that says that most of the time went into the node's own values, and the limit of time.

use std::process::Command;

use raftsim_sim::{Samples, sampled};
use sim_scenarios::costs;

/// Samples of a sweep: of the harness, of steps, of copies, of digests, of drops.
fn samples([harness, steps, copies, digests, drops]: [u64; 5]) -> Samples {
    Samples { harness, steps, copies, digests, drops, reads: 0 }
}

#[test]
fn copies_and_digests_are_named_if_they_take_more_than_half_of_a_second_or_more() {
    let line = |counts| costs::line(&samples(counts));
    // Steps and the harness are no reason, nor is half of the time, nor a short sweep.
    assert_eq!(line([10, 90, 0, 0, 0]), None);
    assert_eq!(line([50, 0, 25, 15, 10]), None);
    assert_eq!(line([0, 0, 20, 20, 9]), None);
    let most = "most of the time went into the node's own values: ";
    let copies = "copies of the node's messages and writes (`Clone`, `Drop`, `Disk::write`)";
    let digests = "their digests (`Message::digest`: by default the `Debug` text)";
    assert_eq!(line([40, 0, 40, 0, 20]), Some(format!("{most}60 % into {copies}")));
    assert_eq!(
        line([20, 0, 10, 60, 10]),
        Some(format!("{most}20 % into {copies}, 60 % into {digests}"))
    );
}

#[test]
fn a_thread_that_runs_no_node_is_seen_in_the_harness_alone() {
    let (result, seen) = sampled(std::time::Duration::from_micros(50), || {
        (0..3_000_000_u64).fold(0_u64, |sum, next| sum.rotate_left(7) ^ std::hint::black_box(next))
    });
    assert_ne!(result, 0);
    assert_eq!(seen, Samples { harness: seen.harness, ..Samples::default() });
}

#[test]
fn a_test_whose_time_is_over_runs_a_seed_at_least_and_reports_how_few_it_ran() {
    let mut command = Command::new(std::env::current_exe().expect("a test has a binary"));
    command.args(["--exact", "labs::all::reliable_churn_3c", "--quiet"]);
    command.env("RAFTSIM_TIME", "1ns").env_remove("RAFTSIM_SEEDS");
    let output = command.output().expect("it runs the test");
    assert!(output.status.success());
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = "reliable_churn_3c: 1 of 2000 seeds, since the time is over: see RAFTSIM_TIME";
    assert!(printed.contains(line), "{printed}");
}
