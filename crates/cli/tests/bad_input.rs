//! Bad usage and bad input: exit status 2, and one clear line that says what and where.

use crate::support::{Folder, NODES, Output, bad_nodes, raftsim};

/// The error that a command line earns.
fn error(arguments: &str) -> String {
    let Output { status, stdout, stderr } = raftsim(arguments);
    assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
    let line = stderr.strip_suffix('\n').expect("whole lines");
    assert!(!line.contains('\n'), "{arguments}: {stderr}");
    line.strip_prefix("error: ").expect(line).to_owned()
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    for (arguments, expected) in [
        ("run reelection_3", "no scenario is named `reelection_3` (did you mean `reelection_3a`?)"),
        (
            "run reelection_3a initial_election",
            "no scenario is named `initial_election` (did you mean `initial_election_3a`?)",
        ),
        (
            "replay reelection_3 --seed 1",
            "no scenario is named `reelection_3` (did you mean `reelection_3a`?)",
        ),
        ("run TestFigure8", "no scenario is named `TestFigure8` (did you mean `TestFigure83C`?)"),
        ("run TestBackup2b", "no scenario is named `TestBackup2b` (did you mean `TestBackup3B`?)"),
        ("replay reelection_3a:x", "`reelection_3a:x`: expected a seed after `:`"),
        ("run --node rafft", "no node is named `rafft` (did you mean `raft`?)"),
        (
            "replay reelection_3a --seed 1 --node post2025",
            "no node is named `post2025` (did you mean `post-2025`?)",
        ),
        (
            "shrink reelection --seed 1",
            "no scenario is named `reelection` (did you mean `reelection_3a`?)",
        ),
        ("fuzz --node rafft", "no node is named `rafft` (did you mean `raft`?)"),
    ] {
        assert_eq!(error(arguments), expected);
    }
}

#[test]
fn an_old_name_of_a_node_is_answered_with_the_new_one() {
    for (old, new) in [("second", "control"), ("second:no-log-check", "mutant:no-log-check")] {
        let expected = format!("no node is named `{old}`: it is called `{new}` now");
        for verb in
            ["run", "fuzz", "replay reelection_3a --seed 1", "shrink reelection_3a --seed 1"]
        {
            assert_eq!(error(&format!("{verb} --node {old}")), expected);
        }
    }
    // A command without the control Raft cannot offer it.
    let output = bad_nodes("run --node second");
    assert_eq!((output.status, output.stderr.contains("control")), (2, false), "{}", output.stderr);
}

#[test]
fn a_name_without_a_near_match_is_answered_with_the_known_names() {
    let nodes = NODES.join(", ");
    let line = error("run --node zookeeper-zab");
    assert_eq!(line, format!("no node is named `zookeeper-zab` (known: {nodes})"));
    let list = "`list` prints all of them";
    assert_eq!(error("run xyzzy"), format!("no scenario is named `xyzzy` ({list})"));
}

