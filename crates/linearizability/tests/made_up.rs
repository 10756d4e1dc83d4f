//! Histories made up by hand: the verdicts, the contradictions of the wrong ones, and lists of
//! operations that are no history.

use raftsim_linearizability::models::register::{Input, Output, Register};
use raftsim_linearizability::models::{kv, versioned};
use raftsim_linearizability::{
    Budget, Clients, History, HistoryError, Operation, OrderError, Recorder, Verdict, check,
    check_versions, verify,
};

use crate::random::{Object, Random, Shape};
use crate::support::{done, history, is_linearizable, judge, pending, weaken};

const READ: Input = Input::Read;

fn write(value: i64) -> Input {
    Input::Write(value)
}

fn value(value: i64) -> Output {
    Output::Value(Some(value))
}

fn register(operations: Vec<Operation<Input, Output>>) -> String {
    judge(&Register, &history(operations)).to_string()
}

#[test]
fn a_read_returns_the_last_value_or_one_that_is_written_beside_it() {
    let read = |output| {
        let operations = vec![
            done(1, (1, 2), write(5), Output::Written),
            done(1, (3, 6), write(6), Output::Written),
            done(2, (4, 5), READ, output),
        ];
        is_linearizable(&judge(&Register, &history(operations)))
    };
    assert!(read(value(5)));
    assert!(read(value(6)));
    assert!(!read(value(7)));
    assert!(!read(Output::Value(None)));
}

#[test]
fn a_pending_operation_takes_effect_at_any_later_moment_once_or_never() {
    let reads = |values: &[i64]| {
        let mut operations =
            vec![done(1, (1, 2), write(5), Output::Written), pending(2, 3, write(6))];
        for (place, &read) in values.iter().enumerate() {
            let at = 10 + 2 * place as u64;
            operations.push(done(1, (at, at + 1), READ, value(read)));
        }
        is_linearizable(&judge(&Register, &history(operations)))
    };
    assert!(reads(&[5, 5]));
    assert!(reads(&[5, 6]));
    assert!(reads(&[6, 6]));
    assert!(!reads(&[6, 5]));
}

#[test]
fn operations_at_one_moment_are_concurrent() {
    let operations = |read| {
        vec![
            done(1, (1, 5), write(5), Output::Written),
            done(2, (read, 9), READ, Output::Value(None)),
        ]
    };
    assert!(is_linearizable(&judge(&Register, &history(operations(5)))));
    assert!(!is_linearizable(&judge(&Register, &history(operations(6)))));
}

#[test]
fn a_stale_read_is_shown_with_what_came_before_it() {
    assert_eq!(
        register(vec![
            done(1, (1, 2), write(5), Output::Written),
            done(1, (3, 4), write(6), Output::Written),
            done(2, (5, 6), READ, value(6)),
            done(3, (7, 8), READ, value(5)),
            done(2, (9, 10), READ, value(6)),
        ]),
        "not linearizable: 5 operations, on 1 object; 4 steps\n\
         One operation on the register is impossible:\n  \
         In every order the last change before that is client 1's from 3 to 4, write 6: the \
         register holds 6.\n  \
         client 3, from 7 to 8: read returned 5\n\
         No order allows what client 3's operation from 7 to 8 returned: by then the \
         register holds 6."
    );
}

#[test]
fn reads_that_go_back_are_shown_with_the_write_that_both_need() {
    assert_eq!(
        register(vec![
            done(4, (1, 2), write(3), Output::Written),
            done(1, (3, 20), write(5), Output::Written),
            pending(5, 4, write(8)),
            done(2, (5, 6), READ, value(5)),
            done(3, (7, 8), READ, value(3)),
        ]),
        "not linearizable: 5 operations, of which 1 never returned, on 1 object; 12 steps\n\
         2 operations on the register contradict each other:\n  \
         client 2, from 5 to 6: read returned 5\n  \
         client 3, from 7 to 8: read returned 3\n\
         No order allows what client 3's operation from 7 to 8 returned: by then the \
         register holds 5."
    );
}

