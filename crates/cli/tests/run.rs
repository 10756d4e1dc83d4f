//! `run`, where all holds.

use raftsim_explore::Runner as _;
use raftsim_sim::Recording;
use serde_json::{Value, json};
use sim_scenarios::{Part, SCENARIOS};

use crate::support::{bad_nodes, elections, fields, names, names_of, raftsim, runner, table};

/// Lines of JSON without their last field, `wall_seconds`.
fn timeless(stdout: &str) -> Vec<&str> {
    stdout.lines().map(|line| line.rsplit_once(",\"wall_seconds\":").unwrap().0).collect()
}

/// The sums of these fields, by scenario.
fn sums(lines: &[Vec<Value>], fields: &[&str]) -> Vec<Vec<u64>> {
    let sum = |place: usize, field| lines.iter().map(|it| it[place][field].as_u64().unwrap()).sum();
    (0..lines[0].len())
        .map(|place| fields.iter().map(|&field| sum(place, field)).collect())
        .collect()
}

#[test]
fn without_arguments_every_scenario_runs_over_1000_seeds() {
    let stdout = raftsim("").exits(0);
    let expected: Vec<_> = names().iter().map(|&name| (name, ["1000", "1000", "0"])).collect();
    assert_eq!(table(&stdout), expected);
    let heading: Vec<_> = stdout.lines().next().unwrap().split_whitespace().collect();
    let columns =
        ["scenario", "lab", "seeds", "passed", "failed", "events", "virtual", "wall", "seeds/s"];
    assert_eq!(heading, columns);
    // Nothing else is printed but the sum: no failure.
    let (run, skipped) = (names().len(), SCENARIOS.len() - names().len());
    let sum = format!("{run} scenarios, and {skipped} not run: {run}000 runs, 0 failed");
    assert_eq!(stdout.lines().skip(1 + SCENARIOS.len()).collect::<Vec<_>>(), ["", &sum]);
    let run = raftsim("run --lab 3A --seeds 1000 --from 0 --node raft").exits(0);
    assert_eq!(table::<4>(&run), table::<4>(&stdout)[..elections().len()]);
}

#[test]
fn parts_that_a_node_does_not_implement_are_skipped_unless_a_scenario_is_named() {
    let lines = raftsim("run --lab 3B --node post-2025 --seeds 5 --json").json(0);
    assert!(!lines.is_empty());
    for line in lines.iter().filter(|it| it["reason"] != "not claimed") {
        assert_eq!((&line["seeds"], &line["reason"]), (&json!(0), &json!("not implemented")));
    }
    let stdout = raftsim("run --lab 3D --node post-2025 --seeds 5").exits(0);
    let row = stdout.lines().find(|line| line.contains("snapshot_basic_3d")).expect("a row");
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words, ["snapshot_basic_3d", "3D", "not", "implemented"]);
    raftsim("run basic_agree_3b --node post-2025 --seeds 5").exits(1);
}

#[test]
fn an_object_has_the_documented_fields() {
    let lines = raftsim("run --seeds 20 --json").json(0);
    assert_eq!(
        lines.iter().map(|it| it["scenario"].as_str().unwrap()).collect::<Vec<_>>(),
        SCENARIOS.iter().map(|info| info.name).collect::<Vec<_>>()
    );
    let (run, unclaimed): (Vec<&Value>, Vec<&Value>) =
        lines.iter().partition(|it| names().contains(&it["scenario"].as_str().unwrap()));
    assert!(unclaimed.iter().all(|it| it["seeds"] == 0 && it["reason"] == "not claimed"));
    for object in run {
        let documented = [
            "by_chance",
            "costs",
            "delays",
            "events",
            "failed",
            "failures",
            "finished",
            "first_failing_seed",
            "first_warned_seed",
            "keep_going",
            "lab",
            "limits_times",
            "network",
            "node",
            "not_judged",
            "passed",
            "rate",
            "reason",
            "scenario",
            "seeds",
            "servers",
            "unlisted_failures",
            "virtual_seconds",
            "wall_seconds",
            "warned",
        ];
        assert_eq!(fields(object), documented);
        let part = object["scenario"].as_str().unwrap().rsplit_once('_').unwrap().1;
        let part = part.to_uppercase();
        assert_eq!((&object["lab"], &object["node"]), (&part.into(), &"raft".into()));
        let counts = ["seeds", "passed", "failed", "by_chance"].map(|field| object[field].as_u64());
        assert_eq!(counts, [Some(20), Some(20), Some(0), Some(0)]);
        assert_eq!(
            (&object["first_failing_seed"], &object["reason"]),
            (&Value::Null, &Value::Null)
        );
        assert!(object["wall_seconds"].as_f64() > Some(0.0), "{object}");
    }
}

