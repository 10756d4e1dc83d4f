//! Who reads: nobody's terminal, or nobody at all.

use std::fs::OpenOptions;
use std::io::BufRead as _;
use std::process::Stdio;

use assert_cmd::assert::OutputAssertExt as _;

use crate::support::{Folder, Output, command, raftsim};

/// Runs the command with a standard output that nobody reads any more.
fn unread(arguments: &str) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command();
    command.args(arguments.split_whitespace()).stdout(writer).stderr(Stdio::piped());
    let assert = command.assert();
    let output = assert.get_output();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    Output { status: output.status.code().unwrap(), stdout: String::new(), stderr }
}

const FAILING: &str = "stale_leaders_return_3a --node post-2025";

#[test]
fn a_reader_who_goes_away_changes_nothing() {
    for arguments in [
        "list",
        "list --json",
        "--help",
        "run --version",
        "run --seeds 10",
        "replay reelection_3a --seed 42",
        "replay reelection_3a --seed 42 --json",
        "replay reelection_3a --seed 42 --quiet",
        "fuzz --runs 100",
        "fuzz --runs 100 --json",
    ] {
        unread(arguments).exits(0);
    }
    for verb in ["run", "run --keep-going"] {
        unread(&format!("{verb} {FAILING} --seeds 200")).exits(1);
    }
    let lines = raftsim(&format!("run {FAILING} --seeds 200 --json")).json(1);
    let seed = &lines[0]["first_failing_seed"];
    for verb in ["replay", "replay --json", "replay --quiet", "shrink", "shrink --json"] {
        unread(&format!("{verb} {FAILING} --seed {seed}")).exits(1);
    }
}

#[test]
fn a_sweep_stops_once_nobody_reads_its_results() {
    // The first line is not printed, and the second scenario not run.
    let endless = "run initial_election_3a reelection_3a --keep-going --json";
    unread(&format!("{endless} --seeds 5")).exits(141);
    let mut command = command();
    command.args(["run", "initial_election_3a", "reelection_3a", "many_elections_3a", "--json"]);
    command.args(["--seeds", "2"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The reader takes one line and leaves, as `head -1` does.
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("initial_election_3a"), "{line}");
    let ended = child.wait_with_output().unwrap();
    // The others may have been printed before it left.
    assert!([Some(0), Some(141)].contains(&ended.status.code()), "{ended:?}");
    assert!(ended.stderr.is_empty(), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    for arguments in ["--help", "--version", "run --help", "help", "list", "list --json"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = command();
        command.args(arguments.split_whitespace()).stdout(full);
        let assert = command.assert().code(2);
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert_eq!(stderr, "error: No space left on device (os error 28)\n", "{arguments}");
    }
}

/// A standard error that takes nothing: the device that is always full, and a pipe that nobody
/// reads.
#[cfg(target_os = "linux")]
fn unwritable() -> [Stdio; 2] {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (reader, unread) = std::io::pipe().unwrap();
    drop(reader);
    [full.into(), unread.into()]
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_cannot_be_written_changes_nothing() {
    let folder = Folder::with("bad.toml", "nonsense");
    for (arguments, status) in [
        ("run nosuch", 2),
        ("run --frobnicate", 2),
        ("replay bad.toml", 2),
        ("replay basic_agree_3b --seed 1 --log trace", 0),
        ("fuzz --node post-2025 --runs 500 --output no/such/folder.toml", 1),
        ("shrink stale_leaders_return_3a --node post-2025 --seed 2 -o no/such/folder.toml", 1),
    ] {
        let stdout = folder.raftsim(arguments).stdout;
        for stderr in unwritable() {
            let mut command = command();
            command.args(arguments.split_whitespace()).current_dir(folder.path()).stderr(stderr);
            let assert = command.assert();
            let output = assert.get_output();
            assert_eq!(output.status.code(), Some(status), "{arguments}");
            // How long a search took differs.
            let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(lines(&String::from_utf8_lossy(&output.stdout)), lines(&stdout));
        }
    }
}

#[test]
fn without_a_terminal_there_is_neither_color_nor_progress() {
    for (arguments, status) in [
        ("run --seeds 300", 0),
        (&*format!("run {FAILING} --seeds 300"), 1),
        ("list", 0),
        ("--help", 0),
        ("run --help", 0),
        ("replay many_elections_3a --seed 1", 0),
        (&*format!("shrink {FAILING} --seed 2"), 1),
        ("fuzz --runs 100", 0),
        ("fuzz --time 100ms", 0),
    ] {
        // Nothing on stderr: no progress.
        let stdout = raftsim(arguments).exits(status);
        assert!(!stdout.contains(['\x1b', '\r']), "{stdout}");
    }
    let logged = raftsim("replay reelection_3a --seed 1 --log trace");
    assert!(!logged.stderr.is_empty(), "the log is printed");
    assert!(!logged.stderr.contains('\x1b'), "{}", logged.stderr);
    let bad = raftsim("rum");
    assert!(!bad.stderr.contains('\x1b'), "{}", bad.stderr);
}
