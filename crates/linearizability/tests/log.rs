//! The oracle of the log.

use raftsim_linearizability::log::{
    Breach, Entry, LogOracle, LogViolation, Name, Repeats, check_log, noticed,
};
use raftsim_linearizability::models::kv::{Input, Kv, Output};
use raftsim_linearizability::models::register::{self, Register};
use raftsim_linearizability::models::versioned::{self, Versioned};
use raftsim_linearizability::{Budget, Verdict, verify};

use crate::random::{Object, Random, Shape, with_log};
use crate::support::{done, has_order, history, is_linearizable};

const ONE: Name = Name { client: 1, number: 0 };
const TWO: Name = Name { client: 2, number: 0 };

fn append(value: &str) -> Input {
    Input::Append { key: "k".into(), value: value.into() }
}

fn get() -> Input {
    Input::Get { key: "k".into() }
}

fn value(value: &str) -> Output {
    Output::Value(value.into())
}

fn breach(result: Result<(), LogViolation>) -> Breach {
    result.expect_err("it should be accused").breach
}

/// Random histories with their logs, some of them changed: whatever passes has an order, which is
/// given; and what nobody changed passes.
fn compare<M: Object>(model: &M, histories: u64, repeats: Repeats) -> [u64; 2]
where
    M::Input: Clone,
    M::Output: Clone,
{
    let mut counts = [0; 2];
    for seed in 0..histories {
        let mut random = Random(seed);
        let lies = if seed % 3 == 0 { 6 } else { 0 };
        let (clients, ties) = (2 + random.place(3), 1 + random.below(2));
        let operations = 2 + random.place(5);
        let shape = Shape { clients, operations, lies, ties };
        let (history, mut log) = with_log(model, &mut random, shape);
        let is_changed = seed % 3 == 1 && !log.is_empty();
        if is_changed {
            let place = random.place(log.len());
            match random.below(4) {
                0 => drop(log.remove(place)),
                1 => log[place].operation = None,
                2 => log.insert(place, Entry { committed: log[place].committed, ..log[0] }),
                _ => {
                    let other = random.place(log.len());
                    (log[place].operation, log[other].operation) =
                        (log[other].operation, log[place].operation);
                }
            }
        }
        match check_log(model, &history, &log, repeats) {
            Ok(order) => {
                assert_eq!(verify(model, &history, &order.order), Ok(()), "seed {seed}");
                assert!(has_order(model, &history), "seed {seed}");
                counts[0] += 1;
            }
            Err(violation) => {
                assert!(is_changed || lies > 0, "seed {seed}: {violation}");
                counts[1] += 1;
            }
        }
    }
    counts
}

#[test]
fn what_the_log_allows_has_an_order() {
    for repeats in [Repeats::Ignored, Repeats::Applied] {
        for counts in [
            compare(&Register, 20_000, repeats),
            compare(&Kv, 20_000, repeats),
            compare(&Versioned, 20_000, repeats),
        ] {
            assert!(counts.iter().all(|count| *count > 1_500), "{counts:?}");
        }
    }
}

#[test]
fn a_hundred_thousand_operations_take_two_steps_each() {
    let mut steps = Vec::new();
    for operations in [50_000, 100_000] {
        let shape = Shape { clients: 20, operations, lies: 0, ties: 1 };
        let (history, log) = with_log(&Versioned, &mut Random(7), shape);
        let order = check_log(&Versioned, &history, &log, Repeats::Applied).expect("it is right");
        assert_eq!(order.order.len(), log.len());
        assert_eq!(verify(&Versioned, &history, &order.order), Ok(()));
        let returned = (operations - history.pending()) as u64;
        assert_eq!(order.steps, log.len() as u64 + returned);
        steps.push(order.steps);
    }
    assert!(steps[1] < 2 * steps[0] + 100, "{steps:?}");
}

#[test]
fn an_output_must_be_that_of_its_place() {
    let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
    oracle.called(ONE, append("x")).unwrap();
    oracle.called(TWO, get()).unwrap();
    oracle.committed(Some((TWO, &get()))).unwrap();
    oracle.committed(Some((ONE, &append("x")))).unwrap();
    let violation = oracle.returned(TWO, &value("x")).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "operation 0 of client 2, on key \"k\": get returned \"x\"\n\
         Entry 1 of the log holds it, and there the value is \"\"."
    );
}

#[test]
fn what_changes_the_state_must_be_committed_when_it_returns() {
    let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
    oracle.called(ONE, append("x")).unwrap();
    oracle.committed(None).unwrap();
    let violation = oracle.returned(ONE, &Output::Done).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "operation 0 of client 1, on key \"k\": append \"x\"\n\
         When it returned, the log up to entry 1 did not hold it.\n\
         No state from entry 0 to entry 1 allows its output: at the end the value is \"\"."
    );
}

#[test]
fn an_entry_needs_a_call_before_it_with_the_same_input() {
    let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
    let result = oracle.committed(Some((ONE, &append("x"))));
    assert_eq!(breach(result), Breach::CommittedBeforeCall { index: 1 });
    oracle.called(ONE, append("y")).unwrap();
    let result = oracle.committed(Some((ONE, &append("x"))));
    assert_eq!(breach(result), Breach::OtherInput { index: 2, holds: "append \"x\"".into() });
}

