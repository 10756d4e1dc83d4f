//! `shrink`: a failing run, made small.

use assert_cmd::assert::OutputAssertExt as _;
use serde_json::{Value, json};

use crate::support::{Folder, Output, bad_nodes, command, fields, raftsim};

/// Runs that fail: a scenario on a specimen, by a seed.
const FAILING: [&str; 2] = [
    "stale_leaders_return_3a --seed 2 --node post-2025",
    "reelection_3a --seed 0 --node post-2020-no-step-down",
];

/// A plan that fails, with more in it than it needs.
const PLAN: &str = r#"guards = "every property"
node = "post-2020-no-step-down"
seed = 7
servers = 5
network = "unreliable"
demands = "leader"
length = "4.000s"
ending = "calm n1 n2 n3, others cut"
steps = [
  "0.100s block n1>n2",
  "0.200s heal",
  "1.000s pause n5 for 0.100s",
  "2.000s isolate leader",
  "2.100s jump n4 0.020s",
]
"#;

/// The two facts of the verdict that a replay ends with, as a story prints them.
fn facts(replayed: &str) -> [String; 2] {
    let verdict = replayed.lines().find_map(|line| line.strip_prefix("FAIL: ")).expect(replayed);
    let (time, rest) = verdict.split_once(' ').unwrap();
    let (property, facts) = rest.split_once(": ").unwrap();
    let property = property.rsplit_once(" (").unwrap().0;
    let (one, other) = facts.split_once("; but ").unwrap();
    [format!("  {time} {property}: {one}"), format!("  {time} but {other}")]
}

/// What a shrinking prints: how small it became, the story, and what follows.
fn parts(stdout: &str) -> (&str, Vec<&str>, Vec<&str>) {
    let mut lines = stdout.lines();
    let head = lines.next().unwrap();
    let is_story = |line: &&str| line.starts_with("  ") && !line.starts_with("  replay it: ");
    let (story, rest) = lines.partition(is_story);
    (head, story, rest)
}

#[test]
fn a_scenario_s_failure_is_a_story_of_ten_lines_that_end_with_the_two_facts() {
    for run in FAILING {
        let folder = Folder::new();
        let stdout = folder.raftsim(&format!("shrink {run} -o small.toml")).exits(1);
        let (head, story, rest) = parts(&stdout);
        assert!(head.starts_with("shrunk to 0 of 0 steps, 0 of "), "{stdout}");
        assert!(head.ends_with(" runs"), "{stdout}");
        assert!(story.len() <= 10, "{stdout}");
        let replayed = folder.raftsim("replay small.toml --quiet").exits(1);
        assert_eq!(story[story.len() - 2..], facts(&replayed));
        assert_eq!(rest, ["  replay it: raftsim replay small.toml"]);
        assert!(replayed.ends_with("\nthe same run as when the plan was written\n"), "{replayed}");
    }
}

#[test]
fn what_is_shrunk_breaks_the_property_that_broke() {
    for run in FAILING {
        let folder = Folder::new();
        let before = raftsim(&format!("replay {run} --quiet")).exits(1);
        folder.raftsim(&format!("shrink {run} --output small.toml")).exits(1);
        let after = folder.raftsim("replay small.toml --quiet").exits(1);
        let property = |stdout: &str| {
            let verdict = stdout.lines().nth(1).unwrap().split_once("s ").unwrap().1;
            verdict.split_once(": ").unwrap().0.to_owned()
        };
        assert_eq!(property(&after), property(&before));
    }
}

#[test]
fn without_a_file_the_plan_is_printed() {
    for run in FAILING {
        let stdout = raftsim(&format!("shrink {run}")).exits(1);
        let (_, plan) = stdout.split_once("\n\n").unwrap();
        let folder = Folder::new();
        folder.raftsim(&format!("shrink {run} -o small.toml")).exits(1);
        assert_eq!(plan, folder.read("small.toml"));
    }
}

