//! Terms never go back, on made-up servers.

use raftsim_node::{NodeId, Term, Time};
use raftsim_oracles::Terms;
use raftsim_sim::Failure;

use crate::support::{Said, broken, ms, n, said};

/// One of the oracle's three methods.
type Ask = fn(&mut Terms, Time, NodeId, Term, Term) -> Result<(), Failure>;

/// n2's term goes from `before` to `after`, as the method `ask` judges it. Returns the verdict, and
/// how many changes were judged.
fn judge(ask: Ask, before: Term, after: Term) -> (Said, u64) {
    let mut oracle = Terms::default();
    let verdict = ask(&mut oracle, ms(6), n(2), before, after);
    (said(verdict), oracle.judged())
}

fn back(first: &str, second: &str) -> (Said, u64) {
    (broken("terms never go back", ms(6), first, second), 1)
}

#[test]
fn a_term_may_grow_or_stay() {
    for ask in [Terms::believed as Ask, Terms::written, Terms::booted] {
        for (before, after) in [(0, 0), (0, 1), (4, 4), (4, 9), (Term::MAX, Term::MAX)] {
            assert_eq!(judge(ask, before, after), (Ok(()), 1));
        }
    }
}

#[test]
fn the_term_of_a_status_does_not_go_back() {
    assert_eq!(judge(Terms::believed, 5, 4), back("n2 was in term 5", "it is in term 4"));
}

#[test]
fn the_term_on_a_disk_does_not_go_back() {
    assert_eq!(judge(Terms::written, 5, 0), back("n2's disk was in term 5", "it is in term 0"));
}

#[test]
fn a_boot_does_not_fall_below_its_disk() {
    let expected = back("n2 boots from a disk in term 5", "it starts in term 4");
    assert_eq!(judge(Terms::booted, 5, 4), expected);
}

#[test]
fn each_change_is_counted() {
    let mut oracle = Terms::default();
    assert_eq!(oracle.judged(), 0);
    assert_eq!(oracle.booted(ms(1), n(1), 0, 0), Ok(()));
    assert_eq!(oracle.written(ms(2), n(1), 0, 1), Ok(()));
    assert_eq!(oracle.believed(ms(2), n(1), 0, 1), Ok(()));
    assert!(oracle.believed(ms(3), n(1), 1, 0).is_err());
    assert_eq!(oracle.judged(), 4);
}
