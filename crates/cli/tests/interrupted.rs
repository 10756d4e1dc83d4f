//! Commands that are ended early, by a signal or by the node: what was found is not lost, and the
//! same command goes on.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, Output, bad_command, command, raftsim};

/// A command that is running, in a folder and a process group of its own.
pub(crate) struct Running<'a> {
    folder: &'a Folder,
    pub(crate) child: Child,
}

impl<'a> Running<'a> {
    pub(crate) fn begin(folder: &'a Folder, command: Command, arguments: &str) -> Self {
        Self::begin_with(folder, command, arguments.split_whitespace())
    }

    pub(crate) fn begin_with<'b>(
        folder: &'a Folder,
        command: Command,
        arguments: impl IntoIterator<Item = &'b str>,
    ) -> Self {
        Self::begin_in(folder, folder, command, arguments)
    }

    /// Begins a command in the folder `place`, whose output goes into `folder`.
    pub(crate) fn begin_in<'b>(
        place: &Folder,
        folder: &'a Folder,
        mut command: Command,
        arguments: impl IntoIterator<Item = &'b str>,
    ) -> Self {
        // Into files, because a pipe that nobody reads would fill.
        let file = |name| File::create(folder.path().join(name)).unwrap();
        command.args(arguments).current_dir(place.path()).process_group(0);
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        Self { folder, child: command.spawn().unwrap() }
    }

    /// Sends this signal, such as `-INT`, after a while: to its children too, as a terminal does.
    pub(crate) fn signal(&self, signal: &str, millis: u64) {
        pause(millis);
        // It may have ended already.
        kill(signal, self.child.id());
    }

    /// How it ended: the exit status is -1 if a signal ended it.
    pub(crate) fn end(mut self) -> Output {
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        let [stdout, stderr] = ["stdout", "stderr"].map(|name| {
            let text = self.folder.read(name);
            fs::remove_file(self.folder.path().join(name)).unwrap();
            text
        });
        Output { status, stdout, stderr }
    }
}

/// A test that fails leaves nothing running.
impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            kill("-KILL", self.child.id());
        }
    }
}

/// Lets real time pass.
#[expect(clippy::disallowed_methods, reason = "a user waits for a command")]
fn pause(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}

/// Sends a signal to a process group. Returns whether there is such a group.
pub(crate) fn kill(signal: &str, group: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args([signal, "--", &format!("-{group}")]).stderr(Stdio::null());
    kill.status().unwrap().success()
}

/// The objects of a command that has ended, without what differs from run to run.
pub(crate) fn timeless(output: Output, status: i32) -> Vec<Value> {
    let timeless = |mut object: Value| {
        for field in ["wall_seconds", "cpu_seconds"] {
            object.as_object_mut().unwrap().remove(field);
        }
        object
    };
    output.json(status).into_iter().map(timeless).collect()
}

/// Kills a command again and again, and lets it go on each time, until it ends. It must then print
/// what an undisturbed one prints.
fn killed_again_and_again(arguments: &str) {
    let undisturbed = Folder::new();
    let output = undisturbed.raftsim(arguments);
    let status = output.status;
    let expected = timeless(output, status);
    let folder = Folder::new();
    let kept = format!("{arguments} --state state.json");
    let mut kills = 0;
    let ended = loop {
        let running = Running::begin(&folder, command(), &kept);
        running.signal("-KILL", 150 + 100 * kills);
        let output = running.end();
        if output.status != -1 {
            break output;
        }
        kills += 1;
        assert!(kills < 100, "it never ends");
    };
    assert!(kills > 0, "it was too quick to be killed");
    // The killed ones left their crumbs.
    let warned = |line: &&str| line.starts_with("warning: the last such command ended");
    let stderr: Vec<&str> = ended.stderr.lines().filter(|line| !warned(line)).collect();
    let ended = Output { stderr: stderr.join("\n"), ..ended };
    assert_eq!(timeless(ended, status), expected);
    // Another time, everything is there already.
    assert_eq!(timeless(folder.raftsim(&kept), status), expected);
    let files = |folder: &Folder| {
        let files = folder.files().into_iter().filter(|file| file.starts_with("fuzz-"));
        files.map(|file| (folder.read(&file), file)).collect::<Vec<_>>()
    };
    assert_eq!(files(&folder), files(&undisturbed));
}

