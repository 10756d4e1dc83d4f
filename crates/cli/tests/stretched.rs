//! `run` on a node whose elections take longer than the lab allows.

use serde_json::Value;

use crate::support::{bad_nodes, names, raftsim};

#[test]
fn a_slow_node_that_claims_its_bound_passes_every_scenario_and_none_is_skipped() {
    let output = bad_nodes("run --node slow --seeds 10 --json");
    assert_eq!(output.status, 0, "{}", output.stdout);
    let lines = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<Value> = lines.filter(|it| it["reason"] != "not claimed").collect();
    assert_eq!(lines.len(), names().len());
    for object in lines {
        let counts = ["limits_times", "passed"].map(|field| object[field].as_u64());
        assert_eq!(counts, [Some(4), Some(10)], "{object}");
    }
}

#[test]
fn that_the_limits_are_stretched_is_said_once_and_marked_in_the_table() {
    let output = bad_nodes("run reelection_3a many_elections_3a --node slow --seeds 2");
    let said = "slow claims to elect a leader within 20.000000s, where the lab allows 5.000000s: \
                every limit of the lab is 4 times as long here (the scenarios marked *)\n";
    assert_eq!((output.status, output.stderr.as_str()), (0, said));
    let rows = output.stdout.lines().skip(1).take_while(|line| !line.is_empty());
    let names = rows.map(|line| line.split_whitespace().next().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["reelection_3a*", "many_elections_3a*"]);
}

#[test]
fn the_limits_of_a_node_that_claims_no_other_bound_are_the_labs() {
    let lines = raftsim("run reelection_3a --seeds 2 --json").json(0);
    assert_eq!(lines[0]["limits_times"], 1);
    let reason = &bad_nodes("run reelection_3a --node slow-unclaimed --seeds 50 --json").json(1)[0];
    let reason = reason["reason"].as_str().unwrap();
    assert!(reason.contains("a leader within five seconds (broken)"), "{reason}");
}
