//! The code behind the tests that [`crate::labs!`], [`crate::fuzz!`] and [`crate::regressions!`]
//! make. It is an entry point: it may read its documented environment variables.
//!
//! | module | owns |
//! |---|---|
//! | `budget` | how many seeds or plans a test runs, or for how long |
//! | `child` | a process of its own for each test |
//! | `fuzz` | plans drawn at random, and the files of those that fail |
//! | `pages` | the pages of runs that fail |
//! | `regressions` | plans that are kept in a folder |
//! | `report` | what a red test prints of its run |
//! | `site` | the lines that run a test again |

mod budget;
mod child;
mod fuzz;
mod pages;
mod regressions;
mod report;
mod site;

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use raftsim_explore::{
    Run, Runner, Shard, SlowRun, Sweep, SweepListener, Twice, sweep, watch_runs,
};
use raftsim_node::Node;
use raftsim_plan::{Conditions, Expect, Plan, Target};
use raftsim_sim::text::foreign::quote;
use raftsim_sim::text::{counted, number};
use raftsim_sim::{Failure, Recording, Samples, guarded, prepare_process, property};

use budget::Budget;
pub use child::in_child;
#[doc(hidden)]
pub use fuzz::fuzz_without;
pub use fuzz::{PLANS, fuzz_node, search_plans};
pub use regressions::play_kept;
#[doc(hidden)]
pub use regressions::play_kept_without;
pub use site::{Site, TestTarget};

use pages::Failing;

use crate::costs;
use crate::info::ScenarioInfo;
use crate::own::Suite;
use crate::play::NodePlayer;
use crate::registry::{ScenarioType, scenario};
use crate::scenario::Scenario;
use crate::terminal::{LogFilter, complain};

/// How many seeds a test sweeps at most, unless `RAFTSIM_SEEDS` is set.
pub const SEEDS: u64 = 2000;

/// A test that passes over fewer seeds than these reports it, also where libtest keeps back what
/// tests print.
const FEW: u64 = 100;

/// Sweeps the scenario named `name` over seeds 0, 1, … on a node with its default settings: 2,000,
/// or as many as can be run in five seconds.
///
/// | variable | its effect |
/// |---|---|
/// | `RAFTSIM_SEEDS` | the number of seeds, without a limit of time |
/// | `RAFTSIM_TIME` | at most how long to sweep, such as `30s` |
/// | `RAFTSIM_SEED` | one seed, which is run alone; its whole trace is printed on stdout |
/// | `RAFTSIM_LOG` | a `tracing` filter: the events of a failing seed that it selects are printed on stderr |
/// | `RAFTSIM_PAGES` | a folder: the page of the first seed that fails is written there |
///
/// # Panics
/// When a seed fails, with the seed, the reason, the servers' states, the last lines of the trace
/// and the lines that replay and shrink the run. When there is no such scenario, or a variable has
/// no valid value. Where the panic is, is the caller's place.
#[track_caller]
pub fn sweep_scenario<N: Node>(site: Site, name: &str) {
    let scenario = scenario::<N>(name).unwrap_or_else(|| panic!("no scenario is named {name}"));
    sweep_one(site, scenario, Suite::new());
}

/// The same for the scenario that has this type. The invariants of `own` judge it, too.
///
/// # Panics
/// As [`sweep_scenario`] does.
#[doc(hidden)]
#[track_caller]
pub fn sweep_named<N: Node, S: ScenarioType>(site: Site, own: Suite<N>) {
    sweep_one(site, S::scenario::<N>(), own);
}

/// The same without a suite.
///
/// # Panics
/// As [`sweep_scenario`] does.
#[doc(hidden)]
#[track_caller]
pub fn sweep_without<N: Node, S: ScenarioType>(site: Site) {
    sweep_named::<N, S>(site, Suite::new());
}

/// The same for the scenario of this suite that is named `name`. `tests` are the names of all of its
/// scenarios that have tests.
///
/// # Panics
/// As [`sweep_scenario`] does, and when one of the two lists of names has one that the other lacks.
#[doc(hidden)]
#[track_caller]
pub fn sweep_own<N: Node>(site: Site, own: Suite<N>, name: &str, tests: &[&str]) {
    let Some(scenario) = own.find(name) else {
        let known: Vec<&str> = own.scenarios().map(|info| info.name).collect();
        let known = known.join(", ");
        child::fail(&format!(
            "`labs!` lists `{name}`, but no scenario of the suite is named so; it has: {known}"
        ))
    };
    let without = own.scenarios().find(|info| !tests.contains(&info.name));
    if let Some(info) = without {
        let missing = info.name;
        child::fail(&format!(
            "the suite has the scenario `{missing}`, but `labs!` does not list it: add its name"
        ));
    }
    sweep_one(site, scenario, own);
}

/// The suite that a function makes, for the macros of tests.
///
/// # Panics
/// If the function does, with its message and the place.
#[doc(hidden)]
#[track_caller]
pub fn suite<N: Node>(make: impl FnOnce() -> Suite<N>) -> Suite<N> {
    prepare_process();
    guarded(make).unwrap_or_else(|panic| child::fail(&panic.to_string()))
}

