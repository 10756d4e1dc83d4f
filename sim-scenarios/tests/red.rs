//! What a red test prints, and the variables that show one run.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use raftsim_node::Boot;
use raftsim_raft::Raft;
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::testing::{fuzz_node, in_child, suite, sweep_own, sweep_scenario};
use sim_scenarios::{Part, Scenario, Suite, site};

use crate::support::{pasted, shown};

/// Our Raft, which panics in one boot of twenty.
type Panicking = Tweaked<Raft, Panics>;

#[derive(Clone, Default)]
struct Panics;

impl Tweak<Raft> for Panics {
    fn boot(&self, boot: &Boot) -> Boot {
        assert!(!boot.seed.is_multiple_of(20), "a bug");
        boot.clone()
    }
}

/// The variable without which the tests below are not red themselves, but run themselves with it.
const RED: &str = "RAFTSIM_RED";

#[expect(clippy::disallowed_methods, reason = "it plays an entry point")]
pub(crate) fn is_red() -> bool {
    std::env::var_os(RED).is_some()
}

/// Runs a test of this binary with variables.
fn run(test: &str, variables: &[(&str, &str)]) -> Output {
    let program = std::env::current_exe().expect("this program has a file");
    let mut command = Command::new(program);
    command.args(["--exact", test]).env_remove("RUST_BACKTRACE");
    command.envs(variables.iter().copied()).output().expect("it runs")
}

/// What a test prints that is red with the variable.
#[track_caller]
pub(crate) fn report_of(test: &str, variables: &[(&str, &str)]) -> String {
    let output = run(test, &[&[(RED, "1")], variables].concat());
    assert!(!output.status.success(), "{test} is red");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "libtest captures all");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const SWEEP: &str = "red::a_red_test_says_once_what_is_wrong_at_the_place_of_the_test";
const SWEEP_LINE: u32 = line!() + 5;

#[test]
fn a_red_test_says_once_what_is_wrong_at_the_place_of_the_test() {
    if is_red() {
        return in_child(
            site!("a_red_test_says_once_what_is_wrong_at_the_place_of_the_test"),
            |site| {
                sweep_scenario::<Panicking>(site, "single_server_3c");
            },
        );
    }
    let report = report_of(SWEEP, &[]);
    let place = format!("panicked at sim-scenarios/tests/red.rs:{SWEEP_LINE}:");
    assert_eq!(report.matches("panicked at").count(), 1, "{report}");
    assert!(report.contains(&place), "no {place} in {report}");
    assert_eq!(report.matches("single_server_3c fails at seed").count(), 1, "{report}");
    assert!(report.contains(", with 1 server\n"), "{report}");
    let frames = report_of(SWEEP, &[("RUST_BACKTRACE", "1")]);
    let ours = frames.lines().filter(|line| line.contains("sim_scenarios::")).count();
    assert!(frames.contains("stack backtrace:"), "{frames}");
    assert!(ours <= 2, "{frames}");
}

#[test]
fn the_line_to_paste_replays_the_seed_in_the_test_with_its_whole_trace() {
    let report = report_of(SWEEP, &[]);
    let line = report.lines().find_map(|line| line.strip_prefix("replay it: "));
    let line = line.unwrap_or_else(|| panic!("{report}"));
    let (variable, rest) = line.split_once(' ').expect("a variable and a command");
    assert_eq!(rest, format!("cargo test -p sim-scenarios --test main {SWEEP} -- --exact"));
    let seed = variable.strip_prefix("RAFTSIM_SEED=").expect("the seed");
    assert!(report.contains(&format!("fails at seed {seed}, ")), "{report}");
    // This package has no command.
    assert!(!report.contains("cargo run"), "{report}");
    let replayed = report_of(SWEEP, &[("RAFTSIM_SEED", seed)]);
    assert!(replayed.contains("        time    n1\n"), "{replayed}");
    assert!(replayed.contains(&format!("fails at seed {seed}, ")), "{replayed}");
    assert!(!replayed.contains("the last lines"), "{replayed}");
}

