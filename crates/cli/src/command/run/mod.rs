//! `run`: sweeps seeds in parallel.
//!
//! | module | owns |
//! |---|---|
//! | `rows` | the table, a row as soon as a scenario ends; the objects of `--json` |
//! | `conditions` | another number of servers, or another network, than a scenario's own |
//! | `costs` | whether the runs cost far more than those of our Raft |
//! | `exercised` | whether each oracle judged something |
//! | `expected` | failures that are known |
//! | `listed` | seeds that a file lists |
//! | `measure` | what the runs did, in numbers |
//! | `failing` | what is printed of a scenario that fails |
//! | `profile` | into what the time went |
//! | `files` | the files that hold what was found |
//! | `elsewhere` | the same seeds in another process |
//! | `rate` | whether chance explains the limits that a node missed |
//! | `watch` | running again whenever a file is saved |
//! | `rest` | the commands that run what is left after a command was stopped |

mod conditions;
mod costs;
mod elsewhere;
mod exercised;
mod expected;
mod failing;
mod files;
mod listed;
mod measure;
mod profile;
mod rate;
mod rest;
mod rows;
mod watch;

use raftsim_explore::{
    Costs, HarnessPanic, Measured, Rates, Runner, Shard, Sweep, Tally, Twice, go_on,
};
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_line;
use sim_scenarios::{Checks, SCENARIOS, ScenarioInfo};

use crate::command::Exit;
use crate::command::args::{Repeat, RunArgs};
use crate::command::bad::Bad;
use crate::command::find::{find_among, find_seen};
use crate::command::isolate::{self, Crumbs};
use crate::command::named::name_commands;
use crate::command::nodes::{How, NodeEntry};
use crate::command::out;
use crate::command::progress::{Announced, Clock, Minutes, Watch, Watcher, bar};
use crate::command::reports;
use crate::command::specimens;
use crate::command::state::State;
use crate::command::stop::Stop;
use crate::command::stretched::Stretched;

use elsewhere::{Compared, Digests};
use exercised::exercised;
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
    info: ScenarioInfo,
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
    /// What the runs did, if that was asked for.
    measured: Option<Measured>,
    /// What the runs cost, compared with our Raft, if they were.
    costs: Option<Costs>,
}

impl Swept {
    fn skipped(info: ScenarioInfo, reached: u64, why: &'static str) -> Self {
        let profile = Profile::default();
        let (wall_seconds, is_alone) = (0.0, false);
        let (tally, rates, measured, costs) = (Err(why), None, None, None);
        Self { info, tally, rates, wall_seconds, reached, is_alone, profile, measured, costs }
    }

    fn has_failed(&self) -> bool {
        self.is_alone || self.tally.as_ref().is_ok_and(|tally| tally.failed > 0)
    }
}

pub(crate) fn run(args: &RunArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    if !args.watch {
        return run_once(args, program, nodes, Stop::of_this_process);
    }
    let package = watch::Package::of(args)?;
    // What is wrong with the arguments stays wrong, whatever is saved: a package has no scenarios of
    // its own.
    choose(args, package.name, SCENARIOS, nodes)?;
    options(args, &Listed::of(args)?)?;
    package.again_and_again(|stop| run_once(args, program, nodes, || stop.clone()))
}

