//! `run`: sweeps seeds in parallel.
//!
//! | module | owns |
//! |---|---|
//! | `rows` | the table, a row as soon as a scenario ends; the objects of `--json` |
//! | `expected` | failures that are known |
//! | `listed` | seeds that a file lists |
//! | `failing` | what is printed of a scenario that fails |
//! | `profile` | into what the time went |
//! | `files` | the files that hold what was found; annotations on GitHub |
//! | `elsewhere` | the same seeds in another process |
//! | `rate` | whether chance explains the limits that a node missed |
//! | `watch` | running again whenever a file is saved |
//! | `rest` | the commands that run what is left after a command was stopped |

mod elsewhere;
mod expected;
mod failing;
mod files;
mod listed;
mod profile;
mod rate;
mod rest;
mod rows;
mod watch;

use raftsim_explore::{HarnessPanic, Judged, Rates, Runner, Shard, Sweep, Tally, Twice, go_on};
use raftsim_sim::Property;
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_line;
use sim_scenarios::terminal::complain;
use sim_scenarios::{Checks, SCENARIOS, ScenarioInfo};

use crate::command::Exit;
use crate::command::args::{Repeat, RunArgs};
use crate::command::bad::Bad;
use crate::command::find::{find_node, find_scenario};
use crate::command::isolate::{self, Crumbs};
use crate::command::named::name_commands;
use crate::command::nodes::NodeEntry;
use crate::command::out;
use crate::command::progress::{Clock, Minutes, Watch, Watcher, bar};
use crate::command::specimens;
use crate::command::state::State;
use crate::command::stop::Stop;
use crate::command::stretched::Stretched;

use elsewhere::{Compared, Digests};
use expected::Expected;
use listed::Listed;
use profile::Profile;
use rows::Rows;

/// The style of the progress bar.
const STYLE: &str = "{msg:32} {wide_bar} {human_pos}/{human_len} seeds, {eta} left";

/// Why a scenario is not run whose part of the lab the node does not implement.
const UNIMPLEMENTED: &str = "not implemented";

/// One scenario's result.
struct Swept {
    info: &'static ScenarioInfo,
    /// What its seeds did, or why it was not run.
    tally: Result<Tally, &'static str>,
    /// How often limits were missed, compared with our Raft, if some were missed.
    rates: Option<Rates>,
    wall_seconds: f64,
    /// How many seeds were run without a gap from the first on; all, unless it was stopped. None,
    /// if it was stopped before they were compared with those of another process.
    reached: u64,
    /// Whether the process with which they were to be compared ended without a result.
    is_alone: bool,
    /// Into what the time went.
    profile: Profile,
}

impl Swept {
    fn skipped(info: &'static ScenarioInfo, reached: u64, why: &'static str) -> Self {
        let profile = Profile::default();
        let (wall_seconds, is_alone) = (0.0, false);
        Self { info, tally: Err(why), rates: None, wall_seconds, reached, is_alone, profile }
    }

    fn has_failed(&self) -> bool {
        self.is_alone || self.tally.as_ref().is_ok_and(|tally| tally.failed > 0)
    }
}

pub(crate) fn run(args: &RunArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    if !args.watch {
        return run_once(args, program, nodes, Stop::of_this_process);
    }
    // What is wrong with the arguments stays wrong, whatever is saved.
    choose(args)?;
    options(args, &Listed::of(args)?)?;
    watch::again_and_again(args, |stop| run_once(args, program, nodes, || stop.clone()))
}

