//! A run as records for other programs, as a diagram, and as trace events, on made-up moments.

use raftsim_node::{Duration, Role, Status};
use raftsim_sim::{
    Cause, Fact, Failure, Fate, Fault, Moment, PlainMessage, RowTopic, TimerSet, What, property,
};
use raftsim_view::page::About;
use raftsim_view::{Filter, Mermaid, record_json};
use serde_json::{Value, json};

use crate::page::{
    LATE, about, arrives, boots, fault, message, notes, of, page, sends, story, world,
};
use crate::support::{at, n};

fn records(moments: &[Moment], filter: &Filter) -> Vec<String> {
    moments.iter().filter_map(|moment| record_json(moment, filter)).collect()
}

#[test]
fn a_record_is_an_object_whose_first_fields_all_have() {
    let due = |due| Moment::Timer(TimerSet { after: 1, time: at(1), node: n(1), due });
    let links = vec![raftsim_sim::Link { from: n(1), to: n(2) }];
    let moments = [
        boots(1, 1),
        due(Some(at(9))),
        sends(2, 0, LATE),
        sends(2, 1, Fate::Drop(Cause::Down)),
        fault(3, Fault::Isolate(n(2))),
        Moment::Blocked { time: at(3), links },
        world(4, What::Marked { verb: "found", node: Some(n(2)), number: 7 }),
    ];
    let expected = [
        r#"{"record":"booted","time":1000000,"server":1,"topic":"role","life":1,"text":"boot: follower in term 0","commit":null,"leader":null,"role":"follower","term":0}"#,
        r#"{"record":"timer","time":1000000,"server":1,"topic":"timer","due":9000000}"#,
        r#"{"record":"sent","time":2000000,"server":1,"topic":"vote","life":1,"text":"-> n2 RequestVote #0 +0.002000s","after":[2000000],"fate":"delivered","given":false,"message":{"call":null,"label":"vote?","reply":false,"size":1,"term":3,"text":"RequestVote","topic":"vote"},"n":0,"to":2}"#,
        r#"{"record":"sent","time":2000000,"server":1,"topic":"vote","life":1,"text":"x> n2 RequestVote #1 (addressee down)","after":[],"fate":"down","given":false,"message":{"call":null,"label":"vote?","reply":false,"size":1,"term":3,"text":"RequestVote","topic":"vote"},"n":1,"to":2}"#,
        r#"{"record":"fault","time":3000000,"server":2,"topic":"fault","life":1,"text":"isolate n2"}"#,
        r#"{"record":"blocked","time":3000000,"server":null,"topic":"fault","links":["n1>n2"]}"#,
        r#"{"record":"marked","time":4000000,"server":null,"topic":"check","life":0,"text":"found: n2, 7","about":2,"number":7,"verb":"found"}"#,
    ];
    assert_eq!(records(&moments, &Filter::default()), expected);
    let filter = Filter { topics: vec![RowTopic::Timer, RowTopic::Fault], ..Filter::default() };
    assert_eq!(records(&moments, &filter), [1, 4, 5].map(|place| expected[place]));
    let filter = Filter { servers: vec![n(2)], since: at(3), until: at(3), ..Filter::default() };
    assert_eq!(records(&moments, &filter), [4, 5].map(|place| expected[place]));
}

