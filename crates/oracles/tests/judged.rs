//! Which oracles should have judged something and did not.

use raftsim_node::{Claims, Duration};
use raftsim_oracles::{Judged, Shown};
use raftsim_sim::Property;

/// The properties that are reported as unexercised when nothing at all was judged.
fn idle(view: bool, steps_down: bool) -> Vec<&'static str> {
    let shown = Shown { view, claims: claims(steps_down) };
    Judged::default().unexercised(shown).map(Property::name).collect()
}

fn claims(steps_down: bool) -> Claims {
    let claims = Claims::default();
    if steps_down { claims.stepping_down_within(Duration::from_millis(900)) } else { claims }
}

const OF_EVERY_NODE: [&str; 7] = [
    "Election Safety",
    "terms never go back",
    "only what was proposed is applied",
    "State Machine Safety",
    "applied in order and once",
    "a snapshot is one that was taken",
    "accepted in the server's term",
];

#[test]
fn every_node_gives_some_oracles_work() {
    assert_eq!(idle(false, false), OF_EVERY_NODE);
}

#[test]
fn a_disk_that_is_seen_gives_work_to_those_that_read_it() {
    let mut more = idle(true, false);
    more.retain(|property| !OF_EVERY_NODE.contains(property));
    let reading = [
        "one vote per term",
        "Log Matching",
        "Leader Append-Only",
        "Leader Completeness",
        "a majority holds what is committed",
        "entry terms are in order",
    ];
    assert_eq!(more, reading);
}

#[test]
fn a_claim_gives_work_to_the_oracles_that_judge_it() {
    let mut more = idle(false, true);
    more.retain(|property| !OF_EVERY_NODE.contains(property));
    let of_the_claim =
        ["no leader without a majority", "a leader within five seconds", "a leader stays"];
    assert_eq!(more, of_the_claim);
}

#[test]
fn an_oracle_of_what_a_node_need_not_report_is_never_due() {
    let shown = idle(true, true);
    let named = Judged::default().iter().map(|(property, _)| property.name());
    let optional: Vec<_> = named.filter(|property| !shown.contains(property)).collect();
    let expected = [
        "promises are durable",
        "a named leader leads",
        "acknowledged entries stay",
        "commit index never goes back",
    ];
    assert_eq!(optional, expected);
}