#[test]
fn a_sweep_that_is_killed_goes_on_to_the_same_table() {
    killed_again_and_again(
        "run reelection_3a many_elections_3a --seeds 10000 --node post-2025 --keep-going --json",
    );
}

#[test]
fn a_search_that_is_killed_goes_on_to_the_same_result_and_files() {
    killed_again_and_again("fuzz --runs 12000 --node post-2025 --keep-going --json");
}

#[test]
fn searches_for_planted_bugs_that_are_killed_go_on_to_the_same_runs() {
    killed_again_and_again("bugs --bug counts-old-votes --way fuzz --budget 5000 --json");
}

#[test]
fn a_sweep_that_is_interrupted_prints_its_rows_and_the_commands_that_go_on() {
    let names = "initial_election_3a reelection_3a duplicate_votes_3a";
    for (signal, json) in [("-INT", ""), ("-TERM", ""), ("-INT", " --json")] {
        let folder = Folder::new();
        let arguments = format!("run {names} --seeds 100000000 --shard 2/3 -o kept{json}");
        let running = Running::begin(&folder, command(), &arguments);
        running.signal(signal, 800);
        let Output { status, stdout, stderr } = running.end();
        assert_eq!(status, 130, "{stdout}{stderr}");
        let text = if json.is_empty() { &stdout } else { &stderr };
        let lines: Vec<&str> = text.lines().collect();
        let [.., stopped, first, others] = lines[..] else { panic!("{text}") };
        assert_eq!(stopped, "stopped after 0 of 3 scenarios");
        let first =
            first.strip_prefix("  go on: raftsim run initial_election_3a --seeds ").unwrap();
        let first = first.strip_suffix(json).expect(first);
        let words: Vec<&str> = first.split(' ').collect();
        let [seeds, "--from", from, "--node", "raft", "--shard", "2/3", "-o", "kept"] = words[..]
        else {
            panic!("{first}")
        };
        let [seeds, from]: [u64; 2] = [seeds, from].map(|number| number.parse().unwrap());
        assert_eq!((seeds + from, from % 3), (100_000_000, 0));
        assert!(from > 0);
        let all = format!("--seeds 100000000 --from 0 --node raft --shard 2/3 -o kept{json}");
        let rest = format!("  go on: raftsim run reelection_3a duplicate_votes_3a {all}");
        assert_eq!(others, rest);
        let ran: u64 = if json.is_empty() {
            stdout.lines().nth(1).unwrap().split_whitespace().nth(2).unwrap().parse().unwrap()
        } else {
            let object: Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(object["finished"], false);
            object["seeds"].as_u64().unwrap()
        };
        // Threads may have run seeds after the first that was left out.
        assert!((from / 3..from / 3 + 1000).contains(&ran), "{from} {ran}");
    }
}

/// The options of `run`, as its help names them.
fn options_of_run() -> Vec<String> {
    let help = raftsim("run --help").exits(0);
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let names = lines.filter_map(|line| line.split_once("--")).map(|(_, rest)| {
        let name = rest.split([' ', '[', '=']).next().unwrap_or(rest);
        format!("--{name}")
    });
    // A line of text may begin with the name of an option, and a mark after it.
    let is_name = |letter: char| letter == '-' || letter.is_ascii_lowercase();
    names.filter(|name| name.chars().all(is_name)).collect()
}