fn diagram(moments: &[Moment], filter: Filter) -> Vec<String> {
    let mut diagram = Mermaid::new(2, filter);
    for moment in moments {
        diagram.add(moment);
    }
    let facts = [Fact::new("a <rule>; with words"), Fact::new("the end")];
    let failure = Failure::violation(property::ELECTION_SAFETY, at(60), facts);
    let text = diagram.finish("raftsim replay plan.toml --node a", Some(&failure));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_diagram_shows_messages_where_they_arrive_or_are_lost() {
    let answer =
        PlainMessage { is_reply: true, label: "yes".to_owned(), ..message("RequestVoteReply") };
    let moments = [
        of(1, 1, What::Timeout),
        of(1, 1, What::Became(Status::new(3, Role::Candidate))),
        sends(1, 0, LATE),
        sends(2, 1, Fate::Drop(Cause::Lost)),
        arrives(3, 0),
        of(4, 1, What::Received { from: n(2), seq: 0, message: answer }),
        fault(5, Fault::Heal),
    ];
    let expected = [
        "```mermaid",
        "sequenceDiagram",
        "    %% raftsim replay plan.toml --node a",
        "    participant n1",
        "    participant n2",
        "    Note over n1: 0.001000s candidate in term 3",
        "    n1-xn2: 0.002000s vote? t3 (lost)",
        "    n1->>n2: 0.003000s vote? t3",
        "    n2-->>n1: 0.004000s yes t3",
        "    Note over n1,n2: 0.005000s heal",
        "    Note over n1,n2: FAIL: 0.060000s Election Safety (broken): a #60;rule#62;#59; with \
         words#59; but the #101;nd",
        "```",
    ];
    assert_eq!(diagram(&moments, Filter::default()), expected);
}

#[test]
fn a_text_cannot_break_a_diagram() {
    let evil = "a\nend\n%%{init}%% ; # <br> \u{202e}\u{1b}[31m `x` end";
    let lines = diagram(&[notes(1, 1, evil)], Filter::default());
    assert_eq!(lines.len(), 3 + 2 + 1 + 2);
    let note = &lines[5];
    assert!(note.starts_with("    Note over n1: 0.001000s a#92;n"), "{note}");
    let is_plain = |char: char| char.is_ascii_alphanumeric() || " #;:.,()'?!+-=/_@".contains(char);
    assert!(note.chars().all(is_plain), "{note}");
}

#[test]
fn a_diagram_is_cut_and_says_so() {
    let moments: Vec<Moment> = (0..500).map(|millis| notes(millis, 1, "so")).collect();
    let lines = diagram(&moments, Filter::default());
    assert_eq!(lines.len(), 3 + 2 + 400 + 3);
    assert_eq!(lines[405], "    Note over n1,n2: and 100 more: select fewer of them");
    let filter = Filter { since: at(100), ..Filter::default() };
    assert_eq!(diagram(&moments, filter).len(), 3 + 2 + 400 + 2);
}

#[test]
fn steps_at_one_instant_lie_one_after_the_other_in_a_trace() {
    let moments = story().into_iter().chain([of(60, 1, What::Timeout), of(60, 1, What::Timeout)]);
    let trace: Value = serde_json::from_str(&page(about(2), moments).trace()).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let of = |phase: &str, name: &str| -> Vec<Value> {
        let named = events.iter().filter(|it| it["ph"] == phase && it["name"] == name);
        named.map(|it| json!([it["pid"], it["ts"]])).collect()
    };
    let at_the_end = &of("X", "timeout")[2..];
    assert_eq!(at_the_end, [json!([1, 60_000.0]), json!([1, 60_001.0]), json!([1, 60_002.0])]);
    assert_eq!(of("s", "vote?"), [json!([1, 10_000.0])]);
    assert_eq!(of("f", "vote?"), [json!([2, 30_000.0])]);
    assert_eq!(of("X", "leader 1"), [json!([1, 10_000.0])]);
    assert_eq!(of("C", "commit"), [json!([1, 40_000.0])]);
    let leads = events.iter().find(|it| it["name"] == "leader 1").expect("it leads");
    assert_eq!(leads["dur"], 90_000.0);
}

#[test]
fn a_trace_has_a_message_s_fate_and_a_missed_one_in_the_words_of_the_text_trace() {
    let missed = of(5, 2, What::Missed { from: n(1), seq: 0 });
    let moments = [
        sends(1, 0, LATE),
        sends(2, 1, Fate::Drop(Cause::Blocked)),
        sends(3, 2, Fate::Duplicate(Duration::from_millis(1), Duration::from_millis(4))),
        arrives(4, 2),
        missed,
    ];
    let text: Vec<String> = moments
        .iter()
        .map(|moment| match moment {
            Moment::Record(record) => record.row().text,
            Moment::Timer(_) | Moment::Blocked { .. } => unreachable!("all are records"),
        })
        .collect();
    let trace: Value = serde_json::from_str(&page(about(2), moments).trace()).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("a list").iter();
    let lines: Vec<&Value> =
        events.filter_map(|it| it["args"]["lines"].as_array()).flatten().collect();
    assert_eq!(lines, text.iter().collect::<Vec<_>>());
}

#[test]
fn a_role_in_a_trace_ends_with_the_window() {
    let until = About { until: at(45), ..about(2) };
    let trace: Value = serde_json::from_str(&page(until, story()).trace()).expect("JSON");
    let mut events = trace["traceEvents"].as_array().expect("a list").iter();
    let leads = events.find(|it| it["name"] == "leader 1").expect("it leads");
    assert_eq!(leads["dur"], 30_000.0);
}
