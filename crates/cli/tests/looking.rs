//! Runs as pages, and as data for other programs: what `--html`, `--records`, `--trace` and
//! `--mermaid` write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::pages;
use crate::support::{Folder, data, fields, raftsim};

/// Runs of all kinds: by a seed or a plan; that pass or fail; with one server, with seven; with
/// calls, crashes, snapshots and messages that are lost.
const RUNS: [(&str, i32); 7] = [
    ("reelection_3a --seed 0", 0),
    ("stale_leaders_return_3a --seed 2 --node post-2025", 1),
    ("many_elections_3a --seed 3 --node post-2020", 0),
    ("single_server_3c --seed 1", 0),
    ("snapshot_install_un_crash_3d --seed 5", 0),
    ("duplicate_votes_3a --seed 1 --node control", 0),
    ("crash_between_vote_and_answer_3c --seed 1 --node control:pre-vote", 0),
];

/// The data of the page of a run, which exits so.
fn page(run: &str, status: i32) -> Value {
    let folder = Folder::new();
    let shown = folder.raftsim(&format!("replay {run} --html run.html")).exits(status);
    assert!(shown.ends_with("\n  look at it: run.html\n"), "{shown}");
    data(&folder.read("run.html"))
}

fn column<'a>(data: &'a Value, table: &str, name: &str) -> &'a Vec<Value> {
    data[table][name].as_array().expect("a column")
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).unwrap()
}

/// When each step of a page happened.
fn times(data: &Value) -> Vec<u64> {
    let times = column(data, "steps", "dt").iter().scan(0, |time, dt| {
        *time += dt.as_u64().expect("a number");
        Some(*time)
    });
    times.collect()
}

/// The lines of the text trace of a run, without heading and verdict.
fn traced(run: &str, status: i32) -> Vec<String> {
    let stdout = raftsim(&format!("replay {run}")).exits(status);
    let lines = stdout.lines().filter(|line| line.contains("s  ") && line.contains('.'));
    lines.map(str::to_owned).collect()
}

#[test]
fn each_fate_is_as_often_on_a_page_as_in_the_text_trace() {
    for (run, status) in RUNS {
        let data = page(run, status);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for fate in column(&data, "messages", "fate") {
            let name = data["fate names"][number(fate)].as_str().expect("a name");
            *counts.entry(name).or_default() += 1;
        }
        let lines = traced(run, status);
        let count = |part: &str, end: &str| {
            lines.iter().filter(|line| line.contains(part) && line.ends_with(end)).count()
        };
        let twice = lines.iter().filter(|line| line.contains(" and again +")).count();
        let expected = [
            ("delivered", count(" -> n", "s") - twice),
            ("duplicate", twice),
            ("lost", count(" x> n", "(lost)")),
            ("link blocked", count(" x> n", "(link blocked)")),
            ("addressee down", count(" x> n", "(addressee down)")),
            ("call no longer waits", count(" x> n", "(call no longer waits)")),
        ];
        let expected: BTreeMap<_, _> = expected.into_iter().filter(|(_, it)| *it > 0).collect();
        assert_eq!(counts, expected, "{run}");
        let arrived = column(&data, "messages", "arrived").iter();
        let arrived: usize = arrived.map(|steps| steps.as_array().expect("a list").len()).sum();
        assert_eq!(arrived, count(" <- n", "") + count(" x< n", "has ended)"), "{run}");
    }
}

#[test]
fn roles_and_terms_of_a_page_are_those_of_the_columns() {
    for (run, status) in RUNS {
        let data = page(run, status);
        let servers = number(&data["run"]["servers"]);
        // The cells of the last line of each instant, and the state of the page after it.
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in traced(run, status) {
            let words = line.split_whitespace();
            let words: Vec<&str> = words.take(1 + servers).collect();
            let cells = words[1..].iter().map(|cell| cell.trim_matches(['[', ']']).to_owned());
            columns.insert(words[0].to_owned(), cells.collect());
        }
        let times = times(&data);
        let mut cells = vec!["--".to_owned(); servers];
        let mut row = 0;
        let statuses = column(&data, "status", "step");
        for (step, time) in times.iter().enumerate() {
            while statuses.get(row).is_some_and(|it| it.as_u64() == Some(step as u64)) {
                let at = |name| number(&column(&data, "status", name)[row]);
                let letter = ["-", "F", "P", "C", "L", "?"][at("role")];
                let term = if at("role") == 0 { "-".to_owned() } else { at("term").to_string() };
                cells[at("on") - 1] = format!("{letter}{term}");
                row += 1;
            }
            if times.get(step + 1) != Some(time) {
                let micros = time / 1000;
                let time = format!("{}.{:06}s", micros / 1_000_000, micros % 1_000_000);
                // A fault that needs nine decimals has a line of its own.
                if let Some(expected) = columns.get(&time) {
                    assert_eq!(&cells, expected, "{run} at {time}");
                }
            }
        }
        assert_eq!(row, statuses.len(), "{run}");
    }
}

