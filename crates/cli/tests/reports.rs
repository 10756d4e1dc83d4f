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
        let expected = format!("{times} by {property} (first in seed {first})");
        assert!(list.contains(&expected), "{list}: {expected}");
    }
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
    let last = format!("stale_leaders_return_3a: {many} seeds fail as expected");
    assert_eq!(stdout.lines().last(), Some(&*last));
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
    assert!(
        stdout.contains(&format!("seed {first} fails by ")) && stdout.contains(", unexpectedly"),
        "{stdout}"
    );
    let passes = (0..40).find(|&seed| failures(FAILING).iter().all(|(it, _)| *it != seed)).unwrap();
    let stdout = changed(&|failures| {
        failures.push(json!({"seed": passes, "property": "one vote per term"}));
    });
    assert!(
        stdout.contains(&format!("seed {passes} passes, and known expects one vote per term")),
        "{stdout}"
    );
    let stdout = changed(&|failures| failures[0]["property"] = json!("one vote per term"));
    assert!(stdout.contains(", and known expects one vote per term"), "{stdout}");
    for text in [
        "{}",
        "x",
        &object.to_string().replace("\"unlisted_failures\":0", "\"unlisted_failures\":1"),
    ] {
        folder.write("known", text);
        let Output { status, stderr, .. } = folder.raftsim(run);
        assert!(status == 2 && stderr.starts_with("error: --expect known, line 1: "), "{stderr}");
    }
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
    let Output { status, .. } = folder.raftsim("run reelection_3a --seeds 1 --junit none/out.xml");
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
