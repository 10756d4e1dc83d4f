//! The code behind the tests that [`crate::labs!`] and [`crate::fuzz!`] make. It is an entry point:
//! it may read its documented environment variables.
//!
//! | module | owns |
//! |---|---|
//! | `budget` | how many seeds or plans a test runs, or for how long |
//! | `child` | a process of its own for each test |
//! | `fuzz` | plans drawn at random, and the files of those that fail |
//! | `pages` | the pages of runs that fail |

mod budget;
mod child;
mod fuzz;
mod pages;

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use raftsim_explore::{
    Run, Runner, Shard, SlowRun, Sweep, SweepListener, Tally, Twice, sweep, watch_runs,
};
use raftsim_node::Node;
use raftsim_plan::{Expect, Plan, Target};
use raftsim_sim::text::foreign::quote;
use raftsim_sim::{Recording, Row, Samples, prepare_process, property};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use budget::Budget;
pub use child::in_child;
pub use fuzz::{PLANS, fuzz_node, search_plans};
use pages::Failing;

use crate::costs;
use crate::registry::{Scenario, ScenarioInfo, scenario};
use crate::run::NodeRunner;
use crate::terminal::{Log, complain};

/// How many seeds a test sweeps at most, unless `RAFTSIM_SEEDS` is set.
pub const SEEDS: u64 = 2000;

/// How many of the last lines of a failing run a test prints.
const LAST_LINES: usize = 20;

/// Sweeps the scenario named `name` over seeds 0, 1, … on a node with its default settings: 2,000,
/// or as many as can be run in five seconds. The environment variable `RAFTSIM_SEEDS` sets the number
/// of seeds, however long they take, and `RAFTSIM_TIME` the time, such as `30s`. `RAFTSIM_LOG` is a `tracing`
/// filter: those events of a failing seed that it selects are printed on stderr. `RAFTSIM_PAGES` is a
/// folder: the page of the first seed that fails is written there.
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
    let budget = Budget::read(SEEDS, "RAFTSIM_SEEDS", "seeds");
    let options = Sweep {
        from: 0,
        seeds: budget.most,
        shard: Shard::WHOLE,
        jobs: 1,
        chunk: Sweep::CHUNK,
        keep_going: false,
        twice: Twice::Sampled,
    };
    let runner = NodeRunner::new(scenario, N::Config::default());
    let listener = Listener { name, budget, samples: Mutex::default() };
    let tally = sweep(&runner, &options, &listener).unwrap_or_else(|panic| {
        panic!("a bug in raftsim: {name}, seed {}: {}", panic.seed, panic.message)
    });
    let samples = listener.samples.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (run, all) = (tally.seeds, options.seeds);
    if run < all && tally.failed == 0 {
        println!("{name}: {run} of {all} seeds, since the time is over: see RAFTSIM_TIME");
    }
    if let Some(line) = costs::line(&samples) {
        println!("{name}: {line}");
    }
    if let Some(report) = report(info, std::any::type_name::<N>(), &runner, &tally) {
        panic!("{report}");
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
fn report(info: &ScenarioInfo, node: &str, runner: &dyn Runner, tally: &Tally) -> Option<String> {
    let (name, (seed, failure)) = (info.name, tally.first_failure.as_ref()?);
    let run = recorded(runner, *seed);
    let (rows, missing) = run.story.as_ref().map_or((vec![], 0), |it| (it.rows(), it.missing()));
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
    let plan = Plan {
        expect: Expect::Breaks(failure.property().name().to_owned()),
        node: node_name(node),
        seed: *seed,
        digest: None,
        closed: false,
        target: Target::Scenario { name: name.to_owned(), calm: true },
        fates: BTreeMap::new(),
    };
    let failing = Failing {
        name: format!("{}-{name}-{seed}", plan.node),
        title: name,
        command: format!("cargo run -- replay {name} --seed {seed}"),
        plan: &plan,
        servers: info.servers,
        shrunk: None,
    };
    if let Some(line) = pages::write(&run, failing) {
        write!(report, "\n{line}").expect("writing to a string");
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

/// Listens to a test's sweep.
struct Listener<'a> {
    /// The scenario's name.
    name: &'a str,
    budget: Budget,
    samples: Mutex<Samples>,
}

impl SweepListener for Listener<'_> {
    fn begins(&self, job: usize, first: u64, last: u64) {
        child::begins(job, self.name, first, last);
    }

    fn what(&self) -> String {
        self.name.to_owned()
    }

    fn stops(&self) -> bool {
        self.budget.is_over()
    }

    fn sampled(&self, samples: &Samples) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).add(samples);
    }
}
