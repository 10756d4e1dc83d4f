//! `run --measure`.

use serde_json::{Value, json};

use crate::support::{fields, raftsim};

/// What was measured of the first scenario.
fn measured(arguments: &str) -> Value {
    raftsim(&format!("run {arguments} --measure --json")).json(0).remove(0)["measured"].take()
}

#[test]
fn the_numbers_are_the_same_with_one_thread_and_with_many() {
    let of = |jobs| measured(&format!("reelection_3a --seeds 300 --jobs {jobs}"));
    let one = of(1);
    assert_eq!(one["seeds"], 300);
    assert_eq!(one, of(3));
}

#[test]
fn an_object_has_the_documented_fields_and_every_kind_of_fault() {
    let object = measured("snapshot_install_un_crash_3d --seeds 20");
    let documented = [
        "bytes",
        "campaigns",
        "cut",
        "faults",
        "first_leader",
        "leader_changes",
        "requests",
        "seeds",
        "snapshots_made",
        "snapshots_restored",
    ];
    assert_eq!(fields(&object), documented);
    assert_eq!(fields(&object["first_leader"]), ["median", "most", "p95", "seeds"]);
    assert_eq!(fields(&object["bytes"]), ["median", "most", "p95"]);
    assert_eq!(fields(&object["requests"]), ["append", "message", "snapshot", "vote"]);
    let faults = &object["faults"];
    for verb in raftsim_sim::VERBS.into_iter().chain(["lost", "late", "twice"]) {
        assert_eq!(fields(&faults[verb]), ["seeds", "times"], "{verb}");
    }
    // The scenario crashes a server thirty times, on a network that loses messages.
    assert_eq!(faults["crash"], json!({ "times": 20 * 30, "seeds": 20 }));
    assert_eq!(faults["lost"]["seeds"], 20);
    assert_eq!(faults["clock"], json!({ "times": 0, "seeds": 0 }));
    assert!(object["snapshots_made"]["median"].as_u64() > Some(10), "{object}");
    assert!(object["requests"]["snapshot"]["most"].as_u64() > Some(0), "{object}");
}

#[test]
fn leaders_and_campaigns_are_counted_to_the_first_seed_that_fails() {
    let calm = measured("initial_election_3a --seeds 50 --calm off");
    assert_eq!(calm["first_leader"]["seeds"], 50);
    assert_eq!(calm["leader_changes"], json!({ "median": 0, "p95": 0, "most": 0 }));
    assert_eq!(calm["campaigns"]["median"], 1);
    let first = &calm["first_leader"];
    let times = ["median", "p95", "most"].map(|field| first[field].as_f64().unwrap());
    assert!(0.1 < times[0] && times[0] <= times[1] && times[1] <= times[2], "{first}");
    let failing = raftsim("run stale_leaders_return_3a --node post-2025 --measure --json");
    let object = &failing.json(1)[0];
    assert_eq!(object["measured"]["seeds"], object["seeds"]);
}

#[test]
fn people_read_a_table_and_which_faults_happened() {
    let stdout = raftsim("run reelection_3a --seeds 50 --measure").exits(0);
    let (_, table) = stdout.split_once("\nreelection_3a, measured over 50 seeds\n").expect(&stdout);
    let first: Vec<&str> = table.lines().map(str::trim_start).collect();
    assert!(first[0].starts_with("median"), "{table}");
    for (line, name) in first[1..].iter().zip([
        "first leader",
        "campaigns",
        "changes of leader",
        "requests: vote",
        "requests: append",
        "requests: snapshot",
        "requests: message",
        "bytes",
        "snapshots made",
        "snapshots restored",
        "faults: ",
        "never: partition, ",
    ]) {
        assert!(line.starts_with(name), "{line}");
    }
    assert!(table.contains(" isolate in 50 seeds"), "{table}");
    assert!(!raftsim("run reelection_3a --seeds 50").exits(0).contains("measured"));
}
