//! Plan files: a plan that is printed is read back the same, and what is malformed is reported with
//! its line.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{
    Conditions, Ending, Expect, Majority, Others, Override, Plan, Rest, Schedule, Scope, Snapshots,
    Step, Target, Timed, Who,
};
use raftsim_sim::{Cause, Fate, Fault, LinkSettings, MessageName, VERBS};

use crate::plans;

proptest! {
    #![proptest_config(plans::config(500))]

    #[test]
    fn a_plan_is_read_as_it_is_written(plan in plans::plan()) {
        let text = plan.to_string();
        let read = text.parse();
        prop_assert_eq!(read.as_ref(), Ok(&plan), "{}", text);
    }

    #[test]
    fn a_damaged_file_never_panics(
        plan in plans::plan(),
        at in any::<u16>(),
        by in any::<char>(),
    ) {
        let mut chars: Vec<char> = plan.to_string().chars().collect();
        let at = usize::from(at) % chars.len();
        chars[at] = by;
        let text: String = chars.into_iter().collect();
        if let Err(error) = Plan::read(&text) {
            let lines = text.lines().count();
            prop_assert!(error.line.is_some_and(|line| (1..=lines).contains(&line)), "{}", error);
            prop_assert!(!error.to_string().contains(char::is_control), "{}", error);
        }
    }
}

/// A schedule's file.
const SCHEDULE: &str = r#"breaks = "Election Safety"
node = "raft"
seed = 42
digest = "00000000deadbeef"
closed = true
servers = 5
network = "unreliable"
demands = "agreement"
snapshots = 10
length = "12.500s"
ending = "calm n1 n2 n3, others cut"
steps = [
  "1.250s partition n1 n2 | n3 n4 n5",
  "1.250s crash leader",
]
fates = [
  "n1>n2#7 lost",
  "n1>n2#10 fails +3.210s",
]
"#;

/// A scenario's file.
const SCENARIO: &str = r#"guards = "Log \"Matching\""
node = "raft"
seed = "18446744073709551615"
scenario = "reelection_3a"
calm = false
"#;

#[test]
fn every_part_of_a_schedule_is_read() {
    let node = NodeId::new;
    let at = Time::from_nanos(1_250_000_000);
    let partition = vec![vec![node(1), node(2)], vec![node(3), node(4), node(5)]];
    let crash = Fault::Crash { who: Who::Leader, after: None };
    let message = |n| MessageName { from: node(1), to: node(2), seq: n };
    let members = vec![node(1), node(2), node(3)];
    let plan = Plan {
        expect: Expect::Breaks("Election Safety".to_owned()),
        node: "raft".to_owned(),
        seed: 42,
        digest: Some(0xdead_beef),
        closed: true,
        target: Target::Cluster(Schedule {
            servers: 5,
            network: LinkSettings::labrpc(true, false, true),
            delays: None,
            scope: Scope::Log,
            snapshots: Snapshots::Every(10),
            length: Duration::from_millis(12_500),
            ending: Ending::Calm(Majority {
                members,
                others: Others::Cut,
                network: Rest::Reliable,
            }),
            steps: vec![
                Timed { at, step: Fault::Partition(partition).into() },
                Timed { at, step: crash.into() },
            ],
        }),
        fates: BTreeMap::from([
            (message(7), Override::Fate(Fate::Drop(Cause::Lost))),
            (message(10), Override::Fails(Duration::from_millis(3_210))),
        ]),
    };
    assert_eq!(Plan::read(SCHEDULE), Ok(plan));
}

#[test]
fn every_part_of_a_scenario_plan_is_read() {
    let plan = Plan {
        expect: Expect::Guards("Log \"Matching\"".to_owned()),
        node: "raft".to_owned(),
        seed: u64::MAX,
        digest: None,
        closed: false,
        target: Target::Scenario {
            name: "reelection_3a".to_owned(),
            calm: false,
            conditions: Conditions::default(),
        },
        fates: BTreeMap::new(),
    };
    assert_eq!(Plan::read(SCENARIO), Ok(plan));
}

