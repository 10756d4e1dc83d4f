//! State Machine Safety, on made-up histories.

use raftsim_node::{Index, Term};
use raftsim_oracles::StateMachineSafety;

use crate::support::{
    Pages, Said, applied, applied_blindly, broken, copy, entry, history, ms, n, pages, said,
};

type Verdict = (Said, u64);

/// After `a1 b1 c2` were committed, n3 applies `word` at `index`.
fn apply(index: Index, word: &str) -> Verdict {
    let mut oracle = StateMachineSafety::default();
    let history = history("a1 b1 c2", &[1, 1, 2]);
    let verdict = oracle.applied(ms(9), n(3), index, applied(&entry(word)), &history);
    (said(verdict), oracle.judged())
}

/// The same, by a server that does not know the entry's term.
fn apply_blindly(index: Index, word: &str) -> Verdict {
    let mut oracle = StateMachineSafety::default();
    let history = history("a1 b1 c2", &[1, 1, 2]);
    let verdict = oracle.applied(ms(9), n(3), index, applied_blindly(&entry(word)), &history);
    (said(verdict), oracle.judged())
}

/// After the same, n3 restores a snapshot whose last entry is `index`@`term`.
fn restore(index: Index, term: impl Into<Option<Term>>) -> Verdict {
    let mut oracle = StateMachineSafety::default();
    let history = history("a1 b1 c2", &[1, 1, 2]);
    (said(oracle.restored(ms(9), n(3), index, term.into(), &history)), oracle.judged())
}

/// After the same, n3 reports `commit` as its commit index; its disk holds `pages`, which agree
/// with the history through `mark`.
fn tell(commit: Index, pages: &Pages, mark: Index) -> Verdict {
    let mut oracle = StateMachineSafety::default();
    let history = history("a1 b1 c2", &[1, 1, 2]);
    let verdict = oracle.reported(ms(9), n(3), commit, &copy(pages), mark, &history);
    (said(verdict), oracle.judged())
}

fn differs(second: &str) -> Verdict {
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.002000s";
    (broken("State Machine Safety", ms(9), first, second), 1)
}

#[test]
fn the_committed_entry_may_be_applied() {
    assert_eq!(apply(1, "a1"), (Ok(()), 1));
    assert_eq!(apply(3, "c2"), (Ok(()), 1));
}

#[test]
fn an_entry_at_a_new_index_is_not_judged() {
    assert_eq!(apply(4, "d2"), (Ok(()), 0));
}

#[test]
fn another_command_may_not_be_applied() {
    assert_eq!(apply(2, "x1"), differs("n3 applies 2@1 \"x\""));
    assert_eq!(apply(2, "-1"), differs("n3 applies 2@1 (no command)"));
}

#[test]
fn the_same_command_of_another_term_may_not_be_applied() {
    assert_eq!(apply(2, "b2"), differs("n3 applies 2@2 \"b\""));
}

#[test]
fn of_an_entry_of_unknown_term_the_command_counts() {
    assert_eq!(apply_blindly(2, "b1"), (Ok(()), 1));
    assert_eq!(apply_blindly(2, "x1"), differs("n3 applies 2 \"x\""));
    assert_eq!(apply_blindly(2, "-1"), differs("n3 applies 2 (no command)"));
}

#[test]
fn a_snapshot_ends_with_the_committed_entry() {
    assert_eq!(restore(2, 1), (Ok(()), 1));
    assert_eq!(restore(2, 2), differs("n3 restores a snapshot through 2@2"));
    assert_eq!(restore(9, 2), (Ok(()), 0));
    assert_eq!(restore(2, None), (Ok(()), 1));
}

#[test]
fn a_reported_commit_index_covers_only_committed_entries() {
    assert_eq!(tell(2, &pages("a1 b1"), 2), (Ok(()), 1));
    assert_eq!(tell(9, &pages("a1 b1 c2 d2"), 3), (Ok(()), 1));
    assert_eq!(tell(0, &pages("x1"), 0), (Ok(()), 0));
    let expected = differs("n3 reports commit index 2, and its disk holds 2@2 \"x\" there");
    assert_eq!(tell(2, &pages("a1 x2"), 1), expected);
}

#[test]
fn an_entry_reported_committed_and_not_yet_written_is_not_judged() {
    assert_eq!(tell(3, &pages("a1 b1"), 2), (Ok(()), 1));
    assert_eq!(tell(3, &pages(""), 0), (Ok(()), 0));
    // Nor are entries after the reported commit index.
    assert_eq!(tell(1, &pages("a1 x2"), 1), (Ok(()), 1));
}
