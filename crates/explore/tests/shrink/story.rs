//! The story of a shrunk run.

use std::collections::BTreeMap;

use raftsim_explore::{Run, Story, short_story, story};
use raftsim_plan::{Conditions, Override, Plan, Target, Timed};
use raftsim_sim::{Fact, Failure, Fault, MessageName, Row, RowTopic, property};

use super::toy::{LOST, at, doing, leads, message, ms, n, row, two_leaders};
use crate::support::{fails, passes};

struct Rows(Vec<Row>);

impl Story for Rows {
    fn rows(&self) -> Vec<Row> {
        self.0.clone()
    }

    fn fates(&self) -> BTreeMap<MessageName, Override> {
        BTreeMap::new()
    }
}

fn sent(millis: u64, number: u64, text: &str) -> Row {
    Row { message: Some(message(number)), ..row(millis, n(1), text) }
}

fn plan(heals: &[u64]) -> Plan {
    let heal = |&millis: &u64| Timed { at: at(millis), step: Fault::Heal.into() };
    let fates = BTreeMap::from([(message(3), LOST), (message(5), Override::Fails(ms(7)))]);
    Plan { fates, ..doing(heals.iter().map(heal).collect()) }
}

fn run() -> Run {
    let rows = vec![
        leads(100, n(1), 1),
        sent(200, 2, "-> n2 Vote #2 +0.000050s"),
        sent(300, 3, "x> n2 Vote #3 (lost)"),
        leads(350, n(1), 1),
        leads(400, n(2), 2),
        sent(500, 5, "x> n2 Append #5 (lost)"),
    ];
    Run { story: Some(Box::new(Rows(rows))), ..fails(1, two_leaders()) }
}

#[test]
fn a_story_lists_steps_fates_leaders_and_facts_in_order_of_time() {
    let lines = [
        "(0.100000s n1 leader in term 1)",
        "0.250s heal",
        "0.300000s n1 x> n2 Vote #3 (lost)",
        "(0.400000s n2 leader in term 2)",
        // A step comes before the messages sent at the same time.
        "0.500s heal",
        "0.500000s n1 x> n2 Append #5 (lost), its call fails after 0.007000s",
        "9.999000s election safety: n1 leads",
        "9.999000s but n2 leads",
    ];
    assert_eq!(story(&plan(&[250, 500]), &run()), lines);
}

#[test]
fn context_is_left_out_first_beginning_with_the_earliest() {
    let length_and_context = |heals: &[u64]| {
        let lines = story(&plan(heals), &run());
        let context = lines.iter().filter(|line| line.starts_with('(')).cloned().collect();
        (lines.len(), context)
    };
    let last = "(0.400000s n2 leader in term 2)".to_owned();
    assert_eq!(length_and_context(&[1, 2, 3, 4, 5]), (10, vec![last]));
    assert_eq!(length_and_context(&[1, 2, 3, 4, 5, 6]), (10, vec![]));
    assert_eq!(length_and_context(&[1, 2, 3, 4, 5, 6, 7]), (11, Vec::<String>::new()));
}

#[test]
fn the_story_of_a_run_without_a_recording_lists_the_steps() {
    assert_eq!(story(&plan(&[250]), &passes(1)), ["0.250s heal"]);
}

#[test]
fn a_fact_of_several_lines_is_printed_in_one() {
    let facts = ["no panic", "n1 says: a == b\n  left: 1\n right: 2"].map(Fact::new);
    let run = fails(1, Failure::contract(property::NO_PANIC, at(1), facts));
    let lines =
        ["0.001000s no panic: no panic", "0.001000s but n1 says: a == b\\n  left: 1\\n right: 2"];
    assert_eq!(story(&doing(vec![]), &run), lines);
}

#[test]
fn faults_that_no_step_lists_are_shown() {
    let fault = |millis, text: &str| Row { topic: RowTopic::Fault, ..row(millis, n(1), text) };
    let of_world = |millis, text: &str| Row { node: None, ..fault(millis, text) };
    let rows = vec![of_world(150, "partition n1 n2 | n3"), fault(250, "isolate n1")];
    let run = Run { story: Some(Box::new(Rows(rows))), ..fails(1, two_leaders()) };
    let shown = |plan: &Plan| {
        let lines = story(plan, &run).into_iter();
        lines.filter(|line| line.starts_with('(')).collect::<Vec<_>>()
    };
    let [partition, isolate] =
        ["(0.150000s partition n1 n2 | n3)", "(0.250000s isolate n1)"].map(str::to_owned);
    assert_eq!(shown(&doing(vec![])).join(" "), isolate);
    let target = Target::Scenario {
        name: "reelection_3a".to_owned(),
        calm: true,
        conditions: Conditions::default(),
    };
    assert_eq!(shown(&Plan { target, ..doing(vec![]) }), [partition, isolate]);
}

#[test]
fn faults_at_single_servers_are_left_out_before_leaders() {
    let cut =
        |millis, server| Row { topic: RowTopic::Fault, ..row(millis, n(server), "isolate n3") };
    let mut rows: Vec<Row> = (1..=7).map(|term| leads(100 * term, n(1), term)).collect();
    rows.extend([cut(150, 2), cut(250, 3)]);
    let run = Run { story: Some(Box::new(Rows(rows))), ..fails(1, two_leaders()) };
    let lines = story(&doing(vec![]), &run);
    // Two facts, seven leaders, and room for the last of two faults.
    assert_eq!(lines.len(), 10, "{lines:#?}");
    assert_eq!(lines[2], "(0.250000s isolate n3)");
}

#[test]
fn a_short_story_has_the_beginning_and_the_end_of_a_long_one() {
    let (few, many): (Vec<u64>, Vec<u64>) = ((1..=50).collect(), (1..=100).collect());
    assert_eq!(short_story(&plan(&few), &run()), story(&plan(&few), &run()));
    let (plan, run) = (plan(&many), run());
    let lines = story(&plan, &run);
    let short = short_story(&plan, &run);
    let more = format!("… {} more lines", lines.len() - 59);
    assert_eq!(short, [&lines[..19], &[more], &lines[lines.len() - 40..]].concat());
}