#[test]
fn a_canonical_file_is_written_as_it_is_read() {
    for text in [SCHEDULE, SCENARIO] {
        assert_eq!(Plan::read(text).unwrap().to_string(), text);
    }
}

/// The text with delays after its network.
fn far(text: &str, rows: &str) -> String {
    text.replacen(
        "network = \"unreliable\"\n",
        &format!("network = \"unreliable\"\ndelays = {rows}\n"),
        1,
    )
}

#[test]
fn delays_are_read_and_written_as_rows() {
    let page = include_str!("../src/format.md");
    let (_, rest) = page.split_once("```toml\ndelays = ").unwrap();
    let (rows, _) = rest.split_once("\n```").unwrap();
    let text = SCHEDULE.replacen("servers = 5", "servers = 3", 1).replacen(" n4 n5", "", 1);
    let text = far(&text, rows);
    let plan = Plan::read(&text).unwrap();
    let rows = ["- 0.045s 0.120s", "0.045s - 0.080s..0.085s", "0.120s 0.080s..0.085s -"];
    let delays = plan.schedule().unwrap().delays.as_ref().unwrap();
    assert_eq!(delays.rows().collect::<Vec<_>>(), rows);
    assert_eq!(plan.to_string(), text);
    let fewer = plan.among(&[1, 2].map(NodeId::new)).unwrap();
    let rows = ["- 0.045s", "0.045s -"];
    let delays = fewer.schedule().unwrap().delays.as_ref().unwrap();
    assert_eq!(delays.rows().collect::<Vec<_>>(), rows);
    // Of a scenario, the number of servers need not be said.
    let text = format!("{SCENARIO}delays = [\n  \"- 0.001s\",\n  \"0.002s -\",\n]\n");
    assert_eq!(Plan::read(&text).unwrap().to_string(), text);
}

#[test]
fn servers_that_are_left_take_the_numbers_of_those_that_are_gone() {
    let text = r#"guards = "every property"
node = "raft"
seed = 42
servers = 5
network = "reliable"
demands = "agreement"
length = "9.000s"
ending = "load n1 n3 n5, others cut, lossy n5"
snapshots = [
  "n2 every 7 from 3",
  "n5 every 4 from 2",
]
steps = [
  "0.001s partition n1 n2 | n3 n4 n5",
  "0.002s swizzle n1>n3 n3>n2 every 0.010s mend n3>n2 n1>n3",
  "0.003s crash n3 at gap 2 for 1.000s",
  "0.004s crash n2",
  "0.005s block leader>n5",
  "0.006s block n3>n5",
  "0.007s block n2>n5",
  "0.008s propose n5 x2",
  "0.009s propose all",
  "0.010s isolate leader",
]
fates = [
  "n3>n5#7 lost",
  "n2>n5#0 lost",
]
"#;
    let left = r#"guards = "every property"
node = "raft"
seed = 42
servers = 3
network = "reliable"
demands = "agreement"
snapshots = [
  "n3 every 4 from 2",
]
length = "9.000s"
ending = "load n1 n2 n3, others cut, lossy n3"
steps = [
  "0.001s partition n1 | n2 n3",
  "0.002s swizzle n1>n2 every 0.010s mend n1>n2",
  "0.003s crash n2 at gap 2 for 1.000s",
  "0.005s block leader>n3",
  "0.006s block n2>n3",
  "0.008s propose n3 x2",
  "0.009s propose all",
  "0.010s isolate leader",
]
fates = [
  "n2>n3#7 lost",
]
"#;
    let plan = Plan::read(text).unwrap();
    assert_eq!(plan.among(&[1, 3, 5].map(NodeId::new)).unwrap().to_string(), left);
    assert_eq!(plan.among(&[2, 3, 4].map(NodeId::new)), None);
}

