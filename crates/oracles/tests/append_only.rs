//! Leader Append-Only, on made-up writes.

use raftsim_node::Term;
use raftsim_oracles::{Change, LeaderAppendOnly};

use crate::support::{Pages, Said, behind, broken, copy, ms, n, pages, said};

/// n2, which leads in the term `leads` or in none, replaces the log `before` by `after`. Returns
/// the verdict, and how many writes were judged.
fn judge(leads: Option<Term>, before: &Pages, after: &Pages) -> (Said, u64) {
    let mut oracle = LeaderAppendOnly::default();
    let change: Change = copy(before).read(after, after.snapshot, Some(0));
    (said(oracle.written(ms(7), n(2), leads, &change)), oracle.judged())
}

fn lost(entry: &str) -> (Said, u64) {
    let first = format!("n2 leads in term 3, and its log held {entry}");
    let second = "a write of its own overwrote or deleted that";
    (broken("Leader Append-Only", ms(7), &first, second), 1)
}

#[test]
fn a_leader_may_append_compact_and_write_the_same_again() {
    let log = pages("a1 b1 c3");
    for after in [pages("a1 b1 c3 d3"), behind(2, 1, "c3"), behind(3, 3, "d3"), log.clone()] {
        assert_eq!(judge(Some(3), &log, &after), (Ok(()), 1));
    }
}

#[test]
fn a_leader_may_not_truncate() {
    assert_eq!(judge(Some(3), &pages("a1 b1 c3"), &pages("a1 b1")), lost("3@3 \"c\""));
    assert_eq!(judge(Some(3), &pages("a1 b1 c3"), &pages("")), lost("1@1 \"a\""));
    // Nor the entries after a snapshot.
    assert_eq!(judge(Some(3), &pages("a1 b1 c3"), &behind(1, 1, "")), lost("2@1 \"b\""));
}

#[test]
fn a_leader_may_not_overwrite() {
    assert_eq!(judge(Some(3), &pages("a1 b1"), &pages("a1 b3")), lost("2@1 \"b\""));
    assert_eq!(judge(Some(3), &pages("a1 b1"), &pages("a1 x1 c3")), lost("2@1 \"b\""));
}

#[test]
fn a_server_that_does_not_lead_may_overwrite_and_truncate() {
    for after in [pages("a1"), pages("x2"), pages("")] {
        assert_eq!(judge(None, &pages("a1 b1"), &after), (Ok(()), 0));
    }
}
