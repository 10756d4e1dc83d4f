//! Variants of nodes, such as `raft:pre-vote`: on the command line and in plans.

use serde_json::{Value, json};

use crate::support::{Folder, bad_nodes, controls, raftsim};

/// One name of each form, and some with two.
fn names() -> Vec<String> {
    let others = [
        "raft:pre-vote",
        "raft:timeout=300ms..600ms",
        "raft:pre-vote,timeout=0.5s..1s",
        "control:pre-vote,no-op",
        "control:lazy-writes,pipelines,heartbeats-apart",
    ];
    others.map(str::to_owned).into_iter().chain(controls()).collect()
}

/// The one line of an error.
fn error(node: &str) -> String {
    let output = raftsim(&format!("run initial_election_3a --seeds 1 --node {node}"));
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{node}: {}", output.stderr);
    let line = output.stderr.strip_suffix('\n').expect("whole lines");
    assert!(!line.contains('\n'), "{line}");
    line.strip_prefix("error: ").expect(line).to_owned()
}

/// The digests of two runs, in which all that variants do otherwise comes about: servers crash,
/// messages are lost, logs differ, snapshots are made and sent.
fn digests(node: &str) -> [Value; 2] {
    ["figure_8_unreliable_3c", "snapshot_install_un_crash_3d"].map(|name| {
        let replay = format!("replay {name} --seed 7 --quiet --node {node} --json");
        raftsim(&replay).json(0)[0]["digest"].clone()
    })
}

#[test]
fn every_variant_runs_and_is_replayed_by_its_name() {
    for node in &names() {
        let swept = raftsim(&format!("run basic_agree_3b --seeds 5 --node {node} --json"));
        let row: Value = serde_json::from_str(&swept.stdout).expect("an object");
        assert_eq!((swept.status, &row["node"]), (0, &json!(node)));
        // What a variant cannot keep is said before it runs, and nothing else is.
        let complains =
            swept.stderr.contains(" claims to elect a leader within 20.000000s, where ");
        assert_eq!(complains, node == "control:long-timeouts", "{}", swept.stderr);
        raftsim(&format!("fuzz --runs 3 --node {node}")).exits(0);
        raftsim(&format!("replay basic_agree_3b --seed 7 --node {node}")).exits(0);
    }
}

#[test]
fn every_variant_is_a_raft_of_its_own() {
    let mut seen = ["raft", "control"].map(|node| (digests(node), node.to_owned())).to_vec();
    for node in names() {
        let digests = digests(&node);
        let other = seen.iter().find(|(seen, _)| *seen == digests).map(|(_, other)| other);
        assert_eq!(other, None, "{node}");
        seen.push((digests, node));
    }
    // The timeouts that our Raft has without a variant.
    assert_eq!(digests("raft:timeout=400ms..800ms"), digests("raft"));
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
        ("control:x", "no variant is named `x` (`list` prints all of them)"),
        ("control:no-op,no-op", "expected each variant once, not no-op twice"),
        ("control:pre-vote,nop", "no variant is named `nop` (did you mean `no-op`?)"),
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

#[test]
fn a_node_whose_disks_the_oracles_do_not_read_has_a_name_that_all_commands_know() {
    let folder = Folder::new();
    let run = "run many_elections_3a --node mutant:votes-for-everyone";
    let seen = folder.raftsim(run);
    assert!(seen.stdout.contains("one vote per term (broken)"), "{}", seen.stdout);
    let blind = folder.raftsim(&format!("{run} --blind"));
    assert!(blind.stdout.contains("Election Safety (broken)"), "{}", blind.stdout);
    assert!(blind.stdout.contains("not judged: `one vote per term`, "), "{}", blind.stdout);
    let node = "--node blind:mutant:votes-for-everyone";
    let line = blind.stdout.lines().find(|line| line.contains("replay it: raftsim "));
    let (_, replay) = line.and_then(|line| line.split_once("raftsim ")).expect("a line to paste");
    assert!(replay.ends_with(node), "{replay}");
    folder.raftsim(replay).exits(1);

    let shrink = format!("{} -o plan.toml", replay.replace("replay", "shrink"));
    folder.raftsim(&shrink).exits(1);
    folder.raftsim("replay plan.toml").exits(1);
    folder.raftsim("replay plan.toml --node raft --blind").exits(0);
    let plain = folder.raftsim("replay plan.toml --quiet --node mutant:votes-for-everyone");
    assert!(plain.stdout.contains("one vote per term (broken)"), "{}", plain.stdout);
    let blind = "replay plan.toml --quiet --node mutant:votes-for-everyone --blind";
    assert!(folder.raftsim(blind).stdout.contains("Election Safety (broken)"));
}
