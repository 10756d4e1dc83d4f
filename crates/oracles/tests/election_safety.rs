//! At most one leader a term, on made-up histories.

use raftsim_oracles::ElectionSafety;

use crate::support::{Said, broken, ms, n, said};

/// A leader is seen at each of these: (milliseconds, server, life, term). Only the last may break
/// the property. Returns its verdict, and how many elections were judged.
fn judge(history: &[(u64, u8, u32, u64)]) -> (Said, u64) {
    let mut oracle = ElectionSafety::default();
    let mut last = Ok(());
    for &(time, node, life, term) in history {
        assert_eq!(last, Ok(()), "only the last election may break the property");
        last = said(oracle.leads(ms(time), (n(node), life), term, Some(term)));
    }
    (last, oracle.judged())
}

fn two_leaders(time: u64, first: &str, second: &str) -> Said {
    broken("Election Safety", ms(time), first, second)
}

#[test]
fn one_leader_a_term_is_fine() {
    assert_eq!(judge(&[(1, 1, 1, 1), (2, 2, 1, 2), (3, 3, 1, 3)]), (Ok(()), 3));
}

#[test]
fn a_leader_may_lead_again_in_a_later_term_and_life() {
    assert_eq!(judge(&[(1, 1, 1, 1), (2, 1, 1, 2), (3, 1, 2, 5)]), (Ok(()), 3));
}

#[test]
fn the_same_leader_seen_again_is_fine() {
    assert_eq!(judge(&[(1, 1, 1, 4), (2, 1, 1, 4), (9, 1, 1, 4)]), (Ok(()), 3));
}

#[test]
fn two_leaders_in_one_term_are_a_failure() {
    let facts = ["n1 (life 1) led in term 4 since 0.001000s", "n2 (life 1) leads in term 4 too"];
    assert_eq!(judge(&[(1, 1, 1, 4), (7, 2, 1, 4)]), (two_leaders(7, facts[0], facts[1]), 2));
}

#[test]
fn a_second_life_that_leads_in_the_same_term_is_a_second_leader() {
    let facts = [
        "n1 (life 1) led in term 4 since 0.001000s",
        "after a restart (life 2) it leads in term 4 again",
    ];
    assert_eq!(judge(&[(1, 1, 1, 4), (7, 1, 2, 4)]), (two_leaders(7, facts[0], facts[1]), 2));
}

#[test]
fn the_first_leader_of_a_term_is_the_one_remembered() {
    let facts = ["n3 (life 1) led in term 4 since 0.001000s", "n2 (life 1) leads in term 4 too"];
    assert_eq!(
        judge(&[(1, 3, 1, 4), (2, 3, 1, 4), (7, 2, 1, 4)]),
        (two_leaders(7, facts[0], facts[1]), 3)
    );
}

#[test]
fn terms_may_be_won_in_any_order_and_none_is_forgotten() {
    // A leader of an older term may be seen late, so terms interleave.
    let fine = [(1, 1, 1, 5), (2, 2, 1, 3), (3, 3, 2, 9), (4, 2, 1, 4), (5, 1, 1, 5), (6, 2, 1, 3)];
    assert_eq!(judge(&fine), (Ok(()), 6));
    for (node, term, first) in [
        (1, 3, "n2 (life 1) led in term 3 since 0.002000s"),
        (3, 4, "n2 (life 1) led in term 4 since 0.004000s"),
        (3, 5, "n1 (life 1) led in term 5 since 0.001000s"),
        (2, 9, "n3 (life 2) led in term 9 since 0.003000s"),
    ] {
        let mut history = fine.to_vec();
        history.push((8, node, 2, term));
        let second = format!("n{node} (life 2) leads in term {term} too");
        assert_eq!(judge(&history), (two_leaders(8, first, &second), 7));
    }
}

#[test]
fn a_leader_whose_term_was_not_on_its_disk_is_named() {
    let mut oracle = ElectionSafety::default();
    // It boots as leader of term 1, and writes the term later; or its disk shows nothing.
    assert_eq!(oracle.leads(ms(1), (n(1), 1), 1, Some(0)), Ok(()));
    assert_eq!(oracle.leads(ms(1), (n(3), 1), 2, None), Ok(()));
    let facts = [
        "n1 (life 1) led in term 1 since 0.001000s, while its disk was in term 0",
        "after a restart (life 2) it leads in term 1 again, while its disk is in term 0",
    ];
    let verdict = oracle.leads(ms(7), (n(1), 2), 1, Some(0));
    assert_eq!(said(verdict), two_leaders(7, facts[0], facts[1]));
    let second = "n2 (life 1) leads in term 1 too";
    let verdict = oracle.leads(ms(7), (n(2), 1), 1, Some(1));
    assert_eq!(said(verdict), two_leaders(7, facts[0], second));
    let facts = ["n3 (life 1) led in term 2 since 0.001000s", "n2 (life 1) leads in term 2 too"];
    let verdict = oracle.leads(ms(7), (n(2), 1), 2, None);
    assert_eq!(said(verdict), two_leaders(7, facts[0], facts[1]));
}
