//! `fuzz`: plans that no one wrote.

use serde_json::{Value, json};

use crate::support::{Folder, Output, fields};

/// A node that fails soon.
const FAILING: &str = "--node post-2020-no-step-down";

/// An object without its only field that differs from run to run.
fn timeless(output: Output, status: i32) -> Value {
    let mut object = output.json(status).remove(0);
    let wall = object.as_object_mut().unwrap().remove("wall_seconds");
    assert!(wall.is_some_and(|wall| wall.as_f64() > Some(0.0)));
    object
}

/// The line that replays what was found.
fn replay(stdout: &str) -> &str {
    let line = stdout.lines().last().unwrap();
    line.strip_prefix("  replay it: ").expect(stdout).split_once(' ').unwrap().1
}

#[test]
fn our_raft_passes_and_nothing_is_written() {
    let folder = Folder::new();
    let stdout = folder.raftsim("fuzz --runs 2000").exits(0);
    assert!(stdout.starts_with("2000 runs, all passed: "), "{stdout}");
    let unjudged = "not judged: `agreement while the faults stand` (not claimed)";
    let [_, again, rest] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    assert!(again.starts_with("  plans played again with a crash between two writes: "), "{again}");
    assert_eq!(rest, unjudged);
    assert_eq!(folder.files(), Vec::<String>::new());
    folder.raftsim("fuzz --runs 500 --uniform").exits(0);
    for part in ["3A", "3b", "3C", "3D"] {
        folder.raftsim(&format!("fuzz --runs 300 --implements {part} --servers 3..5")).exits(0);
    }
}

#[test]
fn large_clusters_raise_no_alarm() {
    let folder = Folder::new();
    for (servers, runs) in [("101", 20), ("10..30", 100), ("255", 5)] {
        for node in ["raft", "raft:pre-vote", "control", "post-2025"] {
            let line = format!("fuzz --servers {servers} --runs {runs} --node {node}");
            let stdout = folder.raftsim(&line).exits(0);
            assert!(stdout.starts_with(&format!("{runs} runs, all passed: ")), "{line}: {stdout}");
        }
    }
}

#[test]
fn the_fixed_version_passes_the_plans_for_a_node_that_only_elects() {
    Folder::new().raftsim("fuzz --runs 1000 --node post-2020").exits(0);
}

#[test]
fn a_failure_is_shrunk_and_written_and_the_printed_line_replays_it() {
    let folder = Folder::new();
    let object = folder.raftsim(&format!("fuzz --runs 200 {FAILING} --json")).json(1).remove(0);
    let usual = format!("fuzz-post-2020-no-step-down-{}.toml", object["first_failing_seed"]);
    // A name that might be a scenario's is printed as a file's.
    let named = [("-o here.toml", "here.toml", "here.toml"), ("--output x", "x", "./x")];
    for (arguments, file, word) in [("", &*usual, &*usual)].into_iter().chain(named) {
        let folder = Folder::new();
        let stdout = folder.raftsim(&format!("fuzz --runs 200 {FAILING} {arguments}")).exits(1);
        assert_eq!(folder.files(), [file]);
        let line = replay(&stdout);
        assert_eq!(line, format!("replay {word}"));
        let replayed = folder.raftsim(&format!("{line} --quiet")).exits(1);
        assert!(replayed.ends_with("\nthe same run as when the plan was written\n"), "{replayed}");
        let verdict = replayed.lines().nth(1).unwrap();
        let (time, rest) = verdict.strip_prefix("FAIL: ").unwrap().split_once(' ').unwrap();
        let (facts, but) = rest.split_once("; but ").unwrap();
        let facts = facts.replace(" (broken)", "");
        let end = format!("  {time} {facts}\n  {time} but {but}\n  replay it: raftsim {line}\n");
        assert!(stdout.ends_with(&end), "{stdout}");
    }
}