#[test]
fn what_is_no_matrix_of_delays_is_reported_with_its_line() {
    let problem_of = |rows: &str| problem(&far(SCHEDULE, rows));
    assert_eq!(
        problem_of("\"- 1ms\""),
        "line 8: `delays` takes an array of quoted lines, not a text"
    );
    assert_eq!(problem_of("[]"), "line 8: expected a row for each server, 1 to 255 rows, not `0`");
    let few = "line 8: expected a row for each of 5 servers, not `2`";
    assert_eq!(problem_of("[\n\"- 1ms\",\n\"1ms -\"]"), few);
    let bad = "line 11: column 2: expected a delay with its unit, such as 45ms, not `1`";
    assert_eq!(problem_of("[\n\"- 1ms 1ms\",\n\"1ms, -, 2ms\",\n\"1ms 1 -\"]"), bad);
    let text = SCENARIO.replacen("calm", "servers = 3\ndelays = [\"- 1ms\", \"1ms -\"]\ncalm", 1);
    assert_eq!(problem(&text), "line 6: expected a row for each of 3 servers, not `2`");
}

#[test]
fn the_example_of_the_docs_is_canonical() {
    let page = include_str!("../src/format.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```\n").unwrap();
    assert_eq!(Plan::read(example).unwrap().to_string(), example);
}

/// The examples of a table: its first column has them, in backticks.
fn examples(table: &str) -> Vec<String> {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let examples = rows.flat_map(|row| row.split(" | ").next().unwrap().split('`').step_by(2));
    examples.filter(|text| !text.is_empty()).map(|text| text.replace("\\|", "|")).collect()
}

/// The tables of the steps and of the endings.
fn tables() -> (&'static str, &'static str) {
    include_str!("../src/format.md").split_once("| endings |").unwrap()
}

/// Every verb has an example.
#[test]
fn the_steps_of_the_docs_are_canonical() {
    let examples = examples(tables().0);
    let verbs = examples.iter().map(|example| example.split(' ').next().unwrap());
    assert_eq!(verbs.collect::<BTreeSet<_>>(), VERBS.into_iter().chain(["propose"]).collect());
    for example in examples {
        let step: Result<Step, _> = example.parse();
        assert_eq!(step.map(|step| step.to_string()), Ok(example));
    }
}

#[test]
fn the_endings_of_the_docs_are_canonical() {
    let examples = examples(tables().1);
    let kinds: Vec<&str> = examples.iter().map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(kinds, ["none", "calm", "quiet", "load", "calm", "stands"]);
    for example in examples {
        let ending: Result<Ending, _> = example.parse();
        assert_eq!(ending.map(|ending| ending.to_string()), Ok(example));
    }
}

#[test]
fn keys_may_be_in_any_order_among_comments() {
    let mut lines: Vec<&str> = SCENARIO.lines().rev().collect();
    lines.insert(2, "# why it is so");
    lines.insert(0, "");
    assert_eq!(Plan::read(&lines.join("\r\n")), Plan::read(SCENARIO));
}

#[test]
fn defaults_may_be_written_out() {
    let said = SCENARIO.replace("calm = false", "calm = true\nclosed = false\nfates = []");
    let left_out = SCENARIO.replace("calm = false\n", "");
    assert_eq!(Plan::read(&said), Plan::read(&left_out));
    assert_eq!(Plan::read(&said).unwrap().to_string(), left_out);
}

#[test]
fn a_seed_may_be_a_text() {
    let text = SCHEDULE.replace("seed = 42", "seed = \"42\"");
    assert_eq!(Plan::read(&text), Plan::read(SCHEDULE));
}

