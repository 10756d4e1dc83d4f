//! Malformed plans: exit status 2, and one line that names the file, the line and what was
//! expected.

use crate::support::{Folder, NODES};

/// A good plan, a line each.
const PLAN: [&str; 17] = [
    "guards = \"every property\"",
    "node = \"raft\"",
    "seed = 7",
    "digest = \"00c0ffee00c0ffee\"",
    "closed = true",
    "servers = 3",
    "network = \"reliable\"",
    "demands = \"agreement\"",
    "snapshots = 10",
    "length = \"2.000s\"",
    "ending = \"calm n1 n2, others cut\"",
    "steps = [",
    "  \"0.500s isolate leader\",",
    "  \"1.000s heal\",",
    "]",
    "fates = [\"n1>n2#0 lost\",",
    "  \"n2>n3#1 +0.250s\"]",
];

/// A good plan of a scenario.
const SCENARIO: [&str; 6] = [
    "breaks = \"every property\"",
    "node = \"raft\"",
    "seed = 7",
    "scenario = \"reelection_3a\"",
    "calm = false",
    "fates = [\"n1>n2#0 lost\"]",
];

/// A good plan, with another line instead of line `number`.
fn with<'a, const LINES: usize>(
    mut plan: [&'a str; LINES],
    number: usize,
    line: &'a str,
) -> String {
    plan[number - 1] = line;
    plan.join("\n")
}

/// The line that `verb x.toml` earns where the file holds this.
#[track_caller]
fn error(verb: &str, text: impl AsRef<[u8]>) -> String {
    line_of(&Folder::with("x.toml", text), &format!("{verb} x.toml"))
}

/// The line that a command line earns.
#[track_caller]
fn line_of(folder: &Folder, arguments: &str) -> String {
    let output = folder.raftsim(arguments);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}: {}", output.stderr);
    let line = output.stderr.strip_suffix('\n').expect("whole lines");
    assert!(!line.contains('\n'), "{arguments}: {line}");
    line.strip_prefix("error: ").expect(line).to_owned()
}

/// Asserts that both commands that read plans report this about a plan, after the name of its file.
#[track_caller]
fn assert_reports(text: impl AsRef<[u8]>, expected: &str) {
    for verb in ["replay", "shrink"] {
        assert_eq!(error(verb, &text), format!("x.toml: {expected}"), "{verb}");
    }
}

#[test]
fn the_good_plans_are_good() {
    let course = with(SCENARIO, 4, "scenario = \"TestReElection2A\"");
    for text in [PLAN.join("\n"), SCENARIO.join("\n"), with(SCENARIO, 5, ""), course] {
        Folder::with("x.toml", text).raftsim("replay x.toml --quiet").exits(0);
    }
}

#[test]
fn a_file_that_is_not_there_is_reported() {
    let folder = Folder::new();
    for file in ["x.toml", "plans/x.toml", "plans/x", "./x"] {
        for verb in ["replay", "shrink"] {
            let line = line_of(&folder, &format!("{verb} {file}"));
            assert_eq!(line, format!("there is no file `{file}`"));
        }
    }
    // It might have been a scenario.
    assert!(line_of(&folder, "replay x").starts_with("no scenario is named `x`"));
}

#[test]
fn a_directory_is_no_plan() {
    for folder in [".", "..", "/tmp", "/"] {
        let line = line_of(&Folder::new(), &format!("shrink {folder}"));
        assert_eq!(line, format!("{folder}: expected a plan's file, not a directory"));
        let line = line_of(&Folder::new(), &format!("replay {folder}"));
        assert!(line.starts_with(&format!("there is no plan in `{folder}`, ")), "{line}");
    }
}

#[test]
fn bytes_that_are_not_text_are_reported_by_their_line() {
    assert_reports(b"guards = \"x\"\nnode = \"\xff\"\n", "line 2: expected UTF-8 text");
    assert_reports([0xff, 0xfe, b'g', 0], "line 1: expected UTF-8 text");
}

