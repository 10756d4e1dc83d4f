//! `labs!`: the sweeps of all scenarios, the lab's and ours, on our Raft; and that the macro's list
//! is the registry's.

use sim_scenarios::{Part, SCENARIOS};

mod all {
    sim_scenarios::labs!(raftsim_raft::Raft);

    pub(super) const LISTED: &[&str] = LABS;
}

mod part_a {
    use raftsim_specimens::Post2020;

    // The same again, on a Go port in RPC style.
    sim_scenarios::labs!(Post2020, 3A);

    pub(super) const LISTED: &[&str] = LABS;
}

/// The scenarios that the registry has of these parts.
fn registered(parts: &[Part]) -> Vec<&'static str> {
    let of_parts = SCENARIOS.iter().filter(|info| parts.contains(&info.part));
    of_parts.map(|info| info.name).collect()
}

#[test]
fn the_macro_tests_every_scenario() {
    assert_eq!(all::LISTED, registered(&Part::ALL));
}

#[test]
fn the_macro_tests_every_scenario_of_part_3a() {
    assert_eq!(Part::A.name(), "3A");
    assert_eq!(part_a::LISTED, registered(&[Part::A]));
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
