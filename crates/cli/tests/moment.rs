//! `replay --at`: the state at a moment.

use serde_json::{Value, json};

use crate::support::{Folder, bad_nodes, fields, raftsim};

const DEPOSED: &str = "replay stale_leaders_return_3a --node post-2025 --seed 2";

/// The lines of an output that are not about a server's memory.
fn outline(stdout: &str) -> Vec<&str> {
    stdout.lines().filter(|line| !line.starts_with("     ") && !line.contains("memory")).collect()
}

#[test]
fn the_state_is_that_after_everything_that_prints_as_the_time() {
    let stdout = raftsim(&format!("{DEPOSED} --at 2.011576s")).exits(0);
    let expected = [
        "stale_leaders_return_3a, seed 2, node post-2025",
        "at 2.011576s, after everything that happens then:",
        "n1  follower in term 4, no leader",
        "    timer   none runs",
        "    disk    term 4, no vote, log empty",
        "n2  candidate in term 4, no leader",
        "    timer   due 2.255850s",
        "    disk    term 4, voted n2, log empty",
        "n3  leader in term 2",
        "    timer   due 2.050292s",
        "    disk    term 2, voted n3, log empty",
        "links cut: none",
        "messages in flight:",
    ];
    let lines = outline(&stdout);
    assert_eq!(lines[..expected.len()], expected);
    let in_flight = &lines[expected.len()..];
    assert_eq!(in_flight.len(), 1, "{in_flight:?}");
    assert!(in_flight[0].starts_with("  n1>n3#18  due 2.011586s  AppendEntries(CallId(38)"));
    let memory = "    memory  Post2025 {\n                id: n1,\n";
    assert!(stdout.contains(memory), "{stdout}");
}

#[test]
fn before_the_answer_arrives_its_server_still_leads() {
    let stdout = raftsim(&format!("{DEPOSED} --at 2.011575s")).exits(0);
    let lines = outline(&stdout);
    assert_eq!(lines[2..4], ["n1  leader in term 1", "    timer   due 2.110686s"]);
    assert!(lines.iter().any(|line| line.starts_with("  n2>n1#5  due 2.011576s  ")), "{lines:?}");
}

#[test]
fn a_moment_after_the_end_shows_the_last_one_and_says_so() {
    let stdout = raftsim(&format!("{DEPOSED} --at 100s")).exits(1);
    let lines = outline(&stdout);
    assert!(lines[1].starts_with("FAIL: 7.094000s check_one_leader"), "{lines:?}");
    assert_eq!(lines[2], "the run failed at 7.094000s, before 100.000000s; its state then:");
    assert_eq!(lines[3..5], ["n1  follower in term 4, no leader", "    timer   none runs"]);
    let stdout = raftsim(&format!("{DEPOSED} --at 7.094s")).exits(1);
    assert_eq!(outline(&stdout)[2], "the run failed at 7.094000s; its state then:");
    let stdout = raftsim("replay initial_election_3a --seed 1 --at 9000s").exits(0);
    let line = stdout.lines().nth(1).unwrap();
    let expected = line.starts_with("the run passed at ");
    assert!(expected && line.ends_with("s, before 9000.000000s; its last moment:"), "{line}");
}

/// A plan in which n1 is down, n2 paused, and n3's disk takes seconds.
const FAULTS: &str = r#"
guards = "every property"
node = "raft"
seed = 4
servers = 3
network = "reliable"
demands = "agreement"
length = "3.000s"
ending = "calm n1 n2 n3, others cut"
steps = ["1.500s crash n1", "1.500s pause n2", "1.600s disk n3 5.000s", "1.600s block n2>n3"]
"#;

#[test]
fn a_server_that_is_down_or_paused_or_waits_says_so() {
    let folder = Folder::with("faults.toml", FAULTS);
    let stdout = folder.raftsim("replay faults.toml --at 2.950s").exits(0);
    let lines = outline(&stdout);
    let at = |text: &str| lines.iter().position(|line| *line == text).expect(text);
    let down = at("n1  down");
    assert!(lines[down + 1].starts_with("    disk    term "), "{lines:?}");
    assert!(lines[at("    paused") - 2].starts_with("n2  "), "{lines:?}");
    let waits = lines.iter().find(|line| line.starts_with("    waits   for its disk, until "));
    assert!(waits.is_some() && lines.contains(&"links cut: n2>n3"), "{lines:?}");
    let object = folder.raftsim("replay faults.toml --at 2.950s --json").json(0).remove(0);
    let states: Vec<&Value> = (0..3).map(|slot| &object["servers"][slot]["state"]).collect();
    assert_eq!(states, ["down", "paused", "waits"]);
    assert_eq!(object["servers"][0]["inspect"], Value::Null);
    assert_eq!((&object["cut"], &object["plan"]), (&json!(["n2>n3"]), &json!("faults.toml")));
}

