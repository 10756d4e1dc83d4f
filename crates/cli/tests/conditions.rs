//! Scenarios on another number of servers, or another network, than their own.

use serde_json::Value;
use sim_scenarios::SCENARIOS;

use crate::interrupted::timeless;
use crate::support::{Folder, Output, bad_command, command, raftsim, table};

/// A node that fails soon, and the scenario in which it does.
const FAILING: &str = "reelection_3a --node post-2020-unclaimed";

#[test]
fn a_sweep_of_all_leaves_out_the_scenarios_that_fix_their_size_and_says_so() {
    let stdout = raftsim("run --servers 9 --seeds 2").exits(0);
    let listed = raftsim("list --json").json(0);
    let takes = |it: &&Value| it["servers_from"].as_u64().is_some_and(|least| least <= 9);
    let taking: Vec<&Value> = listed.iter().filter(takes).collect();
    let scenarios = listed.iter().filter(|it| it["scenario"].is_string()).count();
    let table = stdout.split("\n\n").next().unwrap();
    let left_out = table.lines().filter(|line| line.ends_with("fixes its number of servers"));
    let unclaimed = table.lines().filter(|line| line.ends_with("not claimed")).count();
    let left_out = left_out.count();
    assert_eq!(table.lines().count() - 1 - left_out - unclaimed, taking.len());
    assert!(taking.len() > scenarios / 3, "{}", taking.len());
    let line = format!(
        "\nnot run: {left_out} scenarios that cannot run with 9 servers, as `list` shows\n"
    );
    assert!(stdout.contains(&line), "{stdout}");
}

#[test]
fn a_scenario_that_is_named_and_fixes_its_size_or_its_network_is_refused() {
    let fixed = "backup_3b always has 5 servers: it fixes what happens to each";
    for command in [
        "run backup_3b",
        "replay backup_3b --seed 1",
        "shrink backup_3b --seed 1",
        "why backup_3b --seed 1",
    ] {
        let output = raftsim(&format!("{command} --servers 9"));
        assert_eq!((output.status, output.stderr), (2, format!("error: {fixed}\n")), "{command}");
        // Its own number is no other.
        assert_ne!(raftsim(&format!("{command} --servers 5")).stderr, format!("error: {fixed}\n"));
    }
    let few = raftsim("run reelection_3a --servers 2");
    let needs = "error: reelection_3a needs 3 servers or more, not 2\n";
    assert_eq!((few.status, few.stderr.as_str()), (2, needs));
    let network = raftsim("run speed_3b --network reliable");
    let needs = "error: speed_3b always has its own network: it depends on when messages arrive\n";
    assert_eq!((network.status, network.stderr.as_str()), (2, needs));
}

#[test]
fn what_is_no_size_or_no_network_is_reported() {
    for bad in ["0", "256", "few", "3..5"] {
        let output = raftsim(&format!("run --servers {bad}"));
        assert_eq!(output.status, 2);
        let said = "expected a number of servers, 1 to 255";
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
    let output = raftsim("run --network latncy");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("--network"), "{}", output.stderr);
    assert!(output.stderr.contains("latncy"), "{}", output.stderr);
    let folder = Folder::new();
    folder.raftsim(&format!("shrink {FAILING} --seed 54 -o x.toml"));
    let output = folder.raftsim("replay x.toml --servers 5");
    let said = "error: `x.toml` is a plan, and it has its own cluster: `--servers`, `--network` \
                and `--delays` do not apply\n";
    assert_eq!((output.status, output.stderr.as_str()), (2, said));
}

/// The command that follows this word in the output of a sweep that failed.
fn line<'a>(stdout: &'a str, word: &str) -> &'a str {
    let line = stdout.lines().find_map(|line| line.trim().strip_prefix(word)).expect(stdout);
    line.strip_prefix(" it: raftsim ").expect(line)
}

