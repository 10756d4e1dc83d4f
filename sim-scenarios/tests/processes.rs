//! Each test of `labs!` and `fuzz!` has a process of its own: a node that ends it is a failure.

use std::fs;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use raftsim_explore::Player as _;
use raftsim_node::Boot;
use raftsim_plan::{Expect, Plan};
use raftsim_raft::Raft;
use raftsim_sim::{Recording, property};
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::testing::{Site, fuzz_node, in_child, sweep_scenario};
use sim_scenarios::{NodePlayer, Part, Suite, site};

use crate::support::{panic_of, pasted, shown};

/// Our Raft, which exits as if all were well in one boot of a hundred.
type Exiting = Tweaked<Raft, Exits>;

#[derive(Clone, Default)]
struct Exits;

impl Tweak<Raft> for Exits {
    fn boot(&self, boot: &Boot) -> Boot {
        if boot.seed.is_multiple_of(100) {
            process::exit(0);
        }
        boot.clone()
    }
}

/// It panics where [`Exits`] exits.
#[derive(Clone, Default)]
struct PanicsInstead;

impl Tweak<Raft> for PanicsInstead {
    fn boot(&self, boot: &Boot) -> Boot {
        assert!(!boot.seed.is_multiple_of(100), "here the other exits");
        boot.clone()
    }
}

#[test]
#[should_panic(
    expected = "a_node_that_exits_is_a_failure_that_names_the_seeds: the process ended without a \
                verdict (exit status: 0), while it ran seeds 0 to "
)]
fn a_node_that_exits_is_a_failure_that_names_the_seeds() {
    let site = site!("a_node_that_exits_is_a_failure_that_names_the_seeds");
    in_child(site, |site| sweep_scenario::<Exiting>(site, "reelection_3a"));
}

/// Our Raft, which panics in some runs; and from then on it exits in one boot of ten.
type Shrinking = Tweaked<Raft, ExitsAfterAPanic>;

#[derive(Clone, Default)]
struct ExitsAfterAPanic;

static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

impl Tweak<Raft> for ExitsAfterAPanic {
    fn boot(&self, boot: &Boot) -> Boot {
        if HAS_PANICKED.load(Ordering::Relaxed) && boot.seed.is_multiple_of(10) {
            process::exit(0);
        }
        if boot.seed.is_multiple_of(50) {
            HAS_PANICKED.store(true, Ordering::Relaxed);
            panic!("a bug");
        }
        boot.clone()
    }
}

/// A folder of a test's own for the plans that fail, empty in the process that starts the test.
fn folder(name: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder.to_str().expect("the path is UTF-8").to_owned()
}

/// The plan that a line of a report says how to replay.
fn replayed(line: &str) -> Plan {
    let file = line.strip_prefix("replay it: RAFTSIM_PLAN=").expect("it says how");
    let (file, test) = file.split_once(' ').expect("and in which test");
    assert!(test.starts_with("cargo test -p sim-scenarios --test main processes::a_"), "{test}");
    let plan = fs::read_to_string(pasted(file)).expect("it was written");
    fs::remove_file(pasted(file)).expect("it was written by this test");
    plan.parse().expect("it is a plan")
}

#[test]
fn a_node_that_exits_in_a_plan_is_a_failure_that_names_a_file_with_the_plan() {
    let site = site!("a_node_that_exits_in_a_plan_is_a_failure_that_names_a_file_with_the_plan");
    let report = panic_of(|| {
        in_child(site, |site| fuzz_node::<Exiting>(site, Part::D, &folder("exits"), Suite::new()));
    });
    let [first, replay] = report.lines().collect::<Vec<_>>()[..] else { panic!("{report}") };
    let end = "without a verdict (exit status: 0), while it played a plan";
    assert!(first.ends_with(end), "{report}");
    let plan = replayed(replay);
    // It is the very plan: some server boots with a seed at which the node exits.
    let player = NodePlayer::<Tweaked<Raft, PanicsInstead>>::new(Default::default());
    let failure = player.play(&plan, Recording::Off).verdict.expect_err("it panics");
    assert_eq!(failure.property(), property::NO_PANIC);
}