#[test]
fn a_failure_is_reported_by_its_seed_and_its_reason_and_how_small_it_became() {
    let folder = Folder::new();
    let stdout = folder.raftsim(&format!("fuzz --runs 200 {FAILING}")).exits(1);
    let object = folder.raftsim(&format!("fuzz --runs 200 {FAILING} --json")).json(1).remove(0);
    let lines: Vec<_> = stdout.lines().collect();
    let [sum, unjudged, "", seed, reason, small, story @ .., _] = &lines[..] else {
        panic!("{stdout}")
    };
    assert!(unjudged.starts_with("not judged: "), "{stdout}");
    let runs = object["runs"].as_u64().unwrap();
    let runs = raftsim_sim::text::counted(runs, "run");
    assert!(sum.starts_with(&format!("{runs}, 1 failed: ")), "{stdout}");
    assert_eq!(*seed, format!("seed {} fails", object["first_failing_seed"]));
    assert_eq!(json!(reason.trim_start()), object["reason"]);
    let shrunk = &object["shrunk"];
    assert!(small.starts_with(&format!("shrunk to {} of ", shrunk["steps"])), "{stdout}");
    let story: Vec<_> = story.iter().map(|line| json!(line.trim_start())).collect();
    assert_eq!(shrunk["story"], json!(story));
}

#[test]
fn an_object_has_the_documented_fields() {
    let documented = [
        "crash_points",
        "events",
        "failed",
        "finished",
        "first_failing_seed",
        "first_warned_seed",
        "node",
        "not_judged",
        "reason",
        "runs",
        "seed",
        "virtual_seconds",
        "wall_seconds",
        "warned",
    ];
    let folder = Folder::new();
    let object = folder.raftsim("fuzz --runs 300 --from 5 --json").json(0).remove(0);
    assert_eq!(fields(&object), documented);
    assert_eq!(
        ["node", "seed", "runs", "failed", "first_failing_seed", "reason"]
            .map(|field| object[field].clone()),
        [json!("raft"), json!(5), json!(300), json!(0), Value::Null, Value::Null]
    );
    let object = folder.raftsim(&format!("fuzz --runs 300 {FAILING} --json")).json(1).remove(0);
    let mut with_shrunk = [&documented[..], &["shrunk"]].concat();
    with_shrunk.sort_unstable();
    assert_eq!(fields(&object), with_shrunk);
    let shrunk = &object["shrunk"];
    let file = &folder.files()[0];
    assert_eq!((&shrunk["file"], &shrunk["plan"]), (&json!(file), &json!(folder.read(file))));
    let again = folder.raftsim(&format!("shrink {file} --json")).json(1).remove(0);
    assert_eq!((fields(shrunk), &shrunk["reason"]), (fields(&again), &again["reason"]));
}

#[test]
fn two_invocations_say_the_same_whatever_the_jobs() {
    let folder = Folder::new();
    for (arguments, status) in [
        ("--runs 700".to_owned(), 0),
        (format!("--runs 700 {FAILING}"), 1),
        (format!("--runs 300 {FAILING} --keep-going"), 1),
        (format!("--runs 700 {FAILING} --from 1000 --uniform --servers 3"), 1),
    ] {
        let fuzz = |jobs: &str| {
            let output = folder.raftsim(&format!("fuzz {arguments} --json {jobs} -o x.toml"));
            timeless(output, status)
        };
        let first = fuzz("");
        for jobs in ["", "--jobs 1", "--jobs 4"] {
            assert_eq!(fuzz(jobs), first, "{arguments} {jobs}");
        }
    }
}

