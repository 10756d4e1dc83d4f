//! Log Matching, on made-up disks.

use raftsim_oracles::{Log, LogMatching};

use crate::support::{Pages, Said, behind, broken, copy, ms, n, pages, said};

/// Servers write these whole logs: (server, log). Only the last write may break the property.
/// Returns its verdict, and how many entries were judged.
fn judge(writes: &[(u8, Pages)]) -> (Said, u64) {
    let mut oracle = LogMatching::default();
    let mut logs = vec![Log::default(); 5];
    let mut last = Ok(());
    for ((node, pages), time) in writes.iter().zip(1..) {
        assert_eq!(last, Ok(()), "only the last write may break the property");
        let log = &mut logs[n(*node).slot()];
        let change = log.read(pages, pages.snapshot, Some(0));
        let through = change.snapshot;
        let stands = |last| oracle.compacted_through(ms(time), n(*node), log, last);
        let stood = through.map_or(Ok(()), stands);
        let written =
            |()| oracle.written(ms(time), n(*node), log, change.from, |_, _, _| Ok(())).map(drop);
        last = said(stood.and_then(written));
    }
    (last, oracle.judged())
}

fn broken_at(time: u64, first: &str, second: &str) -> Said {
    broken("Log Matching", ms(time), first, second)
}

#[test]
fn equal_logs_match_whoever_writes_first() {
    let writes =
        [(1, pages("a1 b1")), (2, pages("a1")), (3, pages("a1 b1 c2")), (2, pages("a1 b1"))];
    assert_eq!(judge(&writes), (Ok(()), 2 + 1 + 3 + 1));
}

#[test]
fn tails_of_different_terms_may_differ() {
    // Figure 7: logs that differ from some index on, each with terms of its own.
    let writes = [
        (1, pages("a1 b1 c1 d4 e4 f5 g5 h6 i6 j6")),
        (2, pages("a1 b1 c1 d4 e4 f5 g5 h6 i6 j6 k6")),
        (3, pages("a1 b1 c1 d4 e4 f5 g5 h6 i6 j6 x7 y7")),
        (4, pages("a1 b1 c1 d4 e4 p4 q4")),
        (5, pages("a1 b1 c1 r2 s2 t2 u3 v3 w3 x3 y3")),
    ];
    assert_eq!(judge(&writes).0, Ok(()));
}

#[test]
fn one_index_and_term_is_one_command() {
    let expected = broken_at(2, "n1's disk held 2@1 \"b\"", "n3's disk holds 2@1 \"x\"");
    assert_eq!(judge(&[(1, pages("a1 b1 c1")), (3, pages("a1 x1"))]), (expected, 3 + 2));
    let expected = broken_at(2, "n1's disk held 2@1 (no command)", "n3's disk holds 2@1 \"x\"");
    assert_eq!(judge(&[(1, pages("a1 -1")), (3, pages("a1 x1"))]).0, expected);
}

#[test]
fn logs_do_not_differ_below_an_equal_entry() {
    let facts = ["n1's disk held 3@3 after 2@1", "n2's disk holds 3@3 after 2@2"];
    let expected = broken_at(2, facts[0], facts[1]);
    assert_eq!(judge(&[(1, pages("a1 b1 c3")), (2, pages("a1 b2 c3"))]), (expected, 3 + 3));
}

#[test]
fn a_log_that_changes_below_an_equal_entry_is_found_when_it_does() {
    let facts = ["n1's disk held 3@3 after 2@2", "n2's disk holds 3@3 after 2@1"];
    let expected = broken_at(3, facts[0], facts[1]);
    let writes = [(1, pages("a1 b2 c3")), (2, pages("a1 b2 c3")), (2, pages("a1 b1 c3"))];
    assert_eq!(judge(&writes), (expected, 3 + 3 + 2));
}

