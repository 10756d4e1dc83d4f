//! `replay FILE`: plans written by hand or by the command.

use raftsim_explore::{Player as _, Run};
use raftsim_node::{NodeId, Time};
use raftsim_plan::Plan;
use raftsim_raft::{Config, Raft};
use raftsim_sim::{Recording, RowTopic};
use raftsim_view::{Columns, Filter};
use serde_json::{Value, json};
use sim_scenarios::NodePlayer;

use crate::support::{Folder, NODES, fields, names, raftsim};

/// A plan that every node holds: nobody leads long without a majority.
const PASSES: &str = r#"guards = "every property"
node = "raft"
seed = 7
servers = 3
network = "unreliable"
demands = "leader"
length = "2.000s"
ending = "calm n1 n2 n3, others cut"
steps = [
  "0.500s isolate n1 for 0.200s",
  "1.000s network reliable",
]
"#;

/// A leader that is cut off for long.
const BREAKS: &str = r#"breaks = "no leader without a majority"
node = "post-2020-no-step-down"
seed = 7
servers = 3
network = "reliable"
demands = "leader"
length = "4.000s"
ending = "none"
steps = ["2.000s isolate leader"]
"#;

/// The same on another node.
fn on(text: &str, node: &str) -> String {
    text.replace("node = \"raft\"", &format!("node = \"{node}\""))
}

/// What our Raft does in a plan, by the library.
fn played(text: &str) -> Run {
    let plan: Plan = text.parse().unwrap();
    NodePlayer::<Raft>::new(Config::default()).play(&plan, Recording::On)
}

/// What `replay x.toml` should print of a plan that our Raft passes, under a filter.
fn expected(text: &str, filter: Filter) -> String {
    let run = played(text);
    let mut columns = Columns::new(3, filter, false);
    let mut lines = vec!["x.toml, seed 7, node raft".to_owned(), columns.heading()];
    let rows = run.story.expect("it was recorded").rows();
    lines.extend(rows.iter().filter_map(|row| columns.line(row)));
    let millis = run.virtual_time.as_nanos() / 1_000_000;
    let spent = format!("{}.{:03} virtual s", millis / 1000, millis % 1000);
    lines.push(format!("pass\n{} events, {spent}, digest {:016x}", run.events, run.digest));
    lines.extend(run.unused.iter().map(|line| format!("no effect: {line}")));
    format!("{}\n", lines.join("\n"))
}

#[test]
fn every_node_plays_a_plan_that_it_passes() {
    for node in NODES {
        let stdout = Folder::with("x.toml", on(PASSES, node)).raftsim("replay x.toml").exits(0);
        let head = format!("x.toml, seed 7, node {node}\n        time    n1     n2     n3\n");
        assert!(stdout.starts_with(&head), "{stdout}");
        assert_eq!(stdout.lines().rev().nth(1), Some("pass"), "{stdout}");
    }
}

#[test]
fn the_exit_status_says_what_the_run_did_whatever_the_plan_expects() {
    let other = |text: &str| match text.strip_prefix("guards") {
        Some(rest) => format!("breaks{rest}"),
        None => text.replacen("breaks", "guards", 1),
    };
    for text in [PASSES.to_owned(), other(PASSES)] {
        Folder::with("x.toml", text).raftsim("replay x.toml --quiet").exits(0);
    }
    for text in [BREAKS.to_owned(), other(BREAKS)] {
        let stdout = Folder::with("x.toml", text).raftsim("replay x.toml --quiet").exits(1);
        let verdict = stdout.lines().nth(1).unwrap();
        assert!(verdict.starts_with("FAIL: "), "{stdout}");
        assert!(verdict.contains("s no leader without a majority (broken): n"), "{stdout}");
    }
}

#[test]
fn a_users_own_nodes_play_plans() {
    let folder = Folder::with("x.toml", on(PASSES, "panics-in-step"));
    let stdout = folder.bad_nodes("replay x.toml").exits(1);
    assert!(stdout.contains("no panic (contract): "), "{stdout}");
    let object = folder.bad_nodes("replay x.toml --json --node hoards").json(0).remove(0);
    assert_eq!((&object["verdict"], &object["node"]), (&"pass".into(), &"hoards".into()));
    // It is none of raftsim's.
    assert_eq!(folder.raftsim("replay x.toml").status, 2);
}

#[test]
fn every_record_of_a_plan_is_a_line_under_the_heading() {
    let stdout = Folder::with("x.toml", PASSES).raftsim("replay x.toml").exits(0);
    assert_eq!(stdout, expected(PASSES, Filter::default()));
}

#[test]
fn filters_apply_to_a_plan_s_records() {
    let folder = Folder::with("x.toml", PASSES);
    let second = Time::from_nanos(1_000_000_000);
    let all = Filter::default;
    for (arguments, filter) in [
        ("--server n1", Filter { servers: vec![NodeId::new(1)], ..all() }),
        ("--topic role,fault", Filter { topics: vec![RowTopic::Role, RowTopic::Fault], ..all() }),
        ("--since 1s", Filter { since: second, ..all() }),
        ("--until 1", Filter { until: second, ..all() }),
    ] {
        let stdout = folder.raftsim(&format!("replay x.toml {arguments}")).exits(0);
        assert_eq!(stdout, expected(PASSES, filter), "{arguments}");
    }
}

#[test]
fn quiet_prints_a_plan_s_verdict_alone() {
    let folder = Folder::with("x.toml", PASSES);
    let all = folder.raftsim("replay x.toml").exits(0);
    let lines: Vec<_> = all.lines().collect();
    let [head, .., verdict, sum] = lines[..] else { panic!("four lines at least") };
    let quiet = folder.raftsim("replay x.toml --quiet").exits(0);
    assert_eq!(quiet, format!("{head}\n{verdict}\n{sum}\n"));
}

