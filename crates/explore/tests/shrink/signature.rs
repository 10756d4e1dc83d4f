//! What makes two failures the same.

use raftsim_explore::Run;
use raftsim_node::Role;
use raftsim_sim::{Failure, Kind};

use super::toy::at;
use crate::support::{fails, passes};

const ROLES: [Option<Role>; 4] =
    [Some(Role::Leader), Some(Role::Follower), None, Some(Role::Leader)];

fn failed(kind: Kind, property: &'static str, first: &str, second: &str) -> Run {
    let facts = [first.to_owned(), second.to_owned()];
    Run { roles: ROLES.to_vec(), ..fails(1, Failure::new(kind, property, at(1), facts)) }
}

/// Whether failures with these facts are the same.
fn alike(one: [&str; 2], other: [&str; 2]) -> bool {
    let signature = |[first, second]: [&str; 2]| {
        failed(Kind::Violation, "p", first, second).signature().unwrap()
    };
    signature(one) == signature(other)
}

#[test]
fn a_run_that_held_has_none() {
    assert_eq!(passes(1).signature(), None);
}

#[test]
fn servers_are_distinguished_by_their_roles() {
    assert!(alike(["n1 leads term 7", "so does n2"], ["n4 leads term 9", "so does n2"]));
    assert!(!alike(["n1 leads", "so does n2"], ["n1 leads", "so does n4"]));
    assert!(!alike(["n2 holds", ""], ["n3 holds", ""]), "down is a part too");
}

#[test]
fn servers_count_in_order_of_mention_fact_by_fact() {
    assert!(!alike(["n1 and n2", ""], ["n2 and n1", ""]));
    assert!(!alike(["n1", "n2"], ["n1 n2", ""]));
    assert!(!alike(["n1", ""], ["n1 n1", ""]));
}

#[test]
fn only_whole_words_name_servers() {
    assert!(alike(["n1>n2#7, (n3)", ""], ["n4 n2 n3", ""]));
    for text in
        ["in1", "n1st", "_n1", "n_1", "n", "1", "n0", "n01", "n5", "n99999999999999999999", "än1"]
    {
        assert!(alike([text, ""], ["", ""]), "{text}");
    }
}

#[test]
fn kind_and_property_count_but_not_whether_chance_could_do_it() {
    let signature = |kind, property| failed(kind, property, "n1", "n2").signature();
    let limit = |by_chance| Kind::LabLimit { by_chance };
    assert_eq!(signature(limit(true), "p"), signature(limit(false), "p"));
    assert_ne!(signature(limit(true), "p"), signature(Kind::Violation, "p"));
    assert_ne!(signature(Kind::Contract, "p"), signature(Kind::Violation, "p"));
    assert_ne!(signature(Kind::Violation, "p"), signature(Kind::Violation, "q"));
}

#[test]
fn a_stuck_cluster_is_another_than_one_with_a_smaller_majority() {
    let stuck = |size: usize, facts: [&str; 2]| {
        let [first, second] = facts;
        let roles = vec![Some(Role::Follower); size];
        Run { roles, ..failed(Kind::Violation, "p", first, second) }.signature()
    };
    let nobody = |size| stuck(size, ["somebody leads", "nobody does"]);
    assert_eq!(nobody(4), nobody(5));
    assert_ne!(nobody(1), nobody(3));
    // Where somebody is accused the size says nothing.
    let accused = |size| stuck(size, ["somebody leads", "n1 does not"]);
    assert_eq!(accused(1), accused(5));
}

#[test]
fn a_panic_is_recognized_by_its_place_alone() {
    let at = |message, place: &str| format!("it panicked: {message} at {place}");
    let one = at("no n1 at 3", "src/raft.rs:7:9");
    assert!(alike(["n2", &one], ["n1", &at("no n3 at 4", "src/raft.rs:7:9")]));
    assert!(!alike(["n2", &one], ["n2", &at("no n1 at 3", "src/raft.rs:8:9")]));
}
