//! Variants of nodes, such as `raft:pre-vote`: on the command line and in plans.

use serde_json::Value;

use crate::support::{Folder, bad_nodes, raftsim};

/// One name of each form, and one with two.
const NAMES: [&str; 6] = [
    "raft:pre-vote",
    "raft:timeout=300ms..600ms",
    "raft:pre-vote,timeout=0.5s..1s",
    "control:pre-vote",
    "control:no-op",
    "control:drops-stale",
];

/// The one line of an error.
fn error(node: &str) -> String {
    let output = raftsim(&format!("run initial_election_3a --seeds 1 --node {node}"));
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{node}: {}", output.stderr);
    let line = output.stderr.strip_suffix('\n').expect("whole lines");
    assert!(!line.contains('\n'), "{line}");
    line.strip_prefix("error: ").expect(line).to_owned()
}

/// The digest of one seed of a scenario.
fn digest(node: &str) -> Value {
    raftsim(&format!("replay basic_agree_3b --seed 7 --node {node} --json")).json(0)[0]["digest"]
        .clone()
}

#[test]
fn every_variant_runs_and_is_replayed_by_its_name() {
    for node in NAMES {
        let rows = raftsim(&format!("run basic_agree_3b --seeds 5 --node {node} --json")).json(0);
        assert_eq!(rows[0]["node"], node);
        raftsim(&format!("fuzz --runs 3 --node {node}")).exits(0);
        assert!(digest(node).is_string(), "{node}");
    }
}

#[test]
fn every_variant_is_a_raft_of_its_own() {
    let mut digests: Vec<String> =
        NAMES.into_iter().chain(["raft", "control"]).map(|node| digest(node).to_string()).collect();
    digests.sort();
    digests.dedup();
    // Nothing in this run is of an earlier term: what would be dropped never comes.
    assert_eq!(digests.len(), NAMES.len() + 1);
    assert_eq!(digest("control:drops-stale"), digest("control"));
    // The timeouts that our Raft has without a variant.
    assert_eq!(digest("raft:timeout=400ms..800ms"), digest("raft"));
}

#[test]
fn a_plan_names_a_variant_as_its_node() {
    let folder = Folder::new();
    // Of a mutant the plan fails, of the variant it passes.
    let ask = "shrink reelection_3a --node mutant:no-second-election --seed 0 -o plan.toml";
    folder.raftsim(ask).exits(1);
    let plan = folder.read("plan.toml").replace("mutant:no-second-election", "control:drops-stale");
    folder.write("variant.toml", &plan);
    folder.raftsim("replay variant.toml").exits(0);
    let wrong = plan.replace("drops-stale", "drops-stal");
    folder.write("wrong.toml", &wrong);
    let output = folder.raftsim("replay wrong.toml");
    assert_eq!(output.status, 2);
    let expected =
        "control:drops-stal: no variant is named `drops-stal` (did you mean `drops-stale`?)";
    assert!(output.stderr.ends_with(&format!(": {expected}\n")), "{}", output.stderr);
}

#[test]
fn an_unknown_variant_is_answered_with_those_that_there_are() {
    for (node, expected) in [
        ("raft:pre-votes", "no variant is named `pre-votes` (did you mean `pre-vote`?)"),
        ("raft:x", "no variant is named `x` (known: pre-vote, timeout=A..B)"),
        ("raft:", "no variant is named `` (known: pre-vote, timeout=A..B)"),
        ("raft:pre-vote,", "no variant is named `` (known: pre-vote, timeout=A..B)"),
        ("raft:pre-vote=1", "no variant is named `pre-vote=1` (did you mean `pre-vote`?)"),
        ("raft:pre-vote,pre-vote", "expected each variant once, not pre-vote twice"),
        ("control:nop", "no variant is named `nop` (did you mean `no-op`?)"),
        ("control:x", "no variant is named `x` (known: pre-vote, no-op, drops-stale)"),
    ] {
        assert_eq!(error(node), format!("{node}: {expected}"));
    }
    assert_eq!(error("post-2020:x"), "no node is named `post-2020:x` (did you mean `post-2020`?)");
    // Another command's nodes have no variants but those that it gives them.
    assert_eq!(bad_nodes("run --node raft:pre-vote").status, 2);
}

#[test]
fn a_bad_range_of_timeouts_is_refused() {
    let ranges = [
        "4s..2s",
        "2s..2s",
        "2s",
        "2s..",
        "..4s",
        "x..y",
        "99ms..1s",
        "1s..61s",
        "1..2",
        "-1s..2s",
        "1s..1199ms",
    ];
    for range in ranges {
        let what = "election timeouts such as 2s..4s, from 100ms to 60s, the second at least a \
                    fifth longer than the first";
        let node = format!("raft:timeout={range}");
        assert_eq!(error(&node), format!("{node}: expected {what}, not `{range}`"));
    }
}

#[test]
fn a_raft_that_drops_what_is_stale_is_not_asked_for_an_answer() {
    let stdout =
        raftsim("run later_term_in_replies_3b --node control:drops-stale --seeds 9").exits(0);
    assert!(stdout.contains("later_term_in_replies_3b  3B   not claimed"), "{stdout}");
    raftsim("run later_term_in_replies_3b --node control --seeds 9").exits(0);
}