#[test]
fn the_commands_that_go_on_have_every_option_that_matters() {
    // Each option, with a value if it has one. Some exclude each other.
    let sweep = "--seeds 100000000 --from 7 --node raft --shard 2/3";
    let given = "--keep-going --twice --calm off --servers 5 --network reliable --jobs 2 \
                 --expect known -o kept --profile --measure --json";
    let lab = "--keep-going --checks lab --delays regions.txt --jobs 1 --junit out.xml --isolate \
               --measure";
    let left_out = [
        ("--lab", "the names of its scenarios are there"),
        ("--seeds-from", "no line goes on from a list"),
        ("--state", "the same command goes on"),
        ("--watch", "it runs anew anyway"),
        ("--blind", "the name of the node has it"),
        ("--help", ""),
        ("--version", ""),
    ];
    let names = "initial_election_3a reelection_3a";
    let lines = |options: &str| {
        let folder = Folder::with("known", "");
        folder.write("regions.txt", "- 1ms 1ms\n1ms - 1ms\n1ms 1ms -");
        let words = options.replace("--junit out.xml", "--lab 3A --junit out.xml");
        let arguments = format!("run {names} {sweep} {words}");
        let running = Running::begin(&folder, command(), &arguments);
        running.signal("-INT", 800);
        let Output { status, stdout, stderr } = running.end();
        assert_eq!(status, 130, "{stdout}{stderr}");
        let text = format!("{stdout}{stderr}");
        let line = |line: &str| line.strip_prefix("  go on: raftsim run ").map(str::to_owned);
        let lines: Vec<String> = text.lines().filter_map(line).collect();
        <[String; 2]>::try_from(lines).expect(&text)
    };
    for options in [given, lab] {
        let [first, others] = lines(options);
        let [this, next] = [2, 3].map(|number| options.replace("out.", &format!("out-{number}.")));
        let begins = "initial_election_3a --seeds ";
        assert!(first.starts_with(begins), "{first}");
        assert!(first.ends_with(&format!(" --node raft --shard 2/3 {this}")), "{first}");
        assert_eq!(others, format!("reelection_3a {sweep} {next}"));
    }
    let repeated = format!("{sweep} {given} {lab} --output");
    for option in options_of_run() {
        let is_repeated = repeated.split(' ').any(|word| word == option);
        let is_left_out = left_out.iter().any(|(name, _)| *name == option);
        assert!(is_repeated != is_left_out, "{option}: is it repeated by the line that goes on?");
    }
}

#[test]
fn a_search_that_is_interrupted_prints_its_result_and_the_command_that_goes_on() {
    let folder = Folder::new();
    let arguments = "fuzz --runs 100000000 --from 7 --crash-points 0";
    let running = Running::begin(&folder, command(), arguments);
    running.signal("-INT", 800);
    let Output { status, stdout, stderr } = running.end();
    assert_eq!((status, stderr.as_str()), (130, ""), "{stdout}");
    let [result, _, "", stopped, rest] = stdout.lines().collect::<Vec<_>>()[..] else {
        panic!("{stdout}")
    };
    assert!(result.contains(" runs, all passed: "), "{stdout}");
    let next: u64 = stopped.strip_prefix("stopped at seed ").unwrap().parse().unwrap();
    let left = 100_000_007 - next;
    let rest_of = "--node raft --servers 1..7 --implements 3D --crash-points 0";
    assert_eq!(rest, format!("  go on: raftsim fuzz --runs {left} --from {next} {rest_of}"));
}

#[test]
fn a_search_by_time_that_is_interrupted_goes_on_for_the_rest_of_its_time() {
    let folder = Folder::new();
    let running = Running::begin(&folder, command(), "fuzz --time 9s");
    running.signal("-INT", 800);
    let Output { status, stdout, stderr } = running.end();
    assert_eq!((status, stderr.as_str()), (130, ""), "{stdout}");
    let (_, rest) = stdout.trim_end().rsplit_once('\n').unwrap();
    let rest = rest.strip_prefix("  go on: raftsim fuzz --time ").expect(rest);
    let (millis, _) = rest.split_once("ms --from ").expect(rest);
    assert!((1..8_500).contains(&millis.parse::<u64>().unwrap()), "{rest}");
}

#[test]
fn a_comparison_with_another_process_that_is_interrupted_blames_nobody() {
    let folder = Folder::new();
    let run = ["run", "reelection_3a", "--seeds", "300", "--twice=process"];
    let node = ["--node", "slow elsewhere"];
    let running = Running::begin_with(&folder, bad_command(), run.into_iter().chain(node));
    running.signal("-INT", 2_000);
    let Output { status, stdout, stderr } = running.end();
    let why = "reelection_3a: stopped before its runs were compared with those of another process";
    assert_eq!((status, stderr), (130, format!("{why}\n")), "{stdout}");
    let [_, row, "", "stopped after 0 of 1 scenarios", rest] =
        stdout.lines().collect::<Vec<_>>()[..]
    else {
        panic!("{stdout}")
    };
    assert!(row.starts_with(" reelection_3a "), "{stdout}");
    // It begins with the first run that was not compared.
    let words = "reelection_3a --seeds 300 --from 0 --node 'slow elsewhere' --twice=process";
    assert_eq!(rest, format!("  go on: bad-nodes run {words}"));
}