#[test]
fn several_states_that_an_answer_does_not_fit_are_all_shown() {
    let text = register(vec![
        done(1, (1, 5), write(5), Output::Written),
        done(2, (1, 5), write(6), Output::Written),
        done(3, (7, 8), READ, value(7)),
    ]);
    assert!(
        text.ends_with(
            "In some orders the last change before that is client 2's from 1 to 5, write 6: the \
             register holds 6.\n  \
             In some orders the last change before that is client 1's from 1 to 5, write 5: the \
             register holds 5.\n  \
             client 3, from 7 to 8: read returned 7\n\
             No order allows what client 3's operation from 7 to 8 returned. By then\n  \
             the register holds 6,\n  \
             or the register holds 5."
        ),
        "{text}"
    );
}

/// Checks that the operations which a contradiction shows are enough for it: with all that returned
/// before them, and with the other operations at any moment and with any answer, a history has no
/// order. Returns how many of the histories are wrong.
fn is_enough<M: Object>(model: &M, histories: u64) -> u64
where
    M::Input: Clone,
    M::Output: Clone,
{
    let mut wrong = 0;
    for seed in 0..histories {
        let mut random = Random(seed);
        let shape = Shape { clients: 4, operations: 9, lies: 6, ties: 1 };
        let history = crate::random::history(model, &mut random, shape);
        // Few steps for the explanation may end it anywhere.
        let explanation = if seed % 2 == 0 { 1_000_000 } else { random.below(150) };
        let budget = Budget { explanation, ..Budget::default() };
        let Verdict::Illegal(shown) = check(model, &history, budget).verdict else { continue };
        wrong += 1;
        let operations = history.operations();
        let whole = shown.operations.iter().filter(|line| !line.anywhere);
        let mut whole: Vec<_> = whole.map(|line| line.operation).collect();
        let start = whole.iter().map(|&index| operations[index].call).min().expect("there is one");
        let starts_at_first = shown.before.iter().any(|before| before.starts_with("At first"));
        if !starts_at_first {
            let is_before = |&index: &usize| {
                operations[index].returned_at().is_some_and(|returned| returned < start)
            };
            whole.extend((0..operations.len()).filter(is_before));
        }
        let weaker = weaken(model, &history, &whole);
        assert!(!is_linearizable(&judge(model, &weaker)), "seed {seed}: {shown}\n{shown:?}");
    }
    wrong
}

#[test]
fn what_a_contradiction_shows_is_enough_for_it() {
    let wrong = [is_enough(&Register, 20_000), is_enough(&kv::Kv, 20_000)];
    assert!(wrong.iter().all(|count| *count > 3_000), "{wrong:?}");
}

#[test]
fn what_is_no_history_is_refused_by_name() {
    let new = |operations| History::new(operations, Clients::OneAtATime).unwrap_err();
    let early = new(vec![done(7, (1, 2), READ, value(1)), done(7, (5, 4), READ, value(1))]);
    assert_eq!(early.to_string(), "operation 1 of client 7 returns at 4, before its call at 5");
    let overlap = new(vec![done(7, (1, 4), READ, value(1)), done(7, (3, 4), READ, value(1))]);
    assert_eq!(overlap, HistoryError::Overlap { client: 7, first: 0, second: 1 });
    assert_eq!(overlap.to_string(), "client 7 calls operation 1 before its operation 0 returned");
    let after_pending = new(vec![done(7, (3, 4), READ, value(1)), pending(7, 1, READ)]);
    assert_eq!(after_pending, HistoryError::Overlap { client: 7, first: 1, second: 0 });
    let overlap = vec![done(7, (1, 4), READ, value(1)), done(7, (3, 4), READ, value(1))];
    assert!(History::new(overlap, Clients::Overlapping).is_ok());
}

#[test]
fn a_recorder_refuses_returns_without_an_open_call() {
    let mut recorder = Recorder::default();
    let operation = recorder.call(4, READ);
    assert_eq!(recorder.returned(operation, value(1)), Ok(()));
    let twice = recorder.returned(operation, value(1)).unwrap_err();
    assert_eq!(twice.to_string(), "operation 0 of client 4 returns a second time");
    let unknown = recorder.returned(9, value(1)).unwrap_err();
    assert_eq!(unknown.to_string(), "operation 9 returns, but it was never called");
    let history = recorder.finish(Clients::OneAtATime).expect("well-formed");
    assert_eq!(history.operations(), [done(4, (1, 2), READ, value(1))]);
}

