//! The code behind the tests that [`crate::labs!`] and [`crate::fuzz!`] make. It is an entry point:
//! it may read its documented environment variables.

mod child;

use std::cell::RefCell;
use std::env::{self, VarError};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use raftsim_explore::{
    HarnessPanic, Player as _, Quiet, Run, Runner, Shard, SlowRun, Sweep, SweepListener, Tally,
    Twice, name_runs, shrink, story, sweep, watch_runs, watched,
};
use raftsim_node::Node;
use raftsim_plan::{Drawing, Plan, plans};
use raftsim_sim::text::foreign::quote;
use raftsim_sim::text::number;
use raftsim_sim::{Recording, Row, prepare_process, property};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

pub use child::in_child;

use crate::part::Part;
use crate::play::NodePlayer;
use crate::registry::{Scenario, scenario};
use crate::run::NodeRunner;
use crate::shell::plan_word;
use crate::terminal::{Log, complain};

/// How many seeds a test sweeps unless `RAFTSIM_SEEDS` is set.
pub const SEEDS: u64 = 2000;

/// How many plans a test plays unless `PROPTEST_CASES` asks for more.
pub const PLANS: u32 = 500;
/// How many runs a test uses at most to shrink a plan that fails.
const SHRINKING: u64 = 20_000;

/// How many of the last lines of a failing run a test prints.
const LAST_LINES: usize = 20;

/// Sweeps the scenario named `name` over seeds 0, 1, … on a node with its default settings. The
/// environment variable `RAFTSIM_SEEDS` sets the number of seeds. `RAFTSIM_LOG` is a `tracing`
/// filter: those events of a failing seed that it selects are printed on stderr.
///
/// # Panics
/// When a seed fails, with the seed, the reason, the last lines of the trace and the commands that
/// replay and shrink the run. When there is no such scenario, or a variable has no valid value.
pub fn sweep_scenario<N: Node>(name: &str) {
    prepare_process();
    watch_runs(report_slow_run);
    let scenario = scenario::<N>(name).unwrap_or_else(|| panic!("no scenario is named {name}"));
    let Scenario { info, .. } = scenario;
    let claims = N::claims(&N::Config::default());
    if !info.suits(&claims) {
        println!("{name}: not claimed");
        return;
    }
    let options = Sweep {
        from: 0,
        seeds: seeds(),
        shard: Shard::WHOLE,
        jobs: 1,
        chunk: Sweep::CHUNK,
        keep_going: false,
        twice: Twice::Sampled,
    };
    let runner = NodeRunner::new(scenario, N::Config::default());
    let tally = sweep(&runner, &options, &Named(name)).unwrap_or_else(|panic| {
        panic!("a bug in raftsim: {name}, seed {}: {}", panic.seed, panic.message)
    });
    if let Some(report) = report(name, std::any::type_name::<N>(), &runner, &tally) {
        panic!("{report}");
    }
}

/// Plays plans that proptest draws on a node with its default settings. The plans contain all
/// faults that a node must tolerate if it implements the lab up to `part`, in any order. The
/// environment variable `PROPTEST_CASES` can raise the number of plans. A plan that fails is
/// shrunk, first by proptest and then by [`shrink`], and written to a file in `folder`.
///
/// # Panics
/// When a plan fails, with the reason, the story of the shrunk plan and the command that replays
/// it.
pub fn fuzz_node<N: Node>(part: Part, folder: &str) {
    prepare_process();
    watch_runs(report_slow_run);
    name_runs(&format!("fuzz, node {}", node_name(std::any::type_name::<N>())));
    let Some((plan, reason)) = search_plans::<N>(part) else { return };
    let player = NodePlayer::<N>::new(N::Config::default());
    let (plan, result) = match shrink(&player, &plan, SHRINKING, &Quiet) {
        Ok(shrunk) => {
            let lines = story(&shrunk.plan, &player.play(&shrunk.plan, Recording::On));
            (shrunk.plan, format!("shrunk:\n  {}", lines.join("\n  ")))
        }
        Err(error) => (plan, format!("not shrunk: {error}")),
    };
    let file = Path::new(folder).join(format!("{}.toml", plan.node));
    let place = match fs::write(&file, plan.to_string()) {
        Ok(()) => format!("replay it: cargo run -- replay {}", plan_word(&file.to_string_lossy())),
        Err(error) => format!("{}: {error}\n{plan}", file.display()),
    };
    panic!("a plan fails: {reason}\n{result}\n{place}");
}

