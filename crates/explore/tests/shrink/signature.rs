//! What makes two failures the same.

use raftsim_explore::Run;
use raftsim_node::Role;
use raftsim_sim::{Fact, Failure, Kind, Panic, Property};

use super::toy::{at, n};
use crate::support::{fails, passes};

const ROLES: [Option<Role>; 4] =
    [Some(Role::Leader), Some(Role::Follower), None, Some(Role::Leader)];

fn run(failure: Failure) -> Run {
    Run { roles: ROLES.to_vec(), ..fails(1, failure) }
}

fn failed(kind: Kind, property: &'static str, facts: [Fact; 2]) -> Run {
    run(Failure::new(kind, Property::new(property), at(1), facts))
}

/// A fact by this server, or by none.
fn about(server: Option<u8>) -> Fact {
    let fact = Fact::new("text");
    match server {
        Some(number) => fact.by(n(number)),
        None => fact,
    }
}

/// Whether these runs fail in the same way.
fn alike(one: &Run, other: &Run) -> bool {
    one.signature().expect("it fails") == other.signature().expect("it fails")
}

/// A run that fails with two facts by these servers.
fn of(facts: [Option<u8>; 2]) -> Run {
    failed(Kind::Violation, "p", facts.map(about))
}

/// A run whose failure accuses these servers.
fn accusing(numbers: &[u8]) -> Run {
    let facts = [None, None].map(about);
    let failure = Failure::violation(Property::new("p"), at(1), facts);
    run(failure.accusing(numbers.iter().map(|&number| n(number))))
}

#[test]
fn a_run_that_passed_has_no_signature() {
    assert_eq!(passes(1).signature(), None);
}

#[test]
fn servers_are_distinguished_by_their_roles() {
    assert!(alike(&of([Some(1), Some(2)]), &of([Some(4), Some(2)])));
    assert!(!alike(&of([Some(1), Some(2)]), &of([Some(1), Some(4)])));
    assert!(alike(&of([Some(1), None]), &of([Some(4), None])));
    assert!(!alike(&of([Some(2), None]), &of([Some(3), None])), "to be down counts as a role");
}

#[test]
fn what_a_cluster_fails_by_is_the_same_whichever_servers_and_however_many_it_accuses() {
    let fails = |property, servers: usize, accused: [Option<u8>; 2]| {
        let roles = ROLES.into_iter().cycle().take(servers).collect();
        Run { roles, ..failed(Kind::Violation, property, accused.map(about)) }
    };
    for property in ["no flood", "a leader within five seconds", "agreement once the faults stop"] {
        let fails = |servers, accused| fails(property, servers, accused);
        let all = fails(7, [Some(1), Some(2)]);
        assert!(alike(&all, &fails(7, [Some(2), Some(3)])));
        assert!(alike(&all, &fails(3, [Some(2), None])));
        assert!(alike(&all, &fails(2, [None, None])));
        assert!(!alike(&all, &fails(1, [Some(1), None])), "a single server");
    }
    assert!(!alike(&fails("p", 4, [Some(1), None]), &fails("p", 4, [Some(2), None])));
}

#[test]
fn servers_count_in_the_order_in_which_they_are_accused() {
    assert!(!alike(&accusing(&[1, 2]), &accusing(&[2, 1])));
    assert!(alike(&accusing(&[1, 2]), &accusing(&[4, 2])));
    assert!(!alike(&accusing(&[1]), &accusing(&[1, 1])));
    assert!(alike(&accusing(&[2]), &of([Some(1), Some(2)])));
}

#[test]
fn an_accused_server_that_the_run_lacks_does_not_count() {
    assert!(alike(&of([None, Some(5)]), &of([None, None])));
    assert!(alike(&accusing(&[5, 2]), &accusing(&[2])));
}

#[test]
fn no_word_of_a_text_accuses_anybody() {
    let saying = |text: &str| failed(Kind::Violation, "p", [Fact::new(text), Fact::new("text")]);
    for text in ["n1", "n1 leads", "n1>n2#7, (n3)", "4@2 \"n2\"", "it panicked: ah at raft.rs:7:9"]
    {
        assert!(alike(&saying(text), &of([None, None])), "{text}");
    }
}

/// Two runs that differ only in the entry's command: too few disks hold it, though it is committed.
#[test]
fn a_command_that_prints_as_a_servers_name_accuses_nobody() {
    let committed = |command: &str| {
        let text = format!("4@2 {command:?} is committed, as n1 in term 2 showed at 0.001000s");
        let facts = [Fact::new(text).by(n(1)).entry(4), Fact::new("1 of 3 disks hold it")];
        failed(Kind::Violation, "a majority holds what is committed", facts)
    };
    assert!(alike(&committed("n2"), &committed("x")));
}

#[test]
fn kind_and_property_count_but_not_whether_chance_may_cause_the_failure() {
    let signature =
        |kind, property| failed(kind, property, [Some(1), Some(2)].map(about)).signature();
    let limit = |by_chance| Kind::LabLimit { by_chance };
    assert_eq!(signature(limit(true), "p"), signature(limit(false), "p"));
    assert_ne!(signature(limit(true), "p"), signature(Kind::Violation, "p"));
    assert_ne!(signature(Kind::Contract, "p"), signature(Kind::Violation, "p"));
    assert_ne!(signature(Kind::Violation, "p"), signature(Kind::Violation, "q"));
}

#[test]
fn a_cluster_that_accuses_nobody_differs_from_a_single_server() {
    let stuck = |size: usize, server| {
        let roles = vec![Some(Role::Follower); size];
        Run { roles, ..of([None, server]) }.signature()
    };
    let nobody = |size| stuck(size, None);
    assert_eq!(nobody(2), nobody(5));
    assert_ne!(nobody(1), nobody(3));
    // If a server is accused the size does not count.
    let accused = |size| stuck(size, Some(1));
    assert_eq!(accused(1), accused(5));
}

/// A run in which this server panicked, with this message, at this place.
fn panicked(number: u8, message: &str, place: Option<&str>) -> Run {
    let panic = Panic {
        message: message.to_owned(),
        place: place.map(str::to_owned),
        aside: String::new(),
    };
    run(Failure::panicked(at(1), about(Some(number)), &panic))
}

#[test]
fn a_panic_is_recognized_by_its_place_alone() {
    let one = panicked(2, "no n1 at 3", Some("src/raft.rs:7:9"));
    assert!(alike(&one, &panicked(1, "no n3 at 4", Some("src/raft.rs:7:9"))));
    assert!(!alike(&one, &panicked(2, "no n1 at 3", Some("src/raft.rs:8:9"))));
    // Without a place it is recognized by the role of the server that panicked, as other failures
    // are.
    assert!(!alike(&panicked(2, "no n1", None), &panicked(1, "no n1", None)));
    assert!(alike(&panicked(1, "no n1", None), &panicked(4, "no n2", None)));
}
