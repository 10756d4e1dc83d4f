//! What a copy of a log learns from a write, on made-up disks.

use raftsim_node::Index;
use raftsim_oracles::{Change, Log};

use crate::support::{Pages, behind, copy, entry, pages};

/// A write changes a disk from `before` to `after` and reports that it changed the log from `said`
/// on. Returns what the copy learns: what changed in the log, and the snapshot if it moved.
fn change(before: &Pages, after: &Pages, said: impl Into<Option<Index>>) -> Change {
    let mut log = copy(before);
    let change = log.read(after, after.snapshot, said.into());
    assert_same(&log, after);
    assert_eq!(change.snapshot, after.snapshot.filter(|_| after.snapshot != before.snapshot));
    Change { snapshot: None, ..change }
}

/// The copy shows what the disk shows.
fn assert_same(log: &Log, pages: &Pages) {
    assert_eq!(log.snapshot(), pages.snapshot);
    assert_eq!(log.first_index(), pages.skipped + 1);
    let held = (log.first_index()..=log.last_index()).map(|index| log.get(index).cloned());
    assert_eq!(held.collect::<Option<Vec<_>>>().as_ref(), Some(&pages.entries));
    assert_eq!((log.get(pages.skipped), log.get(log.last_index() + 1)), (None, None));
}

fn grown(from: Index) -> Change {
    Change { from, lost: None, missing: None, snapshot: None }
}

fn lost(index: Index, word: &str) -> Change {
    Change { lost: Some((index, entry(word))), ..grown(index) }
}

#[test]
fn what_is_appended_is_new_from_there_on() {
    assert_eq!(change(&pages(""), &pages("a1 b1"), 1), grown(1));
    assert_eq!(change(&pages("a1"), &pages("a1 b1 -2"), 2), grown(2));
    assert_eq!(change(&behind(5, 2, ""), &behind(5, 2, "f2"), 6), grown(6));
}

#[test]
fn a_disk_that_does_not_report_what_it_changed_is_compared() {
    for said in [0, 1, 2] {
        assert_eq!(change(&pages("a1 b1"), &pages("a1 b1 c2"), said), grown(3));
        assert_eq!(change(&pages("a1 b1"), &pages("a1 b1"), said), grown(3));
    }
}

#[test]
fn entries_that_the_copy_lacks_are_read_though_the_write_does_not_report_them() {
    assert_eq!(change(&pages("a1"), &pages("a1 b1"), None), grown(2));
    assert_eq!(change(&pages("a1"), &pages("a1 b1"), 9), grown(2));
    assert_eq!(change(&pages("a1 b1"), &pages("a1"), None), lost(2, "b1"));
}

#[test]
fn what_is_overwritten_is_lost() {
    assert_eq!(change(&pages("a1 b1 c1"), &pages("a1 x2 y2"), 1), lost(2, "b1"));
    assert_eq!(change(&pages("a1 b1"), &pages("a1 b2"), 2), lost(2, "b1"));
    assert_eq!(change(&pages("a1 b1"), &pages("a1 c1"), 2), lost(2, "b1"));
    assert_eq!(change(&pages("a1 -1"), &pages("a1 c1"), 2), lost(2, "-1"));
}

#[test]
fn what_is_cut_off_is_lost() {
    assert_eq!(change(&pages("a1 b1 c1"), &pages("a1"), 2), lost(2, "b1"));
    assert_eq!(change(&pages("a1 b1"), &pages(""), 0), lost(1, "a1"));
}

#[test]
fn what_is_compacted_is_neither_lost_nor_a_change() {
    let log = pages("a1 b1 c2");
    for said in [None, Some(0), Some(3)] {
        assert_eq!(change(&log, &behind(2, 1, "c2"), said), grown(4));
        assert_eq!(change(&log, &behind(3, 2, ""), said), grown(4));
    }
    assert_eq!(change(&behind(2, 1, "c2 d2"), &behind(3, 2, "d2"), None), grown(5));
    // A snapshot from elsewhere, beyond everything that the log held.
    assert_eq!(change(&log, &behind(9, 3, ""), 4), grown(10));
    assert_eq!(change(&log, &behind(9, 3, "j3"), 4), grown(10));
}

#[test]
fn what_goes_without_a_snapshot_is_lost() {
    let cut = Pages { skipped: 2, ..pages("c2") };
    assert_eq!(change(&pages("a1 b1 c2"), &cut, None), Change { from: 4, ..lost(1, "a1") });
    // The snapshot covers less than what is gone.
    let cut = Pages { snapshot: Some((1, Some(1))), ..cut };
    assert_eq!(change(&pages("a1 b1 c2"), &cut, None), Change { from: 4, ..lost(2, "b1") });
    // The snapshot ends in the middle, and the entries after it are gone too.
    assert_eq!(change(&pages("a1 b1 c2 d2"), &behind(2, 1, ""), 1), lost(3, "c2"));
}

#[test]
fn a_tail_before_the_snapshots_end_may_stay() {
    let kept = Pages { snapshot: Some((2, Some(1))), ..pages("a1 b1 c2") };
    assert_eq!(change(&pages("a1 b1 c2"), &kept, None), grown(4));
    let kept = Pages { skipped: 1, snapshot: Some((2, Some(1))), ..pages("b1 c2") };
    assert_eq!(change(&pages("a1 b1 c2"), &kept, None), grown(4));
    // But it may not be rewritten.
    let forged = Pages { skipped: 1, snapshot: Some((2, Some(1))), ..pages("x1 c2") };
    assert_eq!(change(&pages("a1 b1 c2"), &forged, 2), lost(2, "b1"));
}

#[test]
fn a_log_that_begins_earlier_again_is_read_anew() {
    let earlier = Pages { snapshot: Some((1, Some(1))), skipped: 1, ..pages("b1 c2") };
    assert_eq!(change(&behind(2, 1, "c2"), &earlier, None), grown(2));
    assert_eq!(change(&behind(2, 1, "c2"), &pages("a1 b1 d2"), None), {
        Change { from: 1, ..lost(3, "c2") }
    });
}

#[test]
fn a_term_is_known_of_entries_of_the_snapshots_last_and_of_index_0() {
    let log = copy(&behind(2, 1, "c2 d3"));
    let told: Vec<_> = (0..=5).map(|index| log.term(index)).collect();
    assert_eq!(told, [Some(0), None, Some(1), Some(2), Some(3), None]);
}

#[test]
fn a_snapshot_through_the_last_index_of_all_is_only_input() {
    let after = Pages { snapshot: Some((Index::MAX, Some(2))), ..pages("a1 b1") };
    assert_eq!(change(&pages("a1 b1"), &after, None), grown(3));
    // The snapshot covers every entry that is gone.
    let after = Pages { skipped: 1, entries: vec![entry("b1")], ..after };
    assert_eq!(change(&pages("a1 b1"), &after, None), grown(3));
}

/// A view whose bounds name an entry that it does not show.
struct Torn;

impl raftsim_node::View for Torn {
    fn term(&self) -> u64 {
        0
    }

    fn voted_for(&self) -> Option<raftsim_node::NodeId> {
        None
    }

    fn last_index(&self) -> Index {
        Index::MAX
    }

    fn entry(&self, index: Index) -> Option<(u64, Option<&raftsim_node::Command>)> {
        (index < 3).then_some((1, None))
    }
}

#[test]
fn a_hole_ends_the_copy_and_is_reported() {
    let mut log = copy(&pages("-1"));
    let change = log.read(&Torn, None, Some(0));
    assert_eq!(change, Change { missing: Some(3), ..grown(2) });
    assert_eq!(log.last_index(), 2);
}
