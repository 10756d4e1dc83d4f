//! The commit index, and which disks hold a committed entry, on made-up servers.

use raftsim_oracles::{CommitIndex, CommittedOnMajority, Log, Marks};

use crate::support::{Pages, Said, behind, broken, copy, history, ms, n, pages, said};

#[test]
fn a_commit_index_grows_or_stays() {
    let mut oracle = CommitIndex::new(3);
    for commit in [0, 1, 1, 5] {
        assert_eq!(oracle.reported(ms(1), n(2), commit), Ok(()));
    }
    assert_eq!(oracle.judged(), 4);
}

#[test]
fn a_commit_index_does_not_go_back() {
    let mut oracle = CommitIndex::new(3);
    assert_eq!(oracle.reported(ms(1), n(2), 5), Ok(()));
    assert_eq!(oracle.reported(ms(1), n(3), 4), Ok(()), "another server");
    let facts = ["n2's commit index was 5 in this life", "it is 4"];
    let expected = broken("commit index never goes back", ms(2), facts[0], facts[1]);
    assert_eq!(said(oracle.reported(ms(2), n(2), 4)), expected);
}

#[test]
fn a_new_life_may_begin_at_nothing() {
    let mut oracle = CommitIndex::new(3);
    assert_eq!(oracle.reported(ms(1), n(2), 5), Ok(()));
    oracle.booted(n(2));
    assert_eq!(oracle.reported(ms(2), n(2), 0), Ok(()));
}

/// `c2` becomes the third committed entry while the servers have these `disks` (`None`: a disk
/// without a view). Returns the verdict, and how many entries were judged.
fn commit(disks: &[Option<Pages>]) -> (Said, u64) {
    let (verdict, oracle, _, _) = committed(disks);
    (verdict, oracle.judged())
}

/// The same, with the oracle, the marks and the logs that it leaves.
fn committed(disks: &[Option<Pages>]) -> (Said, CommittedOnMajority, Marks, Vec<Option<Log>>) {
    let mut oracle = CommittedOnMajority::default();
    let mut marks = Marks::new(disks.len());
    let logs: Vec<_> = disks.iter().map(|pages| pages.as_ref().map(copy)).collect();
    for (log, node) in logs.iter().zip(1..) {
        let Some(log) = log else { continue };
        marks.written(n(node), log, 1, &history("a1 b1", &[1, 1]));
    }
    let three = history("a1 b1 c2", &[1, 1, 2]);
    let holders = marks.committed(&three, &logs);
    let by_own = logs[0].as_ref().map(|_| marks.mark(n(1)) == 3);
    (said(oracle.committed(ms(3), &three, holders, by_own)), oracle, marks, logs)
}

fn full() -> Pages {
    pages("a1 b1 c2")
}

fn short() -> Pages {
    pages("a1 b1")
}

fn unheld(seen: &str) -> (Said, u64) {
    let first = "3@2 \"c\" is committed, as n1 in term 2 showed at 0.003000s";
    (broken("a majority holds what is committed", ms(3), first, seen), 1)
}

#[test]
fn a_majority_is_enough() {
    assert_eq!(commit(&[full()].map(Some)), (Ok(()), 1));
    assert_eq!(commit(&[full(), full(), short()].map(Some)), (Ok(()), 1));
    assert_eq!(commit(&[full(), short(), full(), short(), full()].map(Some)), (Ok(()), 1));
    assert_eq!(commit(&[full(), full(), full(), short()].map(Some)), (Ok(()), 1));
}

#[test]
fn less_than_a_majority_is_not_enough() {
    assert_eq!(commit(&[short()].map(Some)), unheld("0 of 1 disks hold it"));
    let one = [full(), short(), short()];
    assert_eq!(commit(&one.map(Some)), unheld("1 of 3 disks hold it"));
    // Two disks of four are no majority.
    let half = [full(), full(), short(), short()];
    assert_eq!(commit(&half.map(Some)), unheld("2 of 4 disks hold it"));
}

#[test]
fn a_disk_with_another_entry_there_does_not_count() {
    for other in ["a1 b1 x2", "a1 b1 c1", "a1 b1 -2"].map(pages) {
        let disks = [full(), other.clone(), other];
        assert_eq!(commit(&disks.map(Some)), unheld("1 of 3 disks hold it"));
    }
}

#[test]
fn a_snapshot_in_the_history_counts() {
    for folded in [behind(3, 2, ""), behind(2, 1, "c2")] {
        assert_eq!(commit(&[full(), folded, short()].map(Some)), (Ok(()), 1));
    }
    for other in [behind(3, 1, ""), behind(2, 1, ""), behind(5, 2, "")] {
        let disks = [full(), other, short()];
        assert_eq!(commit(&disks.map(Some)), unheld("1 of 3 disks hold it"));
    }
}