#[test]
fn a_file_that_is_too_large_or_never_ends_is_refused() {
    let folder = Folder::with("x.toml", vec![b'\n'; (64 << 20) + 1]);
    let files = if cfg!(unix) { &["x.toml", "/dev/zero"][..] } else { &["x.toml"] };
    for file in files {
        let line = line_of(&folder, &format!("replay {file}"));
        assert_eq!(line, format!("{file}: expected a plan of at most 64 MiB"));
    }
    folder.write("x.toml", vec![b'\n'; 64 << 20]);
    assert_eq!(line_of(&folder, "replay x.toml"), "x.toml: the file has no keys");
}

#[test]
fn a_file_without_a_plan_is_reported() {
    for text in ["", "\n\n", "# a comment\n"] {
        assert_reports(text, "the file has no keys");
    }
}

#[test]
fn bad_toml_is_reported_by_its_line() {
    for (number, line) in [
        (1, "guards"),
        (2, "node = raft"),
        (3, "seed ="),
        (3, "seed = 007"),
        (12, "steps = [\"0.1s heal\" \"0.2s heal\","),
        (13, "  \"0.500s isolate leader,"),
        (5, "closed = true\nclosed = true"),
    ] {
        let error = error("replay", with(PLAN, number, line));
        assert!(error.starts_with("x.toml: line "), "{line}: {error}");
    }
}

#[test]
fn a_line_that_a_plan_cannot_have_is_reported_by_its_number() {
    let most = u64::MAX;
    for (number, line, expected) in [
        (2, "nodes = \"raft\"", "no key is named `nodes` (did you mean `node`?)"),
        (2, "breaks = \"it\"", "a plan has either `breaks` or `guards`, not both"),
        (2, "node = 5", "`node` takes a quoted text, not a number"),
        (2, "node = \"\"", "`node` takes a name, not an empty one"),
        (2, "node = \"rafft\"", "no node is named `rafft` (did you mean `raft`?)"),
        (2, "node = \"second\"", "no node is named `second`: it is called `control` now"),
        (
            2,
            "node = \"second:no-log-check\"",
            "no node is named `second:no-log-check`: it is called `mutant:no-log-check` now",
        ),
        (3, "seed = -1", &*format!("`seed` takes a number from 0 to {most}, not -1")),
        (3, "seed = \"x\"", &*format!("`seed` takes a number from 0 to {most}, not `x`")),
        (4, "digest = \"c0ffee\"", "`digest` takes 16 hex digits, not `c0ffee`"),
        (4, "scenario = \"reelection_3a\"", "a plan with `scenario` has no `demands`"),
        (4, "calm = true", "only a plan with `scenario` has `calm`; steps have an `ending`"),
        (5, "closed = 1", "`closed` takes true or false, not a number"),
        (6, "servers = 0", "`servers` takes a number from 1 to 255, not 0"),
        (6, "servers = 256", "`servers` takes a number from 1 to 255, not 256"),
        (8, "demands = \"leaders\"", "`demands` takes `leader` or `agreement`, not `leaders`"),
        (9, "snapshots = 0", "`snapshots` takes a number from 1 to 4294967295, not 0"),
        (10, "length = \"2\"", "expected a span such as 0.300s, not `2`"),
        (
            11,
            "ending = \"peace\"",
            "expected `none`, `calm`, `quiet`, `load` or `stands`, not `peace`",
        ),
        (
            11,
            "ending = \"calm n1\"",
            "expected a majority, 2 of 3 servers or more, not `calm n1, others cut`",
        ),
        (11, "ending = \"calm n1 n4\"", "expected a server up to n3, not `n4`"),
        (12, "steps = [7,", "`steps` takes quoted lines, not a number"),
        (13, "\"0.500s isolat leader\",", "no step is named `isolat` (did you mean `isolate`?)"),
        (13, "\"isolate leader\",", "expected a time such as 1.250s, not `isolate`"),
        (13, "\"0.500s isolate n4\",", "expected a server up to n3, not `n4`"),
        (
            13,
            "\"0.500s isolate\",",
            "expected a server such as n1, `leader` or `all` after `isolate`",
        ),
        (14, "\"0.400s heal\",", "expected steps in order of time, from 0.500s on, not `0.400s`"),
        (14, "\"2.001s heal\",", "expected steps up to `length`, 2.000s, not `2.001s`"),
        (16, "fates = [\"n1>n4#0 lost\",", "expected a server up to n3, not `n4`"),
        (17, "\"n1>n2#0 +1.000s\"]", "expected each message once, not n1>n2#0 twice"),
        (17, "\"n1>n2 lost\"]", "expected a message such as n1>n2#7, not `n1>n2`"),
    ] {
        let expected = format!("line {}: {expected}", at(number, line));
        assert_reports(with(PLAN, number, line), &expected);
    }
}