#[test]
fn a_plan_is_shrunk_from_its_file() {
    let folder = Folder::with("x.toml", PLAN);
    let stdout = folder.raftsim("shrink x.toml -o small.toml").exits(1);
    let (head, story, _) = parts(&stdout);
    let left = head.strip_prefix("shrunk to 1 of 5 steps, 0 of ").expect(&stdout);
    assert!(left.contains(" of 5 servers in "), "{stdout}");
    assert!(story.iter().any(|line| line.contains("isolate leader")), "{stdout}");
    let replayed = folder.raftsim("replay small.toml --quiet").exits(1);
    assert_eq!(story[story.len() - 2..], facts(&replayed));
    // The file that was shrunk is as it was.
    assert_eq!(
        (folder.read("x.toml"), folder.files()),
        (PLAN.to_owned(), own(&["small.toml", "x.toml"]))
    );
}

fn own(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn what_is_shrunk_once_is_not_shrunk_further() {
    let folder = Folder::with("x.toml", PLAN);
    folder.raftsim("shrink x.toml -o small.toml").exits(1);
    folder.raftsim("shrink small.toml -o smaller.toml").exits(1);
    assert_eq!(folder.read("smaller.toml"), folder.read("small.toml"));
}

#[test]
fn another_node_may_be_shrunk_on() {
    let folder = Folder::with("x.toml", PLAN.replace("post-2020-no-step-down", "post-2020"));
    let stderr = folder.raftsim("shrink x.toml").stderr;
    assert!(stderr.ends_with("the plan does not fail: there is nothing to shrink\n"), "{stderr}");
    folder.raftsim("shrink x.toml --node post-2020-no-step-down -o small.toml").exits(1);
    assert!(folder.read("small.toml").contains("\nnode = \"post-2020-no-step-down\"\n"));
}

#[test]
fn an_object_has_the_documented_fields() {
    let folder = Folder::with("x.toml", PLAN);
    let printed = folder.raftsim("shrink x.toml -o small.toml").exits(1);
    let object = folder.raftsim("shrink x.toml -o small.toml --json").json(1).remove(0);
    let documented = [
        "fates",
        "file",
        "fresh",
        "minimal",
        "node",
        "of_fates",
        "of_servers",
        "of_steps",
        "plan",
        "reason",
        "runs",
        "seed",
        "servers",
        "steps",
        "story",
    ];
    assert_eq!(fields(&object), documented);
    assert_eq!(object["plan"], json!(folder.read("small.toml")));
    assert_eq!((&object["file"], &object["minimal"]), (&"small.toml".into(), &true.into()));
    assert_eq!((&object["seed"], &object["node"]), (&7.into(), &"post-2020-no-step-down".into()));
    let count = |field: &str| object[field].as_u64().unwrap();
    let [steps, fates, servers] = ["steps", "fates", "servers"]
        .map(|each| format!("{} of {} {each}", count(each), count(&format!("of_{each}"))));
    let (head, story, _) = parts(&printed);
    assert_eq!(head, format!("shrunk to {steps}, {fates}, {servers} in {} runs", count("runs")));
    let story: Vec<Value> = story.iter().map(|line| json!(line.trim_start())).collect();
    assert_eq!(object["story"], json!(story));
    let replayed = folder.raftsim("replay small.toml --json").json(1).remove(0);
    assert_eq!((&object["reason"], &replayed["same_run"]), (&replayed["reason"], &true.into()));
    let nowhere = folder.raftsim("shrink x.toml --json").json(1).remove(0);
    assert_eq!(nowhere["file"], Value::Null);
}

#[test]
fn shrinking_twice_gives_the_same_bytes() {
    for run in FAILING {
        for arguments in ["", "--json", "--budget 4"] {
            let once = raftsim(&format!("shrink {run} {arguments}"));
            assert_eq!(raftsim(&format!("shrink {run} {arguments}")), once);
        }
    }
    let folder = Folder::with("x.toml", PLAN);
    assert_eq!(folder.raftsim("shrink x.toml"), folder.raftsim("shrink x.toml"));
}

#[test]
fn what_passes_is_not_shrunk() {
    let folder = Folder::with("x.toml", PLAN.replace("2.000s isolate leader", "2.000s heal"));
    for (arguments, what) in [
        ("reelection_3a --seed 7", "reelection_3a, seed 7, node raft"),
        ("x.toml", "x.toml, seed 7, node post-2020-no-step-down"),
        ("x.toml --json -o small.toml", "x.toml, seed 7, node post-2020-no-step-down"),
    ] {
        let output = folder.raftsim(&format!("shrink {arguments}"));
        let is_plan = what.starts_with("x.toml");
        let passes = if is_plan { "the plan does not fail" } else { "the run passes" };
        let line = format!("error: {what}: {passes}: there is nothing to shrink\n");
        assert_eq!((output.status, output.stdout, output.stderr), (2, String::new(), line));
    }
    assert_eq!(folder.files(), ["x.toml"]);
}

#[test]
fn little_budget_or_time_leaves_a_larger_plan_that_fails_alike() {
    let folder = Folder::with("x.toml", PLAN);
    for limit in ["--budget 1", "--time 0.000000001s"] {
        let stdout = folder.raftsim(&format!("shrink x.toml {limit} -o small.toml")).exits(1);
        let (head, ..) = parts(&stdout);
        let why = "the budget or the time ran out, or the command was stopped";
        assert!(head.ends_with(&format!(" ({why}: it may shrink further)")), "{stdout}");
        assert!(head.starts_with("shrunk to 5 of 5 steps"), "{stdout}");
        let replayed = folder.raftsim("replay small.toml --quiet").exits(1);
        assert!(replayed.contains("no leader without a majority (broken)"), "{replayed}");
        let object = folder.raftsim(&format!("shrink x.toml {limit} --json")).json(1).remove(0);
        assert_eq!(object["minimal"], false);
    }
}

#[test]
fn a_file_that_cannot_be_written_loses_nothing() {
    let run = FAILING[0];
    let output = raftsim(&format!("shrink {run} -o no/such/folder.toml"));
    let without = raftsim(&format!("shrink {run}")).exits(1);
    assert_eq!((output.status, output.stdout), (1, without));
    assert!(output.stderr.starts_with("error: no/such/folder.toml: "), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1);
    let object = raftsim(&format!("shrink {run} -o no/such/folder.toml --json"));
    assert_eq!((object.status, object.stderr), (1, output.stderr));
    let object: Value = serde_json::from_str(&object.stdout).unwrap();
    assert_eq!(object["file"], Value::Null);
}

#[test]
fn a_node_that_is_not_deterministic_is_reported_and_not_shrunk() {
    let output = bad_nodes("shrink reelection_3a --seed 0 --node unsteady");
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    let what = "error: reelection_3a, seed 0, node unsteady: the node is not deterministic: ";
    assert!(output.stderr.starts_with(what), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1);
}

/// Runs a line in a shell, with this folder as the present one.
#[cfg(unix)]
fn shell(folder: &Folder, line: &str) -> Output {
    // Plain shells do not know `$'…'`.
    let mut command = std::process::Command::new("bash");
    let program = format!("raftsim() {{ {} \"$@\"; }}", env!("CARGO_BIN_EXE_raftsim"));
    command.args(["-c", &format!("{program}; {line}")]).current_dir(folder.path());
    Output::of(&mut command)
}

#[cfg(unix)]
#[test]
fn a_replay_line_can_be_pasted_into_a_shell_whatever_the_file_s_name() {
    let run = FAILING[0];
    let names = [
        "a'b c.toml",
        "a$b;c.toml",
        "basic_agree_3b",
        "plain",
        "-o.toml",
        "~",
        "$'x'",
        "`id`.toml",
        "a\nb\x1b[2J.toml",
        "été!.toml",
        "a\\b.toml",
        "#x.toml",
        "*",
    ];
    for name in names {
        let folder = Folder::new();
        let mut command = command();
        command.arg("shrink").args(run.split_whitespace()).arg(format!("--output={name}"));
        command.args(["--budget", "1"]);
        let assert = command.current_dir(folder.path()).assert().code(1);
        let stdout = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        assert_eq!(folder.files(), [name]);
        let last = stdout.lines().last().unwrap();
        let line = last.strip_prefix("  replay it: ").expect(&stdout);
        let replayed = shell(&folder, &format!("{line} --quiet")).exits(1);
        assert!(replayed.contains("the same run as when"), "{line}: {replayed}");
    }
}