#[test]
fn an_object_has_the_state() {
    let object = raftsim(&format!("{DEPOSED} --at 2.011576s --json")).json(0).remove(0);
    let documented = [
        "at",
        "cut",
        "ended",
        "in_flight",
        "node",
        "reason",
        "scenario",
        "seed",
        "servers",
        "time",
    ];
    assert_eq!(fields(&object), documented);
    assert_eq!((&object["ended"], &object["at"]), (&Value::Null, &json!(2_011_576_999_u64)));
    let mut server = object["servers"][0].clone();
    let memory = server["inspect"].take();
    assert!(memory.as_str().unwrap().starts_with("Post2025 {\n    id: n1,\n"));
    assert_eq!(
        server,
        json!({
            "server": "n1", "life": 1, "state": "up", "role": "follower", "term": 4,
            "leader": null, "commit": null, "timer": null, "written_at": null,
            "disk": { "term": 4, "vote": null, "first": 1, "log": [] },
            "snapshot": null, "inspect": null,
        })
    );
    let mut message = object["in_flight"][0].clone();
    assert!(message["text"].take().as_str().unwrap().starts_with("AppendEntries("));
    let due = message["due"].take().as_u64().unwrap();
    assert_eq!(due / 1000, 2_011_586);
    let expected = json!({
        "name": "n1>n3#18", "from": "n1", "to": "n3", "text": null, "due": null, "gone": false,
    });
    assert_eq!(message, expected);
}

#[test]
fn a_moment_is_that_of_the_servers_that_are_named() {
    let whole = raftsim(&format!("{DEPOSED} --at 2.011576s")).exits(0);
    let stdout = raftsim(&format!("{DEPOSED} --at 2.011576s --server n2")).exits(0);
    let servers = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with('n') && line.contains(" in term "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(servers(&whole).len(), 3, "{whole}");
    assert_eq!(servers(&stdout), servers(&whole)[1..2]);
    // Each of its lines is one of the whole state, in order.
    let mut lines = whole.lines();
    let is_part = |line: &&str| !line.contains("in flight") && !line.starts_with("links ");
    for line in stdout.lines().filter(is_part) {
        assert!(lines.any(|other| other == line), "{line:?} is not in {whole}");
    }
    let object = raftsim(&format!("{DEPOSED} --at 2.011576s --server n2 --json")).json(0).remove(0);
    assert_eq!(object["servers"].as_array().map(Vec::len), Some(1), "{object}");
    for message in object["in_flight"].as_array().unwrap() {
        assert!(message["from"] == "n2" || message["to"] == "n2", "{message}");
    }
}

#[test]
fn the_same_moment_prints_the_same() {
    let arguments = format!("{DEPOSED} --at 2s");
    assert_eq!(raftsim(&arguments), raftsim(&arguments));
}

#[test]
fn memory_that_does_harm_is_shown_harmless() {
    let at = |node| format!("replay initial_election_3a --seed 1 --node {node} --at 1s");
    let stdout = bad_nodes(&at("shows-colors")).exits(0);
    let shown = "    memory  red \\u{1b}[31m\\r\\u{202e}reversed\n              second line\n";
    assert!(stdout.contains(shown), "{stdout}");
    let stdout = bad_nodes(&at("shows-nothing")).exits(0);
    let shown =
        "    memory  (it could not be printed: it panicked: my memory; \\u{1b}[2Jis my own at ";
    assert!(stdout.contains(shown), "{stdout}");
    let stdout = bad_nodes(&at("shows-too-much")).exits(0);
    assert!(stdout.contains("line 0\n") && stdout.contains(" more characters)"));
    assert!(stdout.len() < 1_000_000, "{}", stdout.len());
}

#[test]
fn a_moment_is_printed_in_place_of_the_trace() {
    for other in [
        "--quiet",
        "--mermaid",
        "--records --json",
        "--trace FILE",
        "--html FILE",
        "--log",
        "--topic vote",
        "--since 1s",
        "--until 3s",
    ] {
        let bad = raftsim(&format!("{DEPOSED} --at 2s {other}"));
        assert_eq!(bad.status, 2, "{other}");
        let name = other.split(' ').next().unwrap();
        let refused = [
            format!("error: the argument '--at <TIME>' cannot be used with '{name}"),
            format!("error: the argument '{name}"),
        ];
        let is_refused = refused.iter().any(|text| bad.stderr.starts_with(text));
        assert!(is_refused && bad.stderr.contains("cannot be used with"), "{}", bad.stderr);
    }
}
