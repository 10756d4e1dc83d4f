//! The oracles of the log together, on made-up runs of three servers: what they share, and the
//! order in which they are called.

use raftsim_node::{Bytes, Command, Index, NodeId, Role, Snapshot, Status, Term, View};
use raftsim_oracles::{Change, LogOracles};
use raftsim_sim::{Fact, Failure, property};

use crate::support::{Pages, Said, applied, behind, broken, entry, ms, n, pages, said};

pub(crate) fn leader(term: Term) -> Status {
    Status::new(term, Role::Leader)
}

pub(crate) fn follower(term: Term) -> Status {
    Status::new(term, Role::Follower)
}

/// `node` writes `pages` as a whole, and the term of the last entry as its own, on a disk that does
/// not report what a write changes.
pub(crate) fn write(oracles: &mut LogOracles, millis: u64, node: u8, pages: &Pages) -> Said {
    let last = pages.entries.last().map(|entry| entry.term);
    oracles.promised(n(node), last.or(pages.snapshot.and_then(|(_, term)| term)).unwrap_or(0));
    let change = oracles.read(n(node), Some(pages), pages.snapshot, Some(0));
    said(oracles.written(ms(millis), n(node), &change.expect("it has a view")))
}

pub(crate) fn apply(
    oracles: &mut LogOracles,
    millis: u64,
    node: u8,
    index: Index,
    word: &str,
) -> Said {
    said(oracles.applied(ms(millis), n(node), index, applied(&entry(word))))
}

/// Oracles of three servers whose disks hold these logs.
pub(crate) fn written(logs: [&str; 3]) -> LogOracles {
    let mut oracles = LogOracles::new(3);
    for (words, node) in logs.into_iter().zip(1..) {
        assert_eq!(write(&mut oracles, 1, node, &pages(words)), Ok(()));
    }
    oracles
}

#[test]
fn a_disk_that_names_an_entry_and_does_not_show_it_breaks_the_contract() {
    let mut oracles = written(["a1", "", ""]);
    let change = Change { from: 2, lost: None, missing: Some(2), snapshot: None };
    let facts = [
        Fact::new("n1's disk shows the entries within the bounds that it names").by(n(1)),
        Fact::new("it shows no entry 2").by(n(1)).entry(2),
    ];
    let expected = Failure::contract(property::DISK_SHOWS_LOG, ms(3), facts);
    assert_eq!(oracles.written(ms(3), n(1), &change), Err(expected));
}

#[test]
fn a_leader_is_one_from_its_list_on_until_the_next_list_or_a_crash() {
    let overwrite = |oracles: &mut LogOracles| write(oracles, 5, 1, &pages("a1 x2"));
    let elected = || {
        let mut oracles = written(["a1 b1", "", ""]);
        oracles.becomes(n(1), leader(2));
        oracles
    };
    let facts = [
        "n1 leads in term 2, and its log held 2@1 \"b\"",
        "a write of its own overwrote or deleted that",
    ];
    let expected = broken("Leader Append-Only", ms(5), facts[0], facts[1]);
    assert_eq!(overwrite(&mut elected()), expected);
    assert_eq!(elected().leader(2), Some(n(1)));

    let mut deposed = elected();
    deposed.becomes(n(1), follower(2));
    assert_eq!(overwrite(&mut deposed), Ok(()));
    assert_eq!(deposed.leader(2), None);

    let mut crashed = elected();
    crashed.crashed(n(1));
    assert_eq!(crashed.leader(2), None);
    assert_eq!(overwrite(&mut crashed), Ok(()));
    assert_eq!(crashed.booted(ms(6), n(1), None, follower(2)), Ok(()));
    assert_eq!(write(&mut crashed, 7, 1, &pages("a1")), Ok(()));
}

#[test]
fn the_leader_of_the_latest_term_is_remembered() {
    let mut oracles = written(["", "", ""]);
    assert_eq!(oracles.leader(0), None);
    oracles.becomes(n(1), leader(4));
    oracles.becomes(n(2), leader(3));
    assert_eq!([3, 4, 5].map(|term| oracles.leader(term)), [None, Some(n(1)), None]);
    oracles.becomes(n(3), leader(5));
    assert_eq!([4, 5].map(|term| oracles.leader(term)), [None, Some(n(3))]);
}

#[test]
fn a_reported_commit_index_extends_the_history_from_that_servers_disk() {
    let mut oracles = written(["a1 b1", "a1 b1", ""]);
    let told = follower(1).with_commit(2);
    oracles.becomes(n(1), told);
    assert_eq!(oracles.settled(ms(3), n(1), follower(1), told), Ok(()));
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.003000s";
    assert_eq!(apply(&mut oracles, 4, 2, 1, "a1"), Ok(()));
    let expected = broken("State Machine Safety", ms(5), first, "n2 applies 2@1 \"x\"");
    assert_eq!(apply(&mut oracles, 5, 2, 2, "x1"), expected);
}

