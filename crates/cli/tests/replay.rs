//! `replay`.

use std::collections::BTreeSet;

use raftsim_explore::Runner as _;
use raftsim_node::{NodeId, Time};
use raftsim_sim::{Recording, Row, RowTopic};
use raftsim_view::{Columns, Filter};
use serde_json::{Value, json};

use crate::support::{bad_nodes, fields, raftsim, runner};

const REPLAY: &str = "replay reelection_3a --seed 42";

/// What is logged as INFO; the rest is DEBUG.
const INFO: [RowTopic; 3] = [RowTopic::Role, RowTopic::Fault, RowTopic::Scenario];

/// What seed 42 does, by the library.
fn rows() -> Vec<Row> {
    runner("reelection_3a").run(42, Recording::On).story.expect("it was recorded").rows()
}

/// What `replay` should print under a filter.
fn expected(filter: Filter) -> String {
    let run = runner("reelection_3a").run(42, Recording::On);
    let mut columns = Columns::new(3, filter, false);
    let mut lines = vec!["reelection_3a, seed 42, node raft".to_owned(), columns.heading()];
    lines.extend(rows().iter().filter_map(|row| columns.line(row)));
    let micros = run.virtual_time.as_nanos() / 1000;
    let (seconds, millis) = (micros / 1_000_000, micros / 1000 % 1000);
    let (events, digest) = (run.events, run.digest);
    let spent = format!("{seconds}.{millis:03} virtual s");
    format!("{}\npass\n{events} events, {spent}, digest {digest:016x}\n", lines.join("\n"))
}

/// The lines about the run itself, of an output under a filter that leaves some.
fn shown(arguments: &str) -> Vec<String> {
    let stdout = raftsim(&format!("{REPLAY} {arguments}")).exits(0);
    let lines: Vec<_> = stdout.lines().map(str::to_owned).collect();
    assert!(lines.len() > 4, "{arguments} leaves nothing to see");
    lines[2..lines.len() - 2].to_vec()
}

#[test]
fn an_object_has_the_documented_fields() {
    let object = raftsim(&format!("{REPLAY} --json")).json(0).remove(0);
    let documented =
        ["digest", "events", "node", "reason", "scenario", "seed", "verdict", "virtual_seconds"];
    assert_eq!(fields(&object), documented);
    let run = runner("reelection_3a").run(42, Recording::Off);
    assert_eq!(object["scenario"], "reelection_3a");
    assert_eq!((&object["seed"], &object["node"]), (&42.into(), &"raft".into()));
    assert_eq!((&object["verdict"], &object["reason"]), (&"pass".into(), &Value::Null));
    assert_eq!(object["events"], run.events);
    assert_eq!(object["digest"], json!(format!("{:016x}", run.digest)));
}

#[test]
fn ten_processes_print_the_same_recorded_or_not() {
    let first = raftsim(&format!("{REPLAY} --json"));
    for _ in 0..10 {
        assert_eq!(raftsim(&format!("{REPLAY} --json")), first);
        assert_eq!(raftsim(&format!("{REPLAY} --json --quiet")), first);
    }
    assert_eq!(raftsim(REPLAY), raftsim(REPLAY));
    let other = raftsim("replay reelection_3a --seed 43 --json");
    assert_ne!(other.stdout, first.stdout);
}

#[test]
fn every_record_is_a_line_under_the_heading() {
    let stdout = raftsim(REPLAY).exits(0);
    assert_eq!(stdout, expected(Filter::default()));
    assert_eq!(stdout.lines().count(), rows().len() + 4);
}

#[test]
fn brackets_stand_at_the_server_that_acts() {
    for (line, row) in shown("").iter().zip(rows()) {
        // Behind the time: seven characters a server.
        let cells = &line[14..14 + 3 * 7];
        let actor = row.node.map(|node| node.slot() * 7 + 1);
        assert_eq!(cells.find('['), actor, "{line}");
        assert_eq!(cells.matches(']').count(), usize::from(row.node.is_some()), "{line}");
    }
}

#[test]
fn quiet_prints_the_verdict_alone() {
    let all = expected(Filter::default());
    let lines: Vec<_> = all.lines().collect();
    let [head, .., verdict, sum] = lines[..] else { panic!("four lines at least") };
    let quiet = raftsim(&format!("{REPLAY} --quiet")).exits(0);
    assert_eq!(quiet, format!("{head}\n{verdict}\n{sum}\n"));
}

#[test]
fn filters_leave_what_they_should() {
    let n = NodeId::new;
    let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
    let all = Filter::default;
    let cases = [
        ("--server n1", Filter { servers: vec![n(1)], ..all() }),
        ("--server n1,3", Filter { servers: vec![n(1), n(3)], ..all() }),
        ("--server n1 --server n3", Filter { servers: vec![n(1), n(3)], ..all() }),
        ("--topic vote,role", Filter { topics: vec![RowTopic::Vote, RowTopic::Role], ..all() }),
        ("--since 0.5", Filter { since: at(500), ..all() }),
        ("--since 1.5s", Filter { since: at(1500), ..all() }),
        ("--until 500ms", Filter { until: at(500), ..all() }),
        ("--until 462.420ms", Filter { until: Time::from_nanos(462_420_000), ..all() }),
        ("--since 2s --until 3", Filter { since: at(2000), until: at(3000), ..all() }),
        ("--until 0", Filter { until: at(0), ..all() }),
    ];
    for (arguments, filter) in cases {
        let stdout = raftsim(&format!("{REPLAY} {arguments}")).exits(0);
        assert_eq!(stdout, expected(filter), "{arguments}");
    }
}