#[test]
fn a_bad_value_names_its_option_and_what_it_should_be() {
    for (arguments, expected) in [
        ("run --lab 3Z", ["'--lab <PART>'", "`3Z` (did you mean `3A`?)"]),
        ("run --calm maybe", ["'maybe'", "'--calm <on|off>'"]),
        ("replay reelection_3a --seed 1 --calm maybe", ["'maybe'", "'--calm <on|off>'"]),
        ("run --seeds x", ["'x'", "'--seeds <N>'"]),
        ("run --seeds 0", ["'0'", "'--seeds <N>'"]),
        ("run --seeds +5", ["'+5'", "'--seeds <N>'"]),
        ("run --from +5", ["'+5'", "'--from <SEED>'"]),
        ("run --jobs +5", ["'+5'", "'--jobs <N>'"]),
        ("run --shard +1/+2", ["'+1/+2'", "expected K/N"]),
        ("replay reelection_3a --seed +1", ["'+1'", "expected a seed"]),
        ("replay reelection_3a --seed 1 --server n+1", ["'n+1'", "a server such as n1"]),
        ("fuzz --servers +3", ["'--servers <N|A..B>'", "a number of servers, 1 to 255"]),
        ("fuzz --runs +5", ["'+5'", "'--runs <N>'"]),
        ("run --seeds 1.5", ["'1.5'", "'--seeds <N>'"]),
        ("run --from x", ["'x'", "'--from <SEED>'"]),
        ("run --jobs 0", ["'0'", "'--jobs <N>'"]),
        ("run --jobs many", ["'many'", "'--jobs <N>'"]),
        ("run --jobs 1025", ["'--jobs <N>'", "1 to 1024"]),
        ("run --shard 0/3", ["'0/3'", "expected K/N"]),
        ("run --shard 4/3", ["'4/3'", "expected K/N"]),
        ("run --shard 1/0", ["'1/0'", "expected K/N"]),
        ("run --shard x", ["'x'", "expected K/N"]),
        ("run --shard 1/2/3", ["'1/2/3'", "expected K/N"]),
        ("replay reelection_3a --seed x", ["'x'", "'--seed <SEED>'"]),
        (
            "replay reelection_3a --seed 18446744073709551616",
            ["'--seed <SEED>'", "expected a seed"],
        ),
        ("replay reelection_3a --seed 1 --topic votes", ["'--topic", "(did you mean `vote`?)"]),
        ("replay reelection_3a --seed 1 --topic vote,rolle", ["'rolle'", "`role`"]),
        ("replay reelection_3a --seed 1 --server n0", ["'n0'", "a server such as n1"]),
        ("replay reelection_3a --seed 1 --server n256", ["'n256'", "a server such as n1"]),
        ("replay reelection_3a --seed 1 --since 1x", ["'--since <TIME>'", "a time such as 1.250s"]),
        (
            "replay reelection_3a --seed 1 --until 1.5.2s",
            ["'--until <TIME>'", "a time such as 1.250s"],
        ),
        (
            "replay reelection_3a --seed 1 --until 9999999999999s",
            ["'--until", "at most 10000.000s"],
        ),
        ("shrink reelection_3a --seed x", ["'x'", "'--seed <SEED>'"]),
        ("shrink reelection_3a --seed 1 --budget 0", ["'0'", "'--budget <N>'"]),
        ("shrink reelection_3a --seed 1 --calm maybe", ["'maybe'", "'--calm <on|off>'"]),
        ("fuzz --servers 0", ["'--servers <N|A..B>'", "a number of servers, 1 to 255"]),
        ("fuzz --servers 256", ["'--servers <N|A..B>'", "a number of servers, 1 to 255"]),
        (
            "fuzz --servers 7..3",
            ["'7..3'", "a number of servers, 1 to 255, or a range such as 3..7"],
        ),
        ("fuzz --servers 3..", ["'3..'", "a number of servers, 1 to 255, or a range such as 3..7"]),
        ("fuzz --servers few", ["'few'", "a number of servers, 1 to 255, or a range such as 3..7"]),
        ("fuzz --runs 0", ["'0'", "'--runs <N>'"]),
        ("fuzz --runs all", ["'all'", "'--runs <N>'"]),
        ("fuzz --time 0s", ["'--time <SPAN>'", "expected a time above 0"]),
        ("fuzz --time x", ["'--time <SPAN>'", "expected a span such as 90s, 15m or 8h"]),
        ("fuzz --time 60", ["'--time <SPAN>'", "expected a span such as 90s, 15m or 8h"]),
        ("fuzz --time -1s", ["'-1'", "unexpected"]),
        ("fuzz --time 9999999h", ["'--time <SPAN>'", "at most 18446744073.709551615s"]),
        ("fuzz --implements 3Z", ["'--implements <PART>'", "`3Z` (did you mean `3A`?)"]),
        ("fuzz --from x", ["'x'", "'--from <SEED>'"]),
        ("fuzz --jobs 0", ["'0'", "'--jobs <N>'"]),
        ("fuzz --budget no", ["'no'", "'--budget <N>'"]),
    ] {
        let line = error(arguments);
        for part in expected {
            assert!(line.contains(part), "`{arguments}` should report {part}: {line}");
        }
    }
}

#[test]
fn a_negative_seed_is_refused() {
    for arguments in ["replay reelection_3a --seed -1", "replay reelection_3a --seed=-1"] {
        assert!(error(arguments).contains("-1"), "{arguments}");
    }
    assert!(error("run --from -1").contains("-1"));
}

#[test]
fn seeds_beyond_the_last_are_refused() {
    for (from, seeds) in [("18446744073709551615", "2"), ("2", "18446744073709551615")] {
        let line = error(&format!("run --from {from} --seeds {seeds}"));
        assert_eq!(
            line,
            format!("{seeds} seeds from {from} exceed the last seed, 18446744073709551615")
        );
        let line = error(&format!("fuzz --from {from} --runs {seeds}"));
        assert_eq!(
            line,
            format!("{seeds} runs from seed {from} exceed the last seed, 18446744073709551615")
        );
    }
}

#[test]
fn an_old_option_is_answered_with_the_new_one() {
    for (old, value, new) in [("--lab", "3A", "--implements"), ("--seed", "7", "--from")] {
        let expected =
            format!("unexpected argument '{old}' found; tip: `fuzz` calls it '{new}' now");
        for arguments in
            [format!("{old} {value}"), format!("--runs 5 {old}={value}"), old.to_owned()]
        {
            assert_eq!(error(&format!("fuzz {arguments}")), expected);
        }
    }
    // What another command never had is no old option.
    assert!(!error("bugs --seed 7").contains("--from"));
}