#[track_caller]
fn sweep_one<N: Node>(site: Site, scenario: Scenario<N>, own: Suite<N>) {
    prepare_process();
    watch_runs(report_slow_run);
    let info = &{ scenario.info };
    let name = info.name;
    let claims = N::claims(&N::Config::default());
    if let Some(claim) = info.needs.filter(|claim| !claim.is_made(&claims)) {
        let why = format!("the node does not claim `{}`", claim.method());
        child::remark(&format!("{name} is not run, and counts as passed: {why}"));
        return;
    }
    let (one, budget) = (one_seed(), Budget::read(SEEDS, "RAFTSIM_SEEDS", "seeds"));
    let options = Sweep {
        from: one.unwrap_or(0),
        seeds: if one.is_some() { 1 } else { budget.most },
        shard: Shard::WHOLE,
        jobs: 1,
        chunk: Sweep::CHUNK,
        keep_going: false,
        twice: Twice::Sampled,
    };
    let player = NodePlayer::of_schedules(N::Config::default()).with_suite(own);
    let runner = player.running(scenario);
    let listener = Listener { name, budget, samples: Mutex::default() };
    let tally = sweep(&runner, &options, &listener).unwrap_or_else(|panic| {
        let (what, seed, message) = (panic.what(), panic.seed, &panic.message);
        child::fail(&format!("{what}: {name}, seed {seed}: {message}"))
    });
    let samples = listener.samples.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (run, all) = (tally.seeds, options.seeds);
    if run < all && tally.failed == 0 {
        let line =
            format!("{name}: {run} of {all} seeds, since the time is over: see RAFTSIM_TIME");
        if run < FEW {
            child::remark(&line);
        } else {
            println!("{line}");
        }
    }
    if let Some(line) = costs::line(&samples) {
        println!("{name}: {line}");
    }
    match (tally.first_failure, one) {
        (Some((seed, failure)), _) => {
            let red = Red { site, info, node: node_name(std::any::type_name::<N>()), seed };
            child::fail(&red.report(failure, &recorded(&runner, seed)));
        }
        (None, Some(seed)) => {
            report::print_trace(&recorded(&runner, seed));
            println!("{name} passes at seed {seed}");
        }
        (None, None) => {}
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

/// The variable with the one seed to run.
const SEED: &str = "RAFTSIM_SEED";

/// The one seed to run, whose whole trace is printed; `None` if the test sweeps.
#[track_caller]
fn one_seed() -> Option<u64> {
    let text = variable(SEED)?;
    let bad = || child::fail(&format!("{SEED} is `{}`, but should be a seed", quote(&text)));
    Some(number(&text).unwrap_or_else(bad))
}

#[expect(clippy::disallowed_methods, reason = "an entry point reads its documented variables")]
#[track_caller]
fn variable(name: &str) -> Option<String> {
    match env::var(name) {
        Ok(text) => Some(text),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(text)) => {
            child::fail(&format!("{name} is `{}`, but should be UTF-8", quote(text.display())))
        }
    }
}

/// A seed of a scenario that fails in a test.
struct Red<'a> {
    site: Site,
    info: &'a ScenarioInfo,
    node: String,
    seed: u64,
}

impl Red<'_> {
    /// The message of the test, of which this is the recorded run.
    fn report(&self, failure: Failure, run: &Run) -> String {
        let Self { info: &ScenarioInfo { name, servers, .. }, seed, .. } = *self;
        // The recorded run's own verdict names the commands.
        let failure = match &run.verdict {
            Err(recorded) if *recorded == failure => recorded.clone(),
            Ok(()) | Err(_) => failure,
        };
        let with = counted(servers, "server");
        let mut report = format!("{name} fails at seed {seed}, with {with}\n  {failure}\n");
        report += &report::servers(run);
        match &run.story {
            Some(_) if one_seed().is_some() => report::print_trace(run),
            Some(story) => report += &report::last(run, &**story, &failure),
            None => {}
        }
        report += &self.lines(&failure).join("\n");
        if let Some(line) = self.page(&failure, run) {
            write!(report, "\n{line}").expect("writing to a string");
        }
        report
    }

    /// The lines that show the run again.
    fn lines(&self, failure: &Failure) -> Vec<String> {
        let Self { site, info, seed, .. } = self;
        let mut lines = vec![format!("replay it: {}", self.replay_line())];
        if let Some(command) = site.command() {
            lines.push(format!("or: {}", command.seed_line("replay", info.name, *seed)));
            if failure.property() != property::DETERMINISTIC {
                let shrink = command.seed_line("shrink", info.name, *seed);
                lines.push(format!("shrink it: {shrink}"));
                let why = command.seed_line("why", info.name, *seed);
                lines.push(format!("explain it: {why}"));
            }
        }
        lines
    }

    fn replay_line(&self) -> String {
        self.site.test_line(SEED, &self.seed.to_string())
    }

    /// Writes the page of the run if a variable asks for it. Returns the line that says where it is.
    fn page(&self, failure: &Failure, run: &Run) -> Option<String> {
        let Self { info, node, seed, .. } = self;
        let name = info.name;
        let plan = Plan {
            expect: Expect::Breaks(failure.property().name().to_owned()),
            node: node.clone(),
            seed: *seed,
            digest: None,
            closed: false,
            target: Target::Scenario {
                name: name.to_owned(),
                calm: true,
                conditions: Conditions::default(),
            },
            fates: BTreeMap::new(),
        };
        let failing = Failing {
            name: format!("{node}-{}-{seed}", self.site.file_stem()),
            title: name,
            command: self.replay_line(),
            plan: &plan,
            shrunk: None,
        };
        pages::write(self.site, run, failing)
    }
}

/// Runs a seed again, recorded. If `RAFTSIM_LOG` is set, its `tracing` events go to stderr.
fn recorded(runner: &dyn Runner, seed: u64) -> Run {
    let Some(filter) = variable("RAFTSIM_LOG") else { return runner.run(seed, Recording::On) };
    let listening: LogFilter = filter.parse().unwrap_or_else(|error| {
        child::fail(&format!("RAFTSIM_LOG is `{}`: {error}", quote(&filter)))
    });
    listening.listen(false, || runner.run(seed, Recording::On))
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
