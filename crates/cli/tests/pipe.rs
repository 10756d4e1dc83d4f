//! Nodes that are programs: `--node exec:COMMAND`.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use sim_scenarios::terminal::complain;

use crate::interrupted::Running;
use crate::pages::root;
use crate::support::{Folder, Output, command};

/// The Raft in Python; none where there is no Python. `just pipe` needs one, and fails without.
fn python() -> Option<String> {
    if Command::new("python3").arg("-V").output().is_err() {
        complain(format_args!("not tested: there is no python3"));
        return None;
    }
    let raft = root().join("crates/cli/examples/any-language/raft.py");
    Some(format!("exec:python3 '{}'", raft.display()))
}

/// Runs the command with these words and this node.
fn raftsim(words: &str, node: &str) -> Output {
    let words = words.split_whitespace().chain(["--node", node]);
    Output::of(command().args(words).stdin(Stdio::null()))
}

/// A program for the shell that boots, and does `answer` when it is woken. It writes the numbers of
/// its processes into the file `pids`.
fn script(answer: &str) -> (Folder, String) {
    let folder = Folder::new();
    let text = format!(
        "echo $$ >> pids\n\
         base='\"deadline\":9,\"status\":{{\"term\":0,\"role\":\"follower\"}}'\n\
         read -r line\n\
         echo \"{{\\\"turn\\\":0,$base}}\"\n\
         read -r line\n\
         {answer}\n"
    );
    folder.write("raft.sh", text);
    (folder, "exec:sh raft.sh".to_owned())
}

#[test]
fn a_raft_in_python_passes_and_is_the_same_in_another_process() {
    let Some(node) = python() else { return };
    let scenarios = "reelection_3a many_elections_3a basic_agree_3b count_3b backup_3b";
    let ran = raftsim(&format!("run {scenarios} --seeds 3 --twice=process"), &node);
    let table = ran.exits(0);
    assert_eq!(
        table.lines().filter(|line| line.contains("  3       3       0  ")).count(),
        5,
        "{table}"
    );
}

#[test]
fn a_program_is_a_node_for_every_command() {
    let Some(node) = python() else { return };
    let trace = raftsim("replay basic_agree_3b --seed 1", &node).exits(0);
    assert!(trace.contains(r#"{"type":"request_vote","term":1"#), "{trace}");
    assert_eq!(trace, raftsim("replay basic_agree_3b --seed 1", &node).exits(0));
    raftsim("fuzz --runs 10", &node).exits(0);
    raftsim("run reelection_3a --seeds 2 --isolate", &node).exits(0);
}

#[test]
fn a_plan_file_names_a_program() {
    let (folder, node) = script("exit 7");
    let found = command()
        .args(["fuzz", "--runs", "1", "-o", "found.toml", "--node", &node])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    let plan = folder.read("found.toml");
    assert!(plan.contains("node = \"exec:sh raft.sh\""), "{plan}");
    let played = folder.raftsim("replay found.toml");
    let output = played.exits(1);
    assert!(output.contains("at turn 1 (timeout) the program ended (exit status: 7)"), "{output}");
}

#[test]
fn a_state_file_of_a_program_that_has_changed_since_is_refused() {
    let (folder, node) = script("exit 7");
    let again = || {
        let words = ["run", "reelection_3a", "--seeds", "1", "--state", "kept.json"];
        let mut command = command();
        command.args(words).args(["--node", &node]).current_dir(folder.path());
        Output::of(command.stdin(Stdio::null()))
    };
    again().exits(1);
    again().exits(1);
    let text = folder.read("raft.sh").replace("exit 7", "exit 8");
    folder.write("raft.sh", text);
    let refused = again();
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.starts_with("error: --state kept.json: the node has changed since"));
}

#[test]
fn a_command_that_cannot_be_run_is_bad_input() {
    for (node, why) in [
        ("exec:./no-such-program", "there is no program `./no-such-program`"),
        ("exec:", "expected a command, such as python3 raft.py"),
        ("exec:sh 'a", "a quote is not closed"),
        (
            "exec:sh -c 'echo why >&2; exit 3'",
            "the program does not boot: at turn 0 (boot) the program ended (exit status: 3); on its \
             standard error: why",
        ),
    ] {
        let bad = raftsim("run --seeds 1", node);
        assert_eq!((bad.status, bad.stdout.as_str()), (2, ""), "{bad:?}");
        assert_eq!(bad.stderr, format!("error: {node}: {why}\n"));
    }
}

#[cfg(not(feature = "wasm"))]
#[test]
fn a_command_without_web_assembly_says_how_to_get_it() {
    let bad = raftsim("run --seeds 1", "wasm:raft.wasm");
    let why = "this command was built without WebAssembly: build it with `--features raftsim/wasm`";
    assert_eq!((bad.status, bad.stderr), (2, format!("error: wasm:raft.wasm: {why}\n")));
}

/// Waits until none of the script's processes runs any more: for a minute at most.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a process ends in real time")]
fn all_end(folder: &Folder) {
    let pids = folder.read("pids");
    for _ in 0..600 {
        let runs = |pid: &&str| fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok();
        let left: Vec<&str> = pids.lines().filter(runs).collect();
        // One that nobody waits for any more has ended too.
        let state = |pid: &&str| fs::read_to_string(format!("/proc/{pid}/stat"));
        let is_zombie = |pid: &&str| state(pid).is_ok_and(|stat| stat.contains(") Z "));
        if left.iter().all(is_zombie) {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("some processes are left: {pids}");
}

#[test]
fn no_process_is_left_after_ctrl_c() {
    let folder = Folder::new();
    let Some(python) = python() else { return };
    let python = python.replace('\'', "\"").replace("exec:", "");
    let node = format!("exec:sh -c 'echo $$ >> pids; exec {python}'");
    let words = ["run", "reelection_3a", "--seeds", "1000000", "--node", &node];
    let running = Running::begin_with(&folder, command(), words);
    running.signal("-INT", 1500);
    let ended = running.end();
    assert_eq!(ended.status, 130, "{ended:?}");
    all_end(&folder);
}

#[test]
fn no_process_is_left_when_the_command_is_killed() {
    // It does not care whether anybody asks it anything, and has started another.
    let (folder, node) = script("sleep 1000 & echo $! >> pids; while :; do sleep 1; done");
    let words = ["run", "initial_election_3a", "--node", &node];
    let running = Running::begin_with(&folder, command(), words);
    running.signal("-KILL", 1000);
    assert_eq!(running.end().status, -1);
    all_end(&folder);
}