#[test]
fn two_invocations_say_the_same_whatever_the_jobs() {
    let first = raftsim("run --lab 3A --seeds 200 --json --jobs 1").exits(0);
    assert_eq!(timeless(&first).len(), elections().len());
    for jobs in ["", "--jobs 1", "--jobs 2", "--jobs 4", "--jobs 7", "--twice"] {
        let again = raftsim(&format!("run --lab 3A --seeds 200 --json {jobs}")).exits(0);
        assert_eq!(timeless(&again), timeless(&first), "{jobs}");
    }
}

#[test]
fn shards_add_up_to_the_whole() {
    let fields = ["seeds", "passed", "failed", "events"];
    let whole = raftsim("run --lab 3A --seeds 200 --json").json(0);
    let shards = ["1/3", "2/3", "3/3"]
        .map(|shard| raftsim(&format!("run --lab 3A --seeds 200 --json --shard {shard}")).json(0));
    for (shard, seeds) in shards.iter().zip([67, 67, 66]) {
        assert!(shard.iter().all(|object| object["seeds"] == seeds), "{shard:?}");
    }
    assert_eq!(sums(&shards, &fields), sums(&[whole], &fields));
}

#[test]
fn a_shard_that_no_seed_falls_to_passes() {
    for shard in ["2/2", "2/18446744073709551615"] {
        let stdout = raftsim(&format!("run --seeds 1 --shard {shard}")).exits(0);
        let expected: Vec<_> = names().iter().map(|&name| (name, ["0", "0", "0"])).collect();
        assert_eq!(table(&stdout), expected);
    }
}

#[test]
fn from_moves_the_first_seed() {
    let fields = ["seeds", "events"];
    let halves =
        [0, 100].map(|from| raftsim(&format!("run --lab 3A --seeds 100 --from {from} --json")));
    let halves = halves.map(|half| half.json(0));
    let whole = raftsim("run --lab 3A --seeds 200 --json").json(0);
    assert_eq!(sums(&halves, &fields), sums(&[whole], &fields));
    let one = raftsim("run reelection_3a --seeds 1 --from 4711 --json").json(0);
    let run = runner("reelection_3a").run(4711, Recording::Off);
    assert_eq!(one[0]["events"], run.events);
}

#[test]
fn the_last_seed_there_is_can_be_run() {
    let last = u64::MAX;
    let one = raftsim(&format!("run reelection_3a --seeds 1 --from {last} --json")).json(0);
    assert_eq!(one[0]["events"], runner("reelection_3a").run(last, Recording::Off).events);
    let few = raftsim(&format!("run reelection_3a --seeds 66 --from {} --json", last - 65));
    assert_eq!(few.json(0)[0]["passed"], 66);
}

#[test]
fn all_seeds_may_be_asked_for() {
    // This node fails soon.
    let output = raftsim(&format!(
        "run stale_leaders_return_3a --node post-2025 --seeds {} --json",
        u64::MAX
    ));
    assert_eq!(output.json(1)[0]["failed"], 1);
}

#[test]
fn a_part_of_the_lab_is_named_in_either_case() {
    for part in Part::ALL {
        for name in [part.name().to_owned(), part.name().to_lowercase()] {
            let lines = raftsim(&format!("run --lab {name} --seeds 1 --json")).json(0);
            assert!(lines.iter().all(|object| object["lab"] == part.name()), "{lines:?}");
            let names: Vec<_> = lines.iter().map(|it| it["scenario"].as_str().unwrap()).collect();
            assert_eq!(names, names_of(part));
        }
    }
}

