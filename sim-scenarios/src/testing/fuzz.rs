//! The code behind [`crate::fuzz!`]: plans that proptest draws, and the files of those that fail.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use raftsim_explore::{
    CrashPoints, HarnessPanic, Player, Run, name_runs, short_story, shrink, watch_runs, watched,
};
use raftsim_node::Node;
use raftsim_plan::{Drawing, Expect, Plan, plans};
use raftsim_sim::text::foreign::quote;
use raftsim_sim::{Failure, Gap, Recording, prepare_process};

use super::budget::Budget;
use super::pages::{self, Failing};
use super::{Site, child, node_name, report, report_slow_run, variable};
use crate::own::Suite;
use crate::part::Part;
use crate::play::NodePlayer;
use crate::shell::shell_word;

/// How many plans a test plays at most, unless `PROPTEST_CASES` asks for more.
pub const PLANS: u64 = 500;

/// How many runs a test uses at most to shrink a plan that fails, and how long.
const SHRINKING: u64 = 20_000;
const SHRINKING_TIME: Duration = Duration::from_secs(30);

/// The variable with the file of the one plan to play.
pub(super) const PLAN: &str = "RAFTSIM_PLAN";

/// Plays plans that proptest draws on a node with its default settings, which the invariants of
/// `own` judge too. The plans contain all faults that a node must tolerate if it implements the lab
/// up to `part`, in any order: 500, or as many as can be played in five seconds. If servers crash in
/// them, [`CrashPoints::USUAL`] says which of those that pass are played again. The environment
/// variable `PROPTEST_CASES` can raise the number of plans, however long they take, and
/// `RAFTSIM_TIME` sets the time. A plan that fails is written to a file in `folder`, as it was drawn;
/// then it is shrunk by [`shrink`], and the shrunk plan takes its place. The file has the names of the
/// node, of the test's binary and its modules, and of the test. `RAFTSIM_PAGES` is a folder: the plan
/// and the page of the shrunk plan's run are written there, too. `RAFTSIM_PLAN` is a plan's file: this
/// plan alone is played, and its whole trace is printed on stdout.
///
/// # Panics
/// When a plan fails, with the reason, the story of the shrunk plan, the servers' states and the
/// lines that replay it. Where the panic is, is the caller's place.
#[track_caller]
pub fn fuzz_node<N: Node>(site: Site, part: Part, folder: &str, own: Suite<N>) {
    prepare_process();
    watch_runs(report_slow_run);
    let node = node_name(std::any::type_name::<N>());
    name_runs(&format!("fuzz, node {node}"));
    let player = NodePlayer::<N>::of_schedules(N::Config::default()).with_suite(own);
    if let Some(file) = variable(PLAN) {
        return play_one(site, &player, &file);
    }
    let player = Kept(player);
    let (folder, stem) = (Path::new(folder), site.file_stem());
    let file = &folder.join(format!("{node}-{stem}.toml"));
    child::keeps_plans_at(&folder.join(format!("{node}-{stem}-ended.toml")));
    let keep = |plan: &Plan, failure: &Failure| {
        let expect = Expect::Breaks(failure.property().name().to_owned());
        let written = write(site, file, &Plan { expect, ..plan.clone() });
        child::reports(&format!("a plan fails: {failure}\n{written}"));
    };
    let budget = Budget::read(PLANS, "PROPTEST_CASES", "plans");
    let Some((plan, reason)) = search(&player, part, &budget, keep) else { return };
    let patience = Budget::within(SHRINKING, Some(SHRINKING_TIME));
    let (plan, run, result, left) = match shrink(&player, &plan, SHRINKING, &patience) {
        Ok(shrunk) => {
            let left = crate::pages::left(&shrunk);
            let run = player.play(&shrunk.plan, Recording::On);
            let lines = short_story(&shrunk.plan, &run).join("\n  ");
            let more = if shrunk.is_minimal { "" } else { " (it may shrink further)" };
            (shrunk.plan, run, format!("shrunk{more}:\n  {lines}"), Some(left))
        }
        Err(error) => {
            let run = player.play(&plan, Recording::On);
            (plan, run, format!("not shrunk: {error}"), None)
        }
    };
    let servers = report::servers(&run);
    let written = write(site, file, &plan);
    let page = page(site, &run, &plan, file, format!("{}-{stem}", plan.node), left);
    let page = page.map_or_else(String::new, |line| format!("\n{line}"));
    child::fail(&format!("a plan fails: {reason}\n{result}\n{servers}{written}{page}"));
}

/// The same without a suite.
///
/// # Panics
/// As [`fuzz_node`] does.
#[doc(hidden)]
#[track_caller]
pub fn fuzz_without<N: Node>(site: Site, part: Part, folder: &str) {
    fuzz_node::<N>(site, part, folder, Suite::new());
}