/// Where a plan is amiss that has this as its line `number`: where two lines contradict, one of
/// them is the one that is reported.
fn at(number: usize, line: &str) -> usize {
    if line.starts_with("scenario") { 8 } else { number }
}

#[test]
fn a_key_that_is_missing_is_reported_at_the_end() {
    for (number, expected) in [
        (1, "`breaks` or `guards`"),
        (2, "`node`"),
        (3, "`seed`"),
        (6, "`servers`"),
        (7, "`network`"),
        (8, "`demands`"),
        (10, "`length`"),
        (11, "`ending`"),
    ] {
        let expected = format!("line 17: the file ends without {expected}");
        assert_reports(with(PLAN, number, ""), &expected);
    }
    let neither = with(SCENARIO, 4, "").replace("calm = false", "");
    assert_reports(neither, "line 6: the file ends without `scenario` or `servers`");
}

#[test]
fn a_scenario_s_plan_must_fit_the_scenario() {
    let unknown = with(SCENARIO, 4, "scenario = \"reelection_3\"");
    let hint = "no scenario is named `reelection_3` (did you mean `reelection_3a`?); one of your \
                own is known only to the program that registers it";
    assert_reports(unknown, &format!("line 4: {hint}"));
    let strange = with(SCENARIO, 6, "fates = [\n  \"n1>n2#0 lost\",\n  \"n4>n2#0 lost\",\n]");
    assert_reports(strange, "line 8: expected a server up to n3, not `n4`");
    let unclaimed = with(SCENARIO, 4, "scenario = \"no_leader_without_majority_3a\"");
    let why = "post-2025 does not make the claim that no_leader_without_majority_3a checks";
    assert_reports(unclaimed.replace("\"raft\"", "\"post-2025\""), &format!("line 4: {why}"));
    let line = error("replay --node post-2025", unclaimed);
    assert_eq!(line, format!("x.toml: line 4: {why}"));
}

#[test]
fn another_node_than_the_plan_s_must_exist() {
    let line = error("replay --node rafft", PLAN.join("\n"));
    assert_eq!(line, "no node is named `rafft` (did you mean `raft`?)");
    // The plan's own may then be anything.
    let folder = Folder::with("x.toml", with(PLAN, 2, "node = \"zookeeper-zab\""));
    let expected =
        format!("x.toml: line 2: no node is named `zookeeper-zab` (known: {})", NODES.join(", "));
    assert_eq!(line_of(&folder, "replay x.toml"), expected);
    folder.raftsim("replay x.toml --quiet --node raft").exits(0);
}

#[test]
fn options_that_a_plan_decides_itself_are_refused() {
    for option in ["--seed 1", "--calm off"] {
        for verb in ["replay", "shrink"] {
            let line = error(&format!("{verb} {option}"), PLAN.join("\n"));
            let why = "it has its own seed and ending: `--seed` and `--calm` do not apply";
            assert_eq!(line, format!("`x.toml` is a plan, and {why}"));
        }
    }
}

#[test]
fn a_server_beyond_the_plan_s_is_refused() {
    let line = error("replay --server n4", PLAN.join("\n"));
    assert_eq!(line, "x.toml has the servers n1 to n3, but no n4");
}

#[test]
fn a_scenario_s_name_means_the_scenario_even_if_a_file_has_it() {
    let folder = Folder::with("reelection_3a", "not a plan");
    folder.raftsim("replay reelection_3a --seed 1 --quiet").exits(0);
    let line = line_of(&folder, "replay ./reelection_3a");
    assert!(line.starts_with("./reelection_3a: line 1: "), "{line}");
}