fn run_once(
    args: &RunArgs,
    program: &str,
    nodes: &[NodeEntry],
    stop: impl FnOnce() -> Stop,
) -> Result<Exit, Bad> {
    let node = &find_node(args.node.as_deref(), nodes)?;
    if args.twice == Repeat::Process && args.keep.state.path.is_some() {
        let why = "the file does not keep what `--twice=process` compares";
        return Err(Bad::Usage(format!("--state cannot be used with --twice=process: {why}")));
    }
    let scenarios = choose(args)?;
    let (listed, expected) = (&Listed::of(args)?, Expected::of(args)?);
    let mut options = options(args, listed)?;
    let command = rest::command(args, node);
    let again = |seeds: &Running| rest::seeds(args, node, seeds);
    let crumbs = Crumbs::of(&command, &again);
    if args.keep.isolate && !crumbs.is_child() {
        let ended = isolate::in_child(&crumbs, program)?;
        return ended.or_else(|ended| failing::print_ended(&ended, program, node, nodes, args));
    }
    if crumbs.is_child() {
        // The crumb then names the very seed that ended the process.
        options.chunk = 1;
    }
    if let Some(chunk) = elsewhere::asked() {
        return print_digests(args, node, &scenarios, &options, chunk);
    }
    let crumb = crumbs.make(program)?;
    let state =
        &State::open(args.keep.state.path.as_deref(), &shell_line(&command), node.version())?;
    let stop = &stop();
    let length = options.count().saturating_mul(scenarios.len() as u64);
    let (bar, minutes) = (&bar(Some(length), STYLE), &Minutes::new());
    let watch = Watch { bar, minutes, stop, state, crumb: crumb.as_ref(), node: node.name() };
    let stretched = Stretched::of(&node.claims());
    stretched.announce(node);
    let rows = Rows::new(args, node, stretched, &scenarios, &options);
    let mut results = vec![];
    bar.suspend(|| rows.heading())?;
    for info in &scenarios {
        if stop.is_asked() {
            break;
        }
        bar.set_message(info.name);
        let swept = sweep_one(info, node, args, (&options, listed), &watch)?;
        if stop.begins_anew() {
            break;
        }
        bar.suspend(|| rows.row(&swept))?;
        files::keep_plans(&swept, node, args);
        results.push(swept);
    }
    bar.finish_and_clear();
    if stop.begins_anew() {
        return Ok(Exit::Interrupted);
    }
    let text = |swept: &Swept| failing::text(swept, program, node, nodes, args);
    print_results(args, node, &rows, &results, text)?;
    let is_whole = results.len() == scenarios.len()
        && results.iter().all(|swept| swept.reached == options.count());
    if !is_whole {
        rest::print(args, program, node, &scenarios, &results, (&options, listed))?;
    }
    let failed = match expected {
        Some(expected) => {
            !expected.judge(&results, args.json, |seed| listed.place(seed, &options))?
        }
        None => results.iter().any(Swept::has_failed),
    };
    Ok(match (failed, is_whole) {
        (false, false) => Exit::Interrupted,
        (false, true) if exercised(args, node, &results) => Exit::Passed,
        (true, _) | (false, true) => Exit::Failed,
    })
}

/// Prints what the table does not show, and writes the files that were asked for. `text` is what
/// people read of a scenario that failed.
fn print_results(
    args: &RunArgs,
    node: &NodeEntry,
    rows: &Rows<'_>,
    results: &[Swept],
    text: impl Fn(&Swept) -> Option<String>,
) -> Result<(), Bad> {
    rows.sum(results)?;
    if !args.json {
        for text in results.iter().filter_map(&text) {
            out::line(&format!("\n{text}"))?;
            files::annotate(&text)?;
        }
        rows.print_unjudged(results)?;
        if args.profile {
            profile::print(results)?;
        }
    }
    profile::complain_of_costs(results);
    args.junit.as_deref().map_or(Ok(()), |file| files::write_junit(file, results, node, text))
}

/// The scenarios that the arguments name, in the registry's order, each once.
fn choose(args: &RunArgs) -> Result<Vec<&'static ScenarioInfo>, Bad> {
    let found: Vec<_> =
        args.names.iter().map(|name| find_scenario(name)).collect::<Result<_, _>>()?;
    let named = |info: &&ScenarioInfo| found.is_empty() || found.contains(info);
    let in_part = |info: &&ScenarioInfo| args.lab.is_none_or(|part| part == info.part);
    let chosen: Vec<_> = SCENARIOS.iter().filter(named).filter(in_part).collect();
    if chosen.is_empty() {
        let part = args.lab.map_or("", sim_scenarios::Part::name);
        return Err(Bad::Usage(format!("none of these scenarios is in part {part} of the lab")));
    }
    Ok(chosen)
}

fn options(args: &RunArgs, listed: &Listed) -> Result<Sweep, Bad> {
    let seeds = listed.count().unwrap_or(args.seeds.get());
    if args.from.checked_add(seeds - 1).is_none() {
        let (from, last) = (args.from, u64::MAX);
        return Err(Bad::Usage(format!("{seeds} seeds from {from} exceed the last seed, {last}")));
    }
    Ok(Sweep {
        from: args.from,
        seeds,
        shard: args.shard.unwrap_or(Shard::WHOLE),
        jobs: args.jobs.count(),
        chunk: Sweep::CHUNK,
        keep_going: args.keep_going || args.expect.is_some(),
        twice: if args.twice == Repeat::All { Twice::All } else { Twice::Sampled },
    })
}

/// Why a scenario is not run; none if it is. One that is named is run even if the node does not
/// implement its part of the lab.
fn why_not(info: &ScenarioInfo, node: &NodeEntry, args: &RunArgs) -> Option<&'static str> {
    if !node.takes(info) {
        return Some("not claimed");
    }
    (args.names.is_empty() && info.part > node.part()).then_some(UNIMPLEMENTED)
}

