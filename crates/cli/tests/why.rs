//! `why` and `diff`: why a run fails, and where two runs part.

use crate::support::{Folder, raftsim};

#[test]
fn why_names_the_last_change_of_each_server_and_the_odds() {
    let text = raftsim("why stale_leaders_return_3a --seed 2 --node post-2025").exits(1);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() <= 14, "{text}");
    assert_eq!(lines[0], "stale_leaders_return_3a, seed 2, node post-2025");
    let step = "  [1] 2.011576s n1  <- n2 no t4 #5; follower in term 4; # heartbeat answered in a higher term: \
                follower, heartbeats stopped, and no election timer runs";
    assert!(lines.contains(&step), "{text}");
    assert!(text.contains("\nunder other seeds: "), "{text}");
    assert!(text.ends_with("if all faults stopped: at most 0 of 64 branches fail\n"), "{text}");
}

#[test]
fn why_is_the_same_with_one_thread_and_two() {
    let why = "why stale_leaders_return_3a --seed 2 --node post-2025 --branches 8 --json";
    let one = raftsim(&format!("{why} --jobs 1")).exits(1);
    assert_eq!(raftsim(&format!("{why} --jobs 2")).exits(1), one);
}

#[test]
fn why_marks_the_turning_point_on_a_page() {
    let folder = Folder::new();
    let plan = "../../sim-scenarios/regressions/figure-8.toml";
    folder.write("figure-8.toml", std::fs::read(plan).unwrap());
    let why = "why figure-8.toml --node mutant:commits-earlier-terms --branches 8 --html run.html";
    let text = folder.raftsim(why).exits(1);
    assert!(text.contains("  [A] 0.220400s n1  <- n3 yes t3 #8; leader in term 3"), "{text}");
    let odds = "if all faults stopped: 0 of 8 branches fail before 0.280000s";
    assert!(text.contains(odds), "{text}");
    assert!(text.ends_with("  look at it: run.html\n"), "{text}");
    assert!(folder.read("run.html").contains("id=\"data\""));
}

#[test]
fn why_of_a_run_that_passes_says_so() {
    let text = raftsim("why reelection_3a --seed 1").exits(0);
    assert_eq!(text, "reelection_3a, seed 1, node raft: pass\n");
}

#[test]
fn diff_prints_the_first_difference_of_one_plan_on_two_nodes() {
    let folder = Folder::new();
    let plan = "../../sim-scenarios/regressions/figure-8.toml";
    folder.write("figure-8.toml", std::fs::read(plan).unwrap());
    let diff = "diff figure-8.toml --node control --with mutant:commits-earlier-terms --lines 1";
    let text = folder.raftsim(&format!("{diff} --html two.html")).exits(1);
    assert!(text.starts_with("A: figure-8.toml, seed 8, node control\n"), "{text}");
    let commits =
        "B    0.220300s   [L3]    F3     F3     F2     --    leader in term 3, n1 leads, commit 1";
    assert!(text.lines().any(|line| line == commits), "{text}");
    assert!(text.contains("\nA: pass ("), "{text}");
    assert!(text.contains("\nB: FAIL: 0.280100s Leader Completeness (broken)"), "{text}");
    assert_eq!(folder.read("two.html").matches("<iframe ").count(), 2);
}

#[test]
fn diff_of_a_run_with_itself_finds_no_difference() {
    let text = raftsim("diff reelection_3a:7 reelection_3a:7").exits(0);
    assert!(text.contains("\nthe runs are the same\n"), "{text}");
}

#[test]
fn diff_asks_for_two_runs_that_exist() {
    for (arguments, why) in [
        ("reelection_3a:7", "error: the following required arguments were not provided: <B>\n"),
        (
            "reelection_3a reelection_3a:1",
            "error: `reelection_3a` is no plan file, and has no seed: expected NAME:SEED\n",
        ),
        (
            "reelection_3a:x reelection_3a:1",
            "error: `reelection_3a:x`: expected a seed after `:`\n",
        ),
        ("no-such.toml reelection_3a:1", "error: there is no file `no-such.toml`\n"),
    ] {
        let bad = raftsim(&format!("diff {arguments}"));
        assert_eq!((bad.status, bad.stderr.as_str()), (2, why), "{arguments}");
    }
}
