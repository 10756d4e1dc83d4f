//! `why` and `diff`: why a run fails, and where two runs part.

use std::fs;

use serde_json::{Value, json};

use crate::interrupted::Running;
use crate::support::{Folder, bad_nodes, command, data, raftsim};

/// A folder with the plan of Figure 8.
fn figure_8() -> Folder {
    Folder::with(
        "figure-8.toml",
        fs::read("../../sim-scenarios/regressions/figure-8.toml").unwrap(),
    )
}

/// The node whose run of this plan fails.
const FIGURE_8: &str = "figure-8.toml --node mutant:commits-earlier-terms";

/// Why it fails.
const REASON: &str = "0.280100s Leader Completeness (broken): 2@1 cmd 2 is committed, as n1 in term 3 showed at 0.220400s; but n5 leads in term 4, and its disk holds 2@2 cmd 3 there";

/// The time of a step of a page.
fn time_of(page: &Value, step: &Value) -> u64 {
    let steps = page["steps"]["dt"].as_array().unwrap().iter();
    let last = usize::try_from(step.as_u64().unwrap()).unwrap();
    steps.take(last + 1).map(|dt| dt.as_u64().unwrap()).sum()
}

/// The data of each frame of a page with two.
fn frames(html: &str) -> Vec<Value> {
    let frames = html.split("srcdoc=\"").skip(1);
    let plain = |frame: &str| {
        frame
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    frames.map(|frame| data(&plain(frame.split_once("\"></iframe>").unwrap().0))).collect()
}

#[test]
fn why_names_the_last_change_of_each_server_and_the_odds() {
    let text = raftsim("why stale_leaders_return_3a --seed 2 --node post-2025").exits(1);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() <= 14, "{text}");
    assert_eq!(lines[0], "stale_leaders_return_3a, seed 2, node post-2025");
    let step = "  [1] 2.011576s n1  <- n2 no t4 #5; # heartbeat answered in a higher term: follower, \
                heartbeats stopped, and no election timer runs; follower in term 4";
    assert!(lines.contains(&step), "{text}");
    assert!(text.contains("\nunder other seeds: "), "{text}");
    let repeated = "repeated from 2.051308s on: 24 x n2 -> n1 n3 vote?, 12 x n2 timeout";
    assert!(lines.contains(&repeated), "{text}");
    let calm = "if all faults stopped: no branch fails (0 of 64 at each moment)\n";
    assert!(text.ends_with(calm), "{text}");
}

#[test]
fn why_is_the_same_with_one_thread_and_two() {
    let why = "why stale_leaders_return_3a --seed 2 --node post-2025 --branches 8 --json";
    let one = raftsim(&format!("{why} --jobs 1")).exits(1);
    assert_eq!(raftsim(&format!("{why} --jobs 2")).exits(1), one);
}

#[test]
fn why_marks_the_turning_point_on_a_page() {
    let folder = figure_8();
    let why = format!("why {FIGURE_8} --branches 8 --html run.html");
    let text = folder.raftsim(&why).exits(1);
    assert!(text.contains("  [A] 0.220400s n1  <- n3 yes t3 #8; leader in term 3"), "{text}");
    let odds = "if all faults stopped: 0 of 8 branches fail before 0.280000s";
    assert!(text.contains(odds), "{text}");
    assert!(text.ends_with("  look at it: run.html\n"), "{text}");
    let page = data(&folder.read("run.html"));
    let [mark] = &page["turning"].as_array().unwrap()[..] else { panic!("{}", page["turning"]) };
    assert_eq!(time_of(&page, &mark["step"]), 280_000_000);
    let text = "if all faults stopped 0 of 8 branches fail before this step, and 8 of 8 from it on";
    assert_eq!(*mark, json!({ "step": mark["step"], "letter": "T", "text": text }));
}

/// A step of a story.
fn told(time: u64, server: u8, mark: Option<&str>, text: &str) -> Value {
    json!({ "time": time, "server": server, "mark": mark, "text": text })
}

/// How many of eight branches fail that leave the run at a time.
fn share(at: u64, failed: u64) -> Value {
    json!({ "at": at, "failed": failed, "of": 8 })
}