#[test]
fn a_reported_commit_that_too_few_disks_hold_is_found_out() {
    let mut oracles = written(["a1 b1", "a1", ""]);
    let told = follower(1).with_commit(2);
    oracles.becomes(n(1), told);
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.003000s";
    let second = "1 of 3 disks hold it";
    let expected = broken("a majority holds what is committed", ms(3), first, second);
    assert_eq!(said(oracles.settled(ms(3), n(1), follower(1), told)), expected);
}

#[test]
fn what_is_written_below_a_reported_commit_index_is_judged_then() {
    // n3 knows that two entries are committed, and has not written the second one yet.
    let reports = |commit| {
        let mut oracles = written(["a1 b1 c1", "a1 b1 c1", "a1"]);
        for (index, word) in [(1, "a1"), (2, "b1")] {
            assert_eq!(apply(&mut oracles, 3, 1, index, word), Ok(()));
        }
        let told = follower(1).with_commit(commit);
        oracles.becomes(n(3), told);
        assert_eq!(oracles.settled(ms(4), n(3), follower(1), told), Ok(()));
        oracles
    };
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.003000s";
    let second = "n3 reports commit index 2, and its disk holds 2@2 \"x\" there";
    let expected = broken("State Machine Safety", ms(5), first, second);
    assert_eq!(write(&mut reports(2), 5, 3, &pages("a1 x2")), expected);
    assert_eq!(write(&mut reports(2), 5, 3, &pages("a1 b1")), Ok(()));
    assert_eq!(write(&mut reports(2), 5, 3, &behind(2, 1, "c1")), Ok(()));
    // An entry that is not committed yet, as far as it knows, may be any.
    assert_eq!(write(&mut reports(1), 5, 3, &pages("a1 x2")), Ok(()));
    assert_eq!(write(&mut reports(2), 5, 3, &pages("a1 b1 x2")), Ok(()));
    // A later life knows nothing of it.
    let mut restarted = reports(2);
    restarted.crashed(n(3));
    assert_eq!(restarted.booted(ms(5), n(3), None, follower(1)), Ok(()));
    assert_eq!(write(&mut restarted, 5, 3, &pages("a1 x2")), Ok(()));
}

#[test]
fn what_is_written_below_a_reported_commit_index_extends_the_history() {
    let mut oracles = written(["a1", "a1", "a1"]);
    let told = follower(1).with_commit(2);
    oracles.becomes(n(3), told);
    assert_eq!(oracles.settled(ms(4), n(3), follower(1), told), Ok(()));
    assert_eq!(write(&mut oracles, 5, 1, &pages("a1 b1")), Ok(()));
    assert_eq!(write(&mut oracles, 5, 3, &pages("a1 b1")), Ok(()));
    let first = "2@1 \"b\" is committed, as n3 in term 1 showed at 0.005000s";
    let expected = broken("State Machine Safety", ms(6), first, "n2 applies 2@1 \"x\"");
    assert_eq!(apply(&mut oracles, 6, 2, 1, "a1"), Ok(()));
    assert_eq!(apply(&mut oracles, 6, 2, 2, "x1"), expected);
}

/// Figure 8: `b2` is committed by n1 in term 4, on the disks of n1, n2 and n3. n5 got it in term 2,
/// and has not heard of term 4.
fn figure_8() -> LogOracles {
    let mut oracles = LogOracles::new(5);
    for (node, words) in
        [(1, "a1 b2 c4"), (2, "a1 b2 c4"), (3, "a1 b2 c4"), (4, "a1"), (5, "a1 b2")]
    {
        assert_eq!(write(&mut oracles, 1, node, &pages(words)), Ok(()));
    }
    oracles.becomes(n(1), leader(4));
    for (index, word) in [(1, "a1"), (2, "b2"), (3, "c4")] {
        assert_eq!(apply(&mut oracles, 3, 1, index, word), Ok(()));
    }
    oracles
}

#[test]
fn a_committed_entry_may_be_overwritten_outside_the_majority_and_not_within() {
    // A message of n4, which led in term 3, arrives late.
    assert_eq!(write(&mut figure_8(), 5, 5, &pages("a1 x3")), Ok(()));
    let mut oracles = figure_8();
    let first = "3@4 \"c\" is committed, as n1 in term 4 showed at 0.003000s";
    let second = "a write took it from n3's disk, and 2 of 5 disks hold it";
    let expected = broken("a majority holds what is committed", ms(5), first, second);
    assert_eq!(write(&mut oracles, 5, 3, &pages("a1 b2")), expected);
}

