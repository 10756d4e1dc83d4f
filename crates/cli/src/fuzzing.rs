//! `fuzz`: plans drawn at random, until one breaks something; then that one, shrunk, in a file.

use std::path::PathBuf;
use std::thread;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use raftsim_explore::plan::{Drawing, Plan};
use raftsim_explore::{Bug, Fuzz, Player, Progress, Shard, Sweep, Tally, Twice, sweep};
use raftsim_node::Duration;
use serde::Serialize;

use crate::Exit;
use crate::args::FuzzArgs;
use crate::bad::Bad;
use crate::list::json;
use crate::nodes::{NodeEntry, reach};
use crate::out;
use crate::plans;
use crate::run::{find_node, seconds};
use crate::shrink;

/// How long to fuzz if nothing is said.
const USUAL: Duration = Duration::from_secs(60);

/// How many runs each thread is given before the clock is looked at.
const BATCH: u64 = 1024;

/// What fuzzing came to, as JSON tells it.
#[derive(Serialize)]
struct Told<'a> {
    node: &'a str,
    seed: u64,
    runs: u64,
    failed: u64,
    first_failing_seed: Option<u64>,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    wall_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    shrunk: Option<shrink::Told>,
}

pub(crate) fn fuzz(args: &FuzzArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let node = find_node(args.node.as_deref(), nodes)?;
    let drawing = Drawing {
        servers: args.servers.0.clone(),
        reach: args.lab.map_or(node.reach(), reach),
        swarm: !args.uniform,
    };
    if let Some(runs) = args.runs
        && args.seed.checked_add(runs.get() - 1).is_none()
    {
        let told = format!("{runs} runs from seed {} go beyond {}", args.seed, u64::MAX);
        return Err(Bad::Usage(told));
    }
    let player = node.player();
    let search = Fuzz { player: &*player, node: node.name(), drawing: &drawing };
    let (tally, wall_seconds) = match search_on(args, &search) {
        Ok(found) => found,
        Err(Bug { seed, message }) => {
            eprintln!("a bug in raftsim: fuzz, seed {seed}, node {}: {message}", node.name());
            return Ok(Exit::Bug);
        }
    };
    if !args.json {
        print(&tally, wall_seconds)?;
    }
    let Some((seed, failure)) = &tally.first_failure else {
        if args.json {
            json(&told(args, node, &tally, wall_seconds, None))?;
        }
        return Ok(Exit::Held);
    };
    if !args.json {
        out::line(&format!("\nseed {seed} fails\n  {failure}"))?;
    }
    match small(args, &*player, (*seed, &search.plan(*seed)), program) {
        Ok(shrunk) => {
            if args.json {
                json(&told(args, node, &tally, wall_seconds, Some(shrunk?)))?;
            } else {
                shrunk?;
            }
            Ok(Exit::Failed)
        }
        Err(Bug { seed, message }) => {
            let node = node.name();
            eprintln!("a bug in raftsim: shrinking seed {seed}, node {node}: {message}");
            Ok(Exit::Bug)
        }
    }
}

/// Runs plan after plan, by time or by number; also how long that took.
#[expect(clippy::disallowed_types, reason = "people say how long they want to wait")]
#[expect(clippy::disallowed_methods, reason = "people say how long they want to wait")]
fn search_on(args: &FuzzArgs, search: &Fuzz<'_>) -> Result<(Tally, f64), Bug> {
    let start = std::time::Instant::now();
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = args.jobs.unwrap_or_else(cores);
    let limit = args.time.unwrap_or(USUAL);
    let limit = std::time::Duration::from_nanos(limit.as_nanos());
    let bar = progress_bar(args.runs.map(std::num::NonZeroU64::get));
    let watcher = Watcher { bar: &bar, node: search.node };
    let mut tally = Tally::default();
    let mut from = args.seed;
    loop {
        let left = u64::MAX - from;
        let batch = BATCH.saturating_mul(jobs as u64).min(left.saturating_add(1));
        let seeds = args.runs.map_or(batch, std::num::NonZeroU64::get);
        let twice = Twice::Sampled;
        let keep_going = args.keep_going;
        let options = Sweep { from, seeds, shard: Shard::WHOLE, jobs, keep_going, twice };
        tally.add(sweep(search, &options, &watcher)?);
        let failed = tally.failed > 0 && !args.keep_going;
        if args.runs.is_some() || failed || start.elapsed() >= limit || left <= batch {
            break;
        }
        from += seeds;
    }
    bar.finish_and_clear();
    Ok((tally, start.elapsed().as_secs_f64()))
}