fn run_once(
    args: &RunArgs,
    program: &str,
    nodes: &[NodeEntry],
    stop: impl FnOnce() -> Stop,
) -> Result<Exit, Bad> {
    let node = &find_seen(args.node.as_deref(), args.blind.is_on(), nodes)?;
    let known: Vec<ScenarioInfo> = node.scenarios().collect();
    let scenarios = choose(args, node.name(), &known, nodes)?;
    let (listed, expected) = (&Listed::of(args)?, Expected::of(args, node, nodes)?);
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
    let kept = shell_line(&command) + &args.on.unsaid();
    let state = &State::open(args.keep.state.path.as_deref(), &kept, node.version())?;
    let stop = &stop();
    let length = options.count().saturating_mul(scenarios.len() as u64);
    let (bar, minutes) = (&bar(Some(length), STYLE), &Minutes::new());
    let expects = |name: &str, seed, it| Expected::allow(expected.as_ref(), name, seed, it);
    let (announced, crumb) = (Announced::new(&expects), crumb.as_ref());
    let watch = Watch { bar, minutes, stop, state, crumb, node: node.name(), announced };
    let stretched = Stretched::of(&node.claims());
    stretched.announce(node);
    conditions::announce(&args.on);
    let rows = Rows::new(args, node, stretched, &scenarios, &options);
    let mut results = vec![];
    bar.suspend(|| rows.heading())?;
    for info in &scenarios {
        if stop.is_asked() {
            break;
        }
        bar.set_message(info.name);
        let swept = sweep_one(*info, node, args, (&options, listed), &watch)?;
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
    let place = |seed| listed.place(seed, &options);
    let text = |swept: &Swept| failing::text(swept, program, node, nodes, args);
    let unexpected = |swept: &Swept| match &expected {
        Some(expected) => failing::unexpected(swept, expected.differences(swept, place), text),
        None => text(swept),
    };
    print_results(args, node, &rows, &results, (&text, &unexpected))?;
    let is_whole = results.len() == scenarios.len()
        && results.iter().all(|swept| swept.reached == options.count());
    if !is_whole {
        rest::print(args, program, node, &scenarios, &results, (&options, listed))?;
    }
    let failed = Expected::is_missed(expected.as_ref(), &results, args.json, place)?;
    Ok(match (failed, is_whole) {
        (false, false) => Exit::Interrupted,
        (false, true) if exercised(args, node, &results) => Exit::Passed,
        (true, _) | (false, true) => Exit::Failed,
    })
}

/// Prints what the table does not show, and writes the files that were asked for. The texts are what
/// people read of a scenario that failed, and of one that did so unexpectedly.
fn print_results(
    args: &RunArgs,
    node: &NodeEntry,
    rows: &Rows<'_>,
    results: &[Swept],
    (text, unexpected): (&Text<'_>, &Text<'_>),
) -> Result<(), Bad> {
    rows.sum(results)?;
    if !args.json {
        let texts = match args.expect {
            Some(_) => results.iter().filter_map(unexpected).collect(),
            None => failing::folded(results, text),
        };
        for text in texts {
            out::line(&format!("\n{text}"))?;
            reports::annotate(&text)?;
        }
        rows.print_unjudged(results)?;
        conditions::print_left_out(results, &args.on.conditions())?;
        if args.profile {
            profile::print(results)?;
        }
        measure::print(results)?;
    }
    profile::complain_of_costs(results);
    args.junit.as_deref().map_or(Ok(()), |file| files::write_junit(file, results, node, unexpected))
}

/// What people read of a scenario; none if there is nothing to say.
type Text<'a> = dyn Fn(&Swept) -> Option<String> + 'a;

/// The scenarios that the arguments name, of those that the node named `node` can run, in the order
/// of `list`, each once.
fn choose(
    args: &RunArgs,
    node: &str,
    known: &[ScenarioInfo],
    nodes: &[NodeEntry],
) -> Result<Vec<ScenarioInfo>, Bad> {
    let found = args.names.iter().map(|name| find_among(name, node, known, nodes));
    let found: Vec<_> = found.collect::<Result<_, _>>()?;
    let named = |info: &ScenarioInfo| found.is_empty() || found.contains(info);
    let in_part = |info: &ScenarioInfo| args.lab.is_none_or(|part| part == info.part);
    let chosen: Vec<_> = known.iter().copied().filter(named).filter(in_part).collect();
    if chosen.is_empty() {
        let part = args.lab.map_or("", sim_scenarios::Part::name);
        return Err(Bad::Usage(format!("none of these scenarios is in part {part} of the lab")));
    }
    if !args.names.is_empty()
        && let Some(why) = chosen.iter().find_map(|info| info.refuses(&args.on.conditions()))
    {
        return Err(Bad::Usage(why));
    }
    Ok(chosen)
}

fn options(args: &RunArgs, listed: &Listed) -> Result<Sweep, Bad> {
    files::check_folder(args)?;
    if args.twice == Repeat::Process && args.keep.state.path.is_some() {
        let why = "the file does not keep what `--twice=process` compares";
        return Err(Bad::Usage(format!("--state cannot be used with --twice=process: {why}")));
    }
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
    if let Some(why) = conditions::why_not(info, &args.on.conditions()) {
        return Some(why);
    }
    (args.names.is_empty() && info.part > node.part()).then_some(UNIMPLEMENTED)
}

fn sweep_one(
    info: ScenarioInfo,
    node: &NodeEntry,
    args: &RunArgs,
    (options, listed): (&Sweep, &Listed),
    watch: &Watch<'_>,
) -> Result<Swept, Bad> {
    let count = options.count();
    if let Some(why) = why_not(&info, node, args) {
        watch.bar.inc(count);
        return Ok(Swept::skipped(info, count, why));
    }
    let seed = |place| listed.seed(place);
    let panicked = |panic: HarnessPanic| {
        Bad::panicked(info.name, node, HarnessPanic { seed: seed(panic.seed), ..panic })
    };
    let of = |checks| node.runner(&info, How { checks, ..args.how() });
    let own = of(args.checks);
    let runner = listed.over(&*own);
    let (done, before) = watch.state.done(info.name, &runner, options)?;
    watch.bar.inc(done.tally(options).seeds);
    let clock = Clock::start(before);
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
        let command = |seeds: &Sweep| rest::sweep(args, node, &info, seeds);
        let compared = if reached == count {
            digests.compare(&tally, command, watch.stop, panicked)?
        } else {
            Compared::Stopped
        };
        is_alone = elsewhere::take_in(compared, &info, &mut tally, &mut reached);
    }
    let begins = |place| watch.begins(0, info.name, seed(place), seed(place));
    let (mut rates, mut costs) = (None, None);
    let claims = node.claims();
    if let Some(right) = specimens::right(&info, args.how(), &claims) {
        let runners: [&dyn Runner; 2] = [&runner, &listed.over(&*right)];
        let judged = rate::judge(&mut tally, info.name, runners, options, watch, &begins);
        rates = judged.map_err(panicked)?;
        // A node with long timeouts costs other times and terms.
        if Stretched::of(&claims).times() == 1 && !specimens::is_right(node) {
            costs = costs::compare(&tally, runners, options, watch.stop).map_err(panicked)?;
        }
    }
    let wall_seconds = clock.seconds();
    if let Some((place, _)) = tally.first_failure {
        begins(place);
    }
    name_commands(&mut tally, &runner).map_err(panicked)?;
    watch.clear_crumb();
    if args.profile {
        let bare = of(Checks::Lab);
        let ran = profile::without_oracles(&listed.over(&*bare), options, &tally, &watcher);
        profile.harness_alone = ran.map_err(panicked)?;
    }
    let measured = args.measure.then(|| measure::measure(&runner, options, &tally, watch.stop));
    let measured = measured.transpose().map_err(panicked)?.flatten();
    Ok(Swept {
        info,
        tally: Ok(listed.named(tally)),
        rates,
        wall_seconds,
        reached,
        is_alone,
        profile,
        measured,
        costs,
    })
}

/// The sweep of a tally's seeds once more, whatever fails.
fn once_more(options: &Sweep, tally: &Tally) -> Sweep {
    // The seeds of a sweep are those of all its shards.
    let seeds = tally.seeds.saturating_mul(options.shard.of).min(options.seeds);
    Sweep { seeds, keep_going: true, ..*options }
}

/// Makes the runs for a process that compares them with its own.
fn print_digests(
    args: &RunArgs,
    node: &NodeEntry,
    scenarios: &[ScenarioInfo],
    options: &Sweep,
    chunk: u64,
) -> Result<Exit, Bad> {
    let stop = Stop::of_this_process();
    for info in scenarios {
        let runner = node.runner(info, args.how());
        let panicked = |panic| Bad::panicked(info.name, node, panic);
        elsewhere::print(&*runner, options, chunk, &stop, panicked)?;
    }
    Ok(if stop.is_asked() { Exit::Interrupted } else { Exit::Passed })
}
