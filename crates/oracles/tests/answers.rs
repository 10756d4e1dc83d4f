//! The term in which a proposal is accepted, on made-up servers.

use raftsim_node::{Role, Status, Term};
use raftsim_oracles::{Answers, LogOracles};

use crate::support::{Said, broken, ms, n, said};

/// n2, which is in term `current`, accepts a proposal at index 7 in `term`.
fn accept(current: Term, term: Term) -> (Said, u64) {
    let mut oracle = Answers::default();
    let verdict = oracle.accepted(ms(4), n(2), current, (7, term));
    (said(verdict), oracle.judged())
}

fn mistaken(current: Term, term: Term) -> Said {
    let first = format!("n2 is in term {current}");
    let second = format!("it accepts a proposal as 7@{term}");
    broken("accepted in the server's term", ms(4), &first, &second)
}

#[test]
fn a_proposal_is_accepted_in_the_servers_term() {
    assert_eq!(accept(5, 5), (Ok(()), 1));
}

#[test]
fn a_proposal_accepted_in_another_term_is_found_out() {
    for term in [0, 4, 6, Term::MAX] {
        assert_eq!(accept(5, term), (mistaken(5, term), 1));
    }
}

#[test]
fn the_term_of_the_step_that_accepts_counts() {
    let mut oracles = LogOracles::new(3);
    oracles.becomes(n(2), Status::new(5, Role::Leader));
    let accept = |oracles: &mut LogOracles, term| said(oracles.accepted(ms(4), n(2), 7, term));
    assert_eq!(accept(&mut oracles, 5), Ok(()));
    assert_eq!(accept(&mut oracles, 4), mistaken(5, 4));
    // A server that leads does so in its term, even if its disk is ahead.
    oracles.promised(n(2), 6);
    assert_eq!(accept(&mut oracles, 5), Ok(()));
    oracles.becomes(n(2), Status::new(6, Role::Follower));
    assert_eq!(accept(&mut oracles, 6), Ok(()));
    assert_eq!(accept(&mut oracles, 5), mistaken(6, 5));
}
