//! What servers apply and clients proposed, on made-up servers.

use raftsim_node::{Command, Index, ProposalId};
use raftsim_oracles::OnlyProposed;

use crate::support::{broken, ms, n, said};

#[test]
fn a_command_is_proposed_before_it_is_applied() {
    let mut oracle = OnlyProposed::default();
    let [a, b] = ["a", "b"].map(Command::from);
    oracle.proposed(&a);
    assert_eq!(said(oracle.applied(ms(1), n(1), 1, Some(&a))), Ok(()));
    // Another server applies it too, and the Raft adds an entry of its own.
    assert_eq!(said(oracle.applied(ms(2), n(2), 1, Some(&a))), Ok(()));
    assert_eq!(said(oracle.applied(ms(2), n(2), 2, None)), Ok(()));
    assert_eq!(oracle.judged(), 2);
    let property = "only what was proposed is applied";
    let facts = ["n2 applies \"b\" at 3", "nobody proposed that command"];
    let expected = broken(property, ms(3), facts[0], facts[1]);
    assert_eq!(said(oracle.applied(ms(3), n(2), 3, Some(&b))), expected);
}

#[test]
fn the_same_command_may_be_proposed_and_applied_twice() {
    let mut oracle = OnlyProposed::default();
    let a = Command::from("a");
    for index in [1, 2] {
        oracle.proposed(&a);
        oracle.accepted(ProposalId(index), index);
        assert_eq!(said(oracle.applied(ms(1), n(1), index, Some(&a))), Ok(()));
    }
}

#[test]
fn a_command_is_applied_as_often_as_it_was_proposed() {
    let mut oracle = OnlyProposed::default();
    let [a, b] = ["a", "b"].map(Command::from);
    for (id, command) in [(1, &a), (2, &b), (3, &b)] {
        oracle.proposed(command);
        oracle.accepted(ProposalId(id), id);
    }
    for (index, command) in [(1, &a), (2, &b), (3, &b)] {
        assert_eq!(said(oracle.applied(ms(1), n(1), index, Some(command))), Ok(()));
    }
    let property = "only what was proposed is applied";
    let once = [
        "n2 applies \"a\" at 4",
        "the command was proposed once, and applied once before, last at 1",
    ];
    let expected = broken(property, ms(2), once[0], once[1]);
    assert_eq!(said(oracle.clone().applied(ms(2), n(2), 4, Some(&a))), expected);
    let twice = [
        "n2 applies \"b\" at 4",
        "the command was proposed 2 times, and applied 2 times before, last at 3",
    ];
    let expected = broken(property, ms(2), twice[0], twice[1]);
    assert_eq!(said(oracle.applied(ms(2), n(2), 4, Some(&b))), expected);
}

/// A leader appends each command twice, and answers with the second place.
#[test]
fn a_command_that_was_applied_before_is_one_too_many_where_it_was_accepted() {
    let mut oracle = OnlyProposed::default();
    let a = Command::from("a");
    oracle.proposed(&a);
    oracle.accepted(ProposalId(1), 2);
    assert_eq!(said(oracle.applied(ms(1), n(1), 1, Some(&a))), Ok(()));
    let property = "only what was proposed is applied";
    let facts = [
        "n1 applies \"a\" at 2",
        "the command was proposed once, and applied once before, last at 1",
    ];
    let expected = broken(property, ms(1), facts[0], facts[1]);
    assert_eq!(said(oracle.applied(ms(1), n(1), 2, Some(&a))), expected);
}

#[test]
fn of_two_commands_that_were_accepted_at_one_index_each_is_applied_once() {
    let mut oracle = OnlyProposed::default();
    let [a, b] = ["a", "b"].map(Command::from);
    oracle.proposed(&a);
    oracle.proposed(&b);
    oracle.accepted(ProposalId(1), 1);
    oracle.accepted(ProposalId(2), 1);
    assert_eq!(said(oracle.applied(ms(1), n(1), 1, Some(&a))), Ok(()));
    assert_eq!(said(oracle.applied(ms(1), n(1), 2, Some(&b))), Ok(()));
    let property = "only what was proposed is applied";
    let facts = [
        "n1 applies \"a\" at 3",
        "the command was proposed once, and applied once before, last at 1",
    ];
    let expected = broken(property, ms(1), facts[0], facts[1]);
    assert_eq!(said(oracle.applied(ms(1), n(1), 3, Some(&a))), expected);
}

#[test]
fn a_command_may_be_applied_elsewhere_than_where_it_was_accepted_and_never_accepted() {
    let mut oracle = OnlyProposed::default();
    let [a, b, c] = ["a", "b", "c"].map(Command::from);
    for (id, command, index) in [(1, &a, Some(1)), (2, &b, Some(1)), (3, &c, None)] {
        oracle.proposed(command);
        if let Some(index) = index {
            oracle.accepted(ProposalId(id), index);
        }
    }
    for (index, command) in [(1, &a), (2, &c), (3, &b)] {
        assert_eq!(said(oracle.applied(ms(1), n(1), index, Some(command))), Ok(()));
    }
}

#[test]
fn an_answer_with_any_index_is_survived() {
    let mut oracle = OnlyProposed::default();
    let a = Command::from("a");
    for _ in 0..3 {
        oracle.proposed(&a);
    }
    for index in [0, 9, Index::MAX] {
        oracle.accepted(ProposalId(1), index);
        oracle.accepted(ProposalId(u64::MAX), index);
    }
    for index in [1, 9, Index::MAX] {
        assert_eq!(said(oracle.applied(ms(1), n(1), index, Some(&a))), Ok(()));
    }
}