#[test]
fn a_comparison_of_rates_that_is_interrupted_keeps_the_row() {
    let folder = Folder::new();
    let run = ["run", "figure_8_unreliable_3c", "--jobs", "1", "--node", "late and slow"];
    let running = Running::begin_with(&folder, bad_command(), run);
    running.signal("-INT", 4_000);
    let Output { status, stdout, stderr } = running.end();
    assert_eq!(status, 1, "{stdout}{stderr}");
    let why = "figure_8_unreliable_3c: stopped before the limits that it missed were compared";
    assert!(stderr.contains(why), "{stderr}");
    assert!(stdout.contains("missed a limit that a correct Raft may miss by chance"), "{stdout}");
}

#[test]
fn a_search_that_is_interrupted_keeps_the_first_plan_of_each_property() {
    let folder = Folder::new();
    let arguments = "fuzz --time 2h --node post-2025 --keep-going -o found/ --json";
    let running = Running::begin(&folder, command(), arguments);
    running.signal("-INT", 3000);
    let Output { status, stdout, .. } = running.end();
    assert_eq!(status, 1, "{stdout}");
    let object: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(object["finished"], false);
    let others = object["others"].as_array().unwrap().iter();
    let mut seeds: Vec<u64> =
        others.map(|other| other["first_failing_seed"].as_u64().unwrap()).collect();
    seeds.push(object["first_failing_seed"].as_u64().unwrap());
    assert!(seeds.len() > 1, "{stdout}");
    let mut expected: Vec<String> =
        seeds.iter().map(|seed| format!("fuzz-post-2025-{seed}.toml")).collect();
    expected.sort();
    let found = fs::read_dir(folder.path().join("found")).unwrap();
    let mut found: Vec<String> =
        found.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, expected);
    for file in found {
        folder.raftsim(&format!("replay found/{file} --quiet")).exits(1);
    }
}

#[test]
fn a_second_signal_ends_a_command_whose_node_hangs() {
    let folder = Folder::new();
    let mut running = Running::begin(&folder, bad_command(), "run reelection_3a --node hangs");
    running.signal("-INT", 500);
    running.signal("-CONT", 500);
    assert_eq!(running.child.try_wait().unwrap(), None, "the first one waits for the run");
    running.signal("-INT", 0);
    assert_eq!(running.end().status, 130);
}

#[test]
fn a_run_that_hangs_is_named_while_it_hangs() {
    let folder = Folder::new();
    let mut running = Running::begin(&folder, bad_command(), "run reelection_3a --node hangs");
    let line = "reelection_3a, node hangs, seed 0: has been running for 10 s, and has reached ";
    // The line comes after ten seconds; a busy machine gets a minute.
    let is_named = (0..600).any(|_| {
        pause(100);
        folder.read("stderr").contains(line)
    });
    assert_eq!(running.child.try_wait().unwrap(), None, "it hangs");
    running.signal("-KILL", 0);
    let stderr = running.end().stderr;
    assert!(is_named, "{stderr}");
    assert!(stderr.contains(" of virtual time\n"), "{stderr}");
}