#[test]
fn the_lines_of_a_failing_run_have_the_options_and_the_plan_needs_none() {
    let folder = Folder::new();
    let run = "run reelection_3a --node mutant:keeps-old-votes --servers 5 --seeds 20";
    let stdout = folder.raftsim(run).exits(1);
    let [replay, shrink] = ["replay", "shrink"].map(|word| line(&stdout, word));
    assert!(replay.ends_with(" --servers 5"), "{replay}");
    assert!(shrink.ends_with(" --servers 5"), "{shrink}");
    let failure = stdout.lines().skip_while(|line| !line.contains("fails at seed")).nth(1).unwrap();
    let replayed = folder.raftsim(&format!("{replay} --quiet")).exits(1);
    assert_eq!(replayed.lines().nth(1), Some(format!("FAIL: {}", failure.trim()).as_str()));
    folder.raftsim(&format!("{shrink} -o x.toml")).exits(1);
    assert!(folder.read("x.toml").contains("\nservers = 5\n"), "{}", folder.read("x.toml"));
    let replayed = folder.raftsim("replay x.toml --quiet").exits(1);
    assert!(replayed.ends_with("the same run as when the plan was written\n"), "{replayed}");
}

#[test]
fn another_network_is_announced_once_and_its_limits_may_be_missed() {
    let network = ["--network", "latency 0.040s..0.050s"];
    let mut command = crate::support::command();
    command.args("run --seeds 20 --json".split(' ')).args(network);
    let output = crate::support::Output::of(&mut command);
    let said = "on the network `latency 0.040s..0.050s`, and not the lab's: a correct Raft may miss \
                any limit of the lab there\n";
    assert_eq!(output.complaints(), said);
    let objects = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut ran = 0;
    for object in objects {
        assert_eq!(object["network"], "latency 0.040s..0.050s");
        let is_out = object["reason"] == "fixes its network" || object["reason"] == "not claimed";
        ran += usize::from(!is_out);
        // What fails, fails by chance.
        assert_eq!(object["failed"], object["by_chance"], "{object}");
    }
    assert_eq!(ran, SCENARIOS.iter().filter(|info| info.mirrors.is_some()).count());
    let mut command = crate::support::command();
    command.args("run rpc_bytes_3b --seeds 3".split(' ')).args(["--network", "loss 9/10"]);
    let output = crate::support::Output::of(&mut command);
    assert_eq!(output.status, 1, "{}", output.stdout);
    let replay = line(&output.stdout, "replay");
    assert!(replay.ends_with(" --network 'loss 9/10'"), "{replay}");
}

#[test]
fn a_plan_of_a_scenario_may_have_its_cluster() {
    let plan = "guards = \"every property\"\nnode = \"raft\"\nseed = 3\nscenario = \"reelection_3a\"\n\
                servers = 5\nnetwork = \"latency 0.010s..0.012s\"\n";
    let folder = Folder::with("x.toml", plan);
    let stdout = folder.raftsim("replay x.toml --topic check").exits(0);
    assert!(stdout.lines().nth(1).unwrap().ends_with("  n5"), "{stdout}");
    folder.write("x.toml", plan.replace("servers = 5", "servers = 2"));
    let output = folder.raftsim("replay x.toml");
    let said = "error: x.toml: line 5: reelection_3a needs 3 servers or more, not 2\n";
    assert_eq!((output.status, output.stderr.as_str()), (2, said));
    folder.write(
        "x.toml",
        plan.replace("reelection_3a", "stale_leaders_return_3a").replace("servers = 5\n", ""),
    );
    let output = folder.raftsim("replay x.toml");
    let said = "error: x.toml: line 5: stale_leaders_return_3a always has its own network: it depends \
                on when messages arrive\n";
    assert_eq!((output.status, output.stderr.as_str()), (2, said));
}

#[test]
fn the_same_size_and_network_as_the_scenarios_own_change_nothing() {
    let lines = |options: &str| {
        let stdout = raftsim(&format!("run reelection_3a --seeds 50 {options}")).stdout;
        table::<4>(&stdout)
            .into_iter()
            .map(|(name, row)| (name.to_owned(), row.map(str::to_owned)))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("--servers 3"), lines(""));
    assert_eq!(lines("--network reliable"), lines(""));
}