fn sweep_one(
    info: &'static ScenarioInfo,
    node: &NodeEntry,
    args: &RunArgs,
    (options, listed): (&Sweep, &Listed),
    watch: &Watch<'_>,
) -> Result<Swept, Bad> {
    let count = options.count();
    if let Some(why) = why_not(info, node, args) {
        watch.bar.inc(count);
        return Ok(Swept::skipped(info, count, why));
    }
    let panicked = |panic: HarnessPanic| {
        let seed = listed.seed(panic.seed);
        Bad::panicked(info.name, node, HarnessPanic { seed, ..panic })
    };
    let of = |checks| node.runner(info, args.calm.is_on(), checks);
    let own = of(args.checks);
    let runner = listed.over(&*own);
    let (done, before) = watch.state.done(info.name, &runner, options)?;
    watch.bar.inc(done.tally(options).seeds);
    let clock = Clock::start(before);
    let seed = |place| listed.seed(place);
    let watcher = Watcher::new(watch, info.name, options, clock).naming(&seed);
    let digests = Digests::of(&runner, options, options.chunk);
    let repeats = args.twice == Repeat::Process;
    let swept: &dyn Runner = if repeats { &digests } else { &runner };
    let done = go_on(swept, options, done, &watcher).map_err(panicked)?;
    watch.clear_crumb();
    let (mut tally, mut reached) = (done.tally(options), done.next(options));
    let mut profile = Profile { all: watcher.samples(), harness_alone: 0 };
    let mut is_alone = false;
    if repeats {
        let command = |seeds: &Sweep| rest::sweep(args, node, info, seeds);
        let compared = if reached == count {
            digests.compare(&tally, command, watch.stop, panicked)?
        } else {
            Compared::Stopped
        };
        is_alone = take_in(compared, info, &mut tally, &mut reached);
    }
    let begins = |place| watch.begins(0, info.name, seed(place), seed(place));
    let rates = specimens::right(info, args.calm.is_on(), args.checks).map(|right| {
        let runners: [&dyn Runner; 2] = [&runner, &listed.over(&*right)];
        rate::judge(&mut tally, info.name, runners, options, watch, &begins)
    });
    let rates = rates.transpose().map_err(panicked)?.flatten();
    let wall_seconds = clock.seconds();
    if let Some((place, _)) = tally.first_failure {
        watch.begins(0, info.name, seed(place), seed(place));
    }
    name_commands(&mut tally, &runner).map_err(panicked)?;
    watch.clear_crumb();
    if args.profile {
        let bare = of(Checks::Lab);
        let ran = profile::without_oracles(&listed.over(&*bare), options, &tally, &watcher);
        profile.harness_alone = ran.map_err(panicked)?;
    }
    let tally = Ok(listed.named(tally));
    Ok(Swept { info, tally, rates, wall_seconds, reached, is_alone, profile })
}

/// Takes in what the comparison with another process gave. Returns whether that process ended
/// without a result.
fn take_in(compared: Compared, info: &ScenarioInfo, tally: &mut Tally, reached: &mut u64) -> bool {
    match compared {
        Compared::Same => {}
        Compared::Differs(seed, failure) => tally.differs(seed, failure),
        Compared::Stopped => {
            *reached = 0;
            let why = "stopped before its runs were compared with those of another process";
            complain(format_args!("{}: {why}", info.name));
        }
        Compared::Ended(status) => {
            complain(format_args!(
                "error: {}: the other process of --twice=process ended without a result \
                 ({status}): the runs were not compared",
                info.name
            ));
            return true;
        }
    }
    false
}

/// Makes the runs for a process that compares them with its own.
fn print_digests(
    args: &RunArgs,
    node: &NodeEntry,
    scenarios: &[&ScenarioInfo],
    options: &Sweep,
    chunk: u64,
) -> Result<Exit, Bad> {
    let stop = Stop::of_this_process();
    for info in scenarios {
        let runner = node.runner(info, args.calm.is_on(), args.checks);
        let panicked = |panic| Bad::panicked(info.name, node, panic);
        elsewhere::print(&*runner, options, chunk, &stop, panicked)?;
    }
    Ok(if stop.is_asked() { Exit::Interrupted } else { Exit::Passed })
}

/// Whether each property was judged that should have been: every scenario was run, and the node
/// exposes what the oracles need. Reports those that were not. A shard without seeds judges none.
fn exercised(args: &RunArgs, node: &NodeEntry, results: &[Swept]) -> bool {
    let unexercised = unexercised(args, node, results);
    for property in &unexercised {
        let node = node.name();
        complain(format_args!(
            "error: the oracle of `{property}` was never exercised, although {node} exposes what \
             the oracle needs: these runs prove nothing about this property"
        ));
    }
    unexercised.is_empty()
}

/// The properties that no run judged, although every scenario was run and the node exposes what
/// their oracles need. A shard without seeds reports none, and neither does a node that implements
/// only a part of the lab.
fn unexercised(args: &RunArgs, node: &NodeEntry, results: &[Swept]) -> Vec<Property> {
    if !args.names.is_empty() || args.lab.is_some() || args.checks == Checks::Lab {
        return vec![];
    }
    if results.iter().any(|swept| swept.tally.as_ref().err() == Some(&UNIMPLEMENTED)) {
        return vec![];
    }
    let tallies = || results.iter().filter_map(|swept| swept.tally.as_ref().ok());
    if tallies().all(|tally| tally.seeds == 0) {
        return vec![];
    }
    let mut sum = Judged::default();
    tallies().for_each(|tally| sum.add(tally.judged));
    sum.unexercised(node.shown()).collect()
}