#[test]
fn a_page_names_its_run_and_its_verdict() {
    let data = page("stale_leaders_return_3a --seed 2 --node post-2025", 1);
    let run = &data["run"];
    assert_eq!(
        [&run["title"], &run["node"], &run["seed"]],
        ["stale_leaders_return_3a", "post-2025", "2"]
    );
    let command = run["command"].as_str().expect("a text");
    assert_eq!(command, "raftsim replay stale_leaders_return_3a --seed 2 --node post-2025");
    // The line leads to the same run.
    let again = raftsim(&format!("{} --json", command.strip_prefix("raftsim ").unwrap())).json(1);
    assert_eq!([&again[0]["digest"], &again[0]["events"]], [&run["digest"], &run["events"]]);
    assert_eq!(data["verdict"]["property"], "check_one_leader");
    assert_eq!(data["verdict"]["kind"], "lab-limit");
    // n1's timer was stopped before the end, and n2's was not.
    let timer = |server: u64| {
        let rows = column(&data, "timer", "on").iter().zip(column(&data, "timer", "due"));
        rows.filter(|(on, _)| on.as_u64() == Some(server)).map(|(_, due)| due).next_back()
    };
    assert_eq!([timer(1), timer(3)], [Some(&(-1).into()), Some(&(-1).into())]);
    assert!(timer(2).is_some_and(|due| due.as_i64() > Some(0)));
}

/// A plan whose run is short.
const PLAN: &str = r#"guards = "every property"
node = "control"
seed = 3
servers = 2
network = "reliable"
demands = "agreement"
length = "0.420s"
ending = "none"
steps = [
  "0.050s expire n1",
  "0.100s propose n1",
  "0.220s partition n1 | n2",
  "0.230s propose n1",
  "0.250s crash n2",
  "0.300s restart n2",
]
fates = [
  "n1>n2#2 lost",
]
"#;

#[test]
fn a_page_of_a_failure_has_the_memory_of_servers_after_steps_of_their_own() {
    let folder = Folder::new();
    let run = "replay stale_leaders_return_3a --seed 2 --node post-2025";
    folder.raftsim(&format!("{run} --quiet --html run.html")).exits(1);
    let data = data(&folder.read("run.html"));
    let column = |table: &str, name: &str| -> Vec<u64> {
        let cells = data[table][name].as_array().expect(name).iter();
        cells.map(|cell| cell.as_u64().expect("a number")).collect()
    };
    let [steps, servers, texts] = ["step", "on", "text"].map(|name| column("inspect", name));
    let on = column("steps", "on");
    assert!(steps.len() > 20, "{steps:?}");
    for (&step, &server) in steps.iter().zip(&servers) {
        assert_eq!(on[usize::try_from(step).unwrap()], server);
    }
    // n1 follows after step 64, which is its last change.
    let row = steps.iter().position(|&step| step == 63).expect("a last change");
    assert_eq!(servers[row], 1);
    let object = raftsim(&format!("{run} --at 2.011576s --json")).json(0).remove(0);
    for server in 1..=3 {
        let own = (0..steps.len()).filter(|&row| servers[row] == server && steps[row] <= 63);
        let last = own.max_by_key(|&row| steps[row]).expect("all are kept at a moment");
        let kept = &data["text"][usize::try_from(texts[last]).unwrap()];
        let slot = usize::try_from(server).unwrap() - 1;
        assert_eq!(kept, &object["servers"][slot]["inspect"], "n{server}");
    }
}

