//! Programs of WASI. These tests need a Go toolchain.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use raftsim_explore::Runner as _;
use raftsim_pipe::{PipeNode, Program};
use raftsim_sim::Recording;
use sim_scenarios::{NodeRunner, scenario};

use crate::support::run;

/// The folder for what builds leave behind.
fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm")
}

/// Builds the Go program in a folder of the repository, under a name, and returns the file.
fn build(folder: &str, name: &str, mode: &str) -> PathBuf {
    let file = built().join(format!("{name}.wasm"));
    let flags = format!("-X main.mode={mode}");
    let mut go = Command::new("go");
    go.args(["build", "-ldflags", &flags, "-o"]).arg(&file).arg(".");
    go.env("GOOS", "wasip1").env("GOARCH", "wasm");
    go.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let done = go.output().expect("these tests need Go 1.24 or later");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    file
}

fn program(folder: &str, name: &str, mode: &str) -> Arc<Program> {
    let file = build(folder, name, mode);
    Program::wasi(&file, &built()).unwrap_or_else(|error| panic!("{error}"))
}

/// Why the run of a program that does this fails.
fn failure(mode: &str) -> String {
    let run = run(&program("tests/wasm", mode, mode), 0, Recording::Off);
    run.verdict.unwrap_err().to_string()
}

#[test]
fn what_a_program_does_wrong_is_reported() {
    for (mode, expected) in [
        ("exit", "ended (exit status: 3); on its standard error: I leave"),
        ("rubbish", "printed more than one line: the answer is followed by `{\\\"turn\\\":1,"),
        ("again", "printed more than one line: the answer is followed by `{\\\"turn\\\":0,"),
        ("wait", "waits for another line, and has not printed a whole one"),
        ("flood", "cannot go on: it printed more than 16777216 bytes in one event"),
        ("end", "ended (exit status: 2); on its standard error: panic: oh no; "),
        ("memory", "ended (exit status: 2); on its standard error: "),
        ("deep", "ended (exit status: 2); on its standard error: "),
        ("errors", "never rests: it is in a loop in "),
        ("loop", "never rests: it is in a loop in main.misbehave"),
    ] {
        if mode == "again" {
            let file = build("tests/wasm", mode, mode);
            let error = Program::wasi(&file, &built()).unwrap_err().to_string();
            let expected = expected.replace('\\', "");
            let expected =
                format!("the program does not boot: at turn 0 (boot) the program {expected}");
            assert!(error.starts_with(&expected), "{error}");
            continue;
        }
        let text = failure(mode);
        let expected = format!("at turn 1 (timeout) the program {}", expected.replace('\\', ""));
        assert!(text.contains(&expected), "{mode}: {text}");
    }
}

#[test]
fn a_file_that_is_no_program_is_refused() {
    let error = |file: &Path| Program::wasi(file, &built()).unwrap_err().to_string();
    let error_of = |name: &str, code: &[u8]| {
        let file = built().join(name);
        std::fs::create_dir_all(built()).unwrap();
        std::fs::write(&file, code).unwrap();
        error(&file)
    };
    let missing = error(Path::new("no-such-file.wasm"));
    assert!(missing.starts_with("cannot read `no-such-file.wasm`: "), "{missing}");
    let text = error_of("text.wasm", b"hello");
    assert!(text.ends_with("text.wasm` is no program of WASI: it is no WebAssembly"), "{text}");
    let component = error_of("component.wasm", b"\0asm\x0d\0\x01\0");
    let why = "it is a component; build a module of WASI preview 1 instead";
    assert!(component.ends_with(why), "{component}");
    // A `_start` that returns a number.
    let code = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\
                 \x07\x0a\x01\x06_start\0\0\x0a\x06\x01\x04\0\x41\0\x0b";
    let other = error_of("start.wasm", code);
    let why = "its `_start` is no function without parameters and results";
    assert!(other.ends_with(why), "{other}");
    let empty = error_of("empty.wasm", b"\0asm\x01\0\0\0");
    assert!(empty.ends_with("is no program of WASI: it has no function `_start`"), "{empty}");
}

#[test]
fn a_program_sees_nothing_of_the_machine() {
    let program = program("tests/wasm", "world", "world");
    let seen = |seed| {
        let ran = run(&program, seed, Recording::On);
        let rows = ran.story.unwrap().rows();
        let printed: Vec<String> = rows.into_iter().map(|row| row.text).collect();
        printed.into_iter().filter(|text| text.starts_with("true true")).collect::<Vec<_>>()
    };
    let (first, second, other) = (seen(0), seen(0), seen(1));
    assert!(first[0].starts_with("true true [raft] [] true 17672"), "{first:?}");
    assert_eq!(first, second);
    assert_ne!(first, other);
}

#[test]
fn the_example_elects_and_agrees_the_same_each_time() {
    let program = program("../cli/examples/any-language/wasm", "example", "");
    for name in ["reelection_3a", "many_elections_3a", "basic_agree_3b", "backup_3b", "count_3b"] {
        raftsim_sim::prepare_process();
        let runner = NodeRunner::<PipeNode>::new(scenario(name).unwrap(), Some(program.clone()));
        for seed in 0..3 {
            let quiet = runner.run(seed, Recording::Off);
            assert_eq!(quiet.verdict, Ok(()), "{name}, seed {seed}");
            assert_eq!(quiet.digest, runner.run(seed, Recording::On).digest, "{name}, seed {seed}");
        }
    }
}
