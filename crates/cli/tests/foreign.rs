//! What a node or a user wrote, on the terminal: text, and nothing that a terminal obeys.

use std::ffi::OsStr;

use assert_cmd::assert::OutputAssertExt as _;

use crate::support::{Folder, Output, bad_nodes, command};

/// Runs the command with these arguments, which are not split.
fn raftsim<const MANY: usize>(arguments: [&str; MANY]) -> Output {
    Output::of(command().args(arguments.map(OsStr::new)))
}

#[test]
fn a_name_on_the_command_line_is_quoted_harmlessly_on_one_line() {
    let (name, quoted) = ("a\nb\x1b[2J\u{202e}", r"a\nb\u{1b}[2J\u{202e}");
    let scenario = format!("error: no scenario is named `{quoted}` (`list` prints all of them)\n");
    for arguments in [["run", name], ["replay", name], ["shrink", name]] {
        let output = raftsim(arguments);
        assert_eq!((output.status, output.stderr), (2, scenario.clone()));
    }
    for (arguments, start) in [
        (["run", "--node", name], "error: no node is named `"),
        (["run", "--node", &format!("mutant:{name}")], "error: no mutant is named `"),
        (["run", "--node", &format!("second:{name}")], "error: no node is named `"),
        (["run", "--lab", name], "error: "),
        (["run", "--seeds", name], "error: "),
        (["run", "--shard", name], "error: "),
        (["bugs", "--way", name], "error: "),
        (["replay", "--log", name], "error: "),
        (["replay", "--topic", name], "error: "),
        (["replay", "./", &format!("{name}.toml")], "error: "),
        (["list", name, ""], "error: "),
        ([name, "", ""], "error: "),
    ] {
        let Output { status, stderr, .. } = raftsim(arguments);
        let line = stderr.strip_suffix('\n').expect("whole lines");
        assert_eq!(status, 2, "{line}");
        assert!(line.starts_with(start), "{line}");
        assert!(!line.contains(|char: char| char.is_control() || char == '\u{202e}'), "{line:?}");
    }
}

#[test]
fn a_name_of_a_hundred_thousand_characters_is_cut() {
    let long = "x".repeat(100_000);
    for arguments in [
        ["run", "reelection_3a", &long],
        ["run", "--node", &long],
        ["replay", "--seed=1", &format!("{long}y")],
    ] {
        let Output { status, stderr, .. } = raftsim(arguments);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("x... (99940 more") || stderr.contains("x... (99941 more"));
        assert!(stderr.len() < 300, "{stderr}");
    }
}

#[test]
fn a_file_name_is_printed_harmlessly() {
    let plan = "guards = \"x\"\nnode = \"raft\"\nseed = 7\nscenario = \"reelection_3a\"\n";
    let name = "a\x1b[2J\nb.toml";
    let folder = Folder::with(name, plan);
    let mut command = command();
    command.args(["replay", name, "--quiet"]).current_dir(folder.path());
    let assert = command.assert().success();
    let stdout = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let first = r"a\u{1b}[2J\nb.toml: reelection_3a, seed 7, node raft";
    assert_eq!(stdout.lines().next(), Some(first));
}

#[test]
fn a_panic_s_message_is_printed_harmlessly() {
    for arguments in [
        "run reelection_3a --seeds 1",
        "run reelection_3a --seeds 1 --json",
        "replay reelection_3a --seed 0",
        "replay reelection_3a --seed 0 --json",
        "shrink reelection_3a --seed 0",
        "fuzz --runs 1 --json -o /dev/null",
    ] {
        let stdout = bad_nodes(&format!("{arguments} --node panics-in-color")).exits(1);
        let backslash = if arguments.contains("--json") { r"\\" } else { r"\" };
        let said = r"#u{1b}[31mred#u{1b}[0m#u{202e}; n".replace('#', backslash);
        assert!(stdout.contains(&said), "{arguments}: {stdout}");
        let is_harmful =
            |char: char| char.is_control() && char != '\n' || "\u{202e}\u{2028}".contains(char);
        assert!(!stdout.contains(is_harmful), "{arguments}: {stdout:?}");
    }
}
