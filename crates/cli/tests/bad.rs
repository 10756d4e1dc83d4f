//! Nodes that misbehave: each a reported failure, and nothing else is lost by it. The nodes are in
//! `tests/bad_nodes`.

use serde_json::Value;

use crate::support::{bad_nodes, elections, table};

/// What each scenario of a run says: its reason, if it fails. `None` where all held.
fn reasons(arguments: &str) -> Vec<Option<String>> {
    let lines = bad_nodes(&format!("run --lab 3A --seeds 3 --json {arguments}")).json(1);
    let listed: Vec<_> = lines.iter().map(|it| it["scenario"].as_str().unwrap()).collect();
    assert_eq!(listed, elections());
    let reason = |object: &Value| {
        let failed = object["failed"].as_u64().unwrap();
        assert_eq!(
            object["first_failing_seed"],
            if failed > 0 { Value::from(0) } else { Value::Null }
        );
        object["reason"].as_str().map(str::to_owned)
    };
    lines.iter().map(reason).collect()
}

/// Every scenario that the node does not opt out of fails by `property`, for a reason that says
/// so: the server that acts is written `N`.
fn assert_fails(node: &str, property: &str, seen: &str) {
    let reasons = reasons(&format!("--node {node}"));
    for (name, reason) in elections().into_iter().zip(reasons) {
        let reason = reason.expect(name);
        if name == "no_leader_without_majority_3a" {
            assert_eq!(reason, "not claimed");
            continue;
        }
        let (_, reason) = reason.split_once("s ").unwrap();
        let (kind, facts) = reason.split_once(": ").unwrap();
        assert_eq!(kind, format!("{property} (contract)"));
        let (_, fact) = facts.split_once("; but ").unwrap();
        let servers = ["n1", "n2", "n3", "n4", "n5", "n6", "n7"];
        let is_seen = servers.iter().any(|server| fact.starts_with(&seen.replace('N', server)));
        assert!(is_seen, "{node} should be reported: `{seen}`: {fact}");
    }
}

#[test]
fn a_panic_in_a_step_is_reported_with_its_message_and_place() {
    let place = "at crates/cli/tests/bad_nodes/panics.rs:";
    assert_fails("panics-in-step", "no panic", &format!("it panicked: N is tired {place}"));
}

#[test]
fn a_panic_at_boot_is_reported_with_its_message_and_place() {
    let place = "at crates/cli/tests/bad_nodes/panics.rs:";
    assert_fails("panics-at-boot", "no panic", &format!("it panicked: no disk in drive A {place}"));
}

#[test]
fn a_panic_when_settings_are_copied_or_dropped_is_reported() {
    for (node, rule) in [
        ("panics-when-copied", "a value of the node's was copied: its settings; but it panicked: "),
        ("panics-when-dropped", "a value of n1's was dropped; but it panicked: "),
    ] {
        for arguments in [
            "run reelection_3a --seeds 1",
            "replay reelection_3a --seed 0",
            "shrink reelection_3a --seed 0",
            "fuzz --runs 1 --budget 10 -o /dev/null",
        ] {
            let stdout = bad_nodes(&format!("{arguments} --node {node}")).exits(1);
            assert!(stdout.contains("no panic"), "{arguments}: {stdout}");
            let rule = rule.split("; but ").next().unwrap();
            assert!(stdout.contains(rule), "{arguments}: {stdout}");
        }
    }
}

#[test]
fn a_message_to_itself_is_reported() {
    assert_fails("sends-to-itself", "addressee exists", "it sends to itself");
}

#[test]
fn a_message_to_nobody_is_reported() {
    assert_fails("sends-to-nobody", "addressee exists", "it sends to n200, which does not exist");
}

#[test]
fn a_node_that_never_rests_is_a_flood() {
    assert_fails(
        "never-rests",
        "no flood",
        "there are more than 2000 events in one second, and more than",
    );
}

#[test]
fn a_million_actions_are_a_flood() {
    assert_fails("long-list", "no flood", "N returned 1000000 actions at once");
}

#[test]
fn a_past_deadline_that_nothing_moves_is_reported() {
    let seen = "it did nothing at its timeout, and its deadline stayed in the past";
    assert_fails("stuck-deadline", "deadline moves", seen);
}

#[test]
fn two_answers_to_each_message_are_a_flood() {
    let output = bad_nodes("run reelection_3a --seeds 3 --json --node each-message-twice");
    let reason = output.json(1)[0]["reason"].as_str().unwrap().to_owned();
    let rule = "a node stays below the limits on events, actions and messages";
    assert!(reason.contains(&format!(" no flood (contract): {rule}; but ")), "{reason}");
    assert!(reason.contains("there are more than 2000 events in one second"), "{reason}");
}

