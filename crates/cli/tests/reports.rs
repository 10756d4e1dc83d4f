//! `run`: every seed that fails, and what is written for other programs.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Folder, Output, command, raftsim};

/// Fails in many seeds, by two properties.
const FAILING: &str = "run stale_leaders_return_3a --node post-2025 --seeds 40 --keep-going";

/// The seeds that fail, each with its property, as `run --json` lists them.
fn failures(arguments: &str) -> Vec<(u64, String)> {
    let object = raftsim(&format!("{arguments} --json")).json(1).remove(0);
    let listed = object["failures"].as_array().unwrap().iter();
    listed
        .map(|it| (it["seed"].as_u64().unwrap(), it["property"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn each_failing_seed_is_listed_with_its_property() {
    let object = raftsim(&format!("{FAILING} --json")).json(1).remove(0);
    let listed = failures(FAILING);
    assert_eq!(
        (object["failed"].as_u64(), &object["unlisted_failures"]),
        (Some(listed.len() as u64), &json!(0))
    );
    assert!(listed.is_sorted() && listed.len() > 5, "{listed:?}");
    for (seed, property) in listed {
        let replay =
            format!("replay stale_leaders_return_3a --node post-2025 --seed {seed} --json");
        let object = raftsim(&replay).json(1).remove(0);
        assert!(object["reason"].as_str().unwrap().contains(&property), "{object}");
    }
}

#[test]
fn the_first_seed_of_each_property_is_named() {
    let listed = failures(FAILING);
    let stdout = raftsim(FAILING).exits(1);
    let list = stdout.lines().find(|line| line.contains(" seeds fail: ")).expect(&stdout);
    let mut properties: Vec<&str> = listed.iter().map(|(_, property)| &**property).collect();
    properties.sort_unstable();
    properties.dedup();
    for property in properties {
        let (first, _) = listed.iter().find(|(_, it)| it == property).unwrap();
        let times = listed.iter().filter(|(_, it)| it == property).count();
        let expected = format!("{times} by `{property}` (first in seed {first})");
        assert!(list.contains(&expected), "{list}: {expected}");
    }
}

#[test]
fn a_seed_that_readers_of_json_would_round_is_a_string() {
    let run = "run reelection_3a --node post-2020-unclaimed --from 12474509472692335925 --seeds 9";
    let folder = Folder::new();
    let output = folder.raftsim(&format!("{run} --keep-going --json"));
    folder.write("known", &output.stdout);
    let object = output.json(1).remove(0);
    let first = json!("12474509472692335929");
    assert_eq!((&object["first_failing_seed"], &object["failures"][0]["seed"]), (&first, &first));
    // What it wrote it also reads.
    folder.raftsim(&format!("{run} --expect known")).exits(0);
    let fuzz = "fuzz --node post-2025 --from 12474509472692335925 --runs 200 --keep-going";
    let object = folder.raftsim(&format!("{fuzz} --budget 0 --json")).json(1).remove(0);
    let other = &object["others"][0]["first_failing_seed"];
    let seeds = [&object["seed"], &object["first_failing_seed"], other];
    let firsts = seeds.map(|seed| seed.as_str().unwrap().get(..16).unwrap());
    assert_eq!(firsts, ["1247450947269233"; 3], "{object}");
}

#[test]
fn the_rows_are_summed_up() {
    let stdout = raftsim("run reelection_3a initial_election_3a --seeds 7").exits(0);
    assert!(stdout.ends_with("\n\n2 scenarios: 14 runs, 0 failed\n"), "{stdout}");
    let stdout = raftsim("run reelection_3a --seeds 7").exits(0);
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
}

#[test]
fn a_file_of_seeds_is_run_as_it_is() {
    let folder = Folder::new();
    let listed = failures(FAILING);
    let seeds: Vec<String> = listed.iter().map(|(seed, _)| seed.to_string()).collect();
    folder.write("seeds", format!("# those that failed\n{}\n0 # passes\n", seeds.join(" ")));
    let run = "run stale_leaders_return_3a --node post-2025 --seeds-from seeds --keep-going --json";
    for jobs in ["", " --jobs 1", " --jobs 3"] {
        let object = folder.raftsim(&format!("{run}{jobs}")).json(1).remove(0);
        let again: Vec<u64> = object["failures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["seed"].as_u64().unwrap())
            .collect();
        assert_eq!(again, listed.iter().map(|(seed, _)| *seed).collect::<Vec<_>>());
        assert_eq!(object["first_failing_seed"], json!(listed[0].0));
    }
    for (text, expected) in
        [("1 x", "error: seeds, line 1: `x` is no seed"), ("# 1\n", "error: seeds lists no seed")]
    {
        folder.write("seeds", text);
        let Output { status, stderr, .. } = folder.raftsim(run);
        assert_eq!((status, stderr.lines().next()), (2, Some(expected)));
    }
    let Output { status, .. } = folder.raftsim("run --seeds-from none");
    assert_eq!(status, 2);
    let Output { status, .. } = folder.raftsim("run --seeds-from seeds --from 3");
    assert_eq!(status, 2);
}

#[test]
fn expected_failures_are_the_right_result_and_others_are_not() {
    let folder = Folder::new();
    let known = raftsim(&format!("{FAILING} --json"));
    folder.write("known", &known.stdout);
    let run = "run stale_leaders_return_3a --node post-2025 --seeds 40 --expect known";
    let stdout = folder.raftsim(run).exits(0);
    let many = failures(FAILING).len();
    let last = format!("{many} seeds of 1 scenario failed as expected");
    assert_eq!(stdout.lines().last(), Some(&*last));
    folder.raftsim(&format!("{run} --junit out.xml")).exits(0);
    assert!(folder.read("out.xml").contains(r#"failures="0""#));
    // Fewer seeds: those beyond them are not judged.
    folder.raftsim(&run.replace("40", "20")).exits(0);
    // One that is not listed fails; one that is listed passes; one breaks another property.
    let object: Value = serde_json::from_str(&known.stdout).unwrap();
    let first = object["failures"][0]["seed"].as_u64().unwrap();
    let changed = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut object = object.clone();
        change(object["failures"].as_array_mut().unwrap());
        folder.write("known", object.to_string());
        folder.raftsim(run).exits(1)
    };
    let stdout = changed(&|failures| drop(failures.remove(0)));
    folder.raftsim(&format!("{run} --junit out.xml")).exits(1);
    let case = r#"<failure message="stale_leaders_return_3a is not as expected">  seed "#;
    assert!(folder.read("out.xml").contains(case));
    let fails = format!("seed {first} fails by ");
    assert!(stdout.contains(&fails) && stdout.contains(", unexpectedly"), "{stdout}");
    let passes = (0..40).find(|&seed| failures(FAILING).iter().all(|(it, _)| *it != seed)).unwrap();
    let stdout = changed(&|failures| {
        failures.push(json!({"seed": passes, "property": "one vote per term"}));
    });
    assert!(
        stdout.contains(&format!("seed {passes} passes, and known expects `one vote per term`")),
        "{stdout}"
    );
    let stdout = changed(&|failures| drop(failures.drain(..11)));
    assert!(stdout.contains("\n  and 1 more seed is not as expected\n"), "{stdout}");
    let stdout = changed(&|failures| failures[0]["property"] = json!("one vote per term"));
    assert!(stdout.contains(", and known expects `one vote per term`"), "{stdout}");
    for text in [
        "{}",
        "x",
        &object.to_string().replace("\"unlisted_failures\":0", "\"unlisted_failures\":1"),
    ] {
        folder.write("known", text);
        let Output { status, stderr, .. } = folder.raftsim(run);
        assert!(status == 2 && stderr.starts_with("error: --expect known, line 1: "), "{stderr}");
    }
    let own = "one of your own is known only to the program that registers it";
    for (is, says, why) in [
        (
            "\"check_one_leader\"",
            "\"check_one_leaders\"",
            "no property is named `check_one_leaders` (did you mean `check_one_leader`?)"
                .to_owned(),
        ),
        (
            "\"check_one_leader\"",
            "\"first come, first served\"",
            format!("no property is named `first come, first served` ({own})"),
        ),
        (
            "\"stale_leaders_return_3a\"",
            "\"mine\"",
            format!("no scenario is named `mine` (`list` prints all of them); {own}"),
        ),
    ] {
        folder.write("known", object.to_string().replace(is, says));
        let Output { status, stdout, stderr } = folder.raftsim(run);
        let expected = (2, "", format!("error: --expect known, line 1: {why}\n"));
        assert_eq!((status, stdout.as_str(), stderr), expected);
    }
}

#[test]
fn nothing_is_printed_of_what_fails_as_expected_but_how_much() {
    let folder = Folder::new();
    folder.write("known", raftsim(&format!("{FAILING} --json")).stdout);
    let output = folder.raftsim(&format!("{FAILING} --expect known"));
    assert!(!output.stdout.contains("fails at seed"), "{}", output.stdout);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
}

#[test]
fn a_file_without_all_seeds_that_fail_is_refused() {
    let folder = Folder::new();
    let cut = raftsim(&format!("{} --json", FAILING.replace(" --keep-going", "")));
    folder.write("known", &cut.stdout);
    let Output { status, stderr, .. } = folder.raftsim(&format!("{FAILING} --expect known"));
    let why = "it was printed without `--keep-going`, and lists only the first seed that fails";
    assert_eq!((status, stderr), (2, format!("error: --expect known, line 1: {why}\n")));
}

#[test]
fn a_plan_is_kept_for_each_property_and_breaks_it() {
    let folder = Folder::new();
    folder.raftsim(&format!("{FAILING} -o kept"));
    let listed = failures(FAILING);
    let mut firsts: Vec<&(u64, String)> = vec![];
    for failure in &listed {
        if firsts.iter().all(|(_, property)| *property != failure.1) {
            firsts.push(failure);
        }
    }
    let kept = std::fs::read_dir(folder.path().join("kept")).unwrap().count();
    assert_eq!(kept, firsts.len());
    for (seed, property) in firsts {
        let file = format!("kept/stale_leaders_return_3a-post-2025-{seed}.toml");
        assert!(folder.read(&file).contains(&format!("breaks = \"{property}\"")));
        let stdout = folder.raftsim(&format!("replay {file} --quiet")).exits(1);
        assert!(stdout.contains(property.as_str()), "{stdout}");
    }
}

#[test]
fn junit_has_a_case_for_each_scenario() {
    let folder = Folder::new();
    folder.raftsim("run --lab 3A --node post-2025 --seeds 5 --junit out.xml");
    let xml = folder.read("out.xml");
    let lines: Vec<&str> = xml.lines().map(str::trim).collect();
    assert_eq!(lines[0], r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    assert!(
        lines[1].starts_with(r#"<testsuites tests="7" failures="1" skipped="1" time=""#),
        "{xml}"
    );
    assert!(
        lines[2].starts_with(r#"<testsuite name="raftsim, node post-2025" tests="7""#),
        "{xml}"
    );
    let case = |name: &str| {
        let found =
            lines.iter().position(|line| line.starts_with(&format!("<testcase name=\"{name}\"")));
        &lines[found.expect(name)..]
    };
    assert!(case("reelection_3a")[0].ends_with("/>"));
    assert!(
        case("no_leader_without_majority_3a")[0]
            .ends_with(r#"><skipped message="not claimed"/></testcase>"#)
    );
    let failed = case("stale_leaders_return_3a");
    assert!(
        failed[1].starts_with(r#"<failure message="stale_leaders_return_3a fails at seed "#),
        "{xml}"
    );
    assert!(failed.iter().any(|line| line.starts_with("replay it: raftsim replay ")), "{xml}");
    assert_eq!(lines[lines.len() - 2..], ["</testsuite>", "</testsuites>"]);
    folder.raftsim("run reelection_3a --seeds 1 --junit made/out.xml").exits(0);
    assert!(folder.read("made/out.xml").contains(r#"failures="0""#));
    let Output { status, .. } = folder.raftsim("run reelection_3a --seeds 1 --junit out.xml/x");
    assert_eq!(status, 2);
}

#[test]
fn failures_are_annotations_where_github_runs_the_command() {
    let annotations = |github: &str| {
        let mut command: Command = command();
        command.args(FAILING.split(' ')).env("GITHUB_ACTIONS", github);
        let Output { stdout, .. } = Output::of(&mut command);
        stdout
            .lines()
            .filter(|line| line.starts_with("::error"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(annotations("").is_empty());
    let [line] = &annotations("true")[..] else { panic!("one scenario fails") };
    let (title, text) = line.strip_prefix("::error title=").unwrap().split_once("::").unwrap();
    let (seed, _) = &failures(FAILING)[0];
    assert_eq!(title, format!("stale_leaders_return_3a fails at seed {seed}"));
    assert!(text.contains("%0A  replay it: raftsim replay "), "{text}");
}

#[test]
fn fuzz_and_replay_are_annotated_and_have_cases_too() {
    let folder = Folder::with("kept/notes", "");
    let of = |arguments: &str| {
        let mut command = command();
        command.current_dir(folder.path()).args(arguments.split(' ')).env("GITHUB_ACTIONS", "true");
        let Output { status, stdout, .. } = Output::of(&mut command);
        let errors = stdout.lines().filter(|line| line.starts_with("::error"));
        (status, errors.map(str::to_owned).collect::<Vec<_>>())
    };
    let case = |file: &str, name: &str| {
        let xml = folder.read(file);
        let start = format!(r#"<testcase name="{name}" classname=""#);
        assert!(xml.contains(&start), "no {start} in {xml}");
        xml
    };
    let node = "--node mutant:votes-for-everyone";
    let fuzz = format!("fuzz {node} --servers 3..7 --runs 200 -o kept/red.toml --junit fuzz.xml");
    let (status, errors) = of(&fuzz);
    let [line] = &errors[..] else { panic!("one plan fails: {errors:?}") };
    let title = "::error title=fuzz%2C seed 1%3A fails by `one vote per term`::";
    assert!(line.starts_with(title), "{line}");
    assert!(line.ends_with("%0A  replay it: raftsim replay kept/red.toml"), "{line}");
    let xml = case("fuzz.xml", "fuzz: one vote per term");
    assert_eq!((status, xml.matches("<failure ").count()), (1, 1), "{xml}");
    let passed = of("fuzz --runs 10 --junit fuzz.xml");
    assert_eq!(passed, (0, vec![]));
    assert!(case("fuzz.xml", "fuzz").contains(r#"failures="0""#));
    // The plan `breaks` what it breaks: in a folder that is right, and alone it is a run that fails.
    let (status, errors) = of("replay kept/red.toml --quiet --junit one.xml");
    let [line] = &errors[..] else { panic!("the run fails: {errors:?}") };
    assert!(line.starts_with("::error title=kept/red.toml%2C seed "), "{line}");
    let replay = format!("replay it: raftsim replay kept/red.toml {node}");
    assert!(line.ends_with(&replay), "{line}");
    assert_eq!(status, 1);
    assert!(folder.read("one.xml").contains(r#"failures="1""#));
    assert_eq!(of("replay kept --junit all.xml"), (0, vec![]));
    assert!(case("all.xml", "kept/red.toml").contains(r#"failures="0""#));
    let text = folder.read("kept/red.toml").replace("breaks =", "guards =");
    folder.write("kept/red.toml", text);
    let (status, errors) = of("replay kept --junit all.xml");
    let [line] = &errors[..] else { panic!("the plan fails: {errors:?}") };
    assert!(
        line.starts_with("::error title=kept/red.toml fails::FAIL%3A ") || line.contains("FAIL: ")
    );
    let xml = case("all.xml", "kept/red.toml");
    assert!(xml.contains(r#"<failure message="kept/red.toml fails">"#), "{xml}");
    assert_eq!(status, 1);
}

/// A right Raft but for one bug, which each scenario meets at once.
const BROKEN: &str = "run --lab 3B --seeds 2 --node mutant:heartbeat-resets-no-timer";

#[test]
fn what_one_bug_breaks_in_many_scenarios_is_printed_once() {
    let output = raftsim(BROKEN);
    let stdout = &output.stdout;
    let failed = stdout.lines().filter(|line| line.contains(" fails at seed ")).count();
    let list = stdout.lines().skip_while(|line| !line.contains(" more scenarios fail by `"));
    let list: Vec<&str> = list.take_while(|line| !line.is_empty()).collect();
    let (many, _) = list[0].trim().split_once(' ').expect("how many");
    let many: usize = many.parse().expect("a number");
    assert!(failed < 4 && many > 5, "{stdout}");
    let names = list[1..].join(" ");
    assert_eq!(names.split(", ").filter(|name| name.contains(" seed ")).count(), many, "{names}");
    assert!(list.iter().all(|line| line.len() <= 100), "{list:?}");
    // Each of the others is in the list, and fails so.
    let (name, seed) = names.split(", ").last().unwrap().trim().split_once(" seed ").unwrap();
    let replay =
        format!("replay {name} --seed {seed} --node mutant:heartbeat-resets-no-timer --quiet");
    raftsim(&replay).exits(1);
    // On stderr no more of them is named than of one scenario.
    let announced = output.stderr.lines().filter(|line| line.contains(": fails by `")).count();
    assert!(announced <= 3 * failed, "{}", output.stderr);
    assert!(output.stderr.contains(": they are counted, and not named\n"), "{}", output.stderr);
}

#[test]
fn plans_are_kept_in_a_folder_and_not_over_a_file() {
    let folder = Folder::with("kept", "something of my own\n");
    let Output { status, stdout, stderr } = folder.raftsim(&format!("{FAILING} -o kept"));
    let line = "error: -o kept: expected a folder for plans, not a file\n";
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (2, "", line));
    assert_eq!(folder.read("kept"), "something of my own\n");
}

#[test]
fn the_profile_has_a_row_for_each_scenario() {
    let stdout = raftsim("run reelection_3a count_3b --seeds 50 --profile").exits(0);
    let (_, profile) = stdout.split_once("of the time, in percent:\n").expect(&stdout);
    let lines: Vec<Vec<&str>> =
        profile.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["scenario", "steps", "copies", "digests", "oracles", "world", "samples"]);
    assert_eq!([lines[1][0], lines[2][0]], ["reelection_3a", "count_3b"]);
    assert_eq!(lines.len(), 3);
    let object = raftsim("run reelection_3a --seeds 50 --profile --json").json(0).remove(0);
    let mut parts: Vec<&str> =
        object["profile"].as_object().unwrap().keys().map(String::as_str).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["copies", "digests", "oracles", "steps", "world"]);
}
