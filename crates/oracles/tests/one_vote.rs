//! One vote per term, on made-up writes.

use raftsim_oracles::OneVote;
use raftsim_sim::Durable;

use crate::support::{Said, broken, disk, ms, n, said};

/// n3's disk goes through these `states`; only the last write may break the property. Returns its
/// verdict, and how many votes were judged (writes that leave a vote on the disk).
fn judge(states: &[Durable]) -> (Said, u64) {
    let mut oracle = OneVote::default();
    let mut last = Ok(());
    for (write, pair) in (1..).zip(states.windows(2)) {
        assert_eq!(last, Ok(()), "only the last write may break the property");
        last = said(oracle.written(ms(write), n(3), pair[0], pair[1]));
    }
    (last, oracle.judged())
}

#[test]
fn the_first_vote_of_a_term_is_free() {
    assert_eq!(judge(&[disk(0, None), disk(1, None), disk(1, Some(2))]), (Ok(()), 1));
    assert_eq!(judge(&[disk(4, None), disk(5, Some(2))]), (Ok(()), 1));
}

#[test]
fn a_new_term_clears_the_vote() {
    let states = [disk(1, Some(1)), disk(2, None), disk(2, Some(2)), disk(3, Some(3))];
    assert_eq!(judge(&states), (Ok(()), 2));
}

#[test]
fn a_term_without_a_vote_is_nothing_to_judge() {
    assert_eq!(judge(&[disk(0, None), disk(1, None), disk(7, None)]), (Ok(()), 0));
}

#[test]
fn the_same_vote_may_be_written_again() {
    let longer = Durable { last_index: 9, ..disk(2, Some(1)) };
    assert_eq!(judge(&[disk(2, Some(1)), disk(2, Some(1)), longer]), (Ok(()), 2));
}

#[test]
fn a_vote_does_not_change_within_its_term() {
    let facts = ["n3 voted for n1 in term 2", "its disk now has a vote for n2 in the same term"];
    let expected = broken("one vote per term", ms(2), facts[0], facts[1]);
    assert_eq!(judge(&[disk(1, Some(2)), disk(2, Some(1)), disk(2, Some(2))]), (expected, 2));
}

#[test]
fn a_vote_is_not_forgotten_within_its_term() {
    let facts = ["n3 voted for n3 in term 7", "its disk has forgotten that vote within the term"];
    let expected = broken("one vote per term", ms(1), facts[0], facts[1]);
    assert_eq!(judge(&[disk(7, Some(3)), disk(7, None)]), (expected, 0));
}

#[test]
fn each_server_votes_on_its_own() {
    let mut oracle = OneVote::default();
    let voted = |node, candidate| (n(node), disk(1, None), disk(1, Some(candidate)));
    for (node, before, after) in [voted(1, 1), voted(2, 2), voted(3, 1)] {
        assert_eq!(oracle.written(ms(1), node, before, after), Ok(()));
    }
    assert_eq!(oracle.judged(), 3);
}
