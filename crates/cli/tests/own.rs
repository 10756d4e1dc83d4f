//! Scenarios and invariants of a user's own in the command, and `replay` of several plans.

use serde_json::{Value, json};

use crate::support::{Folder, Output, bad_nodes, elections, fields, raftsim};

#[test]
fn the_list_says_whose_a_scenario_is() {
    let table = bad_nodes("list").exits(0);
    let line = |name: &str| table.lines().find(|line| line.contains(name)).expect(name).to_owned();
    let words = |line: String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let about = "a leader that was cut off follows";
    let listed = words(line("old_leader_back")).join(" ");
    assert_eq!(listed, format!("old_leader_back 3A 5 (own) {about}"));
    let listed = bad_nodes("list --json --lab 3A").json(0);
    let own = listed.iter().find(|it| it["scenario"] == "old_leader_back").expect("it is listed");
    let expected = json!({
        "scenario": "old_leader_back", "lab": "3A", "servers": 5, "about": about,
        "servers_from": null, "takes_networks": false, "mirrors": null, "nodes": ["own"],
    });
    assert_eq!(*own, expected);
    assert_eq!(listed.iter().filter(|it| it["nodes"].is_array()).count(), 1);
}

#[test]
fn own_scenarios_are_run_with_the_others_of_their_part() {
    let lines = bad_nodes("run --lab 3A --seeds 3 --json --node own").json(0);
    let names: Vec<_> = lines.iter().map(|it| it["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, [elections(), vec!["old_leader_back"]].concat());
    let own = lines.last().unwrap();
    assert_eq!((&own["passed"], &own["failed"]), (&Value::from(3), &Value::from(0)));
}

#[test]
fn an_own_scenario_that_fails_reads_as_a_built_in_one() {
    let run = bad_nodes("run elects_once --seeds 3 --node own").exits(1);
    let (_, text) = run.split_once("\n\n").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "elects_once fails at seed 0");
    assert!(lines[1].contains(" a single election (broken): n"), "{run}");
    let replay = "  replay it: bad-nodes replay elects_once --seed 0 --node own";
    assert_eq!(lines[2], replay);
    assert_eq!(lines[3], "  shrink it: bad-nodes shrink elects_once --seed 0 --node own");
    let replayed = bad_nodes("replay elects_once --seed 0 --node own").exits(1);
    assert!(replayed.contains(&format!("FAIL: {}", lines[1].trim_start())), "{replayed}");
    assert!(replayed.contains("\nthe servers then:\n"), "{replayed}");
    let object = bad_nodes("run elects_once --seeds 1 --node own --json").json(1).remove(0);
    let failures = json!([{ "property": "a single election", "seed": 0 }]);
    assert_eq!(object["failures"], failures, "{object}");
    let why = bad_nodes("why elects_once --seed 0 --node own --branches 8 --moments 4").exits(1);
    assert!(why.contains("a single election"), "{why}");
}

#[test]
fn an_own_scenario_that_fails_is_shrunk_and_kept() {
    let folder = Folder::new();
    let shrink = "shrink elects_once --seed 0 --node own -o once.toml --html once.html";
    folder.bad_nodes(shrink).exits(1);
    let plan = folder.read("once.toml");
    assert!(plan.starts_with("breaks = \"a single election\"\n"), "{plan}");
    assert!(plan.contains("\nscenario = \"elects_once\"\n"), "{plan}");
    folder.bad_nodes("replay once.toml --quiet").exits(1);
    let again = folder.bad_nodes("replay once.toml --still-breaks").exits(0);
    assert_eq!(again, "once.toml: still breaks `a single election`\n1 plan, 0 failed\n");
    assert!(folder.read("once.html").starts_with("<!"));
}

#[test]
fn a_state_file_keeps_a_property_of_a_user_s_own() {
    let folder = Folder::new();
    let run = "run elects_once --seeds 3 --keep-going --node own --json --state kept.json";
    let timeless = |output: Output| {
        let mut object = output.json(1).remove(0);
        object.as_object_mut().unwrap().retain(|field, _| !field.contains("second"));
        object
    };
    let first = timeless(folder.bad_nodes(run));
    let failures = first["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 3, "{first}");
    assert!(failures.iter().all(|it| it["property"] == "a single election"), "{first}");
    assert_eq!(timeless(folder.bad_nodes(run)), first);
}

#[test]
fn a_file_of_failures_may_have_the_properties_of_a_user_s_own_and_no_others() {
    let folder = Folder::new();
    let known = folder.bad_nodes("run elects_once --seeds 3 --keep-going --node own --json");
    folder.write("known", &known.stdout);
    let run = "run elects_once --seeds 3 --node own --expect known";
    let stdout = folder.bad_nodes(run).exits(0);
    assert!(stdout.ends_with("\n3 seeds of 1 scenario failed as expected\n"), "{stdout}");
    // An invariant is known to the node that has it.
    let run = "run reelection_3a --seeds 3 --keep-going --node strict";
    folder.write("known", &folder.bad_nodes(&format!("{run} --json")).stdout);
    folder.bad_nodes(&format!("{run} --expect known")).exits(0);
    let output = folder.bad_nodes("run reelection_3a --seeds 3 --node own --expect known");
    let why = "error: --expect known, line 1: no property is named `the first term lasts` (one of \
               your own is known only to the program that registers it)\n";
    assert_eq!((output.status, output.stderr.as_str()), (2, why));
}

#[test]
fn a_state_file_with_a_property_that_no_seed_breaks_is_refused() {
    let folder = Folder::new();
    let run = "run elects_once --seeds 3 --keep-going --node own --state kept.json";
    folder.bad_nodes(run).exits(1);
    folder.write("kept.json", folder.read("kept.json").replace("single election", "only leader"));
    let output = folder.bad_nodes(run);
    let why = "error: --state kept.json: elects_once: seed 0 failed by `a only leader`, and fails by \
               `a single election` now\n";
    assert_eq!((output.status, output.stderr.as_str()), (2, why));
}

#[test]
fn an_own_scenario_runs_on_what_it_was_registered_for() {
    let table = bad_nodes("list").exits(0);
    assert!(
        table.lines().any(|line| line.contains("follows_anywhere") && line.contains("4 (2..)"))
    );
    let legend = "\nthese run on any network (`--network`): those that mirror a test of the lab, and \
                  follows_anywhere\n";
    assert!(table.contains(legend), "{table}");
    let listed = bad_nodes("list --json").json(0);
    let own = listed.iter().find(|it| it["scenario"] == "follows_anywhere").expect("it is listed");
    assert_eq!((&own["servers_from"], &own["takes_networks"]), (&json!(2), &json!(true)));
    for servers in [2, 4, 9] {
        let run = format!("run follows_anywhere --seeds 3 --node own --json --servers {servers}");
        let object = bad_nodes(&run).json(0).remove(0);
        assert_eq!((&object["servers"], &object["passed"]), (&json!(servers), &json!(3)));
    }
    let run = "run follows_anywhere --seeds 3 --node own --network unreliable --json";
    let Output { status, stdout, .. } = bad_nodes(run);
    assert_eq!((status, stdout.contains("\"network\":\"unreliable\"")), (0, true), "{stdout}");
    let refused = |arguments: &str| {
        let output = bad_nodes(&format!("run {arguments} --node own"));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}");
        output.stderr
    };
    let few = "error: follows_anywhere needs 2 servers or more, not 1\n";
    assert_eq!(refused("follows_anywhere --servers 1"), few);
    let fixed =
        "error: old_leader_back always has 5 servers: it was registered without `any_from`\n";
    assert_eq!(refused("old_leader_back --servers 9"), fixed);
    let network = "error: old_leader_back always has its own network: it was registered without \
                   `on_any_network`\n";
    assert_eq!(refused("old_leader_back --network reliable"), network);
}

#[test]
fn a_watched_package_has_no_scenarios_of_another_node() {
    let refused = |arguments: &str| {
        let output = bad_nodes(arguments);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}");
        output.stderr
    };
    let why = "error: --watch needs a Go package, which it can compile again: --node go:FOLDER\n";
    assert_eq!(refused("run old_leader_back --watch --node own"), why);
    let line = "error: `old_leader_back` is a scenario of own, and go:none does not have it\n";
    assert_eq!(refused("run old_leader_back --watch --node go:none"), line);
}

