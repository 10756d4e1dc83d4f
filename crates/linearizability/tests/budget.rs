//! What a check does with its steps.

use raftsim_linearizability::models::kv::{Input, Kv, Output};
use raftsim_linearizability::models::versioned::Versioned;
use raftsim_linearizability::{
    Budget, Clients, History, Operation, Verdict, check, check_versions,
};

use crate::random::{Random, Shape, history};
use crate::support::{done, pending};

fn search(steps: u64) -> Budget {
    Budget { search: steps, ..Budget::default() }
}

/// Appends to `key` that are all open at once, and a get of all of them in a certain order.
fn hard(key: &str, appends: usize, read: &str) -> Vec<Operation<Input, Output>> {
    let append = |number: usize| {
        let client = number as u64;
        let value = "abcdefghi"[number..=number].into();
        done(client, (0, 10), Input::Append { key: key.into(), value }, Output::Done)
    };
    let get = Input::Get { key: key.into() };
    let read = done(99, (20, 30), get, Output::Value(read.into()));
    (0..appends).map(append).chain([read]).collect()
}

fn overlapping(operations: Vec<Operation<Input, Output>>) -> History<Input, Output> {
    History::new(operations, Clients::Overlapping).expect("well-formed")
}

#[test]
fn when_the_steps_are_used_up_the_verdict_is_unknown() {
    let history = overlapping(hard("k", 6, "fedcbx"));
    let report = check(&Kv, &history, search(1_000));
    assert_eq!(report.verdict, Verdict::Unknown);
    assert_eq!(report.objects[0].is_linearizable, None);
    // The last look may take a few steps more.
    assert!((1_000..1_010).contains(&report.steps()), "{report}");
    assert_eq!(
        report.to_string(),
        "unknown: 7 operations, on 1 object; 1,000 steps\n\
         The steps were used up, and 1 is undecided: key \"k\"."
    );
    let report = check(&Kv, &history, search(1_000_000));
    assert!(matches!(report.verdict, Verdict::Illegal(_)), "{report}");
}

#[test]
fn without_steps_nothing_is_known_but_of_histories_without_operations() {
    let empty = overlapping(vec![]);
    assert_eq!(check(&Kv, &empty, search(0)).verdict, Verdict::Linearizable(vec![]));
    let one = overlapping(hard("k", 1, "a"));
    assert_eq!(check(&Kv, &one, search(0)).verdict, Verdict::Unknown);
}

#[test]
fn an_object_that_is_easily_seen_to_be_wrong_is_found_beside_a_hard_one() {
    // Key "a" comes first, and alone would use up all steps.
    let mut operations = hard("a", 9, "ihgfedcbx");
    operations.extend(hard("z", 2, "x"));
    let report = check(&Kv, &overlapping(operations), search(20_000));
    let Verdict::Illegal(contradiction) = &report.verdict else { panic!("{report}") };
    assert_eq!(contradiction.object, "key \"z\"");
    let results: Vec<_> = report.objects.iter().map(|object| object.is_linearizable).collect();
    assert_eq!(results, [None, Some(false)]);
    assert!(report.steps() < 3_000, "{report}");
}

#[test]
fn a_check_gives_the_same_report_again() {
    for seed in 0..200 {
        let shape = Shape { clients: 5, operations: 40, lies: 20, ties: 2 };
        let history = history(&Kv, &mut Random(seed), shape);
        let reports = [(); 2].map(|()| check(&Kv, &history, search(100_000)));
        assert_eq!(reports[0], reports[1]);
    }
}

#[test]
fn a_long_history_of_few_clients_takes_few_steps() {
    let steps = [50_000, 100_000].map(|operations| {
        let shape = Shape { clients: 4, operations, lies: 0, ties: 1 };
        let history = history(&Versioned, &mut Random(3), shape);
        let report = check(&Versioned, &history, Budget::default());
        assert!(matches!(report.verdict, Verdict::Linearizable(_)));
        report.steps()
    });
    assert!(steps[1] < 500_000, "{steps:?}");
    assert!(steps[1] < 3 * steps[0], "{steps:?}");
}

#[test]
fn the_rules_for_versions_look_at_each_operation_a_few_times() {
    let steps = [50_000, 100_000].map(|operations| {
        let shape = Shape { clients: 20, operations, lies: 0, ties: 1 };
        let history = history(&Versioned, &mut Random(3), shape);
        let report = check_versions(&history, search(0));
        assert!(matches!(report.verdict, Verdict::Linearizable(_)), "{report}");
        report.steps()
    });
    assert!(steps[1] < 1_000_000, "{steps:?}");
}

#[test]
fn pending_operations_of_one_kind_do_not_multiply_the_search() {
    // Sixty puts that never returned, and a get that no order allows.
    let put = |number: u64| pending(number, 0, Input::Put { key: "k".into(), value: "x".into() });
    let mut operations: Vec<_> = (0..60).map(put).collect();
    let get = |at, value: &str| {
        done(99, (at, at), Input::Get { key: "k".into() }, Output::Value(value.into()))
    };
    operations.extend([get(1, ""), get(2, "x"), get(3, "")]);
    let report = check(&Kv, &overlapping(operations), search(10_000));
    assert!(matches!(report.verdict, Verdict::Illegal(_)), "{report}");
    assert!(report.steps() < 100, "{report}");
}

#[test]
fn a_long_wrong_history_with_an_old_pending_operation_is_explained_within_its_steps() {
    // The pending put leaves no quiet moment, and each get proves a state.
    let mut operations = vec![pending(0, 0, Input::Put { key: "k".into(), value: "never".into() })];
    let mut value = String::new();
    for round in 0..2_000 {
        let at = 10 * round;
        let append = Input::Append { key: "k".into(), value: "x".into() };
        operations.push(done(1, (at + 1, at + 2), append, Output::Done));
        value.push('x');
        let read = Output::Value((if round == 1_999 { "x" } else { &*value }).into());
        operations.push(done(2, (at + 3, at + 4), Input::Get { key: "k".into() }, read));
    }
    let report = check(&Kv, &overlapping(operations), Budget::default());
    let Verdict::Illegal(contradiction) = &report.verdict else { panic!("{report}") };
    assert!(contradiction.operations.len() <= 3, "{contradiction}");
    assert!(report.explanation_steps < 1_100_000, "{}", report.explanation_steps);
}