/// On another cluster than the scenario's own.
const ELSEWHERE: [&str; 4] = ["--servers", "5", "--network", "latency 0.004s..0.009s"];

/// Runs the words of a command on another cluster.
fn elsewhere(folder: &Folder, arguments: &str) -> Output {
    let mut command = command();
    let words = arguments.split_whitespace().chain(ELSEWHERE);
    Output::of(command.args(words).current_dir(folder.path()))
}

#[test]
fn another_process_runs_the_seeds_on_the_same_cluster() {
    let folder = Folder::new();
    let run = "run reelection_3a initial_election_3a --seeds 200 --keep-going --json";
    let said = format!(
        "on the network `{}`, and not the lab's: a correct Raft may miss any limit of the lab there\n",
        ELSEWHERE[3]
    );
    let result = |output: Output| {
        assert_eq!(output.complaints(), said);
        let Output { status, stdout, .. } = output;
        (status, timeless(Output { status, stdout, stderr: String::new() }, status))
    };
    let plain = result(elsewhere(&folder, run));
    assert_eq!((&plain.1[0]["servers"], &plain.1[0]["network"]), (&5.into(), &ELSEWHERE[3].into()));
    // The comparison runs each seed in the other process: on another cluster it would be another run.
    for option in ["--twice=process", "--isolate", "--state kept.json", "--state kept.json"] {
        assert_eq!(result(elsewhere(&folder, &format!("{run} {option}"))), plain, "{option}");
    }
}

#[test]
fn a_state_file_is_of_one_cluster() {
    let folder = Folder::new();
    folder.raftsim("run reelection_3a --seeds 20 --servers 5 --state kept.json").exits(0);
    for (options, words) in [("", ""), ("--servers 4", " --servers 4")] {
        let run = format!("run reelection_3a --seeds 20 --state kept.json {options}");
        let output = folder.raftsim(&run);
        let said = format!(
            "error: --state kept.json: it is of `run reelection_3a --seeds 20 --from 0 --node raft \
             --servers 5`, not of `run reelection_3a --seeds 20 --from 0 --node raft{words}`\n"
        );
        assert_eq!((output.status, output.stderr), (2, said));
    }
}

#[test]
fn a_run_that_ends_the_process_is_named_with_its_cluster() {
    let folder = Folder::new();
    let arguments = "run reelection_3a --node exits --seeds 300 --isolate";
    let mut command = bad_command();
    let output = Output::of(command.args(arguments.split_whitespace().chain(ELSEWHERE)));
    assert_eq!(output.status, 1, "{output:?}");
    let replay = output.stdout.lines().last().unwrap().strip_prefix("  replay it: bad-nodes ");
    let replay = replay.expect(&output.stdout);
    let options = " --node exits --servers 5 --network 'latency 0.004s..0.009s'";
    assert!(replay.ends_with(options), "{replay}");
    // It is that very run: the process ends once it has printed which run it is.
    let mut again = bad_command();
    let words = replay.split(" --network").next().unwrap().split(' ');
    again.args(words.chain(ELSEWHERE[2..].iter().copied())).current_dir(folder.path());
    let again = Output::of(&mut again);
    assert!(again.stdout.ends_with(", node exits\n"), "{again:?}");
}

/// Delays of three servers.
const REGIONS: &str = "# n3 is far away\n- 5ms 30ms..31ms\n5ms - 30ms\n30ms 30ms -\n";

/// The least and the longest time, in nanoseconds, that the messages of a link take.
fn takes(records: &[Value], from: u8, to: u8) -> (u64, u64) {
    let of = |it: &&Value| it["record"] == "sent" && it["server"] == from && it["to"] == to;
    let after = records.iter().filter(of).flat_map(|it| it["after"].as_array().unwrap());
    let after: Vec<u64> = after.map(|it| it.as_u64().unwrap()).collect();
    assert!(after.len() > 5, "{after:?}");
    (*after.iter().min().unwrap(), *after.iter().max().unwrap())
}

