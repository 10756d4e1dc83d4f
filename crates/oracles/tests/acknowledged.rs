//! What servers acknowledged and what they write after that, on made-up disks.

use raftsim_node::{Index, Term};
use raftsim_oracles::AcknowledgedStays;

use crate::support::{Pages, Said, behind, broken, copy, ms, n, pages, said};

/// n2 has the log `before`, and acknowledges it through `through` in the term `within`. Then a write
/// leaves `after` on its disk, from the index `from` on; the disk is in the term `current`.
fn judged(
    before: &str,
    (within, through): (Term, Index),
    after: &Pages,
    (current, from): (Term, Index),
) -> (Said, u64) {
    let mut oracle = AcknowledgedStays::new(3);
    let term = copy(&pages(before)).term(through);
    oracle.acknowledges(ms(5), n(2), within, (through, term));
    let verdict = oracle.written(ms(7), (n(2), current), &copy(after), from);
    (said(verdict), oracle.judged())
}

fn gone(through: Index, within: Term, last: Term, second: &str) -> Said {
    let promised = format!("n2 acknowledged entries through {through} in term {within}");
    let first = format!("{promised}, the last of term {last}");
    broken("acknowledged entries stay", ms(7), &first, second)
}

#[test]
fn what_follows_the_acknowledged_entries_may_be_written() {
    assert_eq!(judged("a1 b2", (2, 2), &pages("a1 b2 c2"), (2, 3)), (Ok(()), 1));
}

#[test]
fn entries_that_are_written_again_as_they_were_are_kept() {
    assert_eq!(judged("a1 b2 c2", (2, 3), &pages("a1 b2 c2"), (2, 1)), (Ok(()), 1));
}

#[test]
fn acknowledged_entries_that_are_gone_are_found_out() {
    let second = "a write took entry 3 from its disk, in the same term";
    let verdict = (gone(3, 2, 2, second), 1);
    assert_eq!(judged("a1 b2 c2", (2, 3), &pages("a1 b2"), (2, 3)), verdict);
    // A snapshot that covers less does not replace them.
    assert_eq!(judged("a1 b2 c2", (2, 3), &behind(2, 2, ""), (2, 3)), verdict);
}

#[test]
fn acknowledged_entries_that_are_replaced_are_found_out() {
    let second = "a write put 3@1 there, in the same term";
    let verdict = (gone(3, 2, 2, second), 1);
    assert_eq!(judged("a1 b2 c2", (2, 3), &pages("a1 b1 x1"), (2, 2)), verdict);
}

#[test]
fn a_snapshot_may_cover_acknowledged_entries() {
    for snapshot in [behind(3, 2, ""), behind(4, 2, ""), behind(4, None, "e2")] {
        assert_eq!(judged("a1 b2 c2", (2, 3), &snapshot, (2, 1)), (Ok(()), 1));
    }
}

#[test]
fn in_a_later_term_another_leader_may_replace_them() {
    assert_eq!(judged("a1 b2 c2", (2, 3), &pages("a1 x3"), (3, 2)), (Ok(()), 0));
}

#[test]
fn the_furthest_acknowledgement_of_the_latest_term_counts() {
    let mut oracle = AcknowledgedStays::new(3);
    for (within, through, term) in [(1, 9, 1), (2, 3, 2), (2, 1, 1), (1, 5, 1)] {
        oracle.acknowledges(ms(5), n(2), within, (through, Some(term)));
    }
    let log = copy(&pages("a1 b2"));
    assert_eq!(said(oracle.written(ms(6), (n(2), 1), &log, 3)), Ok(()));
    let second = "a write took entry 3 from its disk, in the same term";
    assert_eq!(said(oracle.written(ms(7), (n(2), 2), &log, 3)), gone(3, 2, 2, second));
    // Another server has acknowledged nothing.
    assert_eq!(said(oracle.written(ms(7), (n(1), 2), &log, 3)), Ok(()));
}