#[test]
fn a_scenario_of_another_node_is_named_as_such() {
    let line = "error: `elects_once` is a scenario of own, and strict does not have it\n";
    for arguments in ["run elects_once --node strict", "replay elects_once --seed 1 --node strict"]
    {
        let output = bad_nodes(arguments);
        assert_eq!((output.status, output.stderr.as_str()), (2, line), "{arguments}");
    }
}

#[test]
fn an_invariant_judges_scenarios_and_plans() {
    let broken = " the first term lasts (broken): no term is above 1; but n";
    let run = bad_nodes("run reelection_3a --seeds 1 --node strict").exits(1);
    assert!(run.contains(broken), "{run}");
    let folder = Folder::new();
    let fuzz = folder.bad_nodes("fuzz --node strict --runs 200 -o found.toml").exits(1);
    assert!(fuzz.contains(broken), "{fuzz}");
    let plan = folder.read("found.toml");
    assert!(plan.starts_with("breaks = \"the first term lasts\"\n"), "{plan}");
    let replayed = folder.bad_nodes("replay found.toml").exits(1);
    assert!(replayed.contains(broken), "{replayed}");
    // The same Raft without the invariant.
    folder.bad_nodes("replay found.toml --quiet --node own").exits(0);
}

/// A plan that our Raft passes, and one that it is wrong to keep as guarding.
const HOLDS: &str = r#"guards = "Election Safety"
node = "strict"
seed = 1
servers = 3
network = "reliable"
demands = "leader"
length = "1.000s"
ending = "none"
steps = []
"#;