#[test]
fn crash_points_find_what_shows_between_two_writes_alone_and_their_plan_is_kept() {
    let fuzz = "fuzz --node mutant:installs-in-two-writes --runs 40 --keep-going";
    let folder = Folder::new();
    let without = timeless(folder.raftsim(&format!("{fuzz} --crash-points 0 --json")), 0);
    assert_eq!(without["crash_points"], 0);
    let fuzz = format!("{fuzz} --crash-points 8");
    let with = timeless(folder.raftsim(&format!("{fuzz} --json --jobs 4")), 1);
    assert!(with["crash_points"].as_u64() > Some(40), "{with}");
    assert!(with["events"].as_u64() > without["events"].as_u64(), "{with}");
    let folder = Folder::new();
    assert_eq!(timeless(folder.raftsim(&format!("{fuzz} --json --jobs 1")), 1), with);
    let shrunk = with["shrunk"]["plan"].as_str().unwrap();
    assert!(shrunk.contains(" at gap "), "{shrunk}");
    let file = with["shrunk"]["file"].as_str().unwrap();
    assert_eq!(folder.read(file), shrunk);
    folder.raftsim(&format!("replay {file} --quiet")).exits(1);
    // As it was drawn, but for the crash: and the same search takes it up from a file of its state.
    let state = format!("{fuzz} --budget 0 --state state.json --jobs 1");
    let first = folder.raftsim(&state).exits(1);
    assert_eq!(folder.raftsim(&state).exits(1).lines().last(), first.lines().last());
    let drawn = folder.read(replay(&first).strip_prefix("replay ").unwrap());
    assert!(drawn.contains("s crash n") && drawn.contains(" for 0.050s"), "{drawn}");
    let from = with["first_failing_seed"].as_u64().unwrap();
    let alone = format!("fuzz --node mutant:installs-in-two-writes --from {from} --runs 1");
    let alone = timeless(folder.raftsim(&format!("{alone} --crash-points 8 --json")), 1);
    assert_eq!(alone["reason"], with["reason"]);
}

#[test]
fn keeping_going_runs_them_all_and_shrinks_the_first() {
    let folder = Folder::new();
    let ended = timeless(folder.raftsim(&format!("fuzz --runs 300 {FAILING} --json")), 1);
    let arguments = format!("fuzz --runs 300 {FAILING} --keep-going");
    let all = timeless(folder.raftsim(&format!("{arguments} --json")), 1);
    assert_eq!((&ended["failed"], &all["runs"]), (&json!(1), &json!(300)));
    for field in ["first_failing_seed", "reason", "shrunk"] {
        assert_eq!(ended[field], all[field]);
    }
    let failed = all["failed"].as_u64().unwrap();
    assert!(failed > 1, "{all}");
    let stdout = folder.raftsim(&arguments).exits(1);
    assert!(stdout.starts_with(&format!("300 runs, {failed} failed: ")), "{stdout}");
    let by = stdout.lines().filter_map(|line| line.trim_start().split_once(" by "));
    let by = by.filter_map(|(times, _)| times.parse::<u64>().ok());
    assert_eq!(by.sum::<u64>(), failed, "{stdout}");
}

#[test]
fn fuzzing_ends_when_its_time_is_up() {
    let folder = Folder::new();
    let object = folder.raftsim("fuzz --time 1s --json").json(0).remove(0);
    assert!(object["wall_seconds"].as_f64() >= Some(1.0), "{object}");
    assert!(object["runs"].as_u64() > Some(0), "{object}");
    // What fails ends it before.
    folder.raftsim(&format!("fuzz --time 10000s {FAILING}")).exits(1);
    folder.raftsim(&format!("fuzz {FAILING}")).exits(1);
    let object = folder.raftsim(&format!("fuzz --time 300ms {FAILING} --keep-going --json"));
    assert!(object.json(1)[0]["failed"].as_u64() > Some(1));
}

#[test]
fn a_seed_shifts_the_runs() {
    let events = |arguments: &str| {
        let object = Folder::new().raftsim(&format!("fuzz --json {arguments}")).json(0).remove(0);
        object["events"].as_u64().unwrap()
    };
    let halves = events("--runs 100") + events("--runs 100 --from 100");
    assert_eq!(halves, events("--runs 200"));
    assert_ne!(events("--runs 100"), events("--runs 100 --from 100"));
    let folder = Folder::new();
    let first = |seed: u64| {
        let output = folder.raftsim(&format!("fuzz --runs 200 {FAILING} --json --from {seed}"));
        output.json(1)[0]["first_failing_seed"].as_u64().unwrap()
    };
    let next = first(first(0) + 1);
    assert!(next > first(0));
    assert_eq!(folder.files().len(), 2);
}

