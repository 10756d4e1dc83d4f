//! The code behind [`crate::fuzz!`]: plans that proptest draws, and the files of those that fail.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use raftsim_explore::{
    HarnessPanic, Player, Quiet, Run, name_runs, shrink, story, watch_runs, watched,
};
use raftsim_node::Node;
use raftsim_plan::{Drawing, Expect, Plan, Target, plans};
use raftsim_sim::text::foreign::quote;
use raftsim_sim::{Failure, Recording, prepare_process};

use super::budget::Budget;
use super::pages::{self, Failing};
use super::{Site, child, node_name, report, report_slow_run, variable};
use crate::part::Part;
use crate::play::NodePlayer;
use crate::shell::shell_word;

/// How many plans a test plays at most, unless `PROPTEST_CASES` asks for more.
pub const PLANS: u64 = 500;

/// How many runs a test uses at most to shrink a plan that fails.
const SHRINKING: u64 = 20_000;

/// The variable with the file of the one plan to play.
const PLAN: &str = "RAFTSIM_PLAN";

/// Plays plans that proptest draws on a node with its default settings. The plans contain all
/// faults that a node must tolerate if it implements the lab up to `part`, in any order: 500, or as
/// many as can be played in five seconds. The environment variable `PROPTEST_CASES` can raise the
/// number of plans, however long they take, and `RAFTSIM_TIME` sets the time. A plan that fails is
/// written to a file in `folder`, as it was drawn; then it is shrunk, first by proptest and then by
/// [`shrink`], and the shrunk plan takes its place. `RAFTSIM_PAGES` is a folder: the page of the
/// shrunk plan's run is written there. `RAFTSIM_PLAN` is a plan's file: this plan alone is played,
/// and its whole trace is printed on stdout.
///
/// # Panics
/// When a plan fails, with the reason, the story of the shrunk plan, the servers' states and the
/// lines that replay it. Where the panic is, is the caller's place.
#[track_caller]
pub fn fuzz_node<N: Node>(site: Site, part: Part, folder: &str) {
    prepare_process();
    watch_runs(report_slow_run);
    let node = node_name(std::any::type_name::<N>());
    name_runs(&format!("fuzz, node {node}"));
    if let Some(file) = variable(PLAN) {
        return play_one::<N>(&file);
    }
    let folder = Path::new(folder);
    let file = &folder.join(format!("{node}.toml"));
    child::keeps_plans_at(&folder.join(format!("{node}-ended.toml")));
    let keep = |plan: &Plan, failure: &Failure| {
        let expect = Expect::Breaks(failure.property().name().to_owned());
        let written = write(site, file, &Plan { expect, ..plan.clone() }.to_string());
        child::reports(&format!("a plan fails: {failure}\n{written}"));
    };
    let budget = Budget::read(PLANS, "PROPTEST_CASES", "plans");
    let Some((plan, reason)) = search::<N>(part, &budget, keep) else { return };
    let player = Kept(NodePlayer::<N>::of_schedules(N::Config::default()));
    let (plan, run, result, left) = match shrink(&player, &plan, SHRINKING, &Quiet) {
        Ok(shrunk) => {
            let left = crate::pages::left(&shrunk);
            let run = player.play(&shrunk.plan, Recording::On);
            let lines = story(&shrunk.plan, &run);
            (shrunk.plan, run, format!("shrunk:\n  {}", lines.join("\n  ")), Some(left))
        }
        Err(error) => {
            let run = player.play(&plan, Recording::On);
            (plan, run, format!("not shrunk: {error}"), None)
        }
    };
    let servers = report::servers(&run);
    let written = write(site, file, &plan.to_string());
    let page = page(site, &run, &plan, file, left);
    let page = page.map_or_else(String::new, |line| format!("\n{line}"));
    child::fail(&format!("a plan fails: {reason}\n{result}\n{servers}{written}{page}"));
}