/// A folder with a plan of each outcome.
fn kept() -> Folder {
    let second = HOLDS.replace("steps = []", "steps = [\"0.900s expire n1\"]");
    let breaks = |plan: &str, name: &str| {
        plan.replace("guards = \"Election Safety\"", &format!("breaks = \"{name}\""))
    };
    let folder = Folder::with("kept/c-holds.toml", HOLDS);
    folder.write("kept/a-still.toml", breaks(&second, "the first term lasts"));
    folder.write("kept/b-passes.toml", breaks(HOLDS, "one"));
    folder.write("kept/notes.txt", "no plan");
    folder.write("red/fails.toml", &second);
    folder.write("red/other.toml", breaks(&second, "one"));
    folder
}

#[test]
fn a_folder_of_plans_is_a_line_for_each_and_a_sum() {
    let folder = kept();
    let listed = folder.bad_nodes("replay kept").exits(0);
    let expected = "kept/a-still.toml: still breaks `the first term lasts`\n\
                    kept/b-passes.toml: passes, and no longer breaks `one`: it can become a plan \
                    that `guards` it\n\
                    kept/c-holds.toml: holds\n\
                    3 plans, 0 failed\n";
    assert_eq!(listed, expected);
    let asked = folder.bad_nodes("replay kept --still-breaks").exits(1);
    let mended = expected.replace("toml: passes, and", "toml: FAIL: passes, and");
    assert_eq!(asked, mended.replace("0 failed", "1 failed"));
    let red = folder.bad_nodes("replay kept/c-holds.toml red").exits(1);
    let lines: Vec<&str> = red.lines().collect();
    let fails = "0.9";
    assert_eq!(lines[0], "kept/c-holds.toml: holds");
    assert!(lines[1].starts_with(&format!("red/fails.toml: FAIL: {fails}")), "{red}");
    let other = format!("red/other.toml: FAIL: it is kept because it breaks `one`; now {fails}");
    assert!(lines[2].starts_with(&other), "{red}");
    assert_eq!(lines[3..], ["3 plans, 2 failed"]);
    // On another node.
    let own = folder.bad_nodes("replay red --node own").exits(0);
    assert!(own.starts_with("red/fails.toml: holds\nred/other.toml: passes, and"), "{own}");
}