#[test]
fn a_disk_that_shows_nothing_may_hold_it() {
    let [full, short] = [full(), short()].map(Some);
    assert_eq!(commit(&[full.clone(), None, short.clone()]), (Ok(()), 1));
    let five = [full, None, short.clone(), short.clone(), short.clone()];
    assert_eq!(commit(&five), unheld("1 of 5 disks hold it, 1 unseen"));
    // If a majority shows nothing, there is nothing to judge.
    assert_eq!(commit(&[short, None, None]), (Ok(()), 0));
}

#[test]
fn a_server_that_shows_an_entry_before_it_has_written_it_is_named() {
    let early = [short(), full(), short()];
    assert_eq!(commit(&early.map(Some)), unheld("1 of 3 disks hold it, but n1's own does not"));
    // It may do so if a majority holds the entry without it.
    assert_eq!(commit(&[short(), full(), full()].map(Some)), (Ok(()), 1));
}

/// `c2` is committed while the servers have these `disks`; then the disks of some are overwritten:
/// (server, disk). Only the last may break the property. Returns its verdict, and how often the
/// holders were counted.
fn lose(disks: &[Option<Pages>], writes: &[(u8, Pages)]) -> (Said, u64) {
    let (verdict, mut oracle, mut marks, mut logs) = committed(disks);
    let history = history("a1 b1 c2", &[1, 1, 2]);
    let mut last = verdict;
    for &(node, ref pages) in writes {
        assert_eq!(last, Ok(()), "only the last write may break the property");
        let log = logs[n(node).slot()].as_mut().expect("it shows its disk");
        let change = log.read(pages, pages.snapshot, Some(0));
        let before = marks.written(n(node), log, change.from, &history);
        last = before.map_or(Ok(()), |before| {
            let holders = marks.holders(before, &logs);
            said(oracle.lost(ms(7), n(node), before, &history, holders))
        });
    }
    (last, oracle.judged())
}

/// The verdict on a write that took `c2` from n2's disk.
fn lost(holding: &str) -> Said {
    let first = "3@2 \"c\" is committed, as n1 in term 2 showed at 0.003000s";
    let second = format!("a write took it from n2's disk, and {holding}");
    broken("a majority holds what is committed", ms(7), first, &second)
}

#[test]
fn an_entry_may_be_lost_where_a_majority_holds_it_without_that_disk() {
    let all = [full(), full(), full()].map(Some);
    assert_eq!(lose(&all, &[(2, short())]), (Ok(()), 2));
    assert_eq!(lose(&all, &[(2, pages("a1 b1 x3"))]), (Ok(()), 2));
    // It comes back, and is lost on another disk.
    assert_eq!(lose(&all, &[(2, short()), (2, full()), (3, short())]), (Ok(()), 3));
}

#[test]
fn an_entry_that_is_lost_from_the_majority_is_found_out_at_once() {
    let three = [full(), full(), short()].map(Some);
    for after in [short(), pages("a1 b1 x3"), pages(""), pages("x1 b1 c2"), behind(2, 1, "")] {
        assert_eq!(lose(&three, &[(2, after)]), (lost("1 of 3 disks hold it"), 2));
    }
    let five = [full(), full(), full(), full(), short()].map(Some);
    assert_eq!(lose(&five, &[(4, short()), (2, short())]), (lost("2 of 5 disks hold it"), 3));
    // Half of an even number is no majority.
    let four = [full(), full(), full(), short()].map(Some);
    assert_eq!(lose(&four, &[(2, short())]), (lost("2 of 4 disks hold it"), 2));
}

#[test]
fn a_write_that_keeps_or_compacts_what_is_committed_loses_nothing() {
    let three = [full(), full(), short()].map(Some);
    for after in [pages("a1 b1 c2 d3"), behind(2, 1, "c2"), behind(3, 2, ""), behind(3, 2, "d3")] {
        assert_eq!(lose(&three, &[(2, after)]), (Ok(()), 1));
    }
    // What is not committed may go.
    let longer = [full(), pages("a1 b1 c2 d2 e2"), short()].map(Some);
    assert_eq!(lose(&longer, &[(2, full())]), (Ok(()), 1));
}

#[test]
fn a_disk_that_shows_nothing_may_still_hold_it() {
    let [full, short] = [full(), self::short()].map(Some);
    assert_eq!(lose(&[full.clone(), full.clone(), None], &[(2, self::short())]), (Ok(()), 2));
    let five = [full.clone(), full.clone(), full.clone(), short, None];
    let verdict = lose(&five, &[(3, self::short()), (2, self::short())]);
    assert_eq!(verdict, (lost("1 of 5 disks hold it, 1 unseen"), 3));
    assert_eq!(lose(&[None, full, None], &[(2, self::short())]), (Ok(()), 0));
}