#[test]
fn a_plan_s_object_has_the_documented_fields() {
    let object = Folder::with("x.toml", PASSES).raftsim("replay x.toml --json").json(0).remove(0);
    let run = played(PASSES);
    let seconds = object["virtual_seconds"].clone();
    assert!(seconds.as_f64() > Some(2.0), "{object}");
    let documented = json!({
        "scenario": null,
        "plan": "x.toml",
        "seed": 7,
        "node": "raft",
        "verdict": "pass",
        "reason": null,
        "events": run.events,
        "virtual_seconds": seconds,
        "digest": format!("{:016x}", run.digest),
    });
    assert_eq!(object, documented);
}

#[test]
fn a_digest_shows_whether_it_is_the_same_run() {
    let digest = format!("{:016x}", played(PASSES).digest);
    let other = "not the same run as when the plan was written: its digest was 00c0ffee00c0ffee";
    for (written, same, line) in [
        (&*digest, true, "the same run as when the plan was written"),
        ("00c0ffee00c0ffee", false, other),
    ] {
        let text = PASSES.replace("servers", &format!("digest = \"{written}\"\nservers"));
        let folder = Folder::with("x.toml", text);
        for quiet in ["", "--quiet"] {
            let stdout = folder.raftsim(&format!("replay x.toml {quiet}")).exits(0);
            assert_eq!(stdout.lines().last(), Some(line));
        }
        let object = folder.raftsim("replay x.toml --json").json(0).remove(0);
        assert_eq!((&object["same_run"], &object["digest"]), (&same.into(), &json!(digest)));
    }
    let fates = "digest = \"00c0ffee00c0ffee\"\nfates = [\"n1>n2#9999 lost\"]\nservers";
    let folder = Folder::with("x.toml", PASSES.replace("servers", fates));
    let stdout = folder.raftsim("replay x.toml").exits(0);
    let line = format!("{other}, and a message that it names by its number may be another one now");
    assert_eq!(stdout.lines().last(), Some(&*line));
}

#[test]
fn parts_without_effect_are_reported_and_are_no_failure() {
    let text = PASSES.replace("0.500s isolate n1", "0.000s isolate leader");
    let folder = Folder::with("x.toml", format!("{text}fates = [\"n1>n2#9999 lost\"]\n"));
    let stdout = folder.raftsim("replay x.toml").exits(0);
    let unused: Vec<_> =
        stdout.lines().filter_map(|line| line.strip_prefix("no effect: ")).collect();
    assert_eq!(
        unused,
        [
            "0.000s isolate leader for 0.200s: no server leads then",
            "n1>n2#9999 lost: it was never sent",
        ]
    );
    let object = folder.raftsim("replay x.toml --json").json(0).remove(0);
    assert_eq!(object["unused"], json!(unused));
}

#[test]
fn another_node_may_play_a_plan() {
    let folder = Folder::with("x.toml", PASSES);
    for node in NODES {
        let stdout = folder.raftsim(&format!("replay x.toml --quiet --node {node}")).exits(0);
        let own =
            Folder::with("x.toml", on(PASSES, node)).raftsim("replay x.toml --quiet").exits(0);
        assert_eq!(stdout, own);
    }
    let folder = Folder::with("x.toml", BREAKS);
    folder.raftsim("replay x.toml --quiet").exits(1);
    folder.raftsim("replay x.toml --quiet --node post-2020").exits(0);
}

#[test]
fn a_scenario_s_plan_without_fates_is_the_scenario_s_run() {
    for (name, calm) in names().into_iter().flat_map(|name| [(name, "on"), (name, "off")]) {
        let of_seed = format!("replay {name} --seed 42 --json --quiet --calm {calm}");
        let by_name = raftsim(&of_seed).json(0).remove(0);
        let is_calm = calm == "on";
        let text = format!(
            "guards = \"it\"\nnode = \"raft\"\nseed = 42\nscenario = \"{name}\"\ncalm = {is_calm}\n"
        );
        let folder = Folder::with("x.toml", text);
        let mut by_file = folder.raftsim("replay x.toml --json --quiet").json(0).remove(0);
        let plan = by_file.as_object_mut().unwrap().remove("plan");
        assert_eq!((plan, by_file), (Some(Value::from("x.toml")), by_name));
    }
}

#[test]
fn a_scenario_s_plan_is_printed_with_its_scenario() {
    let text = "guards = \"it\"\nnode = \"raft\"\nseed = 42\nscenario = \"reelection_3a\"\n";
    let folder = Folder::with("x.toml", text);
    let by_file = folder.raftsim("replay x.toml").exits(0);
    let by_name = raftsim("replay reelection_3a --seed 42").exits(0);
    assert_eq!(by_file, format!("x.toml: {by_name}"));
    let object = folder.raftsim("replay x.toml --json").json(0).remove(0);
    let documented = [
        "digest",
        "events",
        "node",
        "plan",
        "reason",
        "scenario",
        "seed",
        "verdict",
        "virtual_seconds",
    ];
    assert_eq!(fields(&object), documented);
}

#[test]
fn a_message_has_the_fate_that_a_plan_gives_it() {
    let text = "guards = \"it\"\nnode = \"raft\"\nseed = 42\nscenario = \"reelection_3a\"\n";
    let folder = Folder::with("x.toml", format!("{text}fates = [\"n1>n2#0 lost\"]\n"));
    let stdout = folder.raftsim("replay x.toml").exits(0);
    let first = stdout.lines().find(|line| line.contains(" n2 ") && line.contains(" #0"));
    let first = first.filter(|line| line.contains('[') && line.contains("x> n2"));
    assert!(first.is_some_and(|line| line.ends_with("(lost)")), "{stdout}");
}