#[test]
fn a_node_that_panics_in_one_scenario_is_tested_in_the_others() {
    let reasons = reasons("--node panics-of-seven");
    let failed: Vec<_> =
        elections().into_iter().zip(reasons).filter(|(_, it)| it.is_some()).collect();
    let [("many_elections_3a", Some(reason))] = &failed[..] else { panic!("{failed:?}") };
    assert!(reason.contains("it panicked: too many of us at "), "{reason}");
}

#[test]
fn a_node_that_is_not_deterministic_is_reported_by_the_records_that_differ() {
    for reason in reasons("--node unsteady") {
        let reason = reason.expect("every scenario runs seed 0 twice");
        let (_, facts) = reason.split_once(" the node is not deterministic (contract): ").unwrap();
        let (one, other) = facts.split_once("; but in another it is ").unwrap();
        let (place, one) = one.split_once(" is ").unwrap();
        assert!(
            place.strip_prefix("in one run record ").is_some_and(|n| n.parse::<u32>().is_ok()),
            "{place}"
        );
        assert_ne!(one, other);
        for record in [one, other] {
            assert!(record.starts_with('`'), "{record}");
            assert!(record.ends_with('`'), "{record}");
        }
    }
}

#[test]
fn a_node_that_is_not_deterministic_fails_its_replay_too() {
    for options in ["", "--quiet", "--json"] {
        let output = bad_nodes(&format!("replay reelection_3a --seed 0 --node unsteady {options}"));
        let stdout = output.exits(1);
        assert!(stdout.contains("the node is not deterministic (contract): "), "{stdout}");
    }
}

#[test]
fn no_line_offers_to_shrink_what_is_not_deterministic() {
    let stdout = bad_nodes("run reelection_3a --node unsteady").exits(1);
    let line = "  replay it: bad-nodes replay reelection_3a --seed 0 --node unsteady\n";
    assert!(stdout.ends_with(line), "{stdout}");
}

#[test]
fn a_sweep_that_gives_an_oracle_nothing_to_judge_fails() {
    // It passes every scenario of snapshots without ever taking one.
    let output = bad_nodes("run --seeds 1 --node hoards");
    assert!(
        table::<3>(&output.stdout).iter().all(|(_, row)| *row == ["1", "1", "0"]),
        "{output:?}"
    );
    let seen = "error: the oracle of `a snapshot is one that was taken` was never exercised, \
                although hoards exposes what the oracle needs: these runs prove nothing \
                about this property\n";
    assert_eq!((output.status, output.stderr.as_str()), (1, seen));
    // It is asked only of those who say that they ran everything.
    bad_nodes("run --lab 3D --seeds 1 --node hoards").exits(0);
}

#[test]
fn a_users_own_command_prints_lines_that_replay() {
    // The default node needs no naming, another does.
    for (node, of) in [("panics-in-step", ""), ("stuck-deadline", " --node stuck-deadline")] {
        let stdout = bad_nodes(&format!("run reelection_3a --node {node}")).exits(1);
        let line = format!("bad-nodes replay reelection_3a --seed 0{of}");
        let shrink = line.replace("replay", "shrink");
        let lines = format!("  replay it: {line}\n  shrink it: {shrink}\n");
        assert!(stdout.ends_with(&lines), "{stdout}");
        let reason = stdout.lines().rev().nth(2).unwrap().trim();
        let replayed = bad_nodes(line.strip_prefix("bad-nodes ").unwrap()).exits(1);
        assert!(replayed.contains(&format!("\nFAIL: {reason}\n")), "{replayed}");
    }
}

#[test]
fn a_replay_of_a_panic_shows_what_came_before_it() {
    let stdout = bad_nodes("replay reelection_3a --seed 0").exits(1);
    let lines: Vec<_> = stdout.lines().collect();
    // After the verdict come the state of the three servers, under two headings, and the sum.
    let (lines, after) = lines.split_at(lines.len() - 6);
    let [_, heading, boots @ .., timeout, verdict] = lines else { panic!("{stdout}") };
    assert!(heading.contains("n1     n2     n3"), "{heading}");
    assert!(boots.len() == 3 && boots.iter().all(|it| it.contains("boot: follower")), "{stdout}");
    assert!(timeout.ends_with(" timeout"), "{stdout}");
    assert!(verdict.starts_with("FAIL: "), "{stdout}");
    assert_eq!(after[0], "the servers then:");
    assert!(after[5].starts_with("1 event, "), "{stdout}");
}