#[test]
fn a_line_of_several_links_is_a_step_for_each() {
    let with = |steps: &str| SCHEDULE.replace("  \"1.250s crash leader\",", steps);
    let short = with(
        "  \"2.000s block n1>n2 leader>all for 0.500s\",\n  \"2.000s unblock n2>n1 n1>n2\",\n  \
         \"3.000s link n1>n2 n2>n1 n3>all latency 0.040s..0.050s\",",
    );
    let long = with(
        "  \"2.000s block n1>n2 for 0.500s\",
  \"2.000s block leader>all for 0.500s\",
  \"2.000s unblock n2>n1\",
  \"2.000s unblock n1>n2\",
  \"3.000s link n1>n2 latency 0.040s..0.050s\",
  \"3.000s link n2>n1 latency 0.040s..0.050s\",
  \"3.000s link n3>all latency 0.040s..0.050s\",",
    );
    assert_eq!(Plan::read(&short).map(|plan| plan.to_string()), Ok(long));
    for (line, expected) in [
        ("block n1>n2 n1>n2", "expected each link once, not n1>n2 twice"),
        ("link n1>n2 n2>n9 loss 1/5", "expected a server up to n5, not `n9`"),
        (
            "link n1>n2 n2>n1 12",
            "expected `reliable`, `unreliable`, `reordering`, `requests`, `clear`, `loss`, `twice`, \
             `late`, `latency` or `drops`, not `12`",
        ),
        ("isolate n1 n2", "expected `for` or the end, not `n2`"),
    ] {
        let line = format!("1.250s {line}");
        assert_problem(SCHEDULE, "1.250s crash leader", &line, &format!("line 14: {expected}"));
    }
}

fn problem(text: &str) -> String {
    Plan::read(text).unwrap_err().to_string()
}

/// Asserts that a good file has the problem `expected` once `part` is replaced by `by`.
#[track_caller]
fn assert_problem(good: &str, part: &str, by: &str, expected: &str) {
    assert!(good.contains(part), "{part}");
    assert_eq!(problem(&good.replacen(part, by, 1)), expected);
}

#[test]
fn a_file_without_keys_is_reported() {
    for text in ["", "\n\n", "# a comment\n"] {
        assert_eq!(problem(text), "the file has no keys");
    }
}

#[test]
fn invalid_toml_is_reported() {
    assert_problem(SCENARIO, "node = ", "node ", "line 2: key with no value, expected `=`");
    assert_problem(SCENARIO, "\"raft\"", "\"raft", "line 2: invalid basic string, expected `\"`");
    assert_problem(SCENARIO, "calm =", "node =", "line 5: duplicate key");
    let quoted = "string values must be quoted, expected literal string";
    assert_problem(SCENARIO, "\"raft\"", "raft", &format!("line 2: {quoted}"));
    assert_problem(SCHEDULE, "\"n1>n2#7 lost\"", "lost", &format!("line 17: {quoted}"));
    assert_problem(
        SCHEDULE,
        "3.210s\",\n]\n",
        "3.210s\",\n",
        "line 18: unclosed array, expected `]`",
    );
}

#[test]
fn an_unknown_key_is_reported() {
    assert_problem(
        SCENARIO,
        "seed",
        "sede",
        "line 3: no key is named `sede` (did you mean `seed`?)",
    );
    assert_problem(
        SCENARIO,
        "calm",
        "temperature",
        "line 5: no key is named `temperature` (known: breaks, guards, node, seed, digest, \
         closed, scenario, calm, servers, network, delays, demands, snapshots, length, ending, steps, \
         fates)",
    );
    assert_problem(
        SCENARIO,
        "calm = false",
        "[stpes]",
        "line 5: no key is named `stpes` (did you mean `steps`?)",
    );
}