#[test]
fn the_data_of_pages_is_the_same_as_before() {
    let folder = Folder::with("plan.toml", PLAN);
    folder.raftsim("replay plan.toml --quiet --html run.html").exits(0);
    let mut data = data(&folder.read("run.html"));
    data["run"]["version"] = "this".into();
    let lines = data.as_object().expect("an object").iter();
    let lines: Vec<String> = lines
        .map(|(name, value)| {
            let Some(columns) = value.as_object() else { return format!("\"{name}\": {value}") };
            let columns: Vec<String> =
                columns.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
            format!("\"{name}\": {{\n{}\n}}", columns.join(",\n"))
        })
        .collect();
    pages::expect_page("crates/cli/tests/page.json", &format!("{{\n{}\n}}\n", lines.join(",\n")));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let folder = Folder::new();
    for file in ["one", "two"] {
        let run = "replay snapshot_install_un_crash_3d --seed 5 --quiet";
        folder.raftsim(&format!("{run} --html {file}.html --trace {file}.json")).exits(0);
    }
    assert_eq!(folder.read("one.html"), folder.read("two.html"));
    assert_eq!(folder.read("one.json"), folder.read("two.json"));
}

#[test]
fn a_page_changes_nothing_that_is_printed_but_for_its_name() {
    let folder = Folder::new();
    let run = "replay reelection_3a --seed 42";
    let with = folder.raftsim(&format!("{run} --html a.html")).exits(0);
    assert_eq!(with.strip_suffix("  look at it: a.html\n"), Some(&*raftsim(run).exits(0)));
    let with = folder.raftsim(&format!("{run} --json --html b.html")).exits(0);
    assert_eq!(with, raftsim(&format!("{run} --json")).exits(0));
    assert_eq!(folder.read("a.html"), folder.read("b.html"));
}

#[test]
fn a_page_that_cannot_be_written_costs_one_line() {
    let run = "replay reelection_3a --seed 42";
    let output = raftsim(&format!("{run} --html no/such/folder.html --trace no/such/trace"));
    assert_eq!(output.status, 0);
    assert_eq!(output.stdout, raftsim(run).exits(0));
    let lines: Vec<&str> = output.stderr.lines().collect();
    let [trace, page] = lines[..] else { panic!("{lines:?}") };
    assert!(trace.starts_with("error: no/such/trace: "), "{trace}");
    assert!(page.starts_with("error: no/such/folder.html: "), "{page}");
}

#[test]
fn a_window_cuts_a_page() {
    let run = "figure_8_unreliable_3c --seed 0 --since 20s --until 21s";
    let folder = Folder::new();
    folder.raftsim(&format!("replay {run} --topic check --html run.html")).exits(0);
    let data = data(&folder.read("run.html"));
    assert_eq!(data["run"]["from"], 20_000_000_000_u64);
    let left_out = ["omitted", "omittedAfter"].map(|name| data["run"][name].as_u64() > Some(1000));
    assert_eq!(left_out, [true, true]);
    let before = column(&data, "status", "step").iter().filter(|step| **step == -1).count();
    assert_eq!(before, 5, "the state of five servers at the begin");
}

#[test]
fn a_node_that_panics_has_a_page() {
    let folder = Folder::new();
    let run = "replay reelection_3a --seed 0 --node panics-in-color --html run.html";
    folder.bad_nodes(run).exits(1);
    let html = folder.read("run.html");
    assert!(!html.contains('\u{1b}') && !html.contains('\u{202e}'));
    let data = data(&html);
    assert_eq!(data["verdict"]["kind"], "contract");
    let text = data["verdict"]["facts"][1]["text"].as_str().expect("a text");
    assert!(text.contains(r"\u{1b}[31mred"), "{text}");
}

#[test]
fn a_page_of_a_large_run_is_within_its_limits() {
    let folder = Folder::new();
    folder.raftsim("replay figure_8_unreliable_3c --seed 0 --quiet --html run.html").exits(0);
    let html = folder.read("run.html");
    let events = number(&data(&html)["run"]["events"]);
    assert!(events > 5_000);
    assert!(html.len() < events * 100, "{} bytes for {events} events", html.len());
}

