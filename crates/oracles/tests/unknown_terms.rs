//! Entries and snapshots whose terms some servers do not know, on made-up runs of three servers.

use raftsim_node::{Bytes, Index};
use raftsim_oracles::LogOracles;

use crate::log_oracles::{apply, follower, leader, write, written};
use crate::support::{Said, applied_blindly, behind, broken, entry, ms, n, said};

/// `node` applies the entry without its term, which the word names.
fn apply_blindly(
    oracles: &mut LogOracles,
    millis: u64,
    node: u8,
    index: Index,
    word: &str,
) -> Said {
    said(oracles.applied(ms(millis), n(node), index, applied_blindly(&entry(word))))
}

/// Three servers whose disks offer no view. Each applies the first entry: a word names it with its
/// term, and `?` after the word hides the term. Only the last may break the property.
fn applied(words: &[&str]) -> Said {
    let mut oracles = LogOracles::new(3);
    let mut last = Ok(());
    for (word, node) in words.iter().zip(1..) {
        assert_eq!(last, Ok(()), "only the last may break the property");
        let millis = u64::from(node);
        last = match word.strip_suffix('?') {
            Some(word) => apply_blindly(&mut oracles, millis, node, 1, word),
            None => apply(&mut oracles, millis, node, 1, word),
        };
    }
    last
}

fn differs(millis: u64, first: &str, second: &str) -> Said {
    let first = format!("{first} is committed, as n1 in term 0 showed at 0.001000s");
    broken("State Machine Safety", ms(millis), &first, second)
}

#[test]
fn servers_that_do_not_know_a_term_agree_with_all_that_apply_the_same_command() {
    for words in [["a1?", "a2?", "a3?"], ["a1?", "a1", "a2?"], ["a1", "a2?", "a1"]] {
        assert_eq!(applied(&words), Ok(()), "{words:?}");
    }
}

#[test]
fn another_command_is_found_whatever_is_known_of_its_term() {
    assert_eq!(applied(&["a1?", "x1?"]), differs(2, "1 \"a\"", "n2 applies 1 \"x\""));
    assert_eq!(applied(&["a1?", "x1"]), differs(2, "1 \"a\"", "n2 applies 1@1 \"x\""));
    assert_eq!(applied(&["a1", "x1?"]), differs(2, "1@1 \"a\"", "n2 applies 1 \"x\""));
}

#[test]
fn a_term_that_is_learnt_later_counts_from_then_on() {
    let expected = differs(3, "1@1 \"a\"", "n3 applies 1@2 \"a\"");
    assert_eq!(applied(&["a1?", "a1", "a2"]), expected);
    // A server that does not know the term takes nothing from what is known.
    assert_eq!(applied(&["a1", "a1?", "a2"]), expected);
}

#[test]
fn a_leader_lacks_an_entry_of_unknown_term_if_it_has_another_command_there() {
    let elected = |words| {
        let mut oracles = written(["a1", "a1", words]);
        assert_eq!(apply_blindly(&mut oracles, 3, 1, 1, "a1"), Ok(()));
        oracles.becomes(n(3), leader(4));
        said(oracles.settled(ms(5), n(3), follower(1), leader(4)))
    };
    assert_eq!(elected("a1"), Ok(()));
    assert_eq!(elected("a2"), Ok(()), "it may be the same entry");
    let first = "1 \"a\" is committed, as n1 in term 1 showed at 0.003000s";
    let second = "n3 leads in term 4, and its disk holds 1@2 \"x\" there";
    assert_eq!(elected("x2"), broken("Leader Completeness", ms(5), first, second));
}

#[test]
fn a_snapshot_of_unknown_term_covers_what_is_committed() {
    let mut oracles = written(["a1 b1 c1", "a1 b1 c1", "a1"]);
    for (index, word) in [(1, "a1"), (2, "b1")] {
        assert_eq!(apply(&mut oracles, 3, 1, index, word), Ok(()));
    }
    let data = Bytes::from("ab");
    oracles.compacted(2, &data);
    assert_eq!(write(&mut oracles, 4, 3, &behind(2, None, "")), Ok(()));
    assert_eq!(said(oracles.restored(ms(5), n(3), 2, None, &data)), Ok(()));
    oracles.becomes(n(3), leader(2));
    assert_eq!(said(oracles.settled(ms(6), n(3), follower(1), leader(2))), Ok(()));
    // What the snapshot says is still compared.
    let foreign = said(oracles.restored(ms(7), n(2), 2, None, &Bytes::from("xy")));
    assert_eq!(foreign.expect_err("no service made it").1, "a snapshot is one that was taken");
}
