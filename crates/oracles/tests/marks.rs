//! How far disks hold the history, on made-up disks.

use raftsim_node::Index;
use raftsim_oracles::{History, Holders, Log, Marks};

use crate::support::{Pages, behind, copy, history, n, pages};

/// `a1 b1 c2`, the last in term 2.
fn three() -> History {
    history("a1 b1 c2", &[1, 1, 2])
}

/// n2's mark after each of these `writes`: the index from which the log changes, and the whole log
/// after the write.
fn marks(history: &History, writes: &[(Index, Pages)]) -> Vec<Index> {
    let mut marks = Marks::new(3);
    let mut log = Log::default();
    let mark = |(from, pages): &(Index, Pages)| {
        let change = log.read(pages, pages.snapshot, Some(*from));
        let before = marks.mark(n(2));
        let lowered = marks.written(n(2), &log, change.from, history);
        let mark = marks.mark(n(2));
        assert_eq!(lowered, (mark < before).then_some(before));
        mark
    };
    writes.iter().map(mark).collect()
}

#[test]
fn a_mark_moves_with_what_is_written() {
    let writes = [
        (1, pages("a1 x1 y1")),
        (2, pages("a1 b1")),
        (3, pages("a1 b1 c2 d2")),
        (1, behind(2, 1, "c2 d2")),
        (3, behind(2, 1, "z3")),
        (1, behind(3, 2, "d2")),
        (1, pages("x1")),
        (1, pages("a1 b1 c2")),
        // The first two are gone, and no snapshot stands for them.
        (4, Pages { skipped: 2, ..pages("c2") }),
    ];
    assert_eq!(marks(&three(), &writes), [1, 2, 3, 3, 2, 3, 0, 3, 0]);
}

/// `c2` is committed after `a1 b1` while the servers have these `disks`. Returns the mark of each
/// server, and the holders of `c2`.
fn grow(disks: &[Option<Pages>; 3]) -> ([Index; 3], Holders) {
    let logs = disks.clone().map(|pages| pages.as_ref().map(copy));
    let mut marks = Marks::new(3);
    for (log, node) in logs.iter().zip(1..) {
        if let Some(log) = log {
            marks.written(n(node), log, 1, &history("a1 b1", &[1, 1]));
        }
    }
    let holders = marks.committed(&three(), &logs);
    assert_eq!(marks.holders(3, &logs), holders);
    ([1, 2, 3].map(|node| marks.mark(n(node))), holders)
}

#[test]
fn marks_move_with_the_history_and_count_the_holders() {
    let holders = |holding, unseen| Holders { disks: 3, holding, unseen };
    let full = || Some(pages("a1 b1 c2"));
    assert_eq!(grow(&[full(), full(), full()]), ([3, 3, 3], holders(3, 0)));
    assert_eq!(grow(&[full(), Some(pages("a1 b1 x1")), None]), ([3, 2, 0], holders(1, 1)));
    let (folded, parted) = (Some(behind(3, 2, "")), Some(pages("a1 x1 c2")));
    assert_eq!(grow(&[full(), folded, parted]), ([3, 3, 1], holders(2, 0)));
}