#[test]
fn a_shrunk_run_has_a_page_that_says_how_small_it_is() {
    let folder = Folder::new();
    let run = "shrink stale_leaders_return_3a --seed 2 --node post-2025";
    let stdout = folder.raftsim(&format!("{run} -o small.toml --html small.html")).exits(1);
    assert!(stdout.ends_with("  replay it: raftsim replay small.toml\n  look at it: small.html\n"));
    let page = data(&folder.read("small.html"));
    let run = &page["run"];
    assert_eq!([&run["title"], &run["command"]], ["small.toml", "raftsim replay small.toml"]);
    let shrunk = run["shrunk"].as_str().expect("a text");
    assert!(stdout.contains(&format!("of 0 steps, {shrunk} in ")), "{shrunk}: {stdout}");
    let named = page["fates"].as_array().expect("a list").len();
    let given = column(&page, "messages", "given").iter().filter(|given| **given == 1).count();
    assert_eq!(named, given);
    let object = folder.raftsim("shrink small.toml --json --html again.html").json(1).remove(0);
    assert_eq!(object["page"], "again.html");
}

#[test]
fn fuzz_writes_a_page_beside_each_plan() {
    let folder = Folder::new();
    let run = "fuzz --node mutant:votes-for-everyone --runs 200 --html";
    let stdout = folder.raftsim(run).exits(1);
    let [page, plan] = &folder.files()[..] else { panic!("{:?}", folder.files()) };
    assert_eq!(plan.strip_suffix(".toml"), page.strip_suffix(".html"));
    let end = format!("  replay it: raftsim replay {plan}\n  look at it: {page}\n");
    assert!(stdout.ends_with(&end), "{stdout}");
    assert_eq!(data(&folder.read(page))["run"]["title"].as_str(), Some(&**plan));
}

#[test]
fn records_come_before_the_verdict_with_the_documented_fields() {
    let guide = pages::read("crates/cli/guide/pages.md");
    let mut kinds = BTreeSet::new();
    for (run, status) in RUNS {
        let mut objects = raftsim(&format!("replay {run} --json --records")).json(status);
        let verdict = objects.pop().expect("the verdict");
        assert_eq!(&raftsim(&format!("replay {run} --json")).json(status), &[verdict], "{run}");
        let texts = objects.iter().filter(|it| it["record"] != "settled");
        let texts: Vec<&str> = texts.filter_map(|it| it["text"].as_str()).collect();
        let lines = traced(run, status);
        assert_eq!(texts.len(), lines.len(), "{run}");
        for (text, line) in texts.iter().zip(&lines) {
            assert!(line.ends_with(text), "{line}: {text}");
        }
        for object in objects {
            let kind = object["record"].as_str().expect("a name").to_owned();
            let names = |row: &&str| {
                row.split('|').nth(1).is_some_and(|it| it.contains(&*format!("`{kind}`")))
            };
            let row = guide.lines().find(names);
            let row = row.unwrap_or_else(|| panic!("the guide has no row for {kind}"));
            for field in fields(&object) {
                let every = ["record", "time", "server", "topic", "life", "text"].contains(&field);
                assert!(every || row.contains(&format!("`{field}`")), "{kind}: {field}");
            }
            for field in ["message", "disk"].map(|part| &object[part]) {
                for name in field.as_object().into_iter().flat_map(|it| it.keys()) {
                    assert!(guide.contains(&format!("`{name}`")), "{name}");
                }
            }
            kinds.insert(kind);
        }
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let seen = [
        "accepted",
        "applied",
        "became",
        "blocked",
        "booted",
        "call_failed",
        "compacted",
        "crashed",
        "fault",
        "marked",
        "missed",
        "noted",
        "persisted",
        "proposed",
        "received",
        "rejected",
        "restored",
        "sent",
        "settled",
        "timeout",
        "timer",
    ];
    assert_eq!(kinds, seen);
}

#[test]
fn records_are_filtered_as_lines_are() {
    let arguments = "replay reelection_3a --seed 42 --json --records --topic vote --server n2";
    let mut objects = raftsim(&format!("{arguments} --until 2s")).json(0);
    objects.pop();
    assert!(objects.len() > 4);
    for object in objects {
        assert_eq!([&object["topic"], &object["server"]], [&Value::from("vote"), &2.into()]);
        assert!(object["time"].as_u64() <= Some(2_000_000_000));
    }
    let output = raftsim("replay reelection_3a --seed 42 --records");
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("--json"), "{}", output.stderr);
}

/// A run as trace events.
fn trace(run: &str, status: i32) -> Value {
    let folder = Folder::new();
    folder.raftsim(&format!("replay {run} --quiet --trace run.json")).exits(status);
    serde_json::from_str(&folder.read("run.json")).expect("it is JSON")
}

