//! Other people's Rafts: what is wrong with them is found where it shows, and nothing else is.

use raftsim_node::Node;
use raftsim_specimens::{Post2020, Post2020NoStepDown, Post2025, Unclaimed};
use sim_scenarios::{Part, SCENARIOS};

use crate::support::{properties, runner};

/// By scenario, for those whose claim the node makes: the properties by which some of 300 seeds
/// fail.
fn red<N: Node>() -> Vec<(&'static str, Vec<&'static str>)> {
    let claims = N::claims(&N::Config::default());
    // They elect leaders, and do no more.
    let elections = SCENARIOS.iter().filter(|info| info.part == Part::A);
    let claimed = elections.filter(|info| info.suits(&claims));
    let failed = |name| properties(&runner::<N>(name, N::Config::default()), 300);
    let names = |name| failed(name).into_iter().map(|(property, _)| property).collect();
    let all = claimed.map(|info| (info.name, names(info.name)));
    all.filter(|(_, properties): &(_, Vec<_>)| !properties.is_empty()).collect()
}

#[test]
fn post_2020_passes_everywhere() {
    assert_eq!(red::<Post2020>(), []);
}

#[test]
fn post_2020_without_its_fix_goes_on_leading_wherever_a_leader_is_cut_off() {
    let overstays = vec!["no leader without a majority"];
    let expected = [
        "reelection_3a",
        "many_elections_3a",
        "no_leader_without_majority_3a",
        "stale_leaders_return_3a",
        "duplicate_votes_3a",
        "stale_heartbeats_3a",
    ]
    .map(|name| (name, overstays.clone()));
    assert_eq!(red::<Post2020NoStepDown>(), expected);
}

#[test]
fn without_that_claim_it_is_the_check_no_leader_that_its_author_met() {
    let failed = properties(&runner::<Unclaimed<Post2020NoStepDown>>("reelection_3a", ()), 300);
    let names: Vec<&str> = failed.into_iter().map(|(property, _)| property).collect();
    assert_eq!(names, ["check_no_leader"]);
}

#[test]
fn post_2025_is_left_without_a_timer_where_two_deposed_leaders_return() {
    let leaderless = vec!["a leader within five seconds", "check_one_leader"];
    assert_eq!(red::<Post2025>(), [("stale_leaders_return_3a", leaderless)]);
}