/// Plays the plan in a file, and prints its whole trace.
#[track_caller]
pub(super) fn play_one<N: Node>(site: Site, player: &NodePlayer<N>, file: &str) {
    let bad = |error: &str| -> ! { child::fail(&format!("{PLAN}={}: {error}", quote(file))) };
    let text = fs::read_to_string(site.found(file));
    let text = text.unwrap_or_else(|error| bad(&error.to_string()));
    let plan = player.read(&text).unwrap_or_else(|error| bad(&error.to_string()));
    let run = player.play(&plan, Recording::On);
    report::print_trace(&run);
    match &run.verdict {
        Ok(()) => println!("the plan passes"),
        Err(failure) => {
            let servers = report::servers(&run);
            child::fail(&format!("the plan fails: {failure}\n{}", servers.trim_end()));
        }
    }
}

/// Writes the page of a plan's run if a variable asks for it. Returns the line that says where it is.
pub(super) fn page(
    site: Site,
    run: &Run,
    plan: &Plan,
    file: &Path,
    name: String,
    shrunk: Option<String>,
) -> Option<String> {
    let file = site.shown(file);
    let file = file.to_string_lossy();
    let failing = Failing { name, title: &file, command: replay_line(site, &file), plan, shrunk };
    pages::write(site, run, failing)
}

/// The line that plays the plan in a file in the test.
fn replay_line(site: Site, file: &str) -> String {
    site.test_line(PLAN, &shell_word(file))
}

/// Writes a plan. Returns the lines that replay it; if it cannot be written, the plan.
pub(super) fn write(site: Site, file: &Path, plan: &Plan) -> String {
    let text = plan.to_string();
    pages::keep_plan(file, &text);
    if let Err(error) = fs::write(file, &text) {
        return format!("{}: {error}\n{text}", file.display());
    }
    lines(site, file, &plan.node)
}

/// The lines that replay the plan in a file, which names the node `node`.
pub(super) fn lines(site: Site, file: &Path, node: &str) -> String {
    let file = site.shown(file);
    let file = file.to_string_lossy();
    let own = site.command().map(|command| format!("\nor: {}", command.plan_line(&file, node)));
    format!("replay it: {}{}", replay_line(site, &file), own.unwrap_or_default())
}

/// Plays the first 500 of the plans that [`fuzz_node`] plays. Returns the first that fails, as it was
/// drawn, and the reason; `None` if all pass. The result is the same at every call.
///
/// # Panics
/// When the harness panics: that is not a failure of the plan.
pub fn search_plans<N: Node>(part: Part) -> Option<(Plan, String)> {
    let player = Kept(NodePlayer::<N>::of_schedules(N::Config::default()));
    search(&player, part, &Budget::of(PLANS), |_, _| {})
}

/// Plays plans until one fails, and hands it to `keep`.
fn search<N: Node>(
    player: &Kept<N>,
    part: Part,
    budget: &Budget,
    keep: impl Fn(&Plan, &Failure),
) -> Option<(Plan, String)> {
    let node = node_name(std::any::type_name::<N>());
    let stands = N::claims(&N::Config::default()).copes_with_standing_faults;
    let drawing = Drawing { servers: 1..=7, scope: part.scope(), swarm: true, stands };
    let cases = u32::try_from(budget.most.max(PLANS)).unwrap_or(u32::MAX);
    // What fails is shrunk by us, who know what a plan's lines mean.
    let (failure_persistence, max_shrink_iters) = (None, 0);
    let config = Config { cases, failure_persistence, max_shrink_iters, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let points = if part < Part::C { CrashPoints::NONE } else { CrashPoints::USUAL };
    let (panic, failing) = (RefCell::new(None), RefCell::new(None));
    let judge = |plan: Plan| {
        if budget.is_over() {
            return Ok(());
        }
        let seed = plan.seed;
        let judged = HarnessPanic::caught(seed, || watched(seed, || points.play(player, plan)));
        let (plan, run) = judged.map_err(|caught| {
            *panic.borrow_mut() = Some(caught);
            TestCaseError::reject("a bug in raftsim")
        })?;
        run.verdict.map_err(|failure| {
            keep(&plan, &failure);
            *failing.borrow_mut() = Some(plan);
            TestCaseError::fail(failure.to_string())
        })
    };
    let found = TestRunner::new_with_rng(config, rng).run(&plans(&node, &drawing), judge);
    if let Some(panic) = panic.into_inner() {
        let (what, seed, message) = (panic.what(), panic.seed, &panic.message);
        child::fail(&format!("{what}: a plan of seed {seed}: {message}"));
    }
    match found {
        Ok(()) => None,
        // It may be the plan that was drawn, or that with a crash more.
        Err(TestError::Fail(reason, plan)) => {
            Some((failing.into_inner().unwrap_or(plan), reason.to_string()))
        }
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

    fn play_for_gaps(&self, plan: &Plan) -> (Run, Vec<Gap>) {
        child::plays(plan);
        let played = self.0.play_for_gaps(plan);
        child::played();
        played
    }
}