/// The events of a trace.
fn events(trace: &Value) -> &Vec<Value> {
    trace["traceEvents"].as_array().expect("a list")
}

#[test]
fn a_trace_of_events_has_slices_and_flows_that_fit() {
    for (run, status) in RUNS {
        let trace = trace(run, status);
        let events = events(&trace);
        let of = |phase: &'static str| events.iter().filter(move |it| it["ph"] == phase);
        // Each flow has a begin and an end, each of them in a step's slice.
        let slices: BTreeMap<(u64, String), &Value> = of("X")
            .filter(|it| it["cat"] == "step")
            .map(|it| ((it["pid"].as_u64().unwrap(), it["ts"].to_string()), it))
            .collect();
        let ends = |phase: &'static str| -> BTreeMap<u64, &Value> {
            of(phase).map(|it| (it["id"].as_u64().expect("a number"), it)).collect()
        };
        let (begins, ends) = (ends("s"), ends("f"));
        assert_eq!(begins.keys().collect::<Vec<_>>(), ends.keys().collect::<Vec<_>>(), "{run}");
        assert_eq!(begins.len(), of("s").count());
        let arrives = |line: &&String| line.contains(" <- n") || line.contains(" x< n");
        assert_eq!(begins.len(), traced(run, status).iter().filter(arrives).count(), "{run}");
        for (id, begin) in &begins {
            let end = ends[id];
            assert!(begin["ts"].as_f64() < end["ts"].as_f64(), "{run}: {begin} {end}");
            assert_eq!(end["bp"], "e");
            for half in [begin, end] {
                let place = (half["pid"].as_u64().unwrap(), half["ts"].to_string());
                assert!(slices.contains_key(&place), "{run}: {half}");
            }
        }
        // Slices of one track do not overlap.
        let mut last: BTreeMap<(u64, u64), f64> = BTreeMap::new();
        for slice in of("X") {
            let place = (slice["pid"].as_u64().unwrap(), slice["tid"].as_u64().unwrap());
            let (begin, length) = (slice["ts"].as_f64().unwrap(), slice["dur"].as_f64().unwrap());
            let end = last.insert(place, begin + length).unwrap_or(0.0);
            assert!(begin >= end - 0.001, "{run}: {slice} begins before {end}");
        }
    }
}

#[test]
fn a_trace_of_events_has_every_line_of_the_text_trace() {
    for (run, status) in RUNS {
        let trace = trace(run, status);
        let steps = events(&trace).iter().filter(|it| it["cat"] == "step").map(|it| &it["args"]);
        let texts = steps.clone().flat_map(|args| args["lines"].as_array().expect("a list"));
        let texts: Vec<&str> = texts.map(|text| text.as_str().expect("a text")).collect();
        let lines = traced(run, status);
        assert_eq!(texts.len(), lines.len(), "{run}");
        for (text, line) in texts.iter().zip(&lines) {
            // A long text is cut, as on a page.
            let cut = text.split_once("... (").zip(text.split_once(" characters)"));
            let [begin, end] = cut.map_or(["", text], |((begin, _), (_, end))| [begin, end]);
            assert!(line.contains(begin) && line.ends_with(end), "{line}: {text}");
        }
        let data = page(run, status);
        let numbered = steps.map(|args| (number(&args["step"]), number(&args["time"])));
        let expected = times(&data).into_iter().map(|time| usize::try_from(time).unwrap());
        assert!(numbered.eq(expected.enumerate()), "{run}");
    }
}

#[test]
fn a_trace_of_events_has_the_roles_and_commit_indexes_of_the_page() {
    let names = ["down", "follower", "pre-candidate", "candidate", "leader", "other role"];
    for (run, status) in RUNS {
        let (data, trace) = (page(run, status), trace(run, status));
        let mut roles: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let mut commits = vec![];
        let mut last = BTreeMap::new();
        for row in 0..column(&data, "status", "on").len() {
            let cell = |name| &column(&data, "status", name)[row];
            let (on, now) = (cell("on").as_u64().unwrap(), [cell("role"), cell("term")]);
            if last.insert(on, now) != Some(now) && *now[0] != 0 {
                let name = format!("{} {}", names[number(now[0])], now[1]);
                roles.entry(on).or_default().push(name);
            }
            commits.extend(cell("commit").as_u64().map(|commit| (on, commit)));
        }
        let mut shown: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for slice in events(&trace).iter().filter(|it| it["cat"] == "role") {
            let name = slice["name"].as_str().expect("a name").to_owned();
            shown.entry(slice["pid"].as_u64().unwrap()).or_default().push(name);
        }
        assert_eq!(shown, roles, "{run}");
        let counters = events(&trace).iter().filter(|it| it["ph"] == "C");
        let counted = counters.map(|it| (&it["pid"], &it["args"]["commit"]));
        let counted = counted.map(|(on, commit)| (on.as_u64().unwrap(), commit.as_u64().unwrap()));
        assert_eq!(counted.collect::<Vec<_>>(), commits, "{run}");
    }
}

