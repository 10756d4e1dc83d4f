//! Nodes that end the process, and `--isolate`.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::interrupted::{Running, kill, timeless};
use crate::support::{Folder, Output, bad_command, bad_nodes, command, raftsim};

#[test]
fn an_isolated_command_that_a_terminal_interrupts_keeps_its_result_and_blames_nobody() {
    for (arguments, signal, result) in [
        ("run reelection_3a --seeds 100000000 --isolate", "-INT", "stopped after 0 of 1 scenarios"),
        ("fuzz --runs 100000000 --isolate", "-TERM", "stopped at seed "),
    ] {
        for _ in 0..15 {
            let folder = Folder::new();
            let running = Running::begin(&folder, command(), arguments);
            running.signal(signal, 400);
            let Output { status, stdout, stderr } = running.end();
            assert_eq!((status, stderr.as_str()), (130, ""), "{stdout}");
            assert!(stdout.contains(&format!("\n\n{result}")), "{stdout}");
            assert!(stdout.contains("\n  go on: raftsim "), "{stdout}");
            assert_eq!(folder.files(), [""; 0]);
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a process ends after a while")]
fn a_second_signal_ends_an_isolated_command_whose_node_hangs_and_its_child() {
    let folder = Folder::new();
    let running =
        Running::begin(&folder, bad_command(), "run reelection_3a --node hangs --isolate");
    let group = running.child.id();
    running.signal("-INT", 500);
    running.signal("-INT", 500);
    assert_eq!(running.end().status, 130);
    let is_gone = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(20));
        !kill("-0", group)
    });
    assert!(is_gone, "the child goes on");
}

#[test]
fn two_isolated_commands_that_are_the_same_leave_each_other_alone() {
    let arguments = "run reelection_3a --seeds 100000001 --isolate";
    let [folder, streams] = [(); 2].map(|()| Folder::new());
    // They are the same command only if they run in the same folder.
    let one = Running::begin_in(&folder, &streams, command(), arguments.split_whitespace());
    let two = Running::begin(&folder, command(), arguments);
    two.signal("-INT", 1_000);
    let Output { status, stdout, stderr } = two.end();
    assert_eq!((status, stderr.as_str()), (130, ""), "{stdout}");
    assert!(stdout.contains("\n  go on: raftsim run reelection_3a "), "{stdout}");
    one.signal("-INT", 0);
    let Output { status, stdout, stderr } = one.end();
    assert_eq!((status, stderr.as_str()), (130, ""), "{stdout}");
    assert!(stdout.contains("\n  go on: raftsim run reelection_3a "), "{stdout}");
}

#[test]
fn a_run_that_ends_the_process_is_named_with_isolate() {
    for (node, how) in [("exits", "exit status: 0"), ("overflows", "signal: 6 (SIGABRT)")] {
        let arguments = format!("run reelection_3a --node {node} --seeds 300 --isolate");
        let output = bad_nodes(&arguments);
        let [_, "", ended, replay] = output.stdout.lines().collect::<Vec<_>>()[..] else {
            panic!("{output:?}")
        };
        assert_eq!(output.status, 1);
        let (run, how_it_ended) = ended.split_once(": the run ended the process ").unwrap();
        assert!(how_it_ended.starts_with(&format!("({how}")), "{ended}");
        let seed = run.strip_prefix("reelection_3a, seed ").unwrap();
        let seed = seed.strip_suffix(&format!(", node {node}")).unwrap();
        let named = format!("reelection_3a --seed {seed} --node {node}");
        assert_eq!(replay, format!("  replay it: bad-nodes replay {named}"));
        // It is that very run: the process ends once it has printed which run it is.
        if node == "exits" {
            let name = format!("reelection_3a, seed {seed}, node exits\n");
            assert_eq!(bad_nodes(&format!("replay {named}")).stdout, name);
        }
    }
    let folder = Folder::new();
    let output = folder.bad_nodes("fuzz --node exits --runs 300 --isolate");
    assert_eq!(output.status, 1, "{output:?}");
    let file = folder.files().remove(0);
    assert!(output.stdout.ends_with(&format!("replay it: bad-nodes replay {file}\n")));
    let replayed = folder.bad_nodes(&format!("replay {file}")).stdout;
    assert!(replayed.starts_with(&format!("{file}, seed ")), "{replayed}");
    assert_eq!(replayed.lines().count(), 1, "{replayed}");
}

#[test]
fn isolated_runs_that_end_well_print_and_exit_as_all_others() {
    for (arguments, status) in [
        ("run reelection_3a --seeds 100 --json", 0),
        ("run stale_leaders_return_3a --node post-2025 --seeds 100 --json", 1),
    ] {
        let isolated = raftsim(&format!("{arguments} --isolate"));
        assert_eq!(timeless(isolated, status), timeless(raftsim(arguments), status));
    }
    assert_eq!(raftsim("run --seeds 1 --state / --isolate").status, 2);
}

#[test]
fn the_next_such_command_names_the_seeds_that_ended_the_last_one() {
    let arguments = "run reelection_3a --node exits --seeds 301";
    let folder = Folder::new();
    let first = folder.bad_nodes(arguments);
    assert_eq!((first.status, first.stderr.as_str()), (0, ""));
    let second = folder.bad_nodes(arguments);
    let warning = "warning: the last such command ended without a result while it ran seeds 0 to ";
    assert!(second.stderr.starts_with(warning), "{second:?}");
    let (_, line) = second.stderr.trim_end().split_once("finds the seed: bad-nodes ").unwrap();
    assert!(line.ends_with("--isolate"), "{line}");
    assert_eq!(folder.bad_nodes(line).status, 1);
    // A command that ends well removes its crumb, and so it finds none.
    let good = "run reelection_3a --seeds 302";
    for _ in 0..2 {
        assert_eq!(folder.raftsim(good).stderr, "");
    }
}

#[test]
fn a_run_that_ends_the_process_while_rates_are_compared_is_named() {
    let mut command = bad_command();
    command.args(["run", "figure_8_unreliable_3c", "--from", "2", "--jobs", "1", "--isolate"]);
    command.args(["--node", "late and exits"]);
    let Output { status, stdout, stderr } = Output::of(command.stdin(Stdio::null()));
    assert_eq!(status, 1, "{stdout}");
    // The sweep had ended with the first seed that failed.
    assert!(stderr.contains(", seed "), "{stderr}");
    let [_, "", ended, replay] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    let (run, how) = ended.split_once(": the run ended the process ").expect(ended);
    assert_eq!(how, "(exit status: 0)");
    let seed = run.strip_prefix("figure_8_unreliable_3c, seed ").unwrap();
    let seed = seed.strip_suffix(", node late and exits").unwrap();
    let named = format!("figure_8_unreliable_3c --seed {seed} --node 'late and exits'");
    assert_eq!(replay, format!("  replay it: bad-nodes replay {named}"));
}

#[test]
fn another_process_that_ends_without_a_result_is_an_error_that_says_how() {
    let mut command = bad_command();
    command.args(["run", "reelection_3a", "--node", "exits elsewhere", "--twice=process"]);
    let Output { status, stdout, stderr } = Output::of(command.stdin(Stdio::null()));
    let why = "error: reelection_3a: the other process of --twice=process ended without a result \
               (exit status: 3): the runs were not compared\n";
    assert_eq!((status, stderr.as_str()), (1, why), "{stdout}");
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
}
