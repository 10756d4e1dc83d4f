//! `bugs`: how many runs find each mutant; and a mutant as a node.

use raftsim_node::Node as _;
use raftsim_specimens::mutant::{Config, Control, MUTATIONS, MutationInfo};
use serde_json::Value;
use sim_scenarios::SCENARIOS;

use crate::support::{Folder, raftsim};

fn row(arguments: &str, status: i32) -> Vec<Value> {
    raftsim(&format!("bugs --json {arguments}")).json(status)
}

#[test]
fn a_bug_that_is_found_at_once_is_reported_with_runs_and_property() {
    let rows = row("--bug votes-for-everyone --budget 2000", 0);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!(row["bug"], "votes-for-everyone");
    assert_eq!((&row["way"], &row["starts"]), (&Value::from("fuzz"), &Value::from(9)));
    assert_eq!((&row["caught"], &row["property"]), (&true.into(), &"one vote per term".into()));
    let [low, median, high] =
        ["low", "median_runs", "high"].map(|key| row[key].as_u64().expect(key));
    assert!(1 <= low && low <= median && median <= high && high <= 100, "{row}");
    assert!(row["cpu_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{row}");
}

#[test]
fn a_bug_that_fuzz_misses_is_found_in_another_way() {
    let rows = row("--bug believes-old-answers --budget 50", 0);
    let [fuzz, other] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((&fuzz["way"], &fuzz["caught"]), (&"fuzz".into(), &false.into()));
    assert_eq!((&fuzz["median_runs"], &fuzz["property"]), (&Value::Null, &Value::Null));
    assert_eq!(other["caught"], true);
    assert!(other["way"].as_str().is_some_and(|way| way.ends_with("_3b")), "{other}");
}

#[test]
fn a_bug_that_is_not_found_is_listed_as_a_survivor() {
    let output = raftsim("bugs --bug timeout-drawn-once --budget 2");
    let stdout = output.exits(1);
    assert!(stdout.contains("not found"), "{stdout}");
    assert!(stdout.ends_with("0 of 1 bug found\nsurvivors: timeout-drawn-once\n"), "{stdout}");
}

#[test]
fn the_control_raft_passes() {
    raftsim("fuzz --node control --runs 3000").exits(0);
    raftsim("run --node control --seeds 20").exits(0);
}

#[test]
fn an_unknown_bug_suggests_the_nearest() {
    let output = raftsim("bugs --bug longer-log-win");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("did you mean `longer-log-wins`?"), "{output:?}");
    let output = raftsim("bugs --bug zookeeper-zab");
    assert!(output.stderr.contains("(`bugs` prints all of them)"), "{output:?}");
    let output = raftsim("bugs --way zookeeper-zab");
    assert!(output.stderr.contains("uniform, go-lab and every scenario that `list`"), "{output:?}");
}

#[test]
fn a_scenario_that_checks_a_claim_is_no_way_to_find_a_bug_whose_node_does_not_make_it() {
    let output = raftsim("bugs --bug equal-log-loses --way asks_before_standing_3b");
    let why = "asks_before_standing_3b checks a claim that the node of the bug equal-log-loses \
               does not make";
    assert_eq!((output.status, output.stderr), (2, format!("error: {why}\n")));
    // Some of those whose nodes make it are found in another way.
    let all = raftsim("bugs --way asks_before_standing_3b --budget 9").exits(1);
    let claims =
        |bug: &&MutationInfo| Control::claims(&Config::of(bug.mutation)).asks_before_standing;
    let claim = MUTATIONS.iter().filter(claims).count();
    let others = MUTATIONS.len() - claim;
    let end = format!(
        " of {claim} bugs found\nnot searched: {others} bugs, whose nodes do not make the claim that \
         the scenario checks\nsurvivors: "
    );
    assert!(all.contains(&end), "{all}");
}

