//! How `run` and `fuzz` report what is no plain failure: limits missed too often to be chance,
//! leaders that do not stay, and what was not judged.

use serde_json::{Value, json};

use crate::support::{Folder, bad_nodes, raftsim};

/// It corrects a follower's log one entry per heartbeat. On a network that loses messages that
/// takes too long in nearly every run.
const SLOW_TO_CORRECT: &str =
    "run figure_8_unreliable_3c --node mutant:backs-up-one-by-one --seeds 20 --keep-going";

#[test]
fn a_limit_that_a_reliable_network_does_not_mend_is_not_missed_by_chance() {
    let object = raftsim(&format!("{SLOW_TO_CORRECT} --json")).json(1).remove(0);
    assert_eq!((&object["by_chance"], &object["rate"]), (&json!(0), &Value::Null), "{object}");
    let stdout = raftsim(SLOW_TO_CORRECT).exits(1);
    assert!(!stdout.contains("by chance"), "{stdout}");
}

/// These miss the limit on a network that loses messages, and reach agreement once it is reliable:
/// the first in every seed, the second in some.
const MISSES_A_LIMIT: [&str; 2] = ["mutant:never-probes-quiet", "mutant:timeout-too-long"];

#[test]
fn a_limit_that_most_seeds_miss_is_not_missed_by_chance() {
    let [most, some] = MISSES_A_LIMIT.map(|node| {
        let command =
            format!("run figure_8_unreliable_3c --node {node} --seeds 20 --keep-going --json");
        raftsim(&command).json(1).remove(0)
    });
    let rate = |missed: u64, by_chance: bool| {
        json!({
            "missed": missed, "of": 20, "right_missed": 0, "right_of": 20, "by_chance": by_chance
        })
    };
    assert_eq!((&most["rate"], &most["by_chance"]), (&rate(20, false), &json!(0)), "{most}");
    let reason = most["reason"].as_str().unwrap();
    let why = "; 20 of 20 seeds miss such a limit, and with a right Raft 0 of 20";
    assert!(reason.ends_with(why), "{reason}");
    assert_eq!((&some["rate"], &some["by_chance"]), (&rate(7, true), &json!(7)), "{some}");
    let reason = some["reason"].as_str().unwrap();
    assert!(reason.contains("which a correct Raft may miss"), "{reason}");
}

#[test]
fn of_a_node_that_misses_no_limit_by_chance_no_rate_is_taken() {
    let object = raftsim("run reelection_3a --seeds 10 --json").json(0).remove(0);
    assert_eq!((&object["rate"], &object["by_chance"]), (&Value::Null, &json!(0)));
}

#[test]
fn a_leader_that_does_not_stay_is_a_warning_for_a_node_that_does_not_claim_it() {
    let command = "run initial_election_3a --node restless --seeds 20";
    let object = bad_nodes(&format!("{command} --json")).json(0).remove(0);
    let (warned, first) = (object["warned"].as_u64().unwrap(), &object["first_warned_seed"]);
    assert!(warned > 0 && first.is_u64(), "{object}");
    let stdout = bad_nodes(command).exits(0);
    let expected = format!(
        "warned: initial_election_3a, {warned} of 20 seeds: the leader or its term changed in a \
         calm world, first in seed {first}"
    );
    assert!(stdout.lines().any(|line| line == expected), "{stdout}");
    let object = bad_nodes("fuzz --node restless --runs 50 --json").json(0).remove(0);
    assert!(object["warned"].as_u64() > Some(0), "{object}");
}

#[test]
fn a_leader_that_does_not_stay_fails_a_node_that_claims_it() {
    let command = "fuzz --node mutant:heartbeat-resets-no-timer --runs 200 --budget 5 --json";
    let object = Folder::new().raftsim(command).json(1).remove(0);
    let reason = object["reason"].as_str().unwrap();
    assert!(reason.contains("a leader stays (broken)"), "{reason}");
}

#[test]
fn what_is_not_judged_is_said_after_a_sweep() {
    let unjudged = [json!({"property": "no leader without a majority", "why": "not claimed"})];
    let object = raftsim("run basic_agree_3b --node control --seeds 5 --json").json(0).remove(0);
    assert_eq!(object["not_judged"], json!(unjudged));
    let stdout = raftsim("run basic_agree_3b --node control --seeds 5").exits(0);
    let line = "not judged: `no leader without a majority` (not claimed)";
    assert_eq!(stdout.lines().last(), Some(line));
    let standing = json!({"property": "agreement while the faults stand", "why": "not claimed"});
    let object = raftsim("fuzz --node raft --runs 50 --json").json(0).remove(0);
    assert_eq!(object["not_judged"], json!([standing]));
    let stdout = raftsim("fuzz --node raft --runs 50").exits(0);
    let line = "not judged: `agreement while the faults stand` (not claimed)";
    assert_eq!(stdout.lines().last(), Some(line));
}

#[test]
fn of_our_raft_all_is_judged_that_a_scenario_can_judge() {
    let object = raftsim("run basic_agree_3b --seeds 5 --json").json(0).remove(0);
    assert_eq!(object["not_judged"], json!([]));
    assert!(!raftsim("run basic_agree_3b --seeds 5").exits(0).contains("not judged"));
    // The lab's own checks are not the oracles'.
    let lab = raftsim("run basic_agree_3b --node control --seeds 5 --checks lab").exits(0);
    assert!(!lab.contains("not judged"), "{lab}");
}
