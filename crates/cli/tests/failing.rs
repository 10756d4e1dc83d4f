//! `run` on a node that fails: its first seed, the reason, the line that replays it.

use serde_json::Value;

use crate::support::{elections, raftsim, table};

/// Fails now and then: a deposed leader of this node has no election timer.
const FAILING: &str = "run stale_leaders_return_3a --node post-2025 --seeds 200";

/// The counts, the first failing seed and the reason of a run's only scenario, which fails.
fn counts(arguments: &str) -> ([u64; 4], String) {
    let lines = raftsim(&format!("{arguments} --json")).json(1);
    let [object] = &lines[..] else { panic!("one scenario was run: {lines:?}") };
    let fields = ["seeds", "passed", "failed", "first_failing_seed"];
    let counts = fields.map(|field| object[field].as_u64().expect(field));
    (counts, object["reason"].as_str().unwrap().to_owned())
}

#[test]
fn a_scenario_ends_at_its_lowest_failing_seed_whatever_the_jobs() {
    let (all, reason) = counts(&format!("{FAILING} --keep-going"));
    let [seeds, passed, failed, first] = all;
    assert_eq!((seeds, passed + failed), (200, 200));
    // What follows shows nothing unless seeds fail on both sides of a chunk's end.
    assert!(failed > 64, "{all:?}");
    for jobs in [1, 2, 4] {
        let ended = counts(&format!("{FAILING} --jobs {jobs}"));
        assert_eq!(ended, ([first + 1, first, 1, first], reason.clone()), "{jobs} jobs");
        let went_on = counts(&format!("{FAILING} --keep-going --jobs {jobs}"));
        assert_eq!(went_on, (all, reason.clone()), "{jobs} jobs");
    }
    if let Some(before) = first.checked_sub(1).filter(|&before| before > 0) {
        let holds = format!("run stale_leaders_return_3a --node post-2025 --seeds {before}");
        raftsim(&holds).exits(0);
    }
}

#[test]
fn the_table_is_followed_by_the_seed_the_reason_the_replay_and_the_shrinking() {
    let ([.., first], reason) = counts(FAILING);
    let stdout = raftsim(FAILING).exits(1);
    let (_, failure) = stdout.split_once("\n\n").unwrap();
    let (failure, unjudged) = failure.split_once("\nnot judged: ").unwrap();
    assert_eq!(unjudged.lines().count(), 1, "{unjudged}");
    let expected = format!(
        "stale_leaders_return_3a fails at seed {first}\n  {reason}\n  replay it: raftsim replay \
         stale_leaders_return_3a --seed {first} --node post-2025\n  shrink it: raftsim shrink \
         stale_leaders_return_3a --seed {first} --node post-2025\n"
    );
    assert_eq!(failure, expected);
    let (seeds, passed) = ((first + 1).to_string(), first.to_string());
    let row = [&*seeds, &*passed, "1"];
    assert_eq!(table(&stdout), [("stale_leaders_return_3a", row)]);
}

#[test]
fn keeping_going_reports_how_many_seeds_broke_each_property() {
    let ([seeds, _, failed, _], _) = counts(&format!("{FAILING} --keep-going"));
    let stdout = raftsim(&format!("{FAILING} --keep-going")).exits(1);
    let prefix = format!("  {failed} of {seeds} seeds fail: ");
    let list = stdout.lines().find_map(|line| line.strip_prefix(&prefix)).expect(&stdout);
    let times = list.split(", ").map(|each| each.split_once(" by ").unwrap().0);
    assert_eq!(times.map(|times| times.parse::<u64>().unwrap()).sum::<u64>(), failed);
}

#[test]
fn the_printed_line_replays_the_failure() {
    let ([.., first], reason) = counts(FAILING);
    let stdout = raftsim(FAILING).exits(1);
    let line = stdout.lines().find_map(|line| line.strip_prefix("  replay it: raftsim ")).unwrap();
    let replayed = raftsim(line).exits(1);
    let verdict = format!("FAIL: {reason}");
    assert!(replayed.contains(&format!("\n{verdict}\nthe servers then:\n")), "{replayed}");
    assert_eq!(raftsim(&format!("{line} --quiet")).exits(1).lines().nth(1), Some(&*verdict));
    let object = raftsim(&format!("{line} --json")).json(1).remove(0);
    assert_eq!(
        ["verdict", "reason", "seed"].map(|field| object[field].clone()),
        [Value::from("fail"), reason.into(), first.into()]
    );
}

#[test]
fn the_other_scenarios_are_run_and_reported_though_one_fails() {
    let stdout = raftsim("run --lab 3A --node post-2025 --seeds 64").exits(1);
    let failed: Vec<_> = stdout
        .lines()
        .filter_map(|line| line.split_once(" fails at seed "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(failed, ["stale_leaders_return_3a"]);
    let rows = stdout.lines().skip(1).take(elections().len());
    let rows: Vec<_> = rows.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(rows, elections());
}

#[test]
fn a_node_does_not_fail_by_what_it_does_not_claim() {
    let arguments = "run no_leader_without_majority_3a --node post-2025 --seeds 10";
    let stdout = raftsim(arguments).exits(0);
    let row: Vec<_> = stdout.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row, ["no_leader_without_majority_3a", "3A", "not", "claimed"]);
    assert_eq!(stdout.lines().count(), 2);
    let object = raftsim(&format!("{arguments} --json")).json(0).remove(0);
    assert_eq!(object["reason"], "not claimed");
    let counts = ["seeds", "passed", "failed", "by_chance", "events"];
    assert_eq!(counts.map(|field| object[field].as_u64()), [Some(0); 5]);
    assert_eq!(object["first_failing_seed"], Value::Null);
}
