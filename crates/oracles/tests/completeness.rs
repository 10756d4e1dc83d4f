//! Leader Completeness, on made-up disks and elections.

use raftsim_node::{Index, Term};
use raftsim_oracles::{History, LeaderCompleteness, Marks};

use crate::support::{Pages, Said, behind, broken, copy, history, ms, n, pages, said};

/// n2 is elected in `term` while its disk holds `pages`. Returns the verdict, and how many
/// elections were judged.
fn elect(pages: &Pages, term: Term, history: &History) -> (Said, u64) {
    let mut oracle = LeaderCompleteness::default();
    let (log, mut marks) = (copy(pages), Marks::new(3));
    marks.written(n(2), &log, 1, history);
    let verdict = oracle.elected(ms(9), (n(2), term), &log, marks.mark(n(2)), history);
    (said(verdict), oracle.judged())
}

/// `a1 b1 c2`, the last in term 2.
fn three() -> History {
    history("a1 b1 c2", &[1, 1, 2])
}

/// The failure when n2's disk lacks the entry that [`three`] has at `index`; `instead` says what
/// the disk has there.
fn lacks(index: Index, term: Term, instead: &str) -> (Said, u64) {
    let shown =
        ["1@1 \"a\"", "2@1 \"b\"", "3@2 \"c\""][usize::try_from(index - 1).expect("of three")];
    let within = if index == 3 { 2 } else { 1 };
    let first = format!("{shown} is committed, as n1 in term {within} showed at 0.00{index}000s");
    let second = format!("n2 leads in term {term}, and its disk {instead}");
    (broken("Leader Completeness", ms(9), &first, &second), 1)
}

#[test]
fn a_leader_that_holds_everything_committed_is_fine() {
    assert_eq!(elect(&pages("a1 b1 c2"), 3, &three()), (Ok(()), 1));
    assert_eq!(elect(&pages("a1 b1 c2 x2 y3"), 4, &three()), (Ok(()), 1));
}

#[test]
fn a_snapshot_holds_what_it_stands_for() {
    assert_eq!(elect(&behind(2, 1, "c2"), 3, &three()), (Ok(()), 1));
    assert_eq!(elect(&behind(3, 2, ""), 3, &three()), (Ok(()), 1));
    let tailed = Pages { skipped: 1, snapshot: Some((2, Some(1))), ..pages("b1 c2") };
    assert_eq!(elect(&tailed, 3, &three()), (Ok(()), 1));
}

#[test]
fn where_nothing_is_committed_nothing_is_judged() {
    assert_eq!(elect(&pages("a1"), 1, &History::default()), (Ok(()), 0));
}

#[test]
fn a_leader_whose_log_is_too_short_is_found_out() {
    let expected = lacks(3, 3, "ends at 2");
    assert_eq!(elect(&pages("a1 b1"), 3, &three()), expected);
    assert_eq!(elect(&behind(2, 1, ""), 3, &three()), expected);
    assert_eq!(elect(&pages(""), 3, &three()), lacks(1, 3, "ends at 0"));
}

#[test]
fn a_leader_that_holds_another_entry_is_found_out() {
    let expected = lacks(3, 3, "holds 3@1 \"x\" there");
    assert_eq!(elect(&pages("a1 b1 x1 y1"), 3, &three()), expected);
    // Another command of the same term; the entries after it are the committed ones.
    let expected = lacks(2, 3, "holds 2@1 \"x\" there");
    assert_eq!(elect(&pages("a1 x1 c2"), 3, &three()), expected);
}

#[test]
fn a_snapshot_that_is_not_of_this_history_holds_nothing() {
    let expected = lacks(1, 3, "begins at 3");
    assert_eq!(elect(&behind(2, 2, "c2"), 3, &three()), expected);
    let cut = Pages { skipped: 2, ..pages("c2") };
    assert_eq!(elect(&cut, 3, &three()), expected);
}

#[test]
fn a_leader_elected_late_in_an_earlier_term_need_not_hold_what_came_after_it() {
    // Entries 2 and 3 are first seen to be committed in terms 5 and 7.
    let history = history("a1 b5 c5", &[1, 5, 7]);
    for (term, held) in [(4, "a1"), (5, "a1"), (6, "a1 b5"), (7, "a1 b5"), (8, "a1 b5 c5")] {
        assert_eq!(elect(&pages(held), term, &history).0, Ok(()), "term {term}");
        let cut = held.rsplit_once(' ').map_or("", |(rest, _)| rest);
        assert!(elect(&pages(cut), term, &history).0.is_err(), "term {term}");
    }
    assert_eq!(elect(&pages(""), 1, &history), (Ok(()), 0));
}

#[test]
fn an_entry_committed_in_a_term_commits_all_before_it() {
    // The first entry was seen to be committed by a server in term 9. But the leader that committed
    // the second one in term 2 committed both.
    let history = history("a1 b2", &[9, 2]);
    assert_eq!([1, 2, 3, 9, 10].map(|term| history.before(term)), [0, 0, 2, 2, 2]);
    let history = self::history("a1 b2 c2", &[2, 9, 3]);
    assert_eq!([2, 3, 4, 9, 10].map(|term| history.before(term)), [0, 1, 3, 3, 3]);
}

/// `c2`, shown in term 2, is committed after `a1 b1` while the servers have these `disks` and n1
/// leads in the term `leads`.
fn grow(disks: &[Pages; 3], leads: Term) -> Said {
    let two = history("a1 b1", &[1, 1]);
    let logs = disks.each_ref().map(copy);
    let mut marks = Marks::new(3);
    for (log, node) in logs.iter().zip(1..) {
        marks.written(n(node), log, 1, &two);
    }
    let logs = logs.map(Some);
    marks.committed(&three(), &logs);
    let leads = [Some(leads), None, None].into_iter();
    said(LeaderCompleteness::default().committed(ms(9), &three(), &marks, &logs, leads))
}

#[test]
fn a_leader_of_a_later_term_must_hold_an_entry_once_it_is_seen_to_be_committed() {
    let short = ["a1 b1", "a1 b1 c2", "a1 b1 c2"].map(pages);
    assert_eq!(grow(&short, 2), Ok(()), "it may have committed the entry itself, or be older");
    let facts = ["3@2 \"c\" is committed, as n1 in term 2 showed at 0.003000s", "ends at 2"];
    let second = format!("n1 leads in term 3, and its disk {}", facts[1]);
    let expected = broken("Leader Completeness", ms(9), facts[0], &second);
    assert_eq!(grow(&short, 3), expected);
}
