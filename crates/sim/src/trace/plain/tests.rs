//! What a disk's view shows after a write, of a log that grows, shrinks and is compacted.

use raftsim_node::Command;

use super::*;

/// A log that begins at an index, with entries of these terms.
struct Log(Index, Vec<Term>);

impl View for Log {
    fn term(&self) -> Term {
        9
    }

    fn voted_for(&self) -> Option<NodeId> {
        Some(NodeId::new(2))
    }

    fn first_index(&self) -> Index {
        self.0
    }

    fn last_index(&self) -> Index {
        self.0 + self.1.len() as Index - 1
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        let place = usize::try_from(index.checked_sub(self.0)?).ok()?;
        self.1.get(place).map(|term| (*term, None))
    }
}

/// What each of these writes shows: where the log begins, from where it changed, the terms there.
fn changes<const WRITES: usize>(
    writes: [(Log, Option<Index>, bool); WRITES],
) -> [(Index, Index, Vec<Term>); WRITES] {
    let (mut first, mut terms) = (1, vec![]);
    writes.map(|(log, log_from, snapshot)| {
        let touched = Touched { vote: false, log_from, snapshot };
        let disk = shown(&log, &mut first, &mut terms, touched);
        assert_eq!((disk.term, disk.voted_for), (9, Some(NodeId::new(2))));
        assert_eq!((first, &terms), (log.0, &log.1), "all of it is known");
        (disk.first, disk.from, disk.terms)
    })
}

#[test]
fn a_write_shows_the_entries_from_the_first_that_changed() {
    let shows = changes([
        (Log(1, vec![1, 1]), Some(1), false),
        // An entry more, in the same place as before or written again with the others.
        (Log(1, vec![1, 1, 2]), Some(3), false),
        (Log(1, vec![1, 1, 2, 2]), Some(0), true),
        // Overwritten, shortened, and only the vote.
        (Log(1, vec![1, 3]), Some(2), false),
        (Log(1, vec![1]), Some(2), false),
        (Log(1, vec![1]), None, false),
        (Log(1, vec![1]), Some(0), true),
    ]);
    let expected = [
        (1, 1, vec![1, 1]),
        (1, 3, vec![2]),
        (1, 4, vec![2]),
        (1, 2, vec![3]),
        (1, 2, vec![]),
        (1, 2, vec![]),
        (1, 2, vec![]),
    ];
    assert_eq!(shows, expected);
}

#[test]
fn a_snapshot_moves_where_the_log_begins_and_keeps_what_follows() {
    let shows = changes([
        (Log(1, vec![1, 1, 2]), Some(1), false),
        (Log(3, vec![2]), None, true),
        // One that covers more than the log has, and an entry after it.
        (Log(8, vec![]), None, true),
        (Log(8, vec![4]), Some(8), false),
        // A disk that takes its snapshot back.
        (Log(2, vec![1, 2]), Some(0), true),
    ]);
    let expected = [
        (1, 1, vec![1, 1, 2]),
        (3, 4, vec![]),
        (8, 8, vec![]),
        (8, 8, vec![4]),
        (2, 2, vec![1, 2]),
    ];
    assert_eq!(shows, expected);
}

#[test]
fn a_log_that_names_no_end_is_read_up_to_the_first_entry_that_is_missing() {
    let touched = Touched::ALL;
    let disk = shown(&Endless, &mut 1, &mut vec![], touched);
    assert_eq!((disk.from, disk.terms), (1, vec![1, 2, 3]));
}

struct Endless;

impl View for Endless {
    fn term(&self) -> Term {
        9
    }

    fn voted_for(&self) -> Option<NodeId> {
        None
    }

    fn last_index(&self) -> Index {
        Index::MAX
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        (index < 4).then_some((index, None))
    }
}
