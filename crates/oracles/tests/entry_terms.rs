//! The terms of entries, on made-up disks, alone and together with the other oracles of the log.

use raftsim_node::{Role, Status, Term};
use raftsim_oracles::{EntryTerms, LogOracles};

use crate::support::{Pages, Said, behind, broken, ms, n, pages, said};

const NAME: &str = "entry terms are in order";

/// n2 writes the entry `entry` (its index and term), which no disk held before, after one of the
/// term `before`; it leads in the term `leads`, if it does.
fn append(entry: (u64, Term), before: Term, leads: Option<Term>) -> Said {
    let mut oracle = EntryTerms::default();
    let verdict = oracle.appended(ms(4), n(2), leads, entry, before);
    assert_eq!(oracle.judged(), 1);
    said(verdict)
}

#[test]
fn terms_may_stay_and_grow_along_a_log() {
    for term in [3, 4, 9] {
        assert_eq!(append((2, term), 3, None), Ok(()));
    }
    assert_eq!(append((1, 0), 0, None), Ok(()));
}

#[test]
fn a_log_whose_terms_go_down_is_found_out() {
    let facts = ["n2's disk holds 1@3", "2@2 follows it, which is of an earlier term"];
    let expected = broken(NAME, ms(4), facts[0], facts[1]);
    assert_eq!(append((2, 2), 3, None), expected);
    assert_eq!(append((2, 2), 3, Some(2)), expected);
}

#[test]
fn a_leader_appends_entries_of_its_own_term() {
    assert_eq!(append((2, 5), 1, Some(5)), Ok(()));
    for (term, before) in [(4, 1), (6, 1), (1, 3)] {
        let second = format!("it appends 2@{term}, which no disk held before");
        let expected = broken(NAME, ms(4), "n2 leads in term 5", &second);
        assert_eq!(append((2, term), before, Some(5)), expected);
    }
}

#[test]
fn a_log_written_at_once_is_judged_entry_by_entry() {
    let down = |first, second| broken(NAME, ms(4), first, second);
    let expected = down("n1's disk holds 2@3", "3@2 follows it, which is of an earlier term");
    assert_eq!(write(&mut begun(), 1, &pages("a1 b3 c2")), expected);
    // The snapshot's last entry is the one before the log.
    let expected = down("n2's disk holds 2@5", "3@3 follows it, which is of an earlier term");
    assert_eq!(write(&mut begun(), 2, &behind(2, 5, "c3")), expected);
    // Another disk held these entries before, so Log Matching judges them.
    assert_eq!(write(&mut begun(), 2, &pages("a1")), Ok(()));
}

fn follower(term: Term) -> Status {
    Status::new(term, Role::Follower)
}

/// Three servers; n1's disk, in term 1, holds `a1`.
fn begun() -> LogOracles {
    let mut oracles = LogOracles::new(3);
    oracles.promised(n(1), 1);
    assert_eq!(write(&mut oracles, 1, &pages("a1")), Ok(()));
    oracles
}

fn write(oracles: &mut LogOracles, node: u8, pages: &Pages) -> Said {
    let change = oracles.read(n(node), Some(pages), pages.snapshot, Some(0));
    said(oracles.written(ms(4), n(node), &change.expect("it has a view")))
}

fn speak(oracles: &mut LogOracles, node: u8) -> Said {
    said(oracles.speaks(ms(7), n(node)))
}

fn later() -> Said {
    let second = "it holds 2@2, which is of a later term";
    broken(NAME, ms(7), "n1's disk is in term 1", second)
}

#[test]
fn an_entry_and_its_term_may_be_written_one_after_the_other() {
    let mut oracles = begun();
    assert_eq!(write(&mut oracles, 1, &pages("a1 b2")), Ok(()));
    oracles.promised(n(1), 2);
    assert_eq!(speak(&mut oracles, 1), Ok(()));
}

#[test]
fn an_entry_of_a_later_term_is_found_out_when_its_server_sends() {
    let mut oracles = begun();
    assert_eq!(write(&mut oracles, 1, &pages("a1 b2")), Ok(()));
    assert_eq!(speak(&mut oracles, 2), Ok(()), "another server");
    assert_eq!(speak(&mut oracles, 1), later());
}

#[test]
fn an_entry_of_a_later_term_is_found_out_when_its_server_reports() {
    let settle = |after: Status| {
        let mut oracles = begun();
        assert_eq!(write(&mut oracles, 1, &pages("a1 b2")), Ok(()));
        oracles.becomes(n(1), after);
        said(oracles.settled(ms(7), n(1), follower(1), after))
    };
    assert_eq!(settle(follower(2)), Ok(()), "a new term reports nothing of the log");
    assert_eq!(settle(follower(1).with_commit(1)), later());
    assert_eq!(settle(Status::new(1, Role::Leader)), later());
}

/// n1 crashes after it wrote `b2` and before it wrote term 2, and boots with this `status`.
fn booted(status: Status) -> (LogOracles, Said) {
    let mut oracles = begun();
    assert_eq!(write(&mut oracles, 1, &pages("a1 b2")), Ok(()));
    oracles.crashed(n(1));
    let verdict = said(oracles.booted(ms(6), n(1), None, status));
    (oracles, verdict)
}

#[test]
fn a_server_that_boots_between_the_two_writes_may_repair_its_disk() {
    for status in [follower(2), follower(2).with_commit(0), Status::new(2, Role::Leader)] {
        let (mut oracles, verdict) = booted(status);
        assert_eq!(verdict, Ok(()));
        assert_eq!(speak(&mut oracles.clone(), 1), later());
        oracles.promised(n(1), 2);
        assert_eq!(speak(&mut oracles, 1), Ok(()));
    }
}

#[test]
fn a_server_that_boots_in_an_earlier_term_than_its_last_entry_is_found_out() {
    let facts = ["n1 boots from a disk that holds 2@2", "it starts in term 1"];
    assert_eq!(booted(follower(1)).1, broken(NAME, ms(6), facts[0], facts[1]));
}

#[test]
fn a_leaders_entry_that_another_disk_held_before_is_not_taken_for_its_own() {
    // n2 wrote it when it led in term 2; n1 appends it in term 3, which no correct leader does
    // either, but is not judged by its term.
    let mut oracles = begun();
    oracles.promised(n(2), 2);
    assert_eq!(write(&mut oracles, 2, &pages("a1 b2")), Ok(()));
    oracles.becomes(n(1), Status::new(3, Role::Leader));
    oracles.promised(n(1), 3);
    assert_eq!(write(&mut oracles, 1, &pages("a1 b2")), Ok(()));
    let facts = ["n1 leads in term 3", "it appends 3@2, which no disk held before"];
    let expected = broken(NAME, ms(4), facts[0], facts[1]);
    assert_eq!(write(&mut oracles, 1, &pages("a1 b2 c2")), expected);
}