#[test]
fn kept_plans_as_json_are_an_object_each() {
    let folder = kept();
    let objects = folder.bad_nodes("replay kept red --json").json(1);
    let seen: Vec<_> = objects
        .iter()
        .map(|it| json!([it["plan"], it["verdict"], it["outcome"], it["property"], it["failed"]]))
        .collect();
    let lasts = "the first term lasts";
    let expected = json!([
        ["kept/a-still.toml", "fail", "still_breaks", lasts, false],
        ["kept/b-passes.toml", "pass", "passes", null, false],
        ["kept/c-holds.toml", "pass", "holds", null, false],
        ["red/fails.toml", "fail", "fails", lasts, true],
        ["red/other.toml", "fail", "breaks_other", lasts, true],
    ]);
    assert_eq!(Value::from(seen), expected);
    let (breaks, guards) = (&objects[0], &objects[2]);
    assert_eq!((&breaks["breaks"], &guards["guards"]), (&json!(lasts), &json!("Election Safety")));
    let plain = folder.bad_nodes("replay kept/c-holds.toml --json").json(0).remove(0);
    let more: Vec<_> =
        fields(guards).into_iter().filter(|field| plain.get(field).is_none()).collect();
    assert_eq!(more, ["failed", "guards", "outcome", "property"]);
}

#[test]
fn one_file_alone_is_printed_as_a_run() {
    let folder = kept();
    let printed = folder.bad_nodes("replay kept/c-holds.toml").exits(0);
    assert!(printed.starts_with("kept/c-holds.toml, seed 1, node strict\n"), "{printed}");
}

#[test]
fn what_shows_one_run_is_refused_for_several() {
    let folder = kept();
    for option in [
        "--seed 1",
        "--calm off",
        "--servers 5",
        "--network reliable",
        "--server n1",
        "--topic role",
        "--since 1s",
        "--until 1s",
        "--log",
        "--at 1s",
        "--html a.html",
        "--trace a.json",
        "--mermaid",
        "--width 80",
        "--json --records",
    ] {
        let output = folder.bad_nodes(&format!("replay kept {option}"));
        let name = option.split(' ').find(|word| *word != "--json").unwrap();
        let line = format!(
            "error: `{name}` is for one run, and several plans, a folder and `--still-breaks` print \
             a line for each plan\n"
        );
        assert_eq!((output.status, output.stderr), (2, line), "{option}");
    }
    assert_eq!(folder.files(), ["kept", "red"]);
}

#[test]
fn what_is_no_plan_is_refused_before_any_is_played() {
    let folder = kept();
    let line = |arguments: &str| {
        let output = folder.bad_nodes(arguments);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}");
        output.stderr
    };
    assert_eq!(line("replay kept none.toml"), "error: there is no file `none.toml`\n");
    let scenario = "error: `reelection_3a` is a scenario, and several runs are plans in files\n";
    assert_eq!(line("replay kept reelection_3a"), scenario);
    folder.write("kept/d.toml", "guards = 1\n");
    assert!(line("replay kept").starts_with("error: kept/d.toml: line 1: "));
    folder.write("empty/notes.txt", "");
    let empty = "error: there is no plan in `empty`, no file that ends in `.toml`: keep one there; \
                 `shrink` and `fuzz` write plans with `-o FILE`\n";
    assert_eq!(line("replay empty"), empty);
}

#[test]
fn the_project_s_own_regressions_do_as_their_files_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sim-scenarios/regressions");
    let printed = raftsim(&format!("replay {folder} --still-breaks")).exits(0);
    assert!(printed.ends_with(" plans, 0 failed\n"), "{printed}");
}