#[test]
fn an_entry_that_was_overwritten_is_remembered() {
    let facts = ["n1's disk held 1@1 \"a\"", "n2's disk holds 1@1 \"x\""];
    let writes = [(1, pages("a1")), (1, pages("b2")), (2, pages("x1"))];
    assert_eq!(judge(&writes).0, broken_at(3, facts[0], facts[1]));
    // The entries of the same disk are compared with it too.
    let facts = ["n1's disk held 1@1 \"a\"", "n1's disk holds 1@1 \"x\""];
    assert_eq!(judge(&[(1, pages("a1")), (1, pages("x1"))]).0, broken_at(2, facts[0], facts[1]));
}

#[test]
fn a_snapshots_last_entry_stands_below_the_first_of_the_log() {
    assert_eq!(judge(&[(1, pages("a1 b1 c3")), (2, behind(2, 1, "c3"))]).0, Ok(()));
    let facts = ["n1's disk held 3@3 after 2@1", "n2's disk holds 3@3 after 2@2"];
    let expected = broken_at(2, facts[0], facts[1]);
    assert_eq!(judge(&[(1, pages("a1 b1 c3")), (2, behind(2, 2, "c3"))]).0, expected);
}

#[test]
fn a_snapshot_of_unknown_term_may_stand_below_any_entry() {
    let unknown = [(1, pages("a1 b1 c3")), (2, behind(2, None, "c3"))];
    assert_eq!(judge(&unknown).0, Ok(()));
    // It says nothing about the term below, which is judged by the others.
    let third = |term| judge(&[&unknown[..], &[(3, behind(2, term, "c3"))]].concat()).0;
    assert_eq!(third(1), Ok(()));
    let facts = ["n1's disk held 3@3 after 2@1", "n3's disk holds 3@3 after 2@2"];
    assert_eq!(third(2), broken_at(3, facts[0], facts[1]));
}

#[test]
fn a_log_that_does_not_follow_its_snapshot_is_found_out() {
    let kept =
        |term| [(1, pages("a1 b1 c1 d1")), (2, pages("a1 b1 c1")), (2, behind(2, term, "c1"))];
    assert_eq!(judge(&kept(1)).0, Ok(()));
    let facts = ["n1's disk held 3@1 after 2@1", "n2's disk holds 3@1 after 2@2"];
    assert_eq!(judge(&kept(2)).0, broken_at(3, facts[0], facts[1]));
    // A log that keeps entries before the snapshot's end shows that entry twice.
    let tail = Pages { snapshot: Some((2, Some(2))), ..pages("a1 b1 c1") };
    assert!(judge(&[(2, pages("a1 b1 c1")), (2, tail)]).0.is_err());
    // A log that ends with its snapshot has no next entry.
    assert_eq!(judge(&[(1, pages("a1 b1 c1 d1")), (2, behind(3, 2, ""))]).0, Ok(()));
}

#[test]
fn a_log_without_the_entry_below_is_judged_by_the_next_log_that_has_it() {
    let cut = |words| Pages { skipped: 2, ..pages(words) };
    let facts = ["n1's disk held 3@3 after 2@1", "n3's disk holds 3@3 after 2@2"];
    let writes = [(1, cut("c3")), (2, pages("a1 b1 c3")), (3, pages("a1 b2 c3"))];
    assert_eq!(judge(&writes).0, broken_at(3, facts[0], facts[1]));
}

#[test]
fn what_every_disk_has_compacted_is_forgotten() {
    let mut oracle = LogMatching::default();
    let mut log = Log::default();
    log.read(&pages("a1 b1 c1"), None, Some(0));
    assert_eq!(oracle.written(ms(1), n(1), &log, 1, |_, _, _| Ok(())), Ok(1));
    oracle.compacted(3);
    let mut log = Log::default();
    log.read(&pages("x1 y1"), None, Some(0));
    let is_new = |index, _, _| panic!("{index} was forgotten and is not new");
    assert_eq!(oracle.written(ms(2), n(2), &log, 1, is_new), Ok(1));
    let expected = broken_at(3, "n1's disk held 3@1 \"c\"", "n2's disk holds 3@1 \"z\"");
    log.read(&pages("x1 y1 z1"), None, Some(3));
    assert_eq!(said(oracle.written(ms(3), n(2), &log, 3, |_, _, _| Ok(())).map(drop)), expected);
}

