//! What a message vouches for is on its sender's disk, on made-up disks and messages.

use raftsim_node::{Promise, Term};
use raftsim_oracles::{Promises, Vouched};
use raftsim_sim::Durable;

use crate::support::{Said, broken, disk, ms, n, said};

/// n2, whose disk holds `disk`, sends a message that vouches for `term` and `promise`. Returns the
/// verdict, and how many messages were judged.
fn judge(disk: Durable, term: Option<Term>, promise: impl Into<Option<Promise>>) -> (Said, u64) {
    let mut oracle = Promises::default();
    let verdict = oracle.sent(ms(4), n(2), &disk, Vouched { term, promise: promise.into() });
    (said(verdict), oracle.judged())
}

fn vote(candidate: u8) -> Promise {
    Promise::Vote { candidate: n(candidate) }
}

fn stored(through: u64) -> Promise {
    Promise::Stored { through }
}

/// A disk in term 3, with a vote for n1 and entries through 5.
const FILLED: Durable = Durable { term: 3, voted_for: Some(n(1)), last_index: 5 };

fn lie(first: &str, second: &str) -> (Said, u64) {
    (broken("promises are durable", ms(4), first, second), 1)
}

#[test]
fn a_term_on_the_disk_may_be_sent() {
    assert_eq!(judge(FILLED, Some(3), None), (Ok(()), 1));
    // A term that was durable once may still be sent: a disk's terms only grow.
    assert_eq!(judge(FILLED, Some(2), None), (Ok(()), 1));
}

#[test]
fn a_term_ahead_of_the_disk_may_not_be_sent() {
    let facts = ["n2's disk is in term 3", "it sends a message of term 4"];
    assert_eq!(judge(FILLED, Some(4), None), lie(facts[0], facts[1]));
    // The term is judged before the promise in it.
    assert_eq!(judge(FILLED, Some(4), vote(1)), lie(facts[0], facts[1]));
}

#[test]
fn a_vote_on_the_disk_may_be_promised() {
    assert_eq!(judge(FILLED, Some(3), vote(1)), (Ok(()), 1));
}

#[test]
fn a_vote_for_another_may_not_be_promised() {
    let facts = ["n2's disk has a vote for n1 in term 3", "it sends its vote for n3"];
    assert_eq!(judge(FILLED, Some(3), vote(3)), lie(facts[0], facts[1]));
}

#[test]
fn a_vote_that_was_never_written_may_not_be_promised() {
    let facts = ["n2's disk has no vote in term 3", "it sends its vote for n1"];
    assert_eq!(judge(disk(3, None), Some(3), vote(1)), lie(facts[0], facts[1]));
}

#[test]
fn entries_on_the_disk_may_be_acknowledged() {
    assert_eq!(judge(FILLED, Some(3), stored(5)), (Ok(()), 1));
    assert_eq!(judge(FILLED, Some(3), stored(0)), (Ok(()), 1));
}

#[test]
fn entries_beyond_the_log_may_not_be_acknowledged() {
    let facts = ["n2's log on disk ends at 5", "it acknowledges entries through 6"];
    assert_eq!(judge(FILLED, Some(3), stored(6)), lie(facts[0], facts[1]));
}

#[test]
fn a_promise_of_an_older_term_is_history() {
    assert_eq!(judge(FILLED, Some(2), vote(3)), (Ok(()), 1));
    assert_eq!(judge(FILLED, Some(2), stored(9)), (Ok(()), 1));
}

#[test]
fn a_promise_without_a_term_is_compared_with_the_disk_as_it_is() {
    assert_eq!(judge(FILLED, None, vote(1)), (Ok(()), 1));
    let facts = ["n2's log on disk ends at 5", "it acknowledges entries through 7"];
    assert_eq!(judge(FILLED, None, stored(7)), lie(facts[0], facts[1]));
}

#[test]
fn a_message_that_vouches_for_nothing_is_not_judged() {
    assert_eq!(judge(FILLED, None, None), (Ok(()), 0));
}