#[test]
fn a_document_is_of_all_ways() {
    assert_eq!(raftsim("bugs --markdown").status, 2);
    assert_eq!(raftsim("bugs --markdown --way fuzz").status, 2);
}

#[test]
fn a_search_in_one_way_reports_each_search() {
    let row = &row("--bug equal-log-loses --way go-lab --budget 2", 0)[0];
    assert_eq!((&row["way"], &row["budget"]), (&"go-lab".into(), &2.into()));
    assert_eq!(row["runs"], Value::from(vec![1; 9]));
    assert_eq!(row["properties"], serde_json::json!({ "check_one_leader": 9 }));
}

#[test]
fn a_bug_that_the_go_lab_misses_is_reported_after_two_searches() {
    let row = &row("--bug half-elects --way go-lab --budget 2", 1)[0];
    assert_eq!((&row["caught"], &row["starts"]), (&false.into(), &2.into()));
    assert_eq!(row["runs"], Value::from(vec![Value::Null; 2]));
}

#[test]
fn the_whole_table_has_a_row_for_every_way() {
    let rows = row("--bug equal-log-loses --full --budget 1", 0);
    let ways: Vec<&str> = rows.iter().filter_map(|row| row["way"].as_str()).collect();
    assert_eq!(ways[..3], ["fuzz", "uniform", "go-lab"]);
    let claims = Control::claims(&Config::default());
    let scenarios = SCENARIOS.iter().filter(|info| info.suits(&claims));
    assert_eq!(ways.len(), 3 + scenarios.count());
}

#[test]
fn the_document_says_how_it_was_made_and_has_a_row_for_the_bug() {
    let ask = "bugs --bug equal-log-loses --full --budget 1 --markdown";
    let text = raftsim(&format!("{ask} --provenance today")).exits(0);
    let head = "# What finds which bug\n\n`just bugs-table` writes this file";
    assert!(text.starts_with(&format!("{head}: today.\n")), "{text}");
    assert!(raftsim(ask).exits(0).starts_with(&format!("{head}.\n")));
    assert!(
        text.contains("| `equal-log-loses` | a vote is granted only to a log that is better"),
        "{text}"
    );
}

#[test]
fn a_mutant_is_a_node_to_run_fuzz_replay_and_shrink() {
    let folder = Folder::new();
    let node = "--node mutant:equal-log-loses";
    let run = folder.raftsim(&format!("run initial_election_3a {node} --seeds 1")).exits(1);
    let replay = format!("replay initial_election_3a --seed 0 {node}");
    assert!(run.contains(&format!("replay it: raftsim {replay}\n")), "{run}");
    folder.raftsim(&replay).exits(1);
    folder.raftsim(&format!("shrink initial_election_3a --seed 0 {node}")).exits(1);
    folder.raftsim(&format!("fuzz {node} --runs 20")).exits(1);
    let [plan] = &folder.files()[..] else { panic!("{:?}", folder.files()) };
    assert!(plan.starts_with("fuzz-mutant-equal-log-loses-"), "{plan}");
    assert!(folder.read(plan).contains("node = \"mutant:equal-log-loses\""));
    folder.raftsim(&format!("replay {plan}")).exits(1);
}

#[test]
fn an_unknown_mutant_suggests_the_nearest() {
    let output = raftsim("run --node mutant:equal-log-lose");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("did you mean `equal-log-loses`?"), "{output:?}");
}

#[test]
fn under_the_labs_checks_a_run_reports_what_the_lab_sees() {
    let ask = "run persist1_3c --node mutant:leads-after-restart --seeds 20";
    let all = raftsim(ask).exits(1);
    assert!(all.contains("Election Safety (broken)"), "{all}");
    raftsim(&format!("{ask} --checks lab")).exits(0);
    let seen = raftsim("run basic_agree_3b --node mutant:no-op-at-election --checks lab").exits(1);
    assert!(seen.contains("see it under all checks: raftsim replay basic_agree_3b"), "{seen}");
}