#[test]
fn named_scenarios_run_once_each_in_the_order_of_the_list() {
    let stdout =
        raftsim("run stale_leaders_return_3a reelection_3a reelection_3a --seeds 3").exits(0);
    let expected =
        [("reelection_3a", ["3", "3", "0"]), ("stale_leaders_return_3a", ["3", "3", "0"])];
    assert_eq!(table(&stdout), expected);
}

#[test]
fn a_few_seeds_of_our_raft_give_every_oracle_something_to_judge() {
    for from in 0..20 {
        raftsim(&format!("run --seeds 1 --from {from}")).exits(0);
    }
}

#[test]
fn without_the_calm_phase_a_run_is_shorter_and_the_printed_line_says_so() {
    let virtual_seconds = |arguments: &str| {
        raftsim(&format!("run basic_agree_3b --seeds 5 --json {arguments}")).json(0)[0]
            ["virtual_seconds"]
            .as_f64()
            .unwrap()
    };
    assert!(virtual_seconds("--calm off") < virtual_seconds(""));
    assert!((virtual_seconds("--calm on") - virtual_seconds("")).abs() < f64::EPSILON);
    let failing = "run stale_leaders_return_3a --node post-2025 --seeds 64";
    let line = |verb: &str, arguments: &str| {
        let stdout = raftsim(&format!("{failing} {arguments}")).exits(1);
        stdout.lines().find(|line| line.contains(verb)).unwrap().to_owned()
    };
    for verb in ["replay it", "shrink it"] {
        assert_eq!(line(verb, "--calm off"), format!("{} --calm off", line(verb, "")));
    }
    let with = line("replay it", "");
    let replay = with.trim().strip_prefix("replay it: raftsim ").unwrap();
    raftsim(&format!("{replay} --calm off")).exits(1);
}

#[test]
fn a_node_that_depends_on_its_process_passes_twice_and_fails_in_another_process() {
    let run = "run reelection_3a many_elections_3a --seeds 200 --node per-process --keep-going";
    for twice in ["", "--twice"] {
        bad_nodes(&format!("{run} {twice}")).exits(0);
    }
    for jobs in ["--jobs 1", "--jobs 3"] {
        let rows = bad_nodes(&format!("{run} --twice=process {jobs} --json")).json(1);
        for row in &rows {
            let reason = row["reason"].as_str().unwrap();
            assert!(reason.contains("in this process the run's digest is "), "{row}");
            assert!(reason.contains("; but in another one it is "), "{row}");
            assert_eq!(row["failed"], 1, "{row}");
        }
        assert_eq!(rows.len(), 2);
        // The first boot that depends on the process, as a run of that node alone would show.
        assert_eq!(rows[0]["first_failing_seed"], 17);
    }
    raftsim("run reelection_3a --seeds 200 --twice=process").exits(0);
    raftsim("run reelection_3a --seeds 200 --shard 2/3 --twice=process").exits(0);
    // The seeds before the first that fails are the same in both.
    let failing = "run stale_leaders_return_3a --node post-2025 --seeds 200 --json";
    let plain = raftsim(failing).json(1).remove(0);
    let twice = raftsim(&format!("{failing} --twice=process")).json(1).remove(0);
    assert_eq!(plain["reason"], twice["reason"]);
}

#[test]
fn the_courses_names_are_understood() {
    for name in ["TestBackup3B", "TestBackup2B", "For2023TestBackup2B"] {
        let object = raftsim(&format!("run {name} --seeds 1 --json")).json(0).remove(0);
        assert_eq!(object["scenario"], "backup_3b", "{name}");
    }
    let stdout = raftsim("replay TestReElection2A --seed 3 --quiet").exits(0);
    assert_eq!(stdout, raftsim("replay reelection_3a --seed 3 --quiet").exits(0));
    for part in ["2A", "2a", "3a", "3A"] {
        let rows = raftsim(&format!("run --lab {part} --seeds 1 --json")).json(0);
        let names: Vec<&str> = rows.iter().map(|row| row["scenario"].as_str().unwrap()).collect();
        assert_eq!(names, elections(), "{part}");
    }
    for name in ["TestBackup1B", "Testbackup2B", "TestBackup2", "2B"] {
        assert_eq!(raftsim(&format!("run {name}")).status, 2, "{name}");
    }
}