#[test]
fn a_missing_key_is_reported() {
    for (key, lacks) in [
        ("breaks", "`breaks` or `guards`"),
        ("node", "`node`"),
        ("seed", "`seed`"),
        ("servers", "`servers`"),
        ("network", "`network`"),
        ("demands", "`demands`"),
        ("length", "`length`"),
        ("ending", "`ending`"),
    ] {
        let rest: Vec<&str> = SCHEDULE.lines().filter(|line| !line.starts_with(key)).collect();
        assert_eq!(problem(&rest.join("\n")), format!("line 18: the file ends without {lacks}"));
    }
    let (before, _) = SCHEDULE.split_once("steps").unwrap();
    assert_eq!(problem(before), "line 11: the file ends without `steps`");
    let (before, _) = SCHEDULE.split_once("servers").unwrap();
    assert_eq!(problem(before), "line 5: the file ends without `scenario` or `servers`");
}

#[test]
fn a_value_of_the_wrong_type_is_reported() {
    assert_problem(SCENARIO, "\"raft\"", "1", "line 2: `node` takes a quoted text, not a number");
    assert_problem(SCENARIO, "\"raft\"", "\"\"", "line 2: `node` takes a name, not an empty one");
    assert_problem(SCENARIO, "false", "\"no\"", "line 5: `calm` takes true or false, not a text");
    assert_problem(
        SCENARIO,
        "false",
        "1979-05-27",
        "line 5: `calm` takes true or false, not a date",
    );
    assert_problem(
        SCHEDULE,
        "= 5",
        "= \"5\"",
        "line 6: `servers` takes a number from 1 to 255, not a text",
    );
    assert_problem(
        SCHEDULE,
        "= 5",
        "= 5.0",
        "line 6: `servers` takes a number from 1 to 255, not a fraction",
    );
    assert_problem(
        SCHEDULE,
        "\"unreliable\"",
        "{}",
        "line 7: `network` takes a quoted text, not a table",
    );
    assert_problem(
        SCHEDULE,
        "\"12.500s\"",
        "12.5",
        "line 10: `length` takes a quoted text, not a fraction",
    );
    assert_problem(
        SCENARIO,
        "calm = false",
        "fates = \"none\"",
        "line 5: `fates` takes an array of quoted lines, not a text",
    );
    assert_problem(
        SCHEDULE,
        "\"1.250s crash leader\"",
        "[1.250, \"crash leader\"]",
        "line 14: `steps` takes quoted lines, not an array",
    );
}

#[test]
fn keys_that_exclude_each_other_are_reported() {
    assert_problem(
        SCENARIO,
        "node",
        "breaks = \"Election Safety\"\nnode",
        "line 2: a plan has either `breaks` or `guards`, not both",
    );
    assert_problem(
        SCENARIO,
        "calm = false",
        "servers = 5\nending = \"none\"",
        "line 6: a plan with `scenario` has no `ending`",
    );
    assert_problem(
        SCHEDULE,
        "closed = true",
        "scenario = \"reelection_3a\"",
        "line 8: a plan with `scenario` has no `demands`",
    );
    assert_problem(
        SCHEDULE,
        "closed",
        "calm",
        "line 5: only a plan with `scenario` has `calm`; steps have an `ending`",
    );
}

#[test]
fn a_number_out_of_range_is_reported() {
    let seeds = "line 3: `seed` takes a number from 0 to 18446744073709551615, not";
    assert_problem(SCHEDULE, "42", "-1", &format!("{seeds} -1"));
    assert_problem(
        SCHEDULE,
        "42",
        "18446744073709551616",
        &format!("{seeds} 18446744073709551616"),
    );
    assert_problem(SCHEDULE, "42", "\"+42\"", &format!("{seeds} `+42`"));
    assert_problem(
        SCHEDULE,
        "42",
        "\"18446744073709551616\"",
        &format!("{seeds} `18446744073709551616`"),
    );
    assert_problem(SCHEDULE, "42", "true", &format!("{seeds} true or false"));
    assert_problem(SCHEDULE, "= 5", "= 0", "line 6: `servers` takes a number from 1 to 255, not 0");
    assert_problem(
        SCHEDULE,
        "= 5",
        "= 256",
        "line 6: `servers` takes a number from 1 to 255, not 256",
    );
    assert_problem(
        SCHEDULE,
        "= 10",
        "= 0",
        "line 9: `snapshots` takes a number from 1 to 4294967295, not 0",
    );
    for (lines, problem) in [
        ("n1 every 0 from 1", "expected a number of entries, at least 1, not `0`"),
        ("n1 every 3", "expected `from` after `3`"),
        ("n9 every 3 from 2", "expected a server up to n5, not `n9`"),
        ("n1 every 3 from 2\", \"n1 every 4 from 2", "expected each server once, not n1 twice"),
    ] {
        let (lines, problem) = (format!("= [\"{lines}\"]"), format!("line 9: {problem}"));
        assert_problem(SCHEDULE, "= 10", &lines, &problem);
    }
}

