//! `labs!`: the sweeps of all scenarios, the lab's and ours, on our Raft; and that the macro's list
//! is the registry's.

use std::collections::BTreeSet;
use std::process::Command;

use sim_scenarios::{Part, SCENARIOS};

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
fn every_scenario_has_its_code_and_unknown_names_have_none() {
    for info in SCENARIOS {
        let found = sim_scenarios::scenario::<raftsim_raft::Raft>(info.name);
        assert_eq!(found.map(|scenario| scenario.info), Some(info));
    }
    assert!(sim_scenarios::scenario::<raftsim_raft::Raft>("initial_election").is_none());
}
