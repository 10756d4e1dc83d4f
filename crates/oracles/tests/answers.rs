//! The term in which a proposal is accepted, on made-up servers.

use raftsim_node::{ProposalId, Role, Status, Term};
use raftsim_oracles::{Answers, LogOracles};

use crate::support::{Said, broken, ms, n, said};

const ID: ProposalId = ProposalId(1);

/// n2, which is in term `current`, is asked and accepts a proposal at index 7 in `term`.
fn accept(current: Term, term: Term) -> (Said, u64) {
    let mut oracle = Answers::default();
    oracle.proposed(n(2), ID, current);
    let verdict = oracle.accepted(ms(4), n(2), ID, current, (7, term));
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
    let accept = |oracles: &mut LogOracles, term| {
        oracles.proposed(n(2), ID);
        said(oracles.accepted(ms(4), n(2), ID, (7, term)))
    };
    assert_eq!(accept(&mut oracles, 5), Ok(()));
    assert_eq!(accept(&mut oracles, 4), mistaken(5, 4));
    // A server that leads does so in its term, even if its disk is ahead.
    oracles.promised(n(2), 6);
    assert_eq!(accept(&mut oracles, 5), Ok(()));
    oracles.becomes(n(2), Status::new(6, Role::Follower));
    assert_eq!(accept(&mut oracles, 6), Ok(()));
    assert_eq!(accept(&mut oracles, 5), mistaken(6, 5));
}

/// n2 is asked twice in term 3 and once in term 5, and refuses the second proposal. Then, in term
/// 6, it accepts the proposal `id` in `term`.
fn accept_late(id: u64, term: Term) -> Said {
    let mut oracle = Answers::default();
    for (id, current) in [(1, 3), (2, 3), (4, 5)] {
        oracle.proposed(n(2), ProposalId(id), current);
    }
    oracle.rejected(ProposalId(2));
    said(oracle.accepted(ms(4), n(2), ProposalId(id), 6, (7, term)))
}

#[test]
fn a_late_answer_names_a_term_in_which_the_server_was_since_the_proposal() {
    for (id, terms) in [(1, 3..=6), (4, 5..=6)] {
        let first = format!("n2 was in term {} at the proposal and is in term 6", terms.start());
        for term in 0..9 {
            let second = format!("it accepts a proposal as 7@{term}");
            let mistaken = broken("accepted in the server's term", ms(4), &first, &second);
            let expected = if terms.contains(&term) { Ok(()) } else { mistaken };
            assert_eq!(accept_late(id, term), expected, "{id} {term}");
        }
    }
}

#[test]
fn of_a_proposal_that_is_not_open_only_the_present_term_counts() {
    for id in [0, 2, 3, 9] {
        assert_eq!(accept_late(id, 6), Ok(()));
        assert_eq!(accept_late(id, 5), mistaken(6, 5));
    }
}

#[test]
fn a_crash_ends_what_was_proposed_to_that_server_alone() {
    let accept = |crashed: u8| {
        let mut oracle = Answers::default();
        oracle.proposed(n(2), ID, 3);
        oracle.crashed(n(crashed));
        said(oracle.accepted(ms(4), n(2), ID, 5, (7, 4)))
    };
    assert_eq!(accept(1), Ok(()));
    assert_eq!(accept(2), mistaken(5, 4));
}
