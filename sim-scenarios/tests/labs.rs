//! `labs!`: the sweeps of all scenarios, the lab's and ours, on our Raft; and that the macro's list
//! is the registry's.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use raftsim_explore::Runner as _;
use raftsim_sim::Recording;
use sim_scenarios::{Part, SCENARIOS};

use crate::support::on_raft;

mod all {
    sim_scenarios::labs!(raftsim_raft::Raft);
}

mod part_a {
    use raftsim_specimens::Post2020;

    // The same again, on a Go port in RPC style.
    sim_scenarios::labs!(Post2020, 3A);
}

/// The scenarios that the registry has of these parts.
fn registered(parts: &[Part]) -> BTreeSet<String> {
    let of_parts = SCENARIOS.iter().filter(|info| parts.contains(&info.part));
    of_parts.map(|info| info.name.to_owned()).collect()
}

/// The tests of one of the modules above, as this binary lists them.
fn tests_of(module: &str) -> BTreeSet<String> {
    let binary = std::env::current_exe().expect("a test has a binary");
    let listed =
        Command::new(binary).args(["--list", module]).output().expect("it lists its tests");
    let listed = String::from_utf8(listed.stdout).expect("names are text");
    let name = |line: &str| line.strip_prefix(module)?.strip_suffix(": test").map(str::to_owned);
    listed.lines().filter_map(name).collect()
}

#[test]
fn the_macro_tests_every_scenario() {
    assert_eq!(tests_of("labs::all::"), registered(&Part::ALL));
}

#[test]
fn the_macro_tests_every_scenario_of_part_3a() {
    assert_eq!(Part::A.name(), "3A");
    assert_eq!(tests_of("labs::part_a::"), registered(&[Part::A]));
}

#[test]
fn a_name_ends_with_its_part() {
    for info in SCENARIOS {
        let part = info.part.name().to_lowercase();
        assert!(info.name.ends_with(&format!("_{part}")), "{}", info.name);
    }
}

#[test]
fn parts_3a_and_3b_start_each_server_once() {
    for info in SCENARIOS.iter().filter(|info| [Part::A, Part::B].contains(&info.part)) {
        for seed in 0..20 {
            let run = on_raft(info.name).run(seed, Recording::On);
            let rows = run.story.expect("it was recorded").rows();
            let boots = rows.iter().filter(|row| row.text.starts_with("boot: ")).count();
            let crashes = rows.iter().filter(|row| row.text.starts_with("crash n")).count();
            let expected = (usize::from(info.servers), 0);
            assert_eq!((boots, crashes), expected, "{}, seed {seed}", info.name);
        }
    }
}

#[test]
fn every_scenario_has_its_code_and_unknown_names_have_none() {
    for info in SCENARIOS {
        let found = sim_scenarios::scenario::<raftsim_raft::Raft>(info.name);
        assert_eq!(found.map(|scenario| *scenario.info()), Some(*info));
    }
    assert!(sim_scenarios::scenario::<raftsim_raft::Raft>("initial_election").is_none());
}

#[test]
fn a_scenario_that_is_not_run_says_so_though_libtest_keeps_back_what_tests_print() {
    let binary = std::env::current_exe().expect("a test has a binary");
    for in_process in ["0", "1"] {
        let mut command = Command::new(&binary);
        command.args(["--exact", "labs::all::asks_before_standing_3b"]);
        let output = command.env("RAFTSIM_IN_PROCESS", in_process).output().expect("it runs");
        let why = "asks_before_standing_3b is not run, and counts as passed: the node does not \
                   claim `asking_before_standing`\n";
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.success(), &*said), (true, why));
    }
}

/// What a test of this binary prints with a variable of the environment set; it must fail.
fn fails_with(test: &str, variable: &str, value: &OsStr) -> String {
    let binary = std::env::current_exe().expect("a test has a binary");
    let mut command = Command::new(binary);
    command.args(["--exact", test, "--nocapture"]).env(variable, value);
    let output = command.output().expect("it runs the test");
    assert!(!output.status.success(), "{test}, {variable}={}", value.display());
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_variable_without_a_valid_value_is_reported() {
    let (seeds, plans) = ("labs::all::single_server_3c", "faults::fuzz");
    for (test, variable, value, expected) in [
        (seeds, "RAFTSIM_SEEDS", "x\x1b", r"is `x\u{1b}`, but should be a number of seeds"),
        (seeds, "RAFTSIM_SEEDS", "+5", "is `+5`, but should be a number of seeds, at least 1"),
        (seeds, "RAFTSIM_SEEDS", "", "is ``, but should be a number of seeds, at least 1"),
        (seeds, "RAFTSIM_SEED", "x", "is `x`, but should be a seed"),
        (seeds, "RAFTSIM_TIME", "5", "is `5`, but should be a time such as 30s or 10m"),
        (plans, "RAFTSIM_TIME", "0s", "is `0s`, but should be a time such as 30s or 10m"),
        (plans, "PROPTEST_CASES", "abc", "is `abc`, but should be a number of plans"),
        (plans, "PROPTEST_CASES", "-1", "is `-1`, but should be a number of plans"),
    ] {
        let printed = fails_with(test, variable, OsStr::new(value));
        let line = format!("{variable} {expected}");
        assert_eq!(printed.matches(&line).count(), 1, "{printed}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_reported() {
    use std::os::unix::ffi::OsStrExt as _;
    for (test, variable) in
        [("labs::all::single_server_3c", "RAFTSIM_SEEDS"), ("faults::fuzz", "PROPTEST_CASES")]
    {
        let printed = fails_with(test, variable, OsStr::from_bytes(b"5\xff"));
        assert!(
            printed.contains(&format!("{variable} is `5\u{fffd}`, but should be UTF-8")),
            "{printed}"
        );
    }
}