#[test]
fn an_unknown_word_names_itself_and_the_nearest() {
    for (arguments, expected) in [
        ("rum", ["'rum'", "'run'"]),
        ("run --jsno", ["'--jsno'", "'--json'"]),
        ("run --frobnicate", ["'--frobnicate'", "unexpected"]),
        ("list extra", ["'extra'", "unexpected"]),
        ("--seeds 5", ["'--seeds'", "unexpected"]),
    ] {
        let line = error(arguments);
        for part in expected {
            assert!(line.contains(part), "`{arguments}` should report {part}: {line}");
        }
    }
}

#[test]
fn an_unknown_argument_is_answered_with_the_usage_and_the_way_to_the_help() {
    let expected = |found: &str, usage: &str, verb: &str| {
        let usage = format!("usage: raftsim {usage}");
        format!("unexpected argument '{found}' found; {usage}; try `raftsim {verb}--help`")
    };
    for (arguments, error_of_it) in [
        ("run --bogus", expected("--bogus", "run [OPTIONS] [NAME]...", "run ")),
        ("list extra", expected("extra", "list [OPTIONS]", "list ")),
        ("--bogus", expected("--bogus", "[COMMAND]", "")),
    ] {
        assert_eq!(error(arguments), error_of_it);
    }
    let near = error("run --seds 7");
    let tip =
        "unexpected argument '--seds' found; tip: a similar argument exists: '--seeds'; usage: ";
    assert!(near.starts_with(tip), "{near}");
    // What is wrong with the value of a known argument needs no usage.
    assert!(!error("run --seeds x").contains("usage: "));
}

#[test]
fn a_missing_argument_of_replay_or_shrink_is_named() {
    for verb in ["replay", "shrink"] {
        assert!(error(verb).contains("<NAME|FILE>"));
        assert!(error(&format!("{verb} --seed 1")).contains("<NAME|FILE>"));
        let line = error(&format!("{verb} reelection_3a"));
        assert_eq!(line, "`reelection_3a` needs `--seed <SEED>`");
    }
}

#[test]
fn a_server_beyond_the_scenario_s_is_refused() {
    let line = error("replay reelection_3a --seed 1 --server n1,n4");
    assert_eq!(line, "reelection_3a has the servers n1 to n3, but no n4");
    raftsim("replay many_elections_3a --seed 1 --server n1,n7").exits(0);
}

#[test]
fn a_scenario_whose_claim_the_node_does_not_make_is_neither_replayed_nor_shrunk() {
    for verb in ["replay", "shrink"] {
        assert_eq!(
            error(&format!("{verb} no_leader_without_majority_3a --node post-2025 --seed 1")),
            "post-2025 does not make the claim that no_leader_without_majority_3a checks"
        );
    }
}

#[test]
fn options_that_contradict_are_refused() {
    for option in ["--topic vote", "--server n1", "--since 1", "--until 1", "--log info"] {
        let line = error(&format!("replay reelection_3a --seed 1 --quiet {option}"));
        let flag = option.split(' ').next().unwrap();
        assert!(line.contains("'--quiet'"), "{line}");
        assert!(line.contains(flag), "{line}");
    }
    assert!(error("replay reelection_3a --seed 1 --seed 2").contains("'--seed <SEED>'"));
    let line = error("fuzz --runs 5 --time 1s");
    assert!(
        ["'--runs <N>'", "'--time <SPAN>'"].iter().all(|option| line.contains(option)),
        "{line}"
    );
}

#[test]
fn an_empty_value_is_refused() {
    for (arguments, expected) in [
        ("replay reelection_3a --seed 1 --log=", "'--log [<FILTER>]'"),
        ("shrink reelection_3a --seed 1 --output=", "'--output <FILE>'"),
        ("fuzz --output=", "'--output <FILE>'"),
    ] {
        assert!(error(arguments).contains(expected), "{arguments}");
    }
}

#[test]
fn a_bad_log_filter_is_refused_before_anything_runs() {
    let line = error("replay reelection_3a --seed 1 --log a=b=c");
    assert!(line.starts_with("--log a=b=c: "), "{line}");
    let line = error("replay reelection_3a --seed 1 --log raftsim=loud --json");
    assert!(line.starts_with("--log raftsim=loud: "), "{line}");
}

#[test]
fn a_state_is_refused_together_with_a_comparison_that_it_does_not_keep() {
    let line = error("run reelection_3a --seeds 50 --twice=process --state /no/such/state.json");
    let why = "the file does not keep what `--twice=process` compares";
    assert_eq!(line, format!("--state cannot be used with --twice=process: {why}"));
}

#[test]
fn a_folder_is_no_file_for_a_shrunk_plan() {
    let folder = Folder::new();
    for name in ["new/", "."] {
        let arguments =
            format!("shrink stale_leaders_return_3a --seed 2 --node post-2025 -o {name}");
        let Output { status, stdout, stderr } = folder.raftsim(&arguments);
        let error = format!("error: -o {name}: expected a file for the plan, not a folder\n");
        assert_eq!((status, stdout.as_str(), stderr), (2, "", error));
    }
    assert_eq!(folder.files(), [] as [&str; 0]);
}
