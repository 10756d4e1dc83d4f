//! Failures and their facts as values: which servers they accuse, when they are equal, how they
//! print.

use std::collections::BTreeSet;

use raftsim_node::{Bytes, Command, Index, Snapshot, Term, Time};
use raftsim_sim::{Fact, Failure, Kind, Property, Service, property};

use crate::toy::{Act, N1, N2, at, booted, setup, tell};

const RULE: Property = Property::new("a rule");

fn failure(facts: [Fact; 2]) -> Failure {
    Failure::violation(RULE, at(5), facts)
}

fn plain() -> [Fact; 2] {
    ["one thing", "another"].map(Fact::new)
}

#[test]
fn a_fact_is_a_text_and_what_it_is_about() {
    let fact = Fact::new("n1 applies 7").by(N1).at(at(3)).entry(7);
    assert_eq!(
        (fact.text(), fact.server(), fact.time(), fact.index()),
        ("n1 applies 7", Some(N1), Some(at(3)), Some(7))
    );
    let fact = Fact::new("n1 applies 7");
    assert_eq!((fact.server(), fact.time(), fact.index()), (None, None, None));
    assert_eq!(Fact::new("nothing").entry(0), Fact::new("nothing"), "0 is no entry");
}

#[test]
fn two_facts_are_the_same_if_all_their_fields_are() {
    let fact = || Fact::new("text").by(N1).at(at(3)).entry(7);
    assert_eq!(fact(), fact());
    for other in [fact().by(N2), fact().at(at(4)), fact().entry(8), Fact::new("text")] {
        assert_ne!(fact(), other);
    }
    assert_ne!(Fact::new("text"), Fact::new("Text"));
}

#[test]
fn two_failures_are_the_same_if_all_their_fields_are() {
    let limit = |by_chance| Failure::new(Kind::LabLimit { by_chance }, RULE, at(5), plain());
    let [first, second] = plain();
    let others = [
        Failure::contract(RULE, at(5), plain()),
        limit(false),
        limit(true),
        Failure::violation(Property::new("another rule"), at(5), plain()),
        Failure::violation(RULE, at(6), plain()),
        failure(plain()).accusing([N1]),
        failure([first.clone().entry(1), second.clone()]),
        failure([second, first]),
    ];
    assert_eq!(failure(plain()), failure(plain()));
    for (place, other) in others.iter().enumerate() {
        assert_ne!(*other, failure(plain()));
        assert!(!others[..place].contains(other), "{other:?}");
    }
}

#[test]
fn a_failure_accuses_the_server_of_its_second_fact_or_else_of_its_first() {
    let accused = |[first, second]: [Option<_>; 2]| {
        let fact = |server| match server {
            Some(node) => Fact::new("n3 n4").by(node),
            None => Fact::new("n3 n4"),
        };
        failure([fact(first), fact(second)]).accused().to_vec()
    };
    assert_eq!(accused([Some(N1), Some(N2)]), [N2]);
    assert_eq!(accused([None, Some(N2)]), [N2]);
    assert_eq!(accused([Some(N1), None]), [N1]);
    assert_eq!(accused([None, None]), [], "words accuse nobody");
}

#[test]
fn servers_that_accusing_names_replace_those_of_the_facts() {
    let facts = || [Fact::new("n1").by(N1), Fact::new("n2").by(N2)];
    assert_eq!(failure(facts()).accusing([N2, N1]).accused(), [N2, N1]);
    assert_eq!(failure(facts()).accusing([]).accused(), []);
}

#[test]
fn the_second_fact_has_the_failures_time_unless_it_has_its_own() {
    let [first, second] = plain();
    let times = |failure: &Failure| failure.facts().each_ref().map(Fact::time);
    assert_eq!(times(&failure(plain())), [None, Some(at(5))]);
    let facts = [first.at(at(1)), second.at(at(2))];
    assert_eq!(times(&failure(facts)), [Some(at(1)), Some(at(2))]);
}

#[test]
fn a_failure_is_one_pointer_and_so_is_a_result() {
    assert_eq!(size_of::<Failure>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Failure>>(), size_of::<usize>());
}

#[test]
fn a_failure_prints_as_one_line_whatever_its_facts_are_about() {
    let facts = || ["n1 leads", "n2 leads too"].map(Fact::new);
    let line = |kind| {
        let failure = Failure::new(kind, property::ELECTION_SAFETY, at(1234), facts());
        let [first, second] = facts();
        let facts = [first.by(N1).at(at(1)), second.by(N2).entry(3)];
        let marked = Failure::new(kind, property::ELECTION_SAFETY, at(1234), facts);
        assert_eq!(marked.to_string(), failure.to_string());
        failure.to_string()
    };
    let expected = |kind| format!("1.234000s Election Safety ({kind}): n1 leads; but n2 leads too");
    assert_eq!(line(Kind::Violation), expected("broken"));
    assert_eq!(line(Kind::Contract), expected("contract"));
    assert_eq!(line(Kind::LabLimit { by_chance: false }), expected("the lab's limit"));
    let chance = "the lab's limit, which a correct Raft may miss";
    assert_eq!(line(Kind::LabLimit { by_chance: true }), expected(chance));
    assert_eq!(Fact::new("n1 leads").by(N1).to_string(), "n1 leads");
}

/// A service that fails at the first entry, without knowing the time.
struct Refuses(Option<Time>);

impl Service for Refuses {
    fn apply(
        &mut self,
        _: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        let [first, second] = plain();
        let second = self.0.map_or(second.clone(), |time| second.at(time));
        Err(Failure::violation(RULE, Time::ZERO, [first, second]))
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn a_services_failure_gets_the_worlds_time_and_its_facts_keep_their_own() {
    for (said, seen) in [(None, at(1)), (Some(at(7)), at(7))] {
        let mut setup = setup(1);
        setup.service = Box::new(move |_| Box::new(Refuses(said)));
        let mut world = booted(setup);
        let apply = Act::Apply { index: 1, term: Some(1), command: None };
        let failure = tell(&mut world, N1, vec![apply]).expect_err("the service refuses");
        assert_eq!((failure.time(), failure.facts()[1].time()), (at(1), Some(seen)));
    }
}

#[test]
fn every_property_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = property::ALL.iter().map(|property| property.name()).collect();
    assert_eq!(names.len(), property::ALL.len());
    assert!(names.iter().all(|name| !name.is_empty() && name.trim() == *name));
    assert!(property::ALL.contains(&property::ELECTION_SAFETY));
}

#[test]
fn a_property_prints_its_name_padded_to_a_width() {
    assert_eq!(property::NO_PANIC.to_string(), "no panic");
    assert_eq!(format!("{:<10}|", property::NO_PANIC), "no panic  |");
}

#[test]
fn few_properties_say_that_something_happens_in_time() {
    let progress = property::ALL.iter().filter(|property| property.demands_progress());
    let names: Vec<&str> = progress.map(|property| property.name()).collect();
    let expected = [
        "a leader within five seconds",
        "agreement once the faults stop",
        "all servers reach the leader's commit index once the faults stop",
        "commands are applied soon under load",
        "agreement while the faults stand",
        "proposal answered",
        "run length",
    ];
    assert_eq!(names, expected);
}
