//! Each test of `labs!` and `fuzz!` has a process of its own: a node that ends it is a failure.

use std::fs;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process;

use raftsim_node::Boot;
use raftsim_raft::Raft;
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::Part;
use sim_scenarios::testing::{fuzz_node, in_child, sweep_scenario};

/// Our Raft, which exits as if all were well in one boot of a hundred.
type Exiting = Tweaked<Raft, Exits>;

#[derive(Clone, Default)]
struct Exits;

impl Tweak<Raft> for Exits {
    fn boot(&self, boot: &Boot) -> Boot {
        if boot.seed.is_multiple_of(100) {
            process::exit(0);
        }
        boot.clone()
    }
}

#[test]
#[should_panic(
    expected = "a_node_that_exits_is_a_failure_that_names_the_seeds: the process ended without a \
                verdict (exit status: 0), while it ran seeds 0 to "
)]
fn a_node_that_exits_is_a_failure_that_names_the_seeds() {
    let path = concat!(module_path!(), "::a_node_that_exits_is_a_failure_that_names_the_seeds");
    in_child(path, || sweep_scenario::<Exiting>("reelection_3a"));
}

#[test]
#[should_panic(expected = "without a verdict (exit status: 0), while it played a plan of seed ")]
fn a_node_that_exits_in_a_plan_is_a_failure_that_names_the_plan() {
    let path =
        concat!(module_path!(), "::a_node_that_exits_in_a_plan_is_a_failure_that_names_the_plan");
    in_child(path, || fuzz_node::<Exiting>(Part::D, env!("CARGO_TARGET_TMPDIR")));
}

#[test]
#[should_panic(expected = "without a verdict (signal: 6 (SIGABRT)")]
fn a_test_that_aborts_is_a_failure() {
    in_child(concat!(module_path!(), "::a_test_that_aborts_is_a_failure"), || process::abort());
}

#[test]
#[should_panic(expected = "the message of the panic\nin two lines")]
fn a_test_that_panics_fails_with_the_same_message() {
    let path = concat!(module_path!(), "::a_test_that_panics_fails_with_the_same_message");
    in_child(path, || panic!("the message of the panic\nin two lines"));
}

#[test]
fn a_test_that_passes_is_run_in_another_process_and_passes() {
    let path = concat!(module_path!(), "::a_test_that_passes_is_run_in_another_process_and_passes");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("started-by");
    let is_child = fs::read_to_string(&file).is_ok_and(|id| id == parent_id().to_string());
    if !is_child {
        fs::write(&file, process::id().to_string()).expect("a file can be written");
    }
    in_child(path, || {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run-by");
        fs::write(file, process::id().to_string()).expect("a file can be written");
    });
    let run_by = fs::read_to_string(file.with_file_name("run-by")).expect("it was run");
    assert_eq!(run_by == process::id().to_string(), is_child);
}

#[test]
fn a_test_that_the_binary_does_not_know_is_run_in_this_process() {
    in_child("main::there_is_no_such_test", || {});
}