#[test]
fn a_trace_of_events_names_its_run_and_its_tracks() {
    let trace = trace("reelection_3a --seed 42 --node control", 0);
    let command = "raftsim replay reelection_3a --seed 42 --node control";
    assert_eq!(trace["otherData"], json!({ "title": "reelection_3a", "command": command }));
    let named = |what: &str| -> Vec<Value> {
        let events = events(&trace).iter().filter(|it| it["ph"] == "M" && it["name"] == what);
        events.map(|it| json!([it["pid"], it["tid"], it["args"]["name"]])).collect()
    };
    let none = Value::Null;
    let servers = (0..=3).map(|pid| {
        let name = if pid == 0 { "world".to_owned() } else { format!("n{pid}") };
        json!([pid, none, name])
    });
    assert_eq!(named("process_name"), servers.collect::<Vec<_>>());
    let tracks = (1..=3).flat_map(|pid| [json!([pid, 1, "role"]), json!([pid, 2, "steps"])]);
    let world = json!([0, 2, "steps"]);
    assert_eq!(named("thread_name"), [world].into_iter().chain(tracks).collect::<Vec<_>>());
}

#[test]
fn a_diagram_has_only_lines_that_mermaid_reads() {
    for (run, status) in RUNS {
        let stdout =
            raftsim(&format!("replay {run} --mermaid --topic vote,append,role,fault,note"))
                .exits(status);
        let lines: Vec<&str> = stdout.lines().collect();
        let [open, head, comment, lines @ .., close] = &lines[..] else { panic!("{stdout}") };
        assert_eq!([*open, *head, *close], ["```mermaid", "sequenceDiagram", "```"]);
        assert!(comment.starts_with("    %% raftsim replay "), "{comment}");
        assert!(lines.len() < 420);
        for line in lines {
            let line = line.strip_prefix("    ").expect(line);
            if let Some(name) = line.strip_prefix("participant ") {
                assert!(name.starts_with('n'), "{line}");
                continue;
            }
            let (head, text) = line.split_once(": ").expect(line);
            let ends = head.strip_prefix("Note over ").map(|over| over.split(',').collect());
            let ends: Vec<&str> = ends.unwrap_or_else(|| {
                let arrow = ["-->>", "->>", "-x"].into_iter().find(|it| head.contains(it));
                head.split(arrow.expect(line)).collect()
            });
            assert!(ends.iter().all(|end| end.starts_with('n') && end.len() <= 3), "{line}");
            // Nothing in the text but what stands for itself, and numbers of characters.
            let mut rest = text;
            while let Some((before, entity)) = rest.split_once('#') {
                assert!(!before.contains([';', '<', '>', '{', '}']), "{line}");
                let (number, after) = entity.split_once(';').expect(line);
                assert!(number.parse::<u32>().is_ok(), "{line}");
                rest = after;
            }
            assert!(!rest.contains([';', '<', '>', '{', '}']), "{line}");
        }
    }
}

#[test]
fn a_long_diagram_says_how_much_it_leaves_out() {
    let stdout = raftsim("replay figure_8_unreliable_3c --seed 0 --mermaid").exits(0);
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 3 + 5 + 400 + 2 + 1);
    assert!(lines[lines.len() - 3].contains(": and ") && stdout.contains(" more: select fewer"));
}

#[test]
fn a_folder_has_nothing_but_what_was_asked_for() {
    let folder = Folder::new();
    folder.raftsim("replay reelection_3a --seed 1 --quiet --html a.html --trace b.json").exits(0);
    assert_eq!(folder.files(), ["a.html", "b.json"]);
    assert!(fs::metadata(folder.path().join("a.html")).unwrap().len() > 1_000);
}
