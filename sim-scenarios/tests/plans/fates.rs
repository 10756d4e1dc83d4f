//! Fates, by the messages' names: what becomes of them, and those that no message met.

use raftsim_explore::Run;
use raftsim_sim::RowTopic;
use raftsim_specimens::Post2020;

use super::{THREE, Text, lines};
use crate::support::ms;

/// The rows of a run that tell of this message: sent, and come.
fn of_message(run: &Run, from: &str, to: &str, n: u64) -> Vec<String> {
    let number = format!("#{n}");
    let lines = lines(run, |row| row.text.split(' ').any(|word| word == number));
    let sent = |line: &String| {
        line.contains(&format!("{from} -> {to} ")) || line.contains(&format!("{from} x> {to} "))
    };
    let come = |line: &String| line.contains(&format!("{to} <- {from} "));
    lines.into_iter().filter(|line| sent(line) || come(line)).collect()
}

/// The same, without what the message says: verbs, times, fates.
fn course(run: &Run, from: &str, to: &str, n: u64) -> Vec<String> {
    let rows = of_message(run, from, to, n);
    let cut = |row: &String| {
        let begin = row.split(' ').take(4).collect::<Vec<_>>().join(" ");
        let end = row.split_once(&format!("#{n}")).expect("its number").1;
        format!("{begin} #{n}{end}")
    };
    rows.iter().map(cut).collect()
}

/// A run of [`THREE`] in which n2 leads, and this message meets this fate.
fn with(fate: &str) -> Run {
    let run =
        Text { length: "1.000s", steps: &["0.010s expire n2"], fates: &[fate], ..THREE }.run();
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    run
}

#[test]
fn without_a_fate_a_message_comes_at_once() {
    let run = with("n2>n3#0 +0.001s");
    let expected = ["0.010000s n2 -> n1 #0 +0.000050s", "0.010050s n1 <- n2 #0"];
    assert_eq!(course(&run, "n2", "n1", 0), expected);
}

#[test]
fn a_message_is_lost() {
    let run = with("n2>n1#0 lost");
    assert_eq!(course(&run, "n2", "n1", 0), ["0.010000s n2 x> n1 #0 (lost)"]);
    // The others come as ever.
    assert_eq!(course(&run, "n2", "n3", 0).len(), 2);
    assert_eq!(course(&run, "n2", "n1", 1).len(), 2);
}

#[test]
fn a_message_comes_when_it_is_told_to() {
    let run = with("n2>n1#1 +0.123456789s");
    let [sent, come] = <[_; 2]>::try_from(course(&run, "n2", "n1", 1)).expect("it is one");
    assert_eq!(sent, "0.010100s n2 -> n1 #1 +0.123456s");
    assert_eq!(come, "0.133556s n1 <- n2 #1");
}

#[test]
fn a_message_comes_twice() {
    let run = with("n2>n1#0 twice +0.020s +0.005s");
    let expected = [
        "0.010000s n2 -> n1 #0 +0.020000s and again +0.005000s",
        "0.015000s n1 <- n2 #0",
        "0.030000s n1 <- n2 #0",
    ];
    assert_eq!(course(&run, "n2", "n1", 0), expected);
}

#[test]
fn a_call_fails_when_it_is_told_to() {
    let fates = &["n2>n1#0 fails +0.090s"];
    let text =
        Text { steps: &["0.300s expire n2"], length: "1.000s", demands: "leader", fates, ..THREE };
    let run = text.run_on::<Post2020>(());
    assert_eq!((&run.verdict, &run.unused), (&Ok(()), &vec![]));
    let course = of_message(&run, "n2", "n1", 0);
    assert!(course[0].ends_with("#0 (lost)"), "{course:?}");
    let asked = super::rows(&run).into_iter().find(|row| row.text.starts_with("x> n1 "));
    let asked = asked.expect("it is lost");
    let failed = super::rows(&run).into_iter().find(|row| row.text.ends_with("to n1 failed"));
    let failed = failed.expect("the call fails");
    assert_eq!(failed.time.since(asked.time).to_string(), "0.090000s");
}

#[test]
fn fates_that_no_message_meets_are_told_and_do_no_harm() {
    let text = Text {
        length: "1.000s",
        steps: &["0.000s block n2>n1", "0.010s expire n2"],
        ending: "quiet n1 n2 n3, others cut",
        fates: &[
            "n1>n2#100000 lost",
            "n2>n1#0 +0.001s",
            "n2>n3#0 fails +0.100s",
            "n2>n3#15 lost",
            "n2>n3#1 lost",
        ],
        ..THREE
    };
    let run = text.run();
    assert_eq!(run.verdict, Ok(()));
    let expected = [
        "n1>n2#100000 lost: it was never sent",
        "n2>n1#0 +0.001s: its link was cut, its receiver was down, or all faults had stopped",
        "n2>n3#15 lost: its link was cut, its receiver was down, or all faults had stopped",
    ];
    assert_eq!(run.unused, expected);
    let lost = lines(&run, |row| row.topic != RowTopic::Note && row.text.ends_with("(lost)"));
    assert_eq!(lost.len(), 2, "{lost:#?}");
    assert!(super::rows(&run).iter().any(|row| row.time > ms(1000)));
}