/// `node` writes `pages` on an empty disk.
fn write(oracle: &mut LogMatching, node: u8, pages: &Pages) -> Said {
    let mut log = Log::default();
    let change = log.read(pages, pages.snapshot, Some(0));
    said(oracle.written(ms(9), n(node), &log, change.from, |_, _, _| Ok(())).map(drop))
}

#[test]
fn logs_that_begin_late_are_compared_with_each_other_and_with_those_that_close_the_gap() {
    let mut oracle = LogMatching::default();
    // A write that breaks the property changes nothing in the oracle that goes on.
    let breaks = |oracle: &LogMatching, node, pages, first: &str, second: &str| {
        let verdict = write(&mut oracle.clone(), node, &pages);
        assert_eq!(verdict, broken_at(9, first, second));
    };
    assert_eq!(write(&mut oracle, 1, &pages("a1 b1 c1")), Ok(()));
    assert_eq!(write(&mut oracle, 2, &behind(9, 2, "j2 k2")), Ok(()));
    let over_the_gap = pages("a1 b1 c1 d2 e2 f2 g2 h2 i2 j2 k2 l2");
    assert_eq!(write(&mut oracle, 1, &over_the_gap), Ok(()));

    let facts = ["n2's disk held 11@2 \"k\"", "n3's disk holds 11@2 \"x\""];
    breaks(&oracle, 3, behind(9, 2, "j2 x2"), facts[0], facts[1]);
    let end = ["n1's disk held 12@2 \"l\"", "n3's disk holds 12@2 \"y\""];
    breaks(&oracle, 3, behind(9, 2, "j2 k2 y2"), end[0], end[1]);
    oracle.compacted(11);
    breaks(&oracle, 3, behind(10, 2, "x2"), facts[0], facts[1]);

    oracle.compacted(13);
    assert_eq!(write(&mut oracle, 3, &behind(14, 2, "p2 q2")), Ok(()));
    let facts = ["n3's disk held 16@2 \"q\"", "n4's disk holds 16@2 \"z\""];
    breaks(&oracle, 4, behind(12, 2, "m2 n2 p2 z2"), facts[0], facts[1]);
}

#[test]
fn an_entry_is_new_where_no_disk_held_it_before() {
    let mut oracle = LogMatching::default();
    let mut write = |node, pages: &Pages| {
        let mut new = vec![];
        let is_new = |index, term, before| {
            new.push((index, term, before));
            Ok(())
        };
        let last = oracle.written(ms(1), n(node), &copy(pages), pages.skipped + 1, is_new);
        (last, new)
    };
    assert_eq!(write(1, &pages("a1 b2")), (Ok(2), vec![(1, 1, 0), (2, 2, 1)]));
    assert_eq!(write(2, &pages("a1 b2")), (Ok(2), vec![]));
    assert_eq!(write(2, &pages("a1 b2 c2")), (Ok(2), vec![(3, 2, 2)]));
    assert_eq!(write(3, &pages("a1 x3 y3")), (Ok(3), vec![(2, 3, 1), (3, 3, 3)]));
    assert_eq!(write(3, &pages("a1 x3 y3")), (Ok(3), vec![]));
    assert_eq!(write(4, &behind(3, 2, "d5")), (Ok(5), vec![(4, 5, 2)]));
    // It does not show which entry comes before the first.
    assert_eq!(write(5, &Pages { skipped: 4, ..pages("e5") }), (Ok(5), vec![(5, 5, 0)]));
    assert_eq!(write(5, &pages("")), (Ok(0), vec![]));
}