#[test]
fn a_filter_by_server_leaves_that_server_and_the_world() {
    let lines = shown("--server n2");
    assert!(lines.iter().all(|line| line.contains(" == ") || &line[21..22] == " "), "{lines:#?}");
    let actors: BTreeSet<Option<usize>> = lines.iter().map(|line| line[..35].find('[')).collect();
    assert_eq!(actors, BTreeSet::from([None, Some(14 + 7 + 1)]));
}

#[test]
fn a_filter_by_topic_leaves_votes_and_roles() {
    let lines = shown("--topic vote,role");
    let is_asked = |line: &&String| {
        line.contains("RequestVote") || line.contains(" in term ") && !line.contains("->")
    };
    assert_eq!(lines.iter().filter(is_asked).count(), lines.len(), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("RequestVote")), "{lines:#?}");
}

#[test]
fn logs_go_to_stderr_stamped_with_virtual_time() {
    let plain = raftsim(REPLAY);
    let logged = raftsim(&format!("{REPLAY} --log debug"));
    assert_eq!((logged.status, &logged.stdout), (0, &plain.stdout));
    let lines: Vec<_> = logged.stderr.lines().collect();
    let stamps: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    let times: Vec<_> = rows().iter().map(|row| row.time.to_string()).collect();
    assert_eq!(stamps, times);
    for (line, row) in lines.iter().zip(rows()) {
        let node = row.node.map_or("world".to_owned(), |node| node.to_string());
        let level = if INFO.contains(&row.topic) { " INFO" } else { "DEBUG" };
        let (time, text, life) = (row.time, row.text, row.life);
        assert_eq!(*line, format!("{time} {level} raftsim: {text} node={node} life={life}"));
    }
}

#[test]
fn a_log_filter_leaves_what_it_names() {
    let logged = raftsim(&format!("{REPLAY} --quiet"));
    assert_eq!(logged.stderr, "");
    let lines = |filter: &str| raftsim(&format!("{REPLAY} --log {filter}")).stderr.lines().count();
    let info = rows().iter().filter(|row| INFO.contains(&row.topic)).count();
    assert_eq!(["info", "raftsim=info", "my_raft=trace", "off"].map(lines), [info, info, 0, 0]);
}

/// The lines that programs printed, of the lines of a trace.
fn printed(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| line.contains(" | ")).collect()
}

#[test]
fn what_programs_printed_is_shown_if_asked_for_and_changes_nothing() {
    let replay = |arguments: &str| -> Vec<String> {
        let stdout = bad_nodes(&format!("{REPLAY} --node prints {arguments}")).exits(0);
        stdout.lines().map(str::to_owned).collect()
    };
    let (plain, logged, alone) = (replay(""), replay("--log"), replay("--topic log"));
    assert_eq!(printed(&plain), Vec::<&String>::new());
    let lines = printed(&logged);
    assert!(lines.iter().any(|line| line.ends_with(" | n2 does")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with(" |   something")), "{lines:#?}");
    assert_eq!(printed(&alone), lines);
    let count = lines.len();
    let hint = format!("printed: {count} lines, which `--log` shows where they belong");
    // All else is the same: the digest too, and that of a node that prints nothing.
    let without = |lines: &[String], some: &[&String]| -> Vec<String> {
        lines.iter().filter(|line| !some.contains(line)).cloned().collect()
    };
    assert_eq!(without(&logged, &lines), without(&plain, &[&hint]));
    assert_ne!(without(&plain, &[&hint]), plain);
    assert_eq!(raftsim(REPLAY).exits(0).lines().last(), plain.last().map(String::as_str));
    // With another topic, none that was not asked for.
    assert_eq!(printed(&replay("--topic vote")), Vec::<&String>::new());
    assert_eq!(printed(&replay("--log --topic vote")).len(), count);
    assert!(!replay("--topic vote").contains(&hint));
}

#[test]
fn a_run_that_fails_shows_what_programs_printed_last() {
    let stdout = bad_nodes(&format!("{REPLAY} --node prints-alone")).exits(1);
    let lines: Vec<&str> = stdout.lines().collect();
    let end = lines.iter().position(|line| line.starts_with("FAIL: ")).expect(&stdout);
    let [.., hint, first, second, third, verdict] = lines[..=end] else { panic!("{stdout}") };
    assert!(hint.starts_with("printed: ") && verdict.starts_with("FAIL: "), "{stdout}");
    assert!(first.ends_with(" |   something") && second.ends_with(" does"), "{stdout}");
    assert!(third.ends_with(" |   something") && third.contains("s  n"), "{stdout}");
}

#[test]
fn a_log_filter_prints_events_on_stderr_besides() {
    let logged = bad_nodes(&format!("{REPLAY} --node prints --log info"));
    assert!(logged.stdout.contains(" | n2 does"), "{logged:?}");
    assert!(logged.stderr.contains("  INFO raftsim: n2 does node=n2 life=1\n"), "{logged:?}");
}

#[test]
fn a_failing_run_ends_with_the_state_of_each_server() {
    let failing = "replay stale_leaders_return_3a --node post-2025 --seed 2";
    let stdout = raftsim(failing).exits(1);
    let (_, table) = stdout.split_once("the servers then:\n").expect(&stdout);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("  server  role"), "{table}");
    let servers: Vec<&str> =
        lines[1..4].iter().map(|it| it.split_whitespace().next().unwrap()).collect();
    assert_eq!(servers, ["n1", "n2", "n3"]);
    assert!(stdout.lines().all(|line| !line.ends_with(' ')), "{stdout}");
    assert!(!raftsim(&format!("{failing} --quiet")).exits(1).contains("the servers then"));
    assert!(!raftsim(REPLAY).exits(0).contains("the servers then"), "this run passes");
}
