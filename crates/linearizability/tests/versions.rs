//! The rules for keys with versions.

use raftsim_linearizability::models::versioned::{Input, Output, Versioned};
use raftsim_linearizability::{Budget, Verdict, check_versions};

use crate::random::{Random, Shape, history};
use crate::support::{
    done, has_order, history as history_of, is_linearizable, judge, pending, verify_report, weaken,
};

/// Compares the rules with all orders of random histories. The result is how many are illegal, and
/// how many the rules do not decide.
fn compare(histories: u64) -> (u64, u64) {
    let (mut illegal, mut open) = (0, 0);
    for seed in 0..histories {
        let mut random = Random(seed);
        let shape = Shape::small(&mut random, 6, 6);
        let history = history(&Versioned, &mut random, shape);
        let report = check_versions(&history, Budget::default());
        verify_report(&Versioned, &history, &report);
        let expected = has_order(&Versioned, &history);
        assert_eq!(is_linearizable(&report), expected, "seed {seed}\n{report}\n{history:#?}");
        illegal += u64::from(!expected);
        let rules = check_versions(&history, Budget { search: 0, explanation: 0 });
        open += u64::from(rules.objects.iter().any(|object| object.is_linearizable.is_none()));
    }
    (illegal, open)
}

#[test]
fn the_rules_agree_with_all_orders() {
    let (illegal, open) = compare(100_000);
    assert!((10_000..90_000).contains(&illegal), "{illegal}");
    assert!(open < 10_000, "{open}");
}

#[test]
fn what_the_rules_name_is_enough_for_a_contradiction() {
    // If all that is not named may be anywhere, there is still no order.
    let mut contradictions = 0;
    for seed in 0..50_000 {
        let mut random = Random(seed);
        let shape = Shape { clients: 4, operations: 8, lies: 6, ties: 1 };
        let history = history(&Versioned, &mut random, shape);
        // Without a search every contradiction is from the rules.
        let report = check_versions(&history, Budget { search: 0, explanation: 0 });
        let Verdict::Illegal(shown) = report.verdict else { continue };
        contradictions += 1;
        let named: Vec<_> = shown.operations.iter().map(|line| line.operation).collect();
        let weaker = weaken(&Versioned, &history, &named);
        assert!(!has_order(&Versioned, &weaker), "seed {seed}: {shown}");
        assert!(named.len() <= 5, "seed {seed}: {shown}");
    }
    assert!(contradictions > 10_000, "{contradictions}");
}

fn put(version: u64, value: &str) -> Input {
    Input::Put { key: "k".into(), value: value.into(), version }
}

fn get() -> Input {
    Input::Get { key: "k".into() }
}

fn found(value: &str, version: u64) -> Output {
    Output::Value(value.into(), version)
}

#[test]
fn each_rule_tells_what_it_found() {
    let shown = |operations| {
        let report = check_versions(&history_of(operations), Budget::default());
        let Verdict::Illegal(contradiction) = report.verdict else { panic!("{report}") };
        contradiction.to_string()
    };
    let created = done(1, (1, 2), put(0, "a"), Output::Done);
    assert_eq!(
        shown(vec![created.clone(), done(2, (3, 4), put(0, "b"), Output::Done)]),
        "2 operations on key \"k\" contradict each other:\n  \
         client 1, from 1 to 2: put \"a\" at version 0 was done\n  \
         client 2, from 3 to 4: put \"b\" at version 0 was done\n\
         Only one put at version 0 can be done."
    );
    assert_eq!(
        shown(vec![created.clone(), done(2, (3, 4), get(), Output::NoKey)]),
        "2 operations on key \"k\" contradict each other:\n  \
         client 1, from 1 to 2: put \"a\" at version 0 was done\n  \
         client 2, from 3 to 4: get found no key\n\
         By these, version 1 began not before 3 and not after 2."
    );
    let ends = [
        (vec![done(2, (3, 4), get(), found("b", 1))], "Version 1 has the value that was put."),
        (
            vec![done(2, (3, 4), get(), found("b", 2))],
            "Nothing can have put this value at version 1.",
        ),
        (
            vec![done(2, (3, 4), put(2, "b"), Output::Done)],
            "Nothing can have put a value at version 1.",
        ),
        (
            vec![done(2, (3, 4), put(1, "b"), Output::OtherVersion)],
            "Version 2 cannot have begun when the put at 1 returned.",
        ),
        (
            vec![
                pending(4, 3, put(1, "b")),
                done(2, (4, 5), get(), found("b", 2)),
                done(3, (4, 6), get(), found("c", 2)),
            ],
            "Version 2 has one value.",
        ),
    ];
    for (mut operations, end) in ends {
        operations.insert(0, created.clone());
        let text = shown(operations);
        assert!(text.ends_with(&format!("\n{end}")), "{text}");
    }
}

#[test]
fn the_put_that_may_have_been_done_is_found_by_its_value() {
    let operations = |value: &str, seen: (u64, u64)| {
        vec![
            done(1, (1, 4), put(0, "a"), Output::Maybe),
            done(2, (1, 4), put(0, "b"), Output::Maybe),
            done(3, seen, get(), found(value, 1)),
        ]
    };
    let judged = |operations| {
        let report = check_versions(&history_of(operations), Budget { search: 0, explanation: 0 });
        is_linearizable(&report)
    };
    assert!(judged(operations("a", (2, 3))));
    assert!(judged(operations("b", (5, 6))));
    assert!(!judged(operations("c", (5, 6))));
}

#[test]
fn several_puts_that_may_have_made_a_version_are_searched() {
    let history = history_of(vec![
        done(1, (1, 4), put(0, "a"), Output::Maybe),
        done(2, (1, 4), put(0, "b"), Output::Maybe),
        done(3, (5, 6), put(1, "c"), Output::Done),
    ]);
    let unknown = check_versions(&history, Budget { search: 0, explanation: 0 });
    assert_eq!(unknown.verdict, Verdict::Unknown);
    assert!(is_linearizable(&check_versions(&history, Budget::default())));
}

#[test]
fn versions_that_nobody_can_count_are_judged_too() {
    let created = done(1, (1, 2), put(0, "a"), Output::Done);
    let max = u64::MAX;
    for (operation, expected) in [
        (done(2, (3, 4), get(), found("a", max)), false),
        (done(2, (3, 4), put(max, "b"), Output::Done), false),
        (done(2, (3, 4), put(max - 1, "b"), Output::Done), false),
        (done(2, (3, 4), put(max, "b"), Output::OtherVersion), true),
        (done(2, (3, 4), put(max, "b"), Output::Maybe), true),
        (pending(2, 3, put(max, "b")), true),
    ] {
        let history = history_of(vec![created.clone(), operation]);
        let report = check_versions(&history, Budget::default());
        assert_eq!(is_linearizable(&report), expected, "{history:?}");
        assert_eq!(is_linearizable(&judge(&Versioned, &history)), expected, "{history:?}");
    }
}
