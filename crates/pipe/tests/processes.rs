//! Processes: none is left, and those that may be used again are.

use std::collections::BTreeSet;
use std::process::Command;

use raftsim_explore::{HarnessPanic, Twice, run_twice};
use raftsim_pipe::{PipeNode, Program};
use raftsim_sim::{Recording, property};
use sim_scenarios::{NodeRunner, scenario};

use crate::support::{LONG, Script, run};

/// A server that answers everything, and may be asked to boot again if `again` says so.
fn quiet(again: bool) -> Script {
    let boot = format!("echo \"{{$base,\\\"again\\\":{again}}}\"\n");
    Script::with_boot(&boot, "echo \"{$base}\"")
}

/// Those of these processes that still run.
fn running(processes: &[u32]) -> Vec<u32> {
    let runs = |process: &u32| {
        let look = Command::new("kill").args(["-0", &process.to_string()]).output();
        look.unwrap().status.success()
    };
    processes.iter().copied().filter(runs).collect()
}

#[test]
fn each_life_is_a_process_of_its_own() {
    let script = quiet(false);
    let program = script.program(LONG).unwrap();
    let first = run(&program, 0, Recording::Off);
    // One to try the program, and one for each of the three servers.
    assert_eq!(script.processes().len(), 4);
    assert!(running(&script.processes()).is_empty());
    let second = run(&program, 0, Recording::On);
    assert_eq!((first.digest, first.verdict), (second.digest, second.verdict));
    assert_eq!(script.processes().len(), 7);
}

#[test]
fn a_process_that_boots_again_is_used_again() {
    let script = quiet(true);
    let program = script.program(LONG).unwrap();
    for seed in 0..3 {
        let _ = run(&program, seed, Recording::Off);
    }
    let processes = script.processes();
    assert_eq!(processes.len(), 3);
    assert_eq!(running(&processes), processes);
    // One that ends while nothing is asked of it is replaced.
    Command::new("kill").args(["-9", &processes[2].to_string()]).status().unwrap();
    while running(&processes).len() == 3 && !is_zombie(processes[2]) {}
    let _ = run(&program, 3, Recording::Off);
    assert_eq!(script.processes().len(), 4);
    drop(program);
    assert!(running(&script.processes()).is_empty());
}

/// Whether a process has ended, and nobody has asked how.
fn is_zombie(process: u32) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", &process.to_string()]).output();
    String::from_utf8_lossy(&state.unwrap().stdout).starts_with('Z')
}

#[test]
fn a_process_that_did_something_wrong_is_gone() {
    for answer in ["echo rubbish; sleep 100", "exec >&-; sleep 100", "exit 1"] {
        let script = Script::with_boot("echo \"{$base,\\\"again\\\":true}\"\n", answer);
        let program = script.program(LONG).unwrap();
        run(&program, 0, Recording::Off).verdict.unwrap_err();
        let processes: BTreeSet<u32> = script.processes().into_iter().collect();
        // Those of the other servers wait for the next run.
        assert_eq!(running(&script.processes()).len(), processes.len() - 1, "{answer}");
        drop(program);
        assert!(running(&script.processes()).is_empty(), "{answer}");
    }
}

#[test]
fn a_program_that_remembers_an_earlier_life_is_caught() {
    let boot = "boots=$((boots + 1)); echo \"{$base,\\\"again\\\":true}\"\n";
    let later = r#"echo "{$base}" | sed "s/\(deadline\":[0-9]*\)[0-9]/\1$boots/""#;
    let script = Script::with_boot(boot, later);
    raftsim_sim::prepare_process();
    let info = scenario("initial_election_3a").unwrap();
    let runner = NodeRunner::<PipeNode>::new(info, Some(script.program(LONG).unwrap()));
    let failure = run_twice(&runner, 0, Twice::Sampled).verdict.unwrap_err();
    assert_eq!(failure.property(), property::DETERMINISTIC, "{failure}");
}

#[test]
fn what_differs_on_standard_error_makes_no_other_run() {
    let script = Script::new("echo \"process $$ at $(date +%N)\" >&2; exit 3");
    raftsim_sim::prepare_process();
    let info = scenario("initial_election_3a").unwrap();
    let runner = NodeRunner::<PipeNode>::new(info, Some(script.program(LONG).unwrap()));
    let failure = run_twice(&runner, 0, Twice::Sampled).verdict.unwrap_err();
    assert_eq!(failure.property(), property::NO_PANIC, "{failure}");
    let text = failure.to_string();
    assert!(text.contains("the program ended (exit status: 3); on its standard error: process "));
}

/// The numbers that a script has written into this file.
fn numbers(script: &Script, file: &str) -> Vec<u32> {
    script.read(file).lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn what_a_program_has_started_ends_with_its_life() {
    let boot = "sleep 1000 & echo $! >> \"$folder/helpers\"; echo \"{$base}\"\n";
    let script = Script::with_boot(boot, "echo \"{$base}\"");
    let program = script.program(LONG).unwrap();
    let _ = run(&program, 0, Recording::Off);
    let helpers = numbers(&script, "helpers");
    assert_eq!(helpers.len(), 4);
    // An orphan that was killed is gone once somebody has noticed its end.
    let runs = |helper: &u32| !running(&[*helper]).is_empty() && !is_zombie(*helper);
    for _ in 0..1000 {
        if !helpers.iter().any(runs) {
            return;
        }
    }
    panic!("a helper still runs");
}

#[test]
fn a_line_that_comes_late_fails_no_other_run() {
    // The process that tries the program prints it when nobody asks.
    let late = "if mkdir \"$folder/once\" 2> /dev/null; then (sleep 0.1; echo late) & fi";
    let boot = format!("echo \"{{$base,\\\"again\\\":true}}\"; {late}\n");
    let script = Script::with_boot(&boot, "echo \"{$base}\"");
    let program = script.program(LONG).unwrap();
    Command::new("sleep").arg("0.6").status().unwrap();
    let text = run(&program, 0, Recording::Off).verdict.unwrap_err().to_string();
    assert!(!text.contains("late"), "{text}");
}

#[test]
fn a_line_that_comes_late_belongs_to_the_turn_before() {
    // The first server prints it while the second one thinks.
    let late = "if mkdir \"$folder/once\" 2> /dev/null; then echo \"{$base}\"; sleep 0.05; \
                echo late; else sleep 0.3; echo \"{$base}\"; fi";
    let text = crate::support::failure(late, LONG);
    let expected = "at turn 1 (timeout) the program printed more than one line: the answer is \
                    followed by `late`";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn a_process_that_cannot_be_started_fails_no_run() {
    let script = quiet(false);
    let shell = script.link_shell();
    let command = script.command().replacen("sh", &format!("'{}'", shell.display()), 1);
    let program = Program::command(&command).unwrap();
    std::fs::remove_file(&shell).unwrap();
    let ran = HarnessPanic::caught(7, || run(&program, 0, Recording::Off).verdict);
    let HarnessPanic { seed, message, is_bug } = ran.unwrap_err();
    let expected =
        format!("raftsim cannot start another process: there is no program `{}`", shell.display());
    assert_eq!((seed, message, is_bug), (7, expected, false));
}
