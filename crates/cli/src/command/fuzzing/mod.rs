//! `fuzz`: plays plans drawn at random until one fails; then shrinks it. Each plan that is the first
//! to break a property is kept in a file.
//!
//! | module | owns |
//! |---|---|
//! | `kept` | the files of the plans that fail |
//! | `shrinking` | a plan that fails, shrunk if that is possible |
//! | `report` | what is printed |

mod kept;
mod report;
mod shrinking;

use std::num::NonZeroU64;
use std::path::Path;

use raftsim_explore::{
    CrashPoints, Done, Fuzz, HarnessPanic, Shard, Sweep, SweepListener, Tally, Twice, go_on,
};
use raftsim_node::Duration;
use raftsim_plan::Drawing;
use raftsim_sim::Failure;
use sim_scenarios::shell::shell_line;

use crate::command::Exit;
use crate::command::args::FuzzArgs;
use crate::command::bad::Bad;
use crate::command::find::find_seen;
use crate::command::isolate::{self, Crumbs};
use crate::command::named::name_commands;
use crate::command::nodes::NodeEntry;
use crate::command::progress::{Announced, Clock, Minutes, Watch, Watcher, bar};
use crate::command::state::State;
use crate::command::stop::Stop;

use kept::Kept;

/// How long to fuzz if neither a time nor a number of runs is given.
const USUAL: Duration = Duration::from_secs(60);

/// The result of a search, and how long it took.
struct Found {
    tally: Tally,
    wall_seconds: f64,
    /// What is left of a search that was stopped; `None` if it came to its end.
    rest: Option<Rest>,
}

/// What is left of a search.
#[derive(Clone, Copy)]
struct Rest {
    /// The seed from which it goes on.
    next: u64,
    /// How much of its time is left, if that limits it.
    time: std::time::Duration,
}

pub(crate) fn fuzz(args: &FuzzArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let node = &find_seen(args.node.as_deref(), args.blind.is_on(), nodes)?;
    if let Some(runs) = args.runs
        && args.from.checked_add(runs.get() - 1).is_none()
    {
        let (from, last) = (args.from, u64::MAX);
        return Err(Bad::Usage(format!(
            "{runs} runs from seed {from} exceed the last seed, {last}"
        )));
    }
    let drawing = Drawing {
        servers: args.servers.0.clone(),
        scope: args.implements.unwrap_or(node.part()).scope(),
        swarm: !args.uniform,
        stands: node.claims().copes_with_standing_faults,
    };
    let player = node.player();
    let crash_points = args.crash_points.map_or(CrashPoints::USUAL, CrashPoints::of_each);
    let search = Fuzz { player: &*player, node: node.name(), drawing: &drawing, crash_points };
    let command = report::command(args, node);
    let again = |seeds: &_| report::seeds(args, node, seeds);
    let crumbs = Crumbs::of(&command, &again);
    let kept = Kept::new(&search, args.result.output.as_deref().map(Path::new));
    if args.keep.isolate && !crumbs.is_child() {
        let ended = isolate::in_child(&crumbs, program)?;
        return ended.or_else(|ended| report::print_ended(&ended, program, &kept, args));
    }
    let crumb = crumbs.make(program)?;
    let state =
        &State::open(args.keep.state.path.as_deref(), &shell_line(&command), node.version())?;
    let style = match args.runs {
        Some(_) => "fuzz {wide_bar} {human_pos}/{human_len} runs, {eta} left",
        None => "fuzz {spinner} {human_pos} runs in {elapsed}, {per_sec}",
    };
    let (bar, minutes) = (&bar(args.runs.map(NonZeroU64::get), style), &Minutes::new());
    let (stop, crumb) = (&Stop::of_this_process(), crumb.as_ref());
    let announced = Announced::new(&|_, _, _| false);
    let watch = Watch { bar, minutes, stop, state, crumb, node: node.name(), announced };
    let chunk = if crumbs.is_child() { 1 } else { Sweep::CHUNK };
    let mut found = search_on(args, &search, chunk, &watch, &kept)?;
    bar.finish_and_clear();
    name_commands(&mut found.tally, &search).map_err(|panic| Bad::panicked("fuzz", node, panic))?;
    let failures = shrinking::all(args, program, &search, &found.tally, &kept, &watch)
        .map_err(|panic| Bad::panicked("shrinking", node, panic))?;
    report::print(args, program, node, &found, &failures)?;
    report::report(args, program, node, &found, &failures)?;
    Ok(match (found.tally.failed, found.rest) {
        (1.., _) => Exit::Failed,
        (0, Some(_)) => Exit::Interrupted,
        (0, None) => Exit::Passed,
    })
}

/// Runs plan after plan, by time or by number.
fn search_on(
    args: &FuzzArgs,
    search: &Fuzz<'_>,
    chunk: u64,
    watch: &Watch<'_>,
    kept: &Kept<'_>,
) -> Result<Found, Bad> {
    let panicked = |panic: HarnessPanic| Bad::panicked_on("fuzz", search.node, panic);
    let options = Sweep {
        from: args.from,
        // By time, all seeds that there are.
        seeds: args.runs.map_or((u64::MAX - args.from).saturating_add(1), NonZeroU64::get),
        shard: Shard::WHOLE,
        jobs: args.jobs.count(),
        chunk,
        keep_going: args.keep_going,
        twice: Twice::Sampled,
    };
    let (done, seconds) = watch.state.done("fuzz", search, &options)?;
    let before = done.tally(&options);
    watch.bar.inc(before.seeds);
    kept.go_on(&before.first_seeds);
    let clock = Clock::start(seconds);
    let limit = args.time.or(args.runs.is_none().then_some(USUAL));
    let limit = limit.map(|limit| std::time::Duration::from_nanos(limit.as_nanos()));
    let sweep = Watcher::new(watch, "fuzz", &options, clock);
    let listener = Listener { sweep, kept, limit };
    let done = go_on(search, &options, done, &listener).map_err(panicked)?;
    let next = done.next(&options);
    let is_cut = next < options.count() && !listener.is_late();
    Ok(Found {
        tally: done.tally(&options),
        wall_seconds: clock.seconds(),
        rest: is_cut.then(|| Rest { next: options.seed(next), time: listener.left() }),
    })
}

/// Listens to the sweep of plans: keeps the plans that fail, and stops when the time is up.
struct Listener<'a> {
    sweep: Watcher<'a>,
    kept: &'a Kept<'a>,
    limit: Option<std::time::Duration>,
}

impl Listener<'_> {
    fn is_late(&self) -> bool {
        self.limit.is_some() && self.left().is_zero()
    }

    /// How much time is left.
    fn left(&self) -> std::time::Duration {
        self.limit.unwrap_or_default().saturating_sub(self.sweep.clock.elapsed())
    }
}

impl SweepListener for Listener<'_> {
    fn what(&self) -> String {
        self.sweep.what()
    }

    fn begins(&self, job: usize, first: u64, last: u64) {
        self.sweep.begins(job, first, last);
    }

    fn ran(&self, seeds: u64) {
        self.sweep.ran(seeds);
    }

    fn failed(&self, seed: u64, failure: &Failure) {
        self.sweep.failed(seed, failure);
        self.kept.failed(seed, failure.property());
    }

    fn stops(&self) -> bool {
        self.sweep.stops() || self.is_late()
    }

    fn saves(&self, done: &Done) {
        self.sweep.saves(done);
    }
}