#[test]
fn messages_take_the_delays_of_a_file_to_the_end_of_the_run() {
    const MS: u64 = 1_000_000;
    let folder = Folder::with("regions.txt", REGIONS);
    let run = "reelection_3a --seed 3 --delays regions.txt";
    let records = folder.raftsim(&format!("replay {run} --json --records")).json(0);
    for (from, to, least, most) in [(1, 2, 5, 5), (1, 3, 30, 31), (3, 2, 30, 30)] {
        // The jitter comes on top: 50 us to 1 ms.
        let (shortest, longest) = takes(&records, from, to);
        let all = least * MS + MS / 20..=most * MS + MS;
        assert!(all.contains(&shortest), "n{from}>n{to} {shortest}");
        assert!(all.contains(&longest), "n{from}>n{to} {longest}");
    }
}

#[test]
fn a_sweep_with_delays_has_as_many_servers_and_announces_them() {
    let folder = Folder::with("regions.txt", REGIONS);
    let output = folder.raftsim("run --delays regions.txt --seeds 20 --json");
    let said = "with the delays in regions.txt, and not on the lab's network: a correct Raft may miss \
                any limit of the lab there\n";
    assert_eq!(output.complaints(), said);
    let mut ran = 0;
    for object in output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let rows =
            serde_json::json!(["- 0.005s 0.030s..0.031s", "0.005s - 0.030s", "0.030s 0.030s -"]);
        assert_eq!((&object["servers"], &object["delays"]), (&3.into(), &rows));
        let reason = object["reason"].as_str().unwrap_or_default();
        ran += u64::from(!reason.starts_with("fixes its ") && reason != "not claimed");
        assert_eq!(object["failed"], object["by_chance"], "{object}");
    }
    let takes =
        |it: &&sim_scenarios::ScenarioInfo| it.mirrors.is_some() && it.refuses_servers(3).is_none();
    assert_eq!(ran, SCENARIOS.iter().filter(takes).count() as u64);
    let table = folder.raftsim("run --delays regions.txt --network unreliable --seeds 2");
    assert!(table.stdout.contains("that cannot run with 3 servers"), "{}", table.stdout);
    let said = "on the network `unreliable`, and not the lab's, with the delays in regions.txt: a \
                correct Raft may miss any limit of the lab there\n";
    assert_eq!(table.complaints(), said);
    // Delays of zero are none.
    folder.write("none.txt", "- 0 0\n0 - 0\n0 0 -");
    folder.raftsim("run reelection_3a --delays none.txt --seeds 20").exits(0);
}

#[test]
fn the_lines_of_a_failing_run_have_the_delays_and_a_plan_has_them_inline() {
    let folder = Folder::with("the regions.txt", REGIONS);
    let node = "--node mutant:votes-for-everyone";
    let mut command = command();
    command.args(format!("run reelection_3a {node} --seeds 50 -o kept").split(' '));
    command.args(["--delays", "the regions.txt"]).current_dir(folder.path());
    let stdout = Output::of(&mut command).stdout;
    let [replay, shrink] = ["replay", "shrink"].map(|word| line(&stdout, word));
    let words = " --delays 'the regions.txt'";
    let failure = stdout.lines().skip_while(|line| !line.contains("fails at seed")).nth(1).unwrap();
    let again = |line: &str, more: &[&str]| {
        let words = line.strip_suffix(words).expect(line).split(' ');
        let mut command = crate::support::command();
        command.args(words).args(["--delays", "the regions.txt"]).args(more);
        Output::of(command.current_dir(folder.path()))
    };
    let replayed = again(replay, &["--quiet"]).exits(1);
    assert_eq!(replayed.lines().nth(1), Some(format!("FAIL: {}", failure.trim()).as_str()));
    // The plan that the sweep kept has the delays, and needs no file.
    let inline = "servers = 3\ndelays = [\n  \"- 0.005s 0.030s..0.031s\",\n  \"0.005s - 0.030s\",\n  \
                  \"0.030s 0.030s -\",\n]\n";
    let kept = std::fs::read_dir(folder.path().join("kept")).unwrap().next().unwrap().unwrap();
    let kept = format!("kept/{}", kept.file_name().into_string().unwrap());
    assert!(folder.read(&kept).ends_with(inline), "{}", folder.read(&kept));
    again(shrink, &["-o", "x.toml"]).exits(1);
    std::fs::remove_file(folder.path().join("the regions.txt")).unwrap();
    let of_plan = folder.raftsim(&format!("replay {kept} --quiet")).exits(1);
    assert_eq!(of_plan.lines().nth(1), replayed.lines().nth(1));
    let simpler = folder.raftsim("replay x.toml --quiet").exits(1);
    assert!(simpler.ends_with("the same run as when the plan was written\n"), "{simpler}");
}