#[test]
fn a_wrong_digest_is_reported() {
    for digest in ["deadbeef", "00000000deadbeefs", "+0000000deadbeef", "00000000deadbeeg"] {
        let expected = format!("line 4: `digest` takes 16 hex digits, not `{digest}`");
        assert_problem(SCHEDULE, "00000000deadbeef", digest, &expected);
    }
}

#[test]
fn a_malformed_setup_is_reported() {
    assert_problem(
        SCHEDULE,
        "\"agreement\"",
        "\"peace\"",
        "line 8: `demands` takes `leader` or `agreement`, not `peace`",
    );
    assert_problem(
        SCHEDULE,
        "\"unreliable\"",
        "\"loss 2/1\"",
        "line 7: expected a ratio of at most 1, not `2/1`",
    );
    assert_problem(
        SCHEDULE,
        "\"12.500s\"",
        "\"10001s\"",
        "line 10: expected at most 10000.000s, not `10001s`",
    );
    assert_problem(
        SCHEDULE,
        "\"12.500s\"",
        "\"long\"",
        "line 10: expected a span such as 0.300s, not `long`",
    );
}

#[test]
fn a_malformed_step_is_reported_with_its_own_line() {
    assert_problem(
        SCHEDULE,
        "crash leader",
        "crash n0",
        "line 14: expected a server such as n1, `leader` or `all`, not `n0`",
    );
    assert_problem(
        SCHEDULE,
        "  \"1.250s crash leader\"",
        "\n  # kill it\n  \"1.250s crahs leader\"",
        "line 16: no step is named `crahs` (did you mean `crash`?)",
    );
}

#[test]
fn a_server_beyond_the_cluster_is_reported() {
    assert_problem(SCHEDULE, "= 5", "= 4", "line 13: expected a server up to n4, not `n5`");
    assert_problem(
        SCHEDULE,
        "crash leader",
        "crash n6",
        "line 14: expected a server up to n5, not `n6`",
    );
    assert_problem(
        SCHEDULE,
        "crash leader",
        "block n1>n6",
        "line 14: expected a server up to n5, not `n6`",
    );
    assert_problem(
        SCHEDULE,
        "crash leader",
        "swizzle n1>n2 n9>n1 every 0.050s mend n9>n1 n1>n2",
        "line 14: expected a server up to n5, not `n9`",
    );
    assert_problem(
        SCHEDULE,
        "n3, others",
        "n7, others",
        "line 11: expected a server up to n5, not `n7`",
    );
    assert_problem(
        SCHEDULE,
        "n1>n2#10",
        "n1>n8#10",
        "line 18: expected a server up to n5, not `n8`",
    );
}

#[test]
fn steps_out_of_order_or_after_the_end_are_reported() {
    assert_problem(
        SCHEDULE,
        "1.250s crash",
        "1.249s crash",
        "line 14: expected steps in order of time, from 1.250s on, not `1.249s`",
    );
    assert_problem(
        SCHEDULE,
        "1.250s crash",
        "12.500000001s crash",
        "line 14: expected steps up to `length`, 12.500s, not `12.500000001s`",
    );
    let at_its_end = SCHEDULE.replace("1.250s crash", "12.5s crash");
    assert!(Plan::read(&at_its_end).is_ok());
}

