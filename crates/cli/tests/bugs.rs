//! `bugs`: planted bugs, and how many runs find each.

use serde_json::Value;

use crate::support::raftsim;

fn row(arguments: &str, status: i32) -> Vec<Value> {
    raftsim(&format!("bugs --json {arguments}")).json(status)
}

#[test]
fn a_bug_that_falls_at_once_is_told_with_runs_and_property() {
    let rows = row("--bug votes-for-everyone --budget 2000", 0);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let told = &rows[0];
    assert_eq!(told["bug"], "votes-for-everyone");
    assert_eq!((&told["way"], &told["starts"]), (&Value::from("fuzz"), &Value::from(9)));
    assert_eq!((&told["caught"], &told["property"]), (&true.into(), &"one vote per term".into()));
    let [low, median, high] =
        ["low", "median_runs", "high"].map(|key| told[key].as_u64().expect(key));
    assert!(1 <= low && low <= median && median <= high && high <= 100, "{told}");
    assert!(told["cpu_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{told}");
}

#[test]
fn what_fuzz_does_not_see_another_way_finds() {
    let rows = row("--bug no-op-at-election --budget 50", 0);
    let [fuzz, other] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((&fuzz["way"], &fuzz["caught"]), (&"fuzz".into(), &false.into()));
    assert_eq!((&fuzz["median_runs"], &fuzz["property"]), (&Value::Null, &Value::Null));
    assert_eq!(other["caught"], true);
    assert!(other["way"].as_str().is_some_and(|way| way.ends_with("_3b")), "{other}");
}

#[test]
fn a_bug_that_survives_stands_in_plain_sight() {
    let told = raftsim("bugs --bug commits-at-heartbeat --budget 2");
    let stdout = told.exits(1);
    assert!(stdout.contains("not found"), "{stdout}");
    assert!(stdout.ends_with("0 of 1 bugs found\nsurvivors: commits-at-heartbeat\n"), "{stdout}");
}

#[test]
fn the_second_raft_without_a_bug_holds() {
    raftsim("fuzz --node second --runs 3000").exits(0);
    raftsim("run --node second --seeds 20").exits(0);
}

#[test]
fn an_unknown_bug_suggests_the_nearest() {
    let told = raftsim("bugs --bug longer-log-win");
    assert_eq!(told.status, 2);
    assert!(told.stderr.contains("did you mean `longer-log-wins`?"), "{told:?}");
}