#[test]
fn one_seed_that_passes_shows_its_trace_too() {
    let test = "labs::all::single_server_3c";
    let program = std::env::current_exe().expect("this program has a file");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env("RAFTSIM_SEED", "5");
    let output = command.output().expect("it runs");
    assert!(output.status.success());
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("leader in term 1"), "{printed}");
    assert!(printed.contains("single_server_3c passes at seed 5\n"), "{printed}");
    assert_eq!(printed.matches("running 1 test").count(), 1, "{printed}");
}

const FUZZ: &str = "red::the_line_to_paste_replays_the_plan_in_the_test_with_its_whole_trace";

#[test]
fn the_line_to_paste_replays_the_plan_in_the_test_with_its_whole_trace() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("red");
    fs::create_dir_all(&folder).expect("a folder can be made");
    if is_red() {
        let site = site!("the_line_to_paste_replays_the_plan_in_the_test_with_its_whole_trace");
        return in_child(site, |site| {
            fuzz_node::<Panicking>(
                site,
                Part::C,
                concat!(env!("CARGO_TARGET_TMPDIR"), "/red"),
                Suite::new(),
            );
        });
    }
    let report = report_of(FUZZ, &[]);
    let line = report.lines().find_map(|line| line.strip_prefix("replay it: RAFTSIM_PLAN="));
    let line = line.unwrap_or_else(|| panic!("{report}"));
    let (file, rest) = line.split_once(' ').expect("a file and a command");
    assert_eq!(rest, format!("cargo test -p sim-scenarios --test main {FUZZ} -- --exact"));
    let name = format!("tweaked-main-{}.toml", FUZZ.replace("::", "-"));
    assert_eq!(Path::new(file).file_name(), Some(OsStr::new(&name)), "{file}");
    let replayed = report_of(FUZZ, &[("RAFTSIM_PLAN", file)]);
    assert!(replayed.contains("        time    n1"), "{replayed}");
    assert!(replayed.contains("\nthe plan fails: "), "{replayed}");
    assert!(replayed.contains("it panicked: a bug"), "{replayed}");
    let missing = report_of(FUZZ, &[("RAFTSIM_PLAN", "no/such.toml")]);
    assert_eq!(missing.matches("RAFTSIM_PLAN=no/such.toml: ").count(), 1, "{missing}");
    // Beside the page, where CI finds it.
    let pages = folder.join("pages");
    let of_pages = pages.to_str().expect("the path is UTF-8");
    let report = report_of(FUZZ, &[("RAFTSIM_PAGES", of_pages)]);
    let page = Path::new(&name).with_extension("html");
    assert!(report.contains(&format!("look at it: {}/{}", shown(of_pages), page.display())));
    let plan = fs::read_to_string(pages.join(&name)).expect("the plan is there");
    assert_eq!(plan, fs::read_to_string(pasted(file)).expect("and where it was"));
    assert!(pages.join(page).is_file());
    fs::remove_dir_all(folder).expect("this test made it");
}

const UNMADE: &str = "red::a_suite_that_cannot_be_made_is_reported_once_with_its_place";

#[test]
fn a_suite_that_cannot_be_made_is_reported_once_with_its_place() {
    if is_red() {
        return in_child(
            site!("a_suite_that_cannot_be_made_is_reported_once_with_its_place"),
            |site| {
                let twice = || {
                    let scenario = Scenario::new(
                        "reelection_3a",
                        Part::A,
                        "it has a name that is taken",
                        |_| Ok(()),
                    );
                    Suite::<Raft>::new().scenario(scenario)
                };
                sweep_own::<Raft>(site, suite(twice), "reelection_3a", &["reelection_3a"]);
            },
        );
    }
    let report = report_of(UNMADE, &[]);
    let line = "`reelection_3a` is a built-in scenario: give yours another name at sim-scenarios/";
    assert_eq!(report.matches(line).count(), 1, "{report}");
    assert_eq!(report.matches("panicked at").count(), 1, "{report}");
}