/// Plays the plans that [`fuzz_node`] plays. Returns the first that fails, shrunk by proptest, and
/// the reason; `None` if all pass. The result is the same at every call.
///
/// # Panics
/// When the harness panics: that is not a failure of the plan. When `PROPTEST_CASES` is no number.
pub fn search_plans<N: Node>(part: Part) -> Option<(Plan, String)> {
    let node = node_name(std::any::type_name::<N>());
    let stands = N::claims(&N::Config::default()).copes_with_standing_faults;
    let drawing = Drawing { servers: 1..=7, scope: part.scope(), swarm: true, stands };
    let player = NodePlayer::<N>::new(N::Config::default());
    let cases = cases();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let panic = RefCell::new(None);
    let judge = |plan: Plan| {
        child::begins(0, child::PLANS, plan.seed, plan.seed);
        let run = || watched(plan.seed, || player.play(&plan, Recording::Off));
        let run = HarnessPanic::caught(plan.seed, run).map_err(|caught| {
            *panic.borrow_mut() = Some(caught);
            TestCaseError::reject("a bug in raftsim")
        })?;
        run.verdict.map_err(|failure| TestCaseError::fail(failure.to_string()))
    };
    let found = TestRunner::new_with_rng(config, rng).run(&plans(&node, &drawing), judge);
    if let Some(HarnessPanic { seed, message }) = panic.into_inner() {
        panic!("a bug in raftsim: a plan of seed {seed}: {message}");
    }
    match found {
        Ok(()) => None,
        Err(TestError::Fail(reason, plan)) => Some((plan, reason.to_string())),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// A type's name in kebab case: `MyRaft` is `my-raft`, and so is `mine::MyRaft<Disk>`.
pub fn node_name(path: &str) -> String {
    let plain = path.split('<').next().unwrap_or(path);
    let ident = plain.rsplit("::").next().unwrap_or(plain).trim();
    let mut name = String::new();
    for letter in ident.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// How many seeds to sweep.
fn seeds() -> u64 {
    let Some(text) = variable("RAFTSIM_SEEDS") else { return SEEDS };
    number(&text).filter(|&seeds| seeds > 0).unwrap_or_else(|| {
        let text = quote(text);
        panic!("RAFTSIM_SEEDS is `{text}`, but should be a number of seeds, at least 1")
    })
}

/// How many plans to play. (proptest reads the variable too, but ignores what it cannot read.)
fn cases() -> u32 {
    let Some(text) = variable("PROPTEST_CASES") else { return PLANS };
    let cases: Option<u32> = number(&text);
    let cases = cases.unwrap_or_else(|| {
        panic!("PROPTEST_CASES is `{}`, but should be a number of plans", quote(text))
    });
    cases.max(PLANS)
}

#[expect(clippy::disallowed_methods, reason = "an entry point reads its documented variables")]
fn variable(name: &str) -> Option<String> {
    match env::var(name) {
        Ok(text) => Some(text),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(text)) => {
            panic!("{name} is `{}`, but should be UTF-8", quote(text.display()))
        }
    }
}

/// The message of a failing test; `None` if all seeds passed.
fn report(name: &str, node: &str, runner: &dyn Runner, tally: &Tally) -> Option<String> {
    let (seed, failure) = tally.first_failure.as_ref()?;
    let run = recorded(runner, *seed);
    let (rows, missing) = run.story.map_or((vec![], 0), |it| (it.rows(), it.missing()));
    let mut report = format!("{name} fails at seed {seed}\n  {failure}\nthe last lines:\n");
    for row in &rows[rows.len().saturating_sub(LAST_LINES)..] {
        writeln!(report, "  {}", line(row)).expect("writing to a string");
    }
    if missing > 0 {
        writeln!(report, "  (and {missing} more, too many to keep)").expect("writing to a string");
    }
    write!(report, "replay it (node {node}): cargo run -- replay {name} --seed {seed}")
        .expect("writing to a string");
    if failure.property() != property::DETERMINISTIC {
        write!(report, "\nshrink it: cargo run -- shrink {name} --seed {seed}")
            .expect("writing to a string");
    }
    Some(report)
}

/// Runs a seed again, recorded. If `RAFTSIM_LOG` is set, its `tracing` events go to stderr.
fn recorded(runner: &dyn Runner, seed: u64) -> Run {
    let Some(filter) = variable("RAFTSIM_LOG") else { return runner.run(seed, Recording::On) };
    let filter = EnvFilter::try_new(&filter)
        .unwrap_or_else(|error| panic!("RAFTSIM_LOG is `{}`: {error}", quote(&filter)));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(VirtualClock)
        .with_writer(Log)
        .finish();
    let _default = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    runner.run(seed, Recording::On)
}

fn line(row: &Row) -> String {
    let node = row.node.map_or("world".to_owned(), |node| node.to_string());
    format!("{} {node} {}", row.time, row.text)
}

/// Gives `tracing` events the virtual time of the run that this thread plays.
#[derive(Clone, Copy, Debug)]
pub struct VirtualClock;

impl FormatTime for VirtualClock {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        write!(out, "{}", raftsim_sim::virtual_now())
    }
}

/// Reports a run that takes long on stderr.
pub fn report_slow_run(slow: &SlowRun) {
    let SlowRun { what, seed, seconds, virtual_time } = slow;
    complain(format_args!(
        "{what}, seed {seed}: has been running for {seconds} s, and has reached {virtual_time} of \
         virtual time"
    ));
}

/// Names a scenario's runs.
struct Named<'a>(&'a str);

impl SweepListener for Named<'_> {
    fn begins(&self, job: usize, first: u64, last: u64) {
        child::begins(job, self.0, first, last);
    }

    fn what(&self) -> String {
        self.0.to_owned()
    }
}