#[test]
fn a_commit_index_reported_at_boot_is_judged_as_a_new_one() {
    let mut oracles = written(["a1 b1", "a1 b1", ""]);
    let told = follower(1).with_commit(2);
    assert_eq!(oracles.booted(ms(3), n(1), None, told), Ok(()));
    assert_eq!(oracles.settled(ms(4), n(1), follower(1).with_commit(1), told), Ok(()));
    // A later life may report a lower commit index.
    assert_eq!(oracles.booted(ms(5), n(1), None, follower(1).with_commit(0)), Ok(()));
}

#[test]
fn an_empty_snapshot_at_boot_is_none() {
    let mut oracles = written(["a1", "a1", ""]);
    let empty = Snapshot { index: 0, term: Some(0), data: Bytes::default() };
    assert_eq!(oracles.booted(ms(3), n(1), Some(&empty), follower(1)), Ok(()));
    assert_eq!(apply(&mut oracles, 4, 1, 1, "a1"), Ok(()));
}

#[test]
fn a_snapshot_in_the_place_of_a_log_keeps_a_leader_complete() {
    let mut oracles = written(["a1 b1 c1", "a1 b1 c1", "a1"]);
    for (index, word) in [(1, "a1"), (2, "b1")] {
        assert_eq!(apply(&mut oracles, 3, 1, index, word), Ok(()));
    }
    oracles.compacted(2, &Bytes::from("ab"));
    assert_eq!(write(&mut oracles, 4, 3, &behind(2, 1, "")), Ok(()));
    assert_eq!(oracles.restored(ms(5), n(3), 2, Some(1), &Bytes::from("ab")), Ok(()));
    oracles.becomes(n(3), leader(2));
    assert_eq!(oracles.settled(ms(6), n(3), follower(1), leader(2)), Ok(()));
    // It need not hold yet what is committed later in its own term.
    assert_eq!(apply(&mut oracles, 7, 3, 3, "c1"), Ok(()));
}

#[test]
fn a_snapshot_is_compared_with_the_history_when_it_is_written() {
    let committed = || {
        let mut oracles = written(["a1 b1 c2", "a1 b1 c2", "a1"]);
        for (index, word) in [(1, "a1"), (2, "b1")] {
            assert_eq!(apply(&mut oracles, 3, 1, index, word), Ok(()));
        }
        oracles
    };
    let fold = |node, pages| write(&mut committed(), 5, node, &pages);
    assert_eq!(fold(1, behind(2, 1, "c2")), Ok(()));
    let first = "2@1 \"b\" is committed, as n1 in term 2 showed at 0.003000s";
    for (node, pages) in [(1, behind(2, 7, "c2")), (3, behind(2, 7, ""))] {
        let second = format!("n{node} writes a snapshot through 2@7");
        assert_eq!(fold(node, pages), broken("State Machine Safety", ms(5), first, &second));
    }
    // A snapshot ahead of the history is compared with nothing, and neither is an empty one.
    assert_eq!(fold(1, behind(3, 2, "")), Ok(()));
    assert_eq!(fold(3, behind(9, 4, "")), Ok(()));
    assert_eq!(fold(1, Pages { snapshot: Some((0, Some(0))), ..pages("a1 b1 c2") }), Ok(()));
}

#[test]
fn a_snapshot_ahead_of_the_history_is_compared_with_it_when_it_has_come_so_far() {
    let ahead = |last| {
        let mut oracles = written(["a1 b1", "a1 b1", ""]);
        assert_eq!(write(&mut oracles, 3, 3, &last), Ok(()));
        assert_eq!(apply(&mut oracles, 4, 1, 1, "a1"), Ok(()));
        oracles
    };
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.005000s";
    let expected = broken("State Machine Safety", ms(5), first, "n3 has a snapshot through 2@7");
    assert_eq!(apply(&mut ahead(behind(2, 7, "")), 5, 1, 2, "b1"), expected);
    assert_eq!(apply(&mut ahead(behind(2, 1, "")), 5, 1, 2, "b1"), Ok(()));
    assert_eq!(apply(&mut ahead(behind(3, 7, "")), 5, 1, 2, "b1"), Ok(()));
    // Another snapshot has taken its place.
    let mut oracles = ahead(behind(2, 7, ""));
    assert_eq!(write(&mut oracles, 4, 3, &behind(1, 1, "")), Ok(()));
    assert_eq!(apply(&mut oracles, 5, 1, 2, "b1"), Ok(()));
}