/// Shrinks the plan that failed, writes it, and tells it.
fn small(
    args: &FuzzArgs,
    player: &dyn Player,
    (seed, plan): (u64, &Plan),
    program: &str,
) -> Result<Result<shrink::Told, Bad>, Bug> {
    let usual = || PathBuf::from(format!("fuzz-{}-{}.toml", plan.node, seed));
    let file = args.output.clone().unwrap_or_else(usual);
    let shrunk = match shrink::within_budget(player, plan, args.budget.get())? {
        Ok(shrunk) => shrunk,
        Err(bad) => return Ok(Err(bad)),
    };
    let story = shrink::story(player, &shrunk.plan);
    let finish = || -> Result<shrink::Told, Bad> {
        plans::write(&shrunk.plan, &file)?;
        let file = file.display().to_string();
        if !args.json {
            shrink::print(&shrunk, &story)?;
            out::line(&format!("  replay it: {program} replay {file}"))?;
        }
        Ok(shrink::told(&shrunk, plan, story.clone(), Some(file)))
    };
    Ok(finish())
}

/// Moves the progress bar, and names slow runs.
struct Watcher<'a> {
    bar: &'a ProgressBar,
    node: &'a str,
}

impl Progress for Watcher<'_> {
    fn ran(&self, seeds: u64) {
        self.bar.inc(seeds);
    }

    fn slow(&self, seed: u64) {
        let node = self.node;
        self.bar.suspend(|| eprintln!("fuzz, seed {seed}, node {node}: has run for over 10 s"));
    }
}

/// On stderr, and only if that is a terminal.
fn progress_bar(runs: Option<u64>) -> ProgressBar {
    let style = match runs {
        Some(_) => "fuzz {wide_bar} {human_pos}/{human_len} runs, {eta} left",
        None => "fuzz {spinner} {human_pos} runs in {elapsed}, {per_sec}",
    };
    let style = ProgressStyle::with_template(style).expect("a template of our own");
    ProgressBar::with_draw_target(runs, ProgressDrawTarget::stderr()).with_style(style)
}

fn told<'a>(
    args: &FuzzArgs,
    node: &'a NodeEntry,
    tally: &Tally,
    wall_seconds: f64,
    shrunk: Option<shrink::Told>,
) -> Told<'a> {
    let first = tally.first_failure.as_ref();
    Told {
        node: node.name(),
        seed: args.seed,
        runs: tally.seeds,
        failed: tally.failed,
        first_failing_seed: first.map(|(seed, _)| *seed),
        reason: first.map(|(_, failure)| failure.to_string()),
        events: tally.events,
        virtual_seconds: seconds(tally.virtual_time),
        wall_seconds,
        shrunk,
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn print(tally: &Tally, wall_seconds: f64) -> Result<(), Bad> {
    let Tally { seeds, failed, events, .. } = tally;
    let hours = seconds(tally.virtual_time) / 3600.0;
    let pace = *seeds as f64 / wall_seconds;
    let held = if *failed == 0 { "all held".to_owned() } else { format!("{failed} failed") };
    out::line(&format!(
        "{seeds} runs, {held}: {events} events, {hours:.1} virtual hours in {wall_seconds:.1} s, \
         {pace:.0} runs/s"
    ))?;
    if *failed > 1 {
        for (property, times) in &tally.properties {
            out::line(&format!("  {times} by {property}"))?;
        }
    }
    Ok(())
}