#[test]
fn a_plan_that_fails_is_kept_as_drawn_if_the_process_ends_while_it_is_shrunk() {
    let site = site!("a_plan_that_fails_is_kept_as_drawn_if_the_process_ends_while_it_is_shrunk");
    let report = panic_of(|| {
        in_child(site, |site| {
            fuzz_node::<Shrinking>(site, Part::D, &folder("fails"), Suite::new());
        });
    });
    let lines: Vec<&str> = report.lines().collect();
    let [end, ended, failed, replay] = lines[..] else { panic!("{report}") };
    assert!(end.ends_with("(exit status: 0), while it played a plan"), "{report}");
    assert!(failed.starts_with("before that, a plan fails: "), "{report}");
    assert!(failed.contains("no panic"), "{report}");
    let [ended, failed] = [ended, replay].map(replayed);
    assert!(matches!(ended.expect, Expect::Guards(_)));
    let Expect::Breaks(property) = failed.expect else { panic!("it fails") };
    assert_eq!(property, property::NO_PANIC.name());
}

#[test]
#[should_panic(expected = "without a verdict (signal: 6 (SIGABRT)")]
fn a_test_that_aborts_is_a_failure() {
    in_child(site!("a_test_that_aborts_is_a_failure"), |_| process::abort());
}

#[test]
#[should_panic(expected = "the message of the panic\nin two lines")]
fn a_test_that_panics_fails_with_the_same_message() {
    let site = site!("a_test_that_panics_fails_with_the_same_message");
    in_child(site, |_| panic!("the message of the panic\nin two lines"));
}

#[test]
fn a_test_that_passes_is_run_in_another_process_and_passes() {
    let site = site!("a_test_that_passes_is_run_in_another_process_and_passes");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("started-by");
    let is_child = fs::read_to_string(&file).is_ok_and(|id| id == parent_id().to_string());
    if !is_child {
        fs::write(&file, process::id().to_string()).expect("a file can be written");
    }
    in_child(site, |_| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run-by");
        fs::write(file, process::id().to_string()).expect("a file can be written");
    });
    let run_by = fs::read_to_string(file.with_file_name("run-by")).expect("it was run");
    assert_eq!(run_by == process::id().to_string(), is_child);
}

#[test]
fn a_test_that_the_binary_does_not_know_is_run_in_this_process() {
    in_child(Site { path: "main::there_is_no_such_test", ..site!("") }, |_| {});
}

/// In the process that this test starts, and that has the variable, the test is red.
#[test]
fn a_red_test_writes_a_page_into_the_folder_that_a_variable_names() {
    const VARIABLE: &str = "RAFTSIM_PAGES";
    #[expect(clippy::disallowed_methods, reason = "it plays an entry point")]
    let is_red = std::env::var_os(VARIABLE).is_some();
    if is_red {
        return sweep_scenario::<Tweaked<Raft, PanicsInstead>>(site!("red"), "reelection_3a");
    }
    let folder = folder("pages") + "/made";
    let _ = fs::remove_dir_all(&folder);
    let test = "processes::a_red_test_writes_a_page_into_the_folder_that_a_variable_names";
    let program = std::env::current_exe().expect("this program has a file");
    let mut red = process::Command::new(program);
    let output = red.args(["--exact", test]).env(VARIABLE, &folder).output().expect("it runs");
    assert!(!output.status.success());
    let report = String::from_utf8_lossy(&output.stdout);
    let line = report.lines().find_map(|line| line.strip_prefix("look at it: "));
    let line = line.unwrap_or_else(|| panic!("{report}"));
    let page = Path::new(line);
    assert_eq!(page.parent(), Some(Path::new(&shown(&folder))));
    let name = page.file_name().expect("a file").to_string_lossy();
    assert!(name.starts_with("tweaked-main-processes-red-") && name.ends_with(".html"), "{name}");
    let html = fs::read_to_string(pasted(line)).expect("the page is there");
    assert!(html.contains("no panic - reelection_3a, seed "), "{}", &html[..400]);
    fs::remove_dir_all(&folder).expect("this test made it");
}