#[test]
fn a_snapshot_is_judged_when_a_life_begins_from_it() {
    let mut oracles = written(["a1 b1", "a1 b1", ""]);
    for (index, word) in [(1, "a1"), (2, "b1")] {
        assert_eq!(apply(&mut oracles, 4, 1, index, word), Ok(()));
    }
    let data = Bytes::from("ab");
    oracles.compacted(2, &data);
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.004000s";
    let second = "n3 restores a snapshot through 2@7";
    let snapshot = Snapshot { index: 2, term: Some(7), data };
    let verdict = oracles.booted(ms(5), n(3), Some(&snapshot), follower(7));
    assert_eq!(said(verdict), broken("State Machine Safety", ms(5), first, second));
}

#[test]
fn a_snapshot_is_judged_when_it_moves() {
    let mut oracles = written(["a1 b1", "a1 b1", ""]);
    let judged = |oracles: &LogOracles| oracles.judged()[3];
    for (index, word) in [(1, "a1"), (2, "b1")] {
        assert_eq!(apply(&mut oracles, 3, 1, index, word), Ok(()));
    }
    let before = judged(&oracles);
    for (pages, times) in [("", 1), ("c1", 1), ("c1 d1", 1)] {
        assert_eq!(write(&mut oracles, 4, 1, &behind(2, 1, pages)), Ok(()));
        assert_eq!(judged(&oracles) - before, times);
    }
}

#[test]
fn a_leader_whose_disk_offers_no_view_any_more_is_not_judged() {
    let mut oracles = written(["a1", "a1", ""]);
    assert_eq!(apply(&mut oracles, 3, 1, 1, "a1"), Ok(()));
    assert_eq!(oracles.read(n(3), None, None, Some(0)), None);
    oracles.becomes(n(3), leader(2));
    assert_eq!(oracles.settled(ms(4), n(3), follower(1), leader(2)), Ok(()));
    // When the disk offers a view again, it is read as a whole, whatever the write reports.
    let change = oracles.read(n(3), Some(&pages("a1 b1")), None, None);
    assert_eq!(change, Some(Change { from: 1, lost: None, missing: None, snapshot: None }));
}

/// A log of a thousand entries that counts how often it is asked for one.
struct Counting(std::cell::Cell<u64>, Pages);

impl raftsim_node::View for Counting {
    fn term(&self) -> Term {
        0
    }

    fn voted_for(&self) -> Option<raftsim_node::NodeId> {
        None
    }

    fn last_index(&self) -> Index {
        self.1.last_index()
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&raftsim_node::Command>)> {
        self.0.set(self.0.get() + 1);
        self.1.entry(index)
    }
}

#[test]
fn a_write_is_read_from_where_it_changed_the_log() {
    let mut oracles = LogOracles::new(1);
    let mut disk = Counting(std::cell::Cell::new(0), pages(&"a1 ".repeat(1000)));
    let mut asked = |oracles: &mut LogOracles, words: &str, from| {
        disk.1.entries.extend(pages(words).entries);
        let before = disk.0.get();
        let change = oracles.read(n(1), Some(&disk), None, from).expect("it has a view");
        assert_eq!(oracles.written(ms(1), n(1), &change), Ok(()));
        disk.0.get() - before
    };
    assert_eq!(asked(&mut oracles, "", Some(0)), 1000);
    assert_eq!(asked(&mut oracles, "b1", Some(1001)), 1);
    assert_eq!(asked(&mut oracles, "c1 d1", Some(1000)), 4);
    assert_eq!(asked(&mut oracles, "e1", None), 1);
    assert_eq!(asked(&mut oracles, "", None), 0);
}

/// A log that never ends.
struct Endless;

impl View for Endless {
    fn term(&self) -> Term {
        1
    }

    fn voted_for(&self) -> Option<NodeId> {
        None
    }

    fn last_index(&self) -> Index {
        Index::MAX
    }

    fn entry(&self, _: Index) -> Option<(Term, Option<&Command>)> {
        Some((1, None))
    }
}

#[test]
fn a_log_that_never_ends_is_a_breach_of_the_contract() {
    let mut oracles = LogOracles::new(3);
    let change = oracles.read(n(1), Some(&Endless), None, Some(1)).expect("it has a view");
    let facts = [
        Fact::new("n1's disk shows the entries within the bounds that it names").by(n(1)),
        Fact::new("it shows 10000000 entries and then entry 10000001").by(n(1)).entry(10_000_001),
    ];
    let expected = Failure::contract(property::DISK_SHOWS_LOG, ms(3), facts);
    assert_eq!(oracles.written(ms(3), n(1), &change), Err(expected));
}