#[test]
fn an_order_that_proves_nothing_is_refused() {
    let history = history(vec![
        done(1, (1, 2), write(5), Output::Written),
        done(2, (3, 4), READ, value(5)),
        pending(3, 1, write(6)),
    ]);
    let verify = |order: &[usize]| verify(&Register, &history, order);
    assert_eq!(verify(&[0, 1]), Ok(()));
    assert_eq!(verify(&[2, 0, 1]), Ok(()));
    assert_eq!(verify(&[0, 2, 1]), Err(OrderError::Output(1)));
    assert_eq!(verify(&[1, 0]), Err(OrderError::Output(1)));
    assert_eq!(verify(&[2, 0]), Err(OrderError::Missing(1)));
    assert_eq!(verify(&[0, 0]), Err(OrderError::Twice(0)));
    assert_eq!(verify(&[0, 5]), Err(OrderError::NoSuchOperation(5)));
    let apart = crate::support::history(vec![
        done(1, (1, 2), READ, Output::Value(None)),
        done(2, (3, 4), READ, Output::Value(None)),
    ]);
    let late = raftsim_linearizability::verify(&Register, &apart, &[1, 0]);
    assert_eq!(late, Err(OrderError::RealTime(1, 0)));
}

#[test]
fn puts_and_gets_with_versions_have_the_lab_s_answers() {
    use versioned::Output::{Done, Maybe, NoKey, OtherVersion, Value};
    let put = |version| versioned::Input::Put { key: "k".into(), value: "x".into(), version };
    let get = versioned::Input::Get { key: "k".into() };
    let judged = |answers: &[(versioned::Input, versioned::Output)]| {
        let mut recorder = Recorder::default();
        for (input, output) in answers {
            let operation = recorder.call(1, input.clone());
            recorder.returned(operation, output.clone()).unwrap();
        }
        let history = recorder.finish(Clients::OneAtATime).unwrap();
        let report = judge(&versioned::Versioned, &history);
        let rules = check_versions(&history, Budget::default());
        assert_eq!(is_linearizable(&report), is_linearizable(&rules));
        is_linearizable(&report)
    };
    let created = (put(0), Done);
    assert!(judged(&[(get.clone(), NoKey), (put(1), NoKey), created.clone()]));
    assert!(judged(&[created.clone(), (get.clone(), Value("x".into(), 1)), (put(1), Done)]));
    assert!(judged(&[created.clone(), (put(0), OtherVersion), (put(0), Maybe)]));
    assert!(judged(&[(put(0), Maybe), (get.clone(), Value("x".into(), 1))]));
    assert!(!judged(&[(put(0), Maybe), (get.clone(), NoKey)]));
    assert!(!judged(&[created.clone(), (put(0), Done)]));
    assert!(!judged(&[created.clone(), (put(1), NoKey)]));
    assert!(!judged(&[(put(0), NoKey)]));
    assert!(!judged(&[(put(0), OtherVersion)]));
    assert!(!judged(&[created.clone(), (put(1), OtherVersion)]));
    assert!(!judged(&[created.clone(), (get.clone(), Value("x".into(), 2))]));
    assert!(!judged(&[created, (get, Value("y".into(), 1))]));
}

#[test]
fn of_long_values_the_ends_are_shown() {
    let append = |value: &str| kv::Input::Append { key: "k".into(), value: value.into() };
    let long = "0123456789".repeat(10);
    let history = history(vec![
        done(1, (1, 2), append(&long), kv::Output::Done),
        done(1, (3, 4), append("a"), kv::Output::Done),
        done(
            1,
            (5, 6),
            kv::Input::Get { key: "k".into() },
            kv::Output::Value(format!("{long}b").as_str().into()),
        ),
    ]);
    let text = check(&kv::Kv, &history, Budget::default()).to_string();
    let end = "1234567890123456789".repeat(2);
    assert!(text.contains("(101 bytes that end with \""), "{text}\n{end}");
    assert!(text.ends_with("and the first byte that differs is number 100, from 0."), "{text}");
}