#[test]
fn the_object_of_why_is_what_the_guide_says() {
    let folder = figure_8();
    let why = format!("why {FIGURE_8} --branches 8 --moments 2 --html run.html --json");
    let leads = "leader in term";
    let story = [
        told(100_000_000, 1, None, "propose 2 cmd 2; accept 2 2@1"),
        told(100_050_000, 2, None, "<- n1 2@1 t1 #4"),
        told(140_000_000, 5, None, "propose 3 cmd 3; accept 3 2@2"),
        told(
            220_100_000,
            1,
            None,
            &format!("<- n3 yes t3 #5; # elected: leader; {leads} 3, n1 leads, commit 0"),
        ),
        told(220_350_000, 3, None, "<- n1 2@1 t3 #10"),
        told(220_400_000, 1, Some("A"), &format!("<- n3 yes t3 #8; {leads} 3, n1 leads, commit 2")),
        told(
            280_100_000,
            5,
            Some("B"),
            &format!("<- n3 yes t4 #3; # elected: leader; {leads} 4, n5 leads, commit 0"),
        ),
    ];
    let [start, end] = [0, 280_050_000];
    let turn = json!({ "before": share(start, 0), "after": share(end, 8), "isolated": false });
    let expected = json!({
        "node": "mutant:commits-earlier-terms",
        "seed": 8,
        "reason": REASON,
        "story": story,
        "repeated": null,
        "goes_on": {
            "finished": true,
            "moments": 52,
            "rise": null,
            "lost": { "before": null, "after": share(start, 8), "isolated": true },
            "shares": [share(start, 8), share(end, 8)]
        },
        "calm": {
            "finished": true,
            "moments": 52,
            "rise": turn,
            "lost": turn,
            "shares": [share(start, 0), share(end, 8)]
        },
        "page": "run.html"
    });
    assert_eq!(folder.raftsim(&why).json(1), [expected]);
}

#[test]
fn the_object_of_why_says_what_repeats() {
    let why = "why stale_leaders_return_3a --seed 2 --node post-2025 --branches 1 --moments 1";
    let object = raftsim(&format!("{why} --json")).json(1).remove(0);
    let expected = json!({
        "since": 2_051_308_326_u64, "sent": ["24 x n2 -> n1 n3 vote?"], "timeouts": [0, 12, 0],
    });
    assert_eq!(object["repeated"], expected);
}

#[test]
fn of_few_moments_none_is_blamed_that_was_not_isolated() {
    let folder = figure_8();
    let why = format!("why {FIGURE_8} --branches 8 --moments 2 --html run.html");
    let text = folder.raftsim(&why).exits(1);
    let lines: Vec<&str> = text.lines().rev().take(3).collect();
    let calm = "if all faults stopped: 0 of 8 branches fail at 0.000000s, and 8 of 8 at 0.280050s; \
                no moment between the two was tried (2 of 52 moments tried)";
    let goes_on = "under other seeds: all 8 branches fail from the start (2 of 52 moments tried)";
    assert_eq!(lines, ["  look at it: run.html", calm, goes_on]);
    assert!(data(&folder.read("run.html")).get("turning").is_none());
}

#[test]
fn why_of_a_run_that_is_not_the_same_twice_points_to_diff() {
    let text = bad_nodes("why initial_election_3a --seed 0 --node unsteady").exits(1);
    let lines: Vec<&str> = text.lines().collect();
    let [name, reason, .., last] = lines[..] else { panic!("{text}") };
    assert_eq!(name, "initial_election_3a, seed 0, node unsteady");
    assert!(reason.contains("s the node is not deterministic (contract): "), "{text}");
    let diff = "bad-nodes diff initial_election_3a:0 initial_election_3a:0 --node unsteady";
    let expected = format!(
        "two runs of it differ, so that there is nothing to branch; `{diff}` shows their first \
         difference"
    );
    assert_eq!(last, expected);
    let object = &bad_nodes("why initial_election_3a --seed 0 --node unsteady --json").json(1)[0];
    // Much happens again and again in it, which is not why it fails.
    let claims = ["repeated", "goes_on", "calm"].map(|claim| &object[claim]);
    assert_eq!(claims, [&Value::Null; 3]);
}