#[test]
fn the_last_seed_of_all_can_be_run() {
    let last = u64::MAX;
    for (arguments, runs) in [
        (format!("--from {last} --runs 1"), 1),
        (format!("--from {} --runs 70", last - 69), 70),
        // Behind the last there is nothing, though there is time.
        (format!("--from {} --time 10s --jobs 1", last - 69), 70),
        (format!("--from {last} --time 10s"), 1),
    ] {
        let object = Folder::new().raftsim(&format!("fuzz --json {arguments}")).json(0).remove(0);
        assert_eq!(object["runs"], runs, "{arguments}");
    }
}

#[test]
fn a_file_that_cannot_be_written_loses_nothing() {
    let folder = Folder::new();
    let fuzz = format!("fuzz --runs 200 {FAILING}");
    let written = folder.raftsim(&format!("{fuzz} -o x.toml")).exits(1);
    let output = folder.raftsim(&format!("{fuzz} -o no/such/folder.toml"));
    assert_eq!(output.status, 1);
    assert!(output.complaints().starts_with("error: no/such/folder.toml: "), "{output:?}");
    assert_eq!(output.complaints().lines().count(), 1);
    let after_sum = |stdout: &str| stdout.split_once('\n').unwrap().1.to_owned();
    let written = after_sum(&written);
    let story = written.strip_suffix("  replay it: raftsim replay x.toml\n").unwrap();
    assert_eq!(after_sum(&output.stdout), format!("{story}\n{}", folder.read("x.toml")));
    let object = folder.raftsim(&format!("{fuzz} -o no/such/folder.toml --json"));
    assert_eq!((object.status, object.complaints()), (1, output.complaints()));
    let object: Value = serde_json::from_str(&object.stdout).unwrap();
    assert_eq!((&object["shrunk"]["file"], &object["failed"]), (&Value::Null, &json!(1)));
}

#[test]
fn a_plan_takes_the_place_of_no_file_of_another_search() {
    let name = |seed| format!("fuzz-mutant-never-truncates-{seed}.toml");
    let folder = Folder::new();
    for seed in 0..300 {
        folder.write(&name(seed), "mine");
    }
    let fuzz = "fuzz --node mutant:never-truncates --runs 300 --jobs 4";
    let stdout = folder.raftsim(fuzz).exits(1);
    for seed in 0..300 {
        assert_eq!(folder.read(&name(seed)), "mine", "{seed}");
    }
    let others = folder.files().into_iter().filter(|file| file.ends_with("-2.toml"));
    let others: Vec<String> = others.filter(|file| folder.read(file) != "mine").collect();
    assert_eq!(others.len(), 1, "{others:?}");
    assert!(stdout.ends_with(&format!("replay it: raftsim replay {}\n", others[0])), "{stdout}");
    // The same search again finds its own plan.
    assert_eq!(folder.raftsim(fuzz).exits(1).lines().last(), stdout.lines().last());
    assert_eq!(folder.files().len(), 301);
}

#[test]
fn without_a_budget_a_plan_is_kept_as_it_was_drawn() {
    let folder = Folder::new();
    let fuzz = format!("fuzz --runs 200 {FAILING} --budget 0 -o drawn.toml");
    let text = folder.raftsim(&fuzz).exits(1);
    assert!(text.contains("\nnot shrunk: the budget is 0\n  replay it: "), "{text}");
    let drawn = folder.read("drawn.toml");
    assert!(!drawn.contains("closed = true"), "{drawn}");
    folder.raftsim("replay drawn.toml --quiet").exits(1);
    let shrunk = fuzz.replace("--budget 0 -o drawn", "-o shrunk");
    folder.raftsim(&shrunk).exits(1);
    assert!(folder.read("shrunk.toml").lines().count() < drawn.lines().count(), "{drawn}");
}

