//! The commit index, and which disks hold a committed entry, on made-up servers.

use raftsim_oracles::{CommitIndex, CommittedOnMajority};

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
    let mut oracle = CommittedOnMajority::default();
    let logs: Vec<_> = disks.iter().map(|pages| pages.as_ref().map(copy)).collect();
    let verdict = oracle.committed(ms(3), &history("a1 b1 c2", &[1, 1, 2]), &logs);
    (said(verdict), oracle.judged())
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