#[cfg(unix)]
#[test]
fn why_that_is_interrupted_claims_nothing() {
    let folder = figure_8();
    let why = format!("why {FIGURE_8} --branches 1000000");
    let running = Running::begin(&folder, command(), &why);
    running.signal("-INT", 1_500);
    let output = running.end();
    assert_eq!((output.status, output.stderr.as_str()), (130, ""), "{}", output.stdout);
    let lines: Vec<&str> = output.stdout.lines().rev().take(2).collect();
    let expected = [
        "if all faults stopped: not known: stopped after 0 moments",
        "under other seeds: not known: stopped after 0 moments",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn why_of_a_run_that_passes_says_so() {
    let text = raftsim("why reelection_3a --seed 1").exits(0);
    assert_eq!(text, "reelection_3a, seed 1, node raft: pass\n");
    let object = raftsim("why reelection_3a --seed 1 --json").json(0);
    let (none, seed) = (Value::Null, 1);
    let passed = json!({
        "node": "raft", "seed": seed, "reason": none, "story": [], "repeated": none,
        "goes_on": none, "calm": none,
    });
    assert_eq!(object, [passed]);
}

#[test]
fn why_of_a_run_that_passes_writes_its_page() {
    let folder = Folder::new();
    let text = folder.raftsim("why reelection_3a --seed 1 --html run.html").exits(0);
    assert_eq!(text, "reelection_3a, seed 1, node raft: pass\n  look at it: run.html\n");
    assert_eq!(data(&folder.read("run.html"))["verdict"], Value::Null);
}

#[test]
fn no_page_takes_the_place_of_a_plan_or_of_another_file() {
    let folder = figure_8();
    let plan = folder.read("figure-8.toml");
    for (command, why) in [
        (
            "why figure-8.toml --html figure-8.toml",
            "--html figure-8.toml: this is the file of the plan",
        ),
        (
            "replay figure-8.toml --html ./figure-8.toml",
            "--html ./figure-8.toml: this is the file of the plan",
        ),
        (
            "replay figure-8.toml --trace figure-8.toml",
            "--trace figure-8.toml: this is the file of the plan",
        ),
        ("replay figure-8.toml --html x --trace ./x", "--html x: this is the file of --trace"),
        ("shrink figure-8.toml --html ./x -o x", "--html ./x: this is the file of -o"),
        (
            "diff reelection_3a:1 figure-8.toml --html figure-8.toml",
            "--html figure-8.toml: this is the file of a plan",
        ),
    ] {
        let bad = folder.raftsim(command);
        assert_eq!((bad.status, bad.stderr), (2, format!("error: {why}\n")), "{command}");
    }
    assert_eq!((folder.read("figure-8.toml"), folder.files().len()), (plan, 1));
    folder
        .raftsim("replay reelection_3a --seed 1 --quiet --html /dev/null --trace /dev/null")
        .exits(0);
}

#[test]
fn diff_prints_the_first_difference_of_one_plan_on_two_nodes() {
    let folder = figure_8();
    let diff = "diff figure-8.toml --node control --with mutant:commits-earlier-terms --lines 1";
    let text = folder.raftsim(&format!("{diff} --html two.html")).exits(1);
    assert!(text.starts_with("A: figure-8.toml, seed 8, node control\n"), "{text}");
    let commits =
        "B    0.220300s   [L3]    F3     F3     F2     --    leader in term 3, n1 leads, commit 1";
    assert!(text.lines().any(|line| line == commits), "{text}");
    assert!(text.contains("\nA: pass ("), "{text}");
    assert!(text.contains("\nB: FAIL: 0.280100s Leader Completeness (broken)"), "{text}");
    let frames = frames(&folder.read("two.html"));
    let shown: Vec<_> = frames.iter().map(|it| [&it["run"]["node"], &it["run"]["open"]]).collect();
    let (control, mutant) = (json!("control"), json!("mutant:commits-earlier-terms"));
    let parted = json!(220_300_000);
    assert_eq!(shown, [[&control, &parted], [&mutant, &parted]]);
}

#[test]
fn the_object_of_diff_is_what_the_guide_says() {
    let folder = figure_8();
    let diff = "diff figure-8.toml --node control --with mutant:commits-earlier-terms --json";
    let expected = json!({
        "same_records": 227,
        "differs": true,
        "runs": [
            {
                "name": "figure-8.toml",
                "seed": 8,
                "node": "control",
                "verdict": "pass",
                "reason": null,
                "events": 149,
                "digest": "22c6335dc8cd0ae5",
                "time": 220_300_000,
                "server": 1,
                "text": "-> n3 Message { term: 3, body: Append { prev: Position { index: 1, term: 1 }, entries: [Entry { term: 1, command: Some(\"\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00\") }], commit: 0 } } #10 +0.000050s"
            },
            {
                "name": "figure-8.toml",
                "seed": 8,
                "node": "mutant:commits-earlier-terms",
                "verdict": "fail",
                "reason": REASON,
                "events": 87,
                "digest": "cf04a4994b59865c",
                "time": 220_300_000,
                "server": 1,
                "text": "leader in term 3, n1 leads, commit 1"
            }
        ],
        "page": "two.html"
    });
    assert_eq!(folder.raftsim(&format!("{diff} --html two.html")).json(1), [expected]);
    let [same] = &raftsim("diff reelection_3a:7 reelection_3a:7 --json").json(0)[..] else {
        panic!("one object")
    };
    let [one, other] = [&same["runs"][0], &same["runs"][1]];
    assert_eq!((one, one["time"].is_null(), &same["differs"]), (other, true, &json!(false)));
}

#[test]
fn diff_heads_the_columns_of_each_run_that_has_another_number_of_servers() {
    let text = raftsim("diff reelection_3a:7 figure_8_directed_3c:0 --lines 1").exits(1);
    let heads = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains(" time ")).map(str::to_owned).collect()
    };
    let head = "          time    n1     n2     n3";
    assert_eq!(heads(&text), [head, &format!("{head}     n4     n5")]);
    let text = raftsim("diff reelection_3a:7 reelection_3a:8 --lines 1").exits(1);
    assert_eq!(heads(&text), [head], "one is enough for both");
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