#[test]
fn what_is_no_matrix_or_does_not_fit_is_reported() {
    let folder = Folder::with("regions.txt", REGIONS);
    folder.write("bad.txt", "- 5ms\n\n5 -\n");
    let refused = |arguments: &str| {
        let output = folder.raftsim(arguments);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}");
        output.stderr
    };
    let of_file = |file: &str, why: &str| {
        format!("error: invalid value '{file}' for '--delays <FILE>': {why}\n")
    };
    let why = "line 3: column 1: expected a delay with its unit, such as 45ms, not `5`";
    assert_eq!(refused("run --delays bad.txt"), of_file("bad.txt", why));
    let why = "there is no such file";
    assert_eq!(refused("run --delays none.txt"), of_file("none.txt", why));
    let fixed = "error: backup_3b always has 5 servers: it fixes what happens to each\n";
    assert_eq!(refused("run backup_3b --delays regions.txt"), fixed);
    assert_eq!(refused("replay backup_3b --seed 1 --delays regions.txt"), fixed);
    let network =
        "error: speed_3b always has its own network: it depends on when messages arrive\n";
    assert_eq!(refused("run speed_3b --delays regions.txt"), network);
    let both = "error: the argument '--delays <FILE>' cannot be used with '--servers <N>'\n";
    assert_eq!(refused("run --delays regions.txt --servers 3"), both);
    let plan = "guards = \"every property\"\nnode = \"raft\"\nseed = 3\nscenario = \"reelection_3a\"\n\
                delays = [\"- 1ms\", \"1ms -\"]\n";
    folder.write("x.toml", plan);
    let far = "error: x.toml: line 5: reelection_3a has 3 servers, and the delays are those of 2\n";
    assert_eq!(refused("replay x.toml"), far);
    let one = "error: `--delays` is for one run, and several plans, a folder and `--still-breaks` print \
               a line for each plan\n";
    assert_eq!(refused("replay x.toml --still-breaks --delays regions.txt"), one);
}

#[test]
fn another_process_and_a_state_file_have_the_delays() {
    let folder = Folder::with("regions.txt", REGIONS);
    let run = "run reelection_3a initial_election_3a --seeds 200 --delays regions.txt --json";
    let result = |option: &str| {
        let Output { status, stdout, .. } = folder.raftsim(&format!("{run} {option}"));
        (status, timeless(Output { status, stdout, stderr: String::new() }, status))
    };
    let plain = result("");
    for option in ["--twice=process", "--isolate", "--state kept.json", "--state kept.json"] {
        assert_eq!(result(option), plain, "{option}");
    }
    // What the file says is a part of what is done.
    folder.write("regions.txt", REGIONS.replace("- 5ms", "- 6ms"));
    let output = folder.raftsim(&format!("{run} --state kept.json"));
    let words = "run reelection_3a initial_election_3a --seeds 200 --from 0 --node raft --delays \
                 regions.txt";
    let rest = "0.030s..0.031s, 0.005s - 0.030s, 0.030s 0.030s -)`";
    let said = format!(
        "error: --state kept.json: it is of `{words} (- 0.005s {rest}, not of `{words} (- 0.006s {rest}\n"
    );
    assert_eq!((output.status, output.complaints()), (2, said));
}