/// Plays the plan in a file, and prints its whole trace.
#[track_caller]
fn play_one<N: Node>(file: &str) {
    let text = fs::read_to_string(file);
    let text = text.unwrap_or_else(|error| panic!("{PLAN}={}: {error}", quote(file)));
    let plan = Plan::read(&text).unwrap_or_else(|error| panic!("{PLAN}={}: {error}", quote(file)));
    assert!(
        matches!(plan.target, Target::Cluster(_)),
        "{PLAN}={}: it is a seed of a scenario, which the scenario's test runs",
        quote(file)
    );
    let player = NodePlayer::<N>::of_schedules(N::Config::default());
    let run = player.play(&plan, Recording::On);
    report::print_trace(&run, crate::pages::servers(&plan));
    match &run.verdict {
        Ok(()) => println!("the plan passes"),
        Err(failure) => {
            let servers = report::servers(&run);
            child::fail(&format!("the plan fails: {failure}\n{}", servers.trim_end()));
        }
    }
}

/// Writes the page of a plan's run if a variable asks for it. Returns the line that says where it is.
fn page(site: Site, run: &Run, plan: &Plan, file: &Path, shrunk: Option<String>) -> Option<String> {
    let file = file.to_string_lossy();
    let failing = Failing {
        name: format!("{}-fuzz", plan.node),
        title: &file,
        command: replay_line(site, &file),
        plan,
        servers: crate::pages::servers(plan),
        shrunk,
    };
    pages::write(run, failing)
}

/// The line that plays the plan in a file in the test.
fn replay_line(site: Site, file: &str) -> String {
    site.test_line(PLAN, &shell_word(file))
}

/// Writes a plan. Returns the lines that replay it; if it cannot be written, the plan.
pub(super) fn write(site: Site, file: &Path, plan: &str) -> String {
    if let Err(error) = fs::write(file, plan) {
        return format!("{}: {error}\n{plan}", file.display());
    }
    let node = file.file_stem().unwrap_or_default().to_string_lossy();
    let node = node.strip_suffix("-ended").unwrap_or(&node);
    let file = file.to_string_lossy();
    let own = site.command().map(|command| format!("\nor: {}", command.plan_line(&file, node)));
    format!("replay it: {}{}", replay_line(site, &file), own.unwrap_or_default())
}

/// Plays the first 500 of the plans that [`fuzz_node`] plays. Returns the first that fails, shrunk by
/// proptest, and the reason; `None` if all pass. The result is the same at every call.
///
/// # Panics
/// When the harness panics: that is not a failure of the plan.
pub fn search_plans<N: Node>(part: Part) -> Option<(Plan, String)> {
    search::<N>(part, &Budget::of(PLANS), |_, _| {})
}

/// Plays plans, and hands each that fails to `keep`: one as it was drawn, then ever smaller ones.
fn search<N: Node>(
    part: Part,
    budget: &Budget,
    keep: impl Fn(&Plan, &Failure),
) -> Option<(Plan, String)> {
    let node = node_name(std::any::type_name::<N>());
    let stands = N::claims(&N::Config::default()).copes_with_standing_faults;
    let drawing = Drawing { servers: 1..=7, scope: part.scope(), swarm: true, stands };
    let player = Kept(NodePlayer::<N>::of_schedules(N::Config::default()));
    let cases = u32::try_from(budget.most.max(PLANS)).unwrap_or(u32::MAX);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let panic = RefCell::new(None);
    let has_failed = Cell::new(false);
    let judge = |plan: Plan| {
        if !has_failed.get() && budget.is_over() {
            return Ok(());
        }
        let run = || watched(plan.seed, || player.play(&plan, Recording::Off));
        let run = HarnessPanic::caught(plan.seed, run).map_err(|caught| {
            *panic.borrow_mut() = Some(caught);
            TestCaseError::reject("a bug in raftsim")
        })?;
        run.verdict.map_err(|failure| {
            has_failed.set(true);
            keep(&plan, &failure);
            TestCaseError::fail(failure.to_string())
        })
    };
    let found = TestRunner::new_with_rng(config, rng).run(&plans(&node, &drawing), judge);
    if let Some(HarnessPanic { seed, message, is_bug }) = panic.into_inner() {
        let what = if is_bug { "a bug in raftsim" } else { "the machine cannot run it" };
        panic!("{what}: a plan of seed {seed}: {message}");
    }
    match found {
        Ok(()) => None,
        Err(TestError::Fail(reason, plan)) => Some((plan, reason.to_string())),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// A player that keeps each plan in a file while it plays it: the node may end the process.
struct Kept<N: Node>(NodePlayer<N>);

impl<N: Node> Player for Kept<N> {
    fn play(&self, plan: &Plan, recording: Recording) -> Run {
        child::plays(plan);
        let run = self.0.play(plan, recording);
        child::played();
        run
    }
}
