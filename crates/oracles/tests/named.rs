//! The leaders that servers name, on made-up servers.

use raftsim_node::{NodeId, Role, Status, Term, Time};
use raftsim_oracles::NamedLeaders;

use crate::support::{Said, broken, ms, n, said};

fn leads(term: Term) -> Status {
    Status::new(term, Role::Leader)
}

fn follows(term: Term, leader: impl Into<Option<u8>>) -> Status {
    Status::new(term, Role::Follower).with_leader(leader.into().map(n))
}

/// What the oracle reports of these statuses, one each millisecond.
fn judged(statuses: &[(u8, Status)]) -> (Said, u64) {
    let mut oracle = NamedLeaders::new(3);
    let mut verdict = Ok(());
    for (&(node, status), millis) in statuses.iter().zip(1..) {
        verdict = oracle.becomes(ms(millis), n(node), status);
        if verdict.is_err() {
            break;
        }
    }
    (said(verdict), oracle.judged())
}

fn wrong(at: Time, by: u8, leader: u8, term: Term, second: &str) -> Said {
    let first = format!("n{by} names n{leader} as the leader of term {term}");
    broken("a named leader leads", at, &first, second)
}

#[test]
fn a_leader_is_named_by_those_that_heard_it() {
    let statuses = [(1, leads(2)), (2, follows(2, 1)), (3, follows(2, 1)), (2, follows(3, None))];
    assert_eq!(judged(&statuses), (Ok(()), 2));
}

#[test]
fn a_leader_of_the_past_may_still_be_named_in_its_term() {
    let statuses = [(1, leads(2)), (1, follows(3, None)), (3, leads(3)), (2, follows(2, 1))];
    assert_eq!(judged(&statuses), (Ok(()), 1));
}

#[test]
fn a_leader_is_not_named_in_a_term_in_which_another_leads() {
    let statuses = [(1, leads(2)), (3, leads(3)), (2, follows(3, 1))];
    assert_eq!(judged(&statuses), (wrong(ms(3), 2, 1, 3, "n3 leads in term 3"), 1));
}

#[test]
fn one_that_is_named_before_it_leads_is_judged_when_it_is_certain() {
    let named = (2, follows(4, 1));
    let candidate = (1, Status::new(4, Role::Candidate));
    assert_eq!(judged(&[candidate, named, (1, leads(4))]), (Ok(()), 1));
    assert_eq!(judged(&[candidate, named]), (Ok(()), 1));
    let second = "n3 leads in term 4";
    assert_eq!(judged(&[candidate, named, (3, leads(4))]), (wrong(ms(3), 2, 1, 4, second), 1));
    let second = "n1 did not lead in that term, and is in term 5";
    let later = (1, Status::new(5, Role::Candidate));
    assert_eq!(judged(&[candidate, named, later]), (wrong(ms(3), 2, 1, 4, second), 1));
    // It was in a later term all along.
    assert_eq!(judged(&[later, named]), (wrong(ms(2), 2, 1, 4, second), 1));
}

#[test]
fn a_server_that_does_not_exist_leads_in_no_term() {
    let statuses = [(2, follows(1, 9))];
    assert_eq!(judged(&statuses), (wrong(ms(1), 2, 9, 1, "the cluster has no server n9"), 1));
}

#[test]
fn a_leader_that_is_named_in_a_refusal_is_judged_too() {
    let mut oracle = NamedLeaders::new(3);
    let names = |oracle: &mut NamedLeaders, leader: NodeId| {
        said(oracle.refuses(ms(9), n(2), 3..=3, leader))
    };
    assert_eq!(said(oracle.becomes(ms(1), n(1), leads(3))), Ok(()));
    assert_eq!(names(&mut oracle, n(1)), Ok(()));
    assert_eq!(names(&mut oracle, n(3)), wrong(ms(9), 2, 3, 3, "n1 leads in term 3"));
}

#[test]
fn a_refusal_that_comes_late_may_name_the_leader_of_a_term_since_the_proposal() {
    let mut oracle = NamedLeaders::new(3);
    for (node, term) in [(1, 3), (3, 5)] {
        assert_eq!(said(oracle.becomes(ms(term), n(node), leads(term))), Ok(()));
    }
    let mut refuses = |terms| said(oracle.refuses(ms(9), n(2), terms, n(1)));
    assert_eq!([refuses(3..=5), refuses(2..=5)], [Ok(()), Ok(())]);
    assert_eq!(refuses(4..=5), wrong(ms(9), 2, 1, 5, "n3 leads in term 5"));
}

#[test]
fn a_refusal_may_name_the_leader_of_a_term_that_the_server_has_not_written_yet() {
    let mut oracle = NamedLeaders::new(3);
    for (node, term) in [(1, 3), (3, 5)] {
        assert_eq!(said(oracle.becomes(ms(term), n(node), leads(term))), Ok(()));
    }
    assert_eq!(said(oracle.refuses(ms(9), n(2), 3..=3, n(3))), Ok(()));
    assert_eq!(oracle.judged(), 1);
    // In a status the term is that of the named leader, and n2 never led.
    let status = said(oracle.becomes(ms(9), n(2), follows(3, 3)));
    assert_eq!(status, wrong(ms(9), 2, 3, 3, "n1 leads in term 3"));
    let other = said(oracle.refuses(ms(9), n(1), 3..=3, n(2)));
    assert_eq!(other, wrong(ms(9), 2, 3, 3, "n1 leads in term 3"));
}