#[test]
fn names_are_used_once_and_operations_return_once() {
    let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
    oracle.called(ONE, get()).unwrap();
    assert_eq!(breach(oracle.called(ONE, get())), Breach::CalledTwice);
    oracle.returned(ONE, &value("")).unwrap();
    assert_eq!(breach(oracle.returned(ONE, &value(""))), Breach::NotOpen);
    assert_eq!(breach(oracle.returned(TWO, &value(""))), Breach::NotOpen);
}

#[test]
fn a_read_outside_of_the_log_needs_a_state_that_was_current_while_it_was_open() {
    for (output, index) in [("", None), ("a", Some(1)), ("ab", Some(2)), ("abc", Some(3))] {
        let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
        let other = |number| Name { client: 2, number };
        for (number, letter) in ["a", "b", "c"].into_iter().enumerate() {
            oracle.called(other(number as u64), append(letter)).unwrap();
        }
        oracle.committed(Some((other(0), &append("a")))).unwrap();
        oracle.called(ONE, get()).unwrap();
        oracle.committed(Some((other(1), &append("b")))).unwrap();
        oracle.committed(Some((other(2), &append("c")))).unwrap();
        let result = oracle.returned(ONE, &value(output));
        match index {
            Some(_) => assert_eq!(result, Ok(())),
            None => assert!(matches!(breach(result), Breach::NotCommitted { called: 1, .. })),
        }
    }
}

#[test]
fn a_read_that_says_where_it_was_served_is_judged_there() {
    let serve = |output: &str, index| {
        let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
        oracle.called(TWO, append("x")).unwrap();
        oracle.called(ONE, get()).unwrap();
        oracle.committed(Some((TWO, &append("x")))).unwrap();
        oracle.served(ONE, &value(output), index).map_err(|violation| violation.breach)
    };
    assert_eq!(serve("", 0), Ok(()));
    assert_eq!(serve("x", 1), Ok(()));
    assert!(matches!(serve("x", 0), Err(Breach::NotCommitted { .. })));
    assert_eq!(serve("x", 2), Err(Breach::NotCurrent { called: 0, returned: 1, served: 2 }));
}

#[test]
fn an_operation_takes_effect_once_and_not_after_its_return() {
    let mut oracle = LogOracle::new(&Kv, Repeats::Applied);
    oracle.called(ONE, append("x")).unwrap();
    oracle.committed(Some((ONE, &append("x")))).unwrap();
    let again = oracle.committed(Some((ONE, &append("x"))));
    assert_eq!(breach(again), Breach::Again { first: 1, index: 2 });

    let put = |version| versioned::Input::Put { key: "k".into(), value: "x".into(), version };
    let mut oracle = LogOracle::new(&Versioned, Repeats::Applied);
    oracle.called(ONE, put(0)).unwrap();
    oracle.called(TWO, put(1)).unwrap();
    // The key is not there yet, so a put at version 1 may be refused before it is in the log.
    oracle.returned(TWO, &versioned::Output::NoKey).unwrap();
    oracle.committed(Some((ONE, &put(0)))).unwrap();
    oracle.committed(Some((ONE, &put(0)))).unwrap();
    let late = oracle.committed(Some((TWO, &put(1))));
    assert_eq!(breach(late), Breach::EffectAfterReturn { index: 3 });
}

#[test]
fn a_state_machine_that_remembers_may_see_an_operation_again() {
    let mut oracle = LogOracle::new(&Kv, Repeats::Ignored);
    oracle.called(ONE, append("x")).unwrap();
    oracle.committed(Some((ONE, &append("x")))).unwrap();
    oracle.committed(Some((ONE, &append("x")))).unwrap();
    oracle.returned(ONE, &Output::Done).unwrap();
    oracle.called(TWO, get()).unwrap();
    assert_eq!(oracle.returned(TWO, &value("x")), Ok(()));
    assert_eq!(oracle.order(), [ONE, TWO]);
}

#[test]
fn the_log_is_stricter_than_linearizability() {
    // A read beside a write may return the old value or the new one. The log says which.
    let read = |value| done(2, (2, 8), register::Input::Read, register::Output::Value(value));
    let judged = |order: [usize; 2], value| {
        let write = done(1, (1, 9), register::Input::Write(5), register::Output::Written);
        let history = history(vec![write, read(value)]);
        let log = order.map(|operation| Entry { operation: Some(operation), committed: 5 });
        let accused = check_log(&Register, &history, &log, Repeats::Ignored).map(drop).err()?;
        assert!(matches!(accused.breach, Breach::Output { .. }), "{accused}");
        let report = noticed(&Register, &history, &accused, Budget::default());
        Some(!is_linearizable(&report))
    };
    assert_eq!(judged([1, 0], None), None);
    assert_eq!(judged([0, 1], Some(5)), None);
    assert_eq!(judged([0, 1], None), Some(false));
    assert_eq!(judged([0, 1], Some(6)), Some(true));
}

#[test]
fn what_clients_noticed_is_judged_of_the_accused_object_alone() {
    let key = |name: &str| Input::Get { key: name.into() };
    let history = history(vec![
        done(1, (1, 2), key("a"), value("never")),
        done(1, (3, 4), key("b"), value("")),
    ]);
    let [a, b] = [0, 1].map(|number| {
        let name = Name { client: 1, number };
        let accused = LogViolation { name, operation: String::new(), breach: Breach::NotOpen };
        noticed(&Kv, &history, &accused, Budget::default())
    });
    assert!(!is_linearizable(&a));
    assert_eq!(b.verdict, Verdict::Linearizable(vec![1]));
}
