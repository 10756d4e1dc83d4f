//! Each scenario can fail: for each, planted flaws that make it red, and by what.

use crate::flawed::{Flaw, Flawed};
use crate::support::{properties, runner};

/// A new leader is missed by the oracle at the end of the fifth second, or by the lab's tenth poll,
/// whichever of the two comes first.
const LEADERLESS: &[&str] = &["a leader within five seconds", "check_one_leader"];

/// By which properties seeds of a scenario fail on a Raft with this flaw.
fn red(name: &str, flaw: Flaw) -> Vec<&'static str> {
    let failed = properties(&runner::<Flawed>(name, flaw), 64);
    failed.into_iter().map(|(property, _)| property).collect()
}

#[test]
fn without_a_flaw_nothing_fails() {
    for info in sim_scenarios::SCENARIOS {
        assert_eq!(red(info.name, Flaw::None), [] as [&str; 0], "{}", info.name);
    }
}

#[test]
fn initial_election_3a_fails_without_an_election_or_with_terms_apart() {
    let red = |flaw| red("initial_election_3a", flaw);
    assert_eq!(red(Flaw::GrantsNothing), LEADERLESS);
    assert_eq!(red(Flaw::OwnTerms), ["check_terms"]);
}

#[test]
fn reelection_3a_fails_when_an_old_leader_stays() {
    let red = |flaw| red("reelection_3a", flaw);
    assert_eq!(red(Flaw::DeafLeader), ["check_no_leader"]);
    assert_eq!(red(Flaw::Clings), ["no leader without a majority"]);
    assert_eq!(red(Flaw::GrantsNothing), LEADERLESS);
}

#[test]
fn many_elections_3a_fails_when_too_few_stand_again() {
    let red = |flaw| red("many_elections_3a", flaw);
    assert_eq!(red(Flaw::ForgetsTimer), LEADERLESS);
    assert_eq!(red(Flaw::GrantsNothing), LEADERLESS);
    assert_eq!(red(Flaw::Clings), ["no leader without a majority"]);
}

#[test]
fn no_leader_without_majority_3a_fails_when_a_claim_is_not_kept() {
    let red = |flaw| red("no_leader_without_majority_3a", flaw);
    assert_eq!(red(Flaw::Clings), ["no leader without a majority"]);
    assert_eq!(red(Flaw::ForgetsTimer), ["a leader within five seconds"]);
}

#[test]
fn stale_leaders_return_3a_fails_when_the_deposed_do_not_stand_again() {
    let red = |flaw| red("stale_leaders_return_3a", flaw);
    assert_eq!(red(Flaw::ForgetsTimer), LEADERLESS);
    assert_eq!(red(Flaw::GrantsNothing), LEADERLESS);
}

#[test]
fn every_scenario_catches_a_liar() {
    for info in sim_scenarios::SCENARIOS {
        let red = |flaw| red(info.name, flaw);
        assert_eq!(red(Flaw::WritesLast), ["promises are durable"], "{}", info.name);
        assert_eq!(red(Flaw::IgnoresTimeouts), ["deadline moves"], "{}", info.name);
        assert_eq!(red(Flaw::Panics), ["no panic"], "{}", info.name);
    }
}

#[test]
fn every_scenario_that_holds_a_second_election_catches_two_leaders_and_votes_never_given() {
    for info in sim_scenarios::SCENARIOS.iter().filter(|info| info.name != "initial_election_3a") {
        let leads_unelected = red(info.name, Flaw::LeadsUnelected);
        assert!(leads_unelected.contains(&"Election Safety"), "{}", info.name);
        assert_eq!(red(info.name, Flaw::GrantsAll), ["promises are durable"], "{}", info.name);
    }
}