#[test]
fn an_ending_without_a_majority_is_reported() {
    assert_problem(
        SCHEDULE,
        "n1 n2 n3, others cut",
        "n1 n2, others cut",
        "line 11: expected a majority, 3 of 5 servers or more, not `calm n1 n2, others cut`",
    );
    assert_problem(
        SCHEDULE,
        "n1 n2 n3, others cut",
        "n1 n2 n2, others cut",
        "line 11: expected each server once, not n2 twice",
    );
    assert_problem(
        SCHEDULE,
        "calm",
        "clam",
        "line 11: expected `none`, `calm`, `quiet`, `load` or `stands`, not `clam`",
    );
}

#[test]
fn a_problem_is_one_line_whatever_the_file_contains() {
    let seeds = "line 3: `seed` takes a number from 0 to 18446744073709551615, not";
    assert_problem(SCHEDULE, "42", r#""\u001b[2J\n4""#, &format!(r"{seeds} `\u{{1b}}[2J\n4`"));
}

#[test]
fn a_wrong_fate_is_reported_with_its_own_line() {
    assert_problem(SCHEDULE, "#10", "#7", "line 18: expected each message once, not n1>n2#7 twice");
    assert_problem(
        SCHEDULE,
        "#7 lost",
        "#7 vanishes",
        "line 17: expected `lost`, `twice`, `fails` or a delay such as +0.250s, not `vanishes`",
    );
}

#[test]
fn the_commands_that_all_steps_propose_together_have_a_limit() {
    // There are five servers.
    let plan = |more: &str| {
        let all = "\"1.250s propose all x1000\",\n".repeat(19);
        let leader = "\"1.250s propose leader x1000 every 0.001s\",\n".repeat(4);
        let last = format!("\"1.250s propose n1 x1000\",\n{more}]\nfates");
        SCHEDULE.replace("]\nfates", &format!("{all}{leader}{last}"))
    };
    assert!(Plan::read(&plan("")).is_ok());
    let expected = "line 39: expected at most 100000 commands in all steps, not `100001`";
    assert_eq!(problem(&plan("\"1.250s propose n5\",\n")), expected);
}

#[test]
fn an_error_without_a_place_is_reported_with_its_line() {
    for key in ["a.".repeat(300_000), format!("[{}", "a.".repeat(300_000))] {
        let end = if key.starts_with('[') { "a]" } else { "a = 1" };
        let plan = SCHEDULE.replace("seed = 42", &format!("{key}{end}\nseed = 42"));
        assert_eq!(problem(&plan), "line 3: recursion limit");
    }
}

#[test]
fn a_name_of_any_length_is_refused_at_once_and_quoted_in_part() {
    let long = "x".repeat(10_000_000);
    let quoted = format!("`{}... (9999940 more characters)`", "x".repeat(60));
    let known = "known: breaks";
    for (from, to, expected) in [
        ("seed", &*long, format!("line 3: no key is named {quoted} ({known}")),
        ("crash", &long, format!("line 14: no step is named {quoted} (known: ")),
        ("1.250s", &long, format!("line 13: expected a time such as 1.250s, not {quoted}")),
        ("12.500s", &long, format!("line 10: expected a span such as 0.300s, not {quoted}")),
        ("00000000deadbeef", &long, format!("line 4: `digest` takes 16 hex digits, not {quoted}")),
        ("unreliable", &long, "line 7: ".to_owned()),
        (
            "calm",
            &long,
            format!("line 11: expected `none`, `calm`, `quiet`, `load` or `stands`, not {quoted}"),
        ),
        ("n1>n2#7 lost", &long, "line 17: ".to_owned()),
    ] {
        let problem = problem(&SCHEDULE.replacen(from, to, 1));
        assert!(problem.starts_with(&expected), "{from}: {problem}");
        assert!(problem.len() < 500, "{problem}");
    }
}