#[test]
fn the_page_of_a_plan_takes_the_place_of_no_file() {
    let folder = Folder::with("notes.html", "mine");
    let fuzz = format!("fuzz --runs 200 {FAILING} --html --budget 50");
    let text = folder.raftsim(&format!("{fuzz} -o notes.toml")).exits(1);
    assert!(text.contains("look at it: notes-2.html\n"), "{text}");
    assert_eq!(folder.read("notes.html"), "mine");
    assert!(folder.read("notes-2.html").starts_with("<!doctype html>"));
    // The same search again writes the same page.
    folder.raftsim(&format!("{fuzz} -o notes.toml")).exits(1);
    assert_eq!(folder.files(), ["notes-2.html", "notes.html", "notes.toml"]);
    let text = folder.raftsim(&format!("{fuzz} -o found.html")).exits(1);
    assert!(text.contains("look at it: found.html.html\n"), "{text}");
    folder.raftsim("replay found.html --quiet").exits(1);
}

#[test]
fn a_panic_is_found_and_shrunk_and_reported() {
    for (node, facts, servers) in [
        ("panics-in-step", "n1 answers every event; but it panicked: n1 is tired at ", 1),
        ("panics-at-boot", "n1 answers every event; but it panicked: no disk in drive A at ", 1),
        ("panics-of-seven", "answers every event; but it panicked: too many of us at ", 7),
    ] {
        let folder = Folder::new();
        let object =
            folder.bad_nodes(&format!("fuzz --from 1 --runs 200 --json --node {node}")).json(1);
        let shrunk = &object[0]["shrunk"];
        let reason = shrunk["reason"].as_str().unwrap();
        assert!(reason.contains("s no panic (contract): "), "{reason}");
        assert!(reason.contains(facts), "{reason}");
        let left = ["steps", "fates", "servers"].map(|field| shrunk[field].clone());
        assert_eq!(left, [0, 0, servers].map(Value::from), "{node}");
        let file = shrunk["file"].as_str().unwrap();
        let replayed = folder.bad_nodes(&format!("replay {file} --quiet")).exits(1);
        assert!(replayed.contains(facts), "{replayed}");
    }
}

#[test]
fn a_flood_is_found_and_shrunk_and_reported() {
    for node in ["never-rests", "long-list"] {
        let folder = Folder::new();
        let stdout = folder.bad_nodes(&format!("fuzz --from 4 --runs 200 --node {node}")).exits(1);
        assert!(stdout.contains("s no flood (contract): "), "{stdout}");
        assert!(stdout.contains("\nshrunk to 0 of "), "{stdout}");
        folder.bad_nodes(replay(&stdout)).exits(1);
    }
}

#[test]
fn a_node_that_is_not_deterministic_is_reported_and_not_shrunk() {
    let folder = Folder::new();
    let stdout = folder.bad_nodes("fuzz --runs 200 --node unsteady").exits(1);
    let lines: Vec<_> = stdout.lines().collect();
    let [_, _, "", "seed 0 fails", reason, why, replay] = &lines[..] else { panic!("{stdout}") };
    assert!(reason.contains("s the node is not deterministic (contract): "), "{stdout}");
    assert_eq!(*why, "not shrunk: the node is not deterministic");
    let file = "fuzz-unsteady-0.toml";
    assert_eq!(*replay, format!("  replay it: bad-nodes replay {file}"));
    folder.bad_nodes(&format!("replay {file} --quiet")).exits(1);
    let object = folder.bad_nodes("fuzz --runs 200 --node unsteady --json").json(1).remove(0);
    let not = json!({
        "why": "the node is not deterministic",
        "plan": folder.read(file),
        "file": file,
    });
    assert_eq!((&object["not_shrunk"], &object["shrunk"]), (&not, &Value::Null));
}