#[test]
fn a_state_file_of_another_command_or_program_is_refused() {
    let folder = Folder::new();
    folder.raftsim("run reelection_3a --seeds 50 --state kept.json").exits(0);
    let kept = folder.read("kept.json");
    let refused = |arguments: &str, why: &str| {
        let Output { status, stdout, stderr } = folder.raftsim(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}");
        assert_eq!(stderr, format!("error: --state kept.json: {why}\n"));
    };
    let is = "it is of `run reelection_3a --seeds 50 --from 0 --node raft`, not of";
    refused(
        "run reelection_3a --seeds 51 --state kept.json",
        &format!("{is} `run reelection_3a --seeds 51 --from 0 --node raft`"),
    );
    refused(
        "fuzz --runs 51 --state kept.json",
        &format!("{is} `fuzz --runs 51 --from 0 --node raft --servers 1..7 --implements 3D`"),
    );
    refused("bugs --state kept.json", &format!("{is} `bugs`"));
    let again = "run reelection_3a --seeds 50 --jobs 1 --json --state kept.json";
    let line = kept.lines().find(|line| line.contains("\"binary\"")).unwrap();
    folder.write("kept.json", kept.replace(line, "  \"binary\": \"0123456789abcdef\","));
    refused(again, "it is of another program, in which the same seed may be another run");
    for (is, says) in [
        ("\"end\": 50", "\"end\": 51"),
        ("\"failed\": 0", "\"failed\": 51"),
        ("\"failed\": 0", "\"failed\": 3"),
        ("\"by_chance\": 0", "\"by_chance\": 1"),
        ("\"first_failing_seed\": null", "\"first_failing_seed\": 7"),
        ("\"properties\": {}", "\"properties\": { \"no panic\": [1, 7] }"),
    ] {
        assert!(kept.contains(is), "{is}");
        folder.write("kept.json", kept.replace(is, says));
        refused(again, "reelection_3a: it contradicts itself");
    }
    folder.write("kept.json", &kept[..kept.len() / 2]);
    let output = folder.raftsim(again);
    assert!(output.stderr.contains("this is not what a command kept: EOF"), "{output:?}");
    assert_eq!((output.status, output.stderr.lines().count()), (2, 1));
    // What is refused is left alone.
    assert_eq!(folder.read("kept.json"), kept[..kept.len() / 2]);
    folder.write("kept.json", &kept);
    assert_eq!(folder.raftsim(again).json(0)[0]["seeds"], 50);
    assert_eq!(folder.raftsim("run --state . --seeds 1").status, 2);
}

#[test]
fn a_state_file_with_a_search_that_broke_an_unknown_property_is_refused() {
    let folder = Folder::new();
    let again = "bugs --bug equal-log-loses --budget 50 --state kept.json";
    folder.raftsim(again).exits(0);
    let kept = folder.read("kept.json");
    let property = "\"a leader within five seconds\"";
    assert!(kept.contains(property), "{kept}");
    folder.write("kept.json", kept.replace(property, "\"a follower within five seconds\""));
    let why = "there is no property `a follower within five seconds`";
    let output = folder.raftsim(again);
    assert_eq!((output.status, output.stderr), (2, format!("error: --state kept.json: {why}\n")));
}

#[test]
fn a_state_file_with_counts_of_any_size_is_added_up() {
    let folder = Folder::new();
    let again = "run reelection_3a --seeds 50 --state kept.json --json";
    folder.raftsim(again).exits(0);
    let kept = folder.read("kept.json");
    let line = kept.lines().find(|line| line.contains("\"Election Safety\"")).unwrap();
    let most = format!("\"Election Safety\": {},", u64::MAX);
    folder.write("kept.json", kept.replace(line, &most));
    assert_eq!(folder.raftsim(again).json(0)[0]["passed"], 50);
    folder.raftsim("list").exits(0);
}

#[test]
fn a_shard_keeps_its_state_too() {
    let folder = Folder::new();
    for part in ["1/2", "2/2"] {
        let arguments = format!("run reelection_3a --seeds 99 --shard {part} --json");
        let expected = timeless(raftsim(&arguments), 0);
        let kept = format!("{arguments} --state kept-{}.json", &part[..1]);
        assert_eq!(timeless(folder.raftsim(&kept), 0), expected);
        assert_eq!(timeless(folder.raftsim(&kept), 0), expected);
    }
}

#[test]
fn a_file_is_as_it_was_if_the_new_one_cannot_be_written() {
    let folder = Folder::with("mine.toml", "something of my own\n");
    let raftsim = env!("CARGO_BIN_EXE_raftsim");
    let shrink = "shrink stale_leaders_return_3a --seed 2 --node post-2025 -o mine.toml";
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -f 0; exec {raftsim} {shrink} | cat")]);
    shell.current_dir(folder.path());
    let output = shell.output().unwrap();
    assert_eq!(folder.read("mine.toml"), "something of my own\n");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("shrunk to "), "{stdout}");
}
