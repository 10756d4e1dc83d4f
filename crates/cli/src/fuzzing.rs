//! `fuzz`: plays plans drawn at random until one fails; then shrinks it, and writes it to a file.

use std::num::NonZeroU64;
use std::path::PathBuf;

use raftsim_explore::{Fuzz, HarnessPanic, Shard, ShrinkError, Shrunk, Sweep, Tally, Twice, sweep};
use raftsim_node::Duration;
use raftsim_plan::{Drawing, Expect, Plan};
use raftsim_sim::{Failure, property};
use serde::Serialize;

use crate::Exit;
use crate::args::FuzzArgs;
use crate::bad::Bad;
use crate::bars::{Watcher, bar};
use crate::find::find_node;
use crate::nodes::NodeEntry;
use crate::out::{self, json};
use crate::shrink::ShrunkJson;
use crate::{plans, shrink};

/// How long to fuzz if neither a time nor a number of runs is given.
const USUAL: Duration = Duration::from_secs(60);

/// How many runs each thread makes between two looks at the clock.
const BATCH: u64 = 64;

/// The result of fuzzing, as JSON.
#[derive(Serialize)]
struct FuzzJson<'a> {
    node: &'a str,
    seed: u64,
    runs: u64,
    failed: u64,
    first_failing_seed: Option<u64>,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    shrunk: Option<ShrunkJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_shrunk: Option<NotShrunk<'a>>,
    wall_seconds: f64,
}

/// A plan that fails, but cannot be shrunk.
#[derive(Serialize)]
struct NotShrunk<'a> {
    why: &'a str,
    plan: String,
    file: Option<String>,
}

pub(crate) fn fuzz(args: &FuzzArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let node = &find_node(args.node.as_deref(), nodes)?;
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
    };
    let player = node.player();
    let search = Fuzz { player: &*player, node: node.name(), drawing: &drawing };
    let found = search_on(args, &search).map_err(|panic| Bad::panicked("fuzz", node, panic))?;
    if !args.result.json {
        print(&found)?;
    }
    let Some((seed, failure)) = &found.tally.first_failure else {
        if args.result.json {
            json(&fuzz_json(args, node, &found))?;
        }
        return Ok(Exit::Passed);
    };
    let shrinking = Shrinking::of(args, &search, *seed, failure);
    let shrinking =
        shrinking.map_err(|panic| Bad::panicked(&format!("shrinking seed {seed}"), node, panic))?;
    // Not every file system takes the colon in a mutant's name.
    let usual = || PathBuf::from(format!("fuzz-{}-{seed}.toml", node.name().replace(':', "-")));
    let file = args.result.output.clone().unwrap_or_else(usual);
    let file = plans::write(shrinking.plan(), Some(&file));
    if args.result.json {
        json(&shrinking.add_to(fuzz_json(args, node, &found), file))?;
    } else {
        shrinking.print()?;
        shrink::print_plan(shrinking.plan(), file.as_deref(), program)?;
    }
    Ok(Exit::Failed)
}

/// The result of a search, and how long it took.
struct Found {
    tally: Tally,
    wall_seconds: f64,
}

/// Runs plan after plan, by time or by number.
#[expect(clippy::disallowed_types, reason = "a user says how long to search")]
#[expect(clippy::disallowed_methods, reason = "a user says how long to search")]
fn search_on(args: &FuzzArgs, search: &Fuzz<'_>) -> Result<Found, HarnessPanic> {
    let start = std::time::Instant::now();
    let limit = args.time.unwrap_or(USUAL);
    let limit = std::time::Duration::from_nanos(limit.as_nanos());
    let runs = args.runs.map(NonZeroU64::get);
    let style = match runs {
        Some(_) => "fuzz {wide_bar} {human_pos}/{human_len} runs, {eta} left",
        None => "fuzz {spinner} {human_pos} runs in {elapsed}, {per_sec}",
    };
    let bar = bar(runs, style);
    let watcher = Watcher { bar: &bar, what: "fuzz", node: search.node };
    let jobs = args.jobs.count();
    let (keep_going, shard, twice) = (args.keep_going, Shard::WHOLE, Twice::Sampled);
    let mut tally = Tally::default();
    let mut from = args.from;
    loop {
        // The highest seed may be reached before the time is up.
        let left = (u64::MAX - from).saturating_add(1);
        let seeds = runs.unwrap_or(BATCH * jobs as u64).min(left);
        let chunk = Sweep::CHUNK;
        let options = Sweep { from, seeds, shard, jobs, chunk, keep_going, twice };
        tally.add(sweep(search, &options, &watcher)?);
        let has_failed = tally.failed > 0 && !keep_going;
        let is_over = runs.is_some() || has_failed || start.elapsed() >= limit;
        let next = from.checked_add(seeds).filter(|_| !is_over);
        let Some(next) = next else { break };
        from = next;
    }
    bar.finish_and_clear();
    Ok(Found { tally, wall_seconds: start.elapsed().as_secs_f64() })
}

/// A plan that fails, shrunk if that was possible.
enum Shrinking {
    Shrunk(Box<Shrunk>),
    /// The reason why not, and the plan as it was drawn.
    NotShrunk(String, Box<Plan>),
}

impl Shrinking {
    /// Shrinks the plan of this seed, whose run failed in this way.
    fn of(
        args: &FuzzArgs,
        search: &Fuzz<'_>,
        seed: u64,
        failure: &Failure,
    ) -> Result<Self, HarnessPanic> {
        let expect = Expect::Breaks(failure.property().name().to_owned());
        let plan = Box::new(Plan { expect, ..search.plan(seed) });
        // Its runs differ from each other, so that a smaller plan's run can be compared with none.
        if failure.property() == property::DETERMINISTIC {
            return Ok(Self::NotShrunk(property::DETERMINISTIC.to_string(), plan));
        }
        let shrunk = shrink::within_budget(search.player, &plan, args.result.budget.get())?;
        Ok(match shrunk {
            Ok(shrunk) => Self::Shrunk(Box::new(shrunk)),
            Err(
                error @ (ShrinkError::Passes
                | ShrinkError::Unsteady { .. }
                | ShrinkError::Closing { .. }),
            ) => Self::NotShrunk(error.to_string(), plan),
        })
    }

    fn plan(&self) -> &Plan {
        match self {
            Self::Shrunk(shrunk) => &shrunk.plan,
            Self::NotShrunk(_, plan) => plan,
        }
    }

    fn print(&self) -> Result<(), Bad> {
        match self {
            Self::Shrunk(shrunk) => shrink::print(shrunk),
            Self::NotShrunk(why, _) => Ok(out::line(&format!("not shrunk: {why}"))?),
        }
    }

    /// Adds the plan to the object, with the name of its file.
    fn add_to<'a>(&'a self, object: FuzzJson<'a>, file: Option<String>) -> FuzzJson<'a> {
        match self {
            Self::Shrunk(shrunk) => {
                FuzzJson { shrunk: Some(ShrunkJson::of(shrunk, file)), ..object }
            }
            Self::NotShrunk(why, plan) => {
                let not_shrunk = NotShrunk { why, plan: plan.to_string(), file };
                FuzzJson { not_shrunk: Some(not_shrunk), ..object }
            }
        }
    }
}

fn fuzz_json<'a>(args: &FuzzArgs, node: &'a NodeEntry, found: &Found) -> FuzzJson<'a> {
    let Found { tally, wall_seconds } = found;
    let first = tally.first_failure.as_ref();
    FuzzJson {
        node: node.name(),
        seed: args.from,
        runs: tally.seeds,
        failed: tally.failed,
        first_failing_seed: first.map(|(seed, _)| *seed),
        reason: first.map(|(_, failure)| failure.to_string()),
        events: tally.events,
        virtual_seconds: tally.virtual_time.as_secs_f64(),
        shrunk: None,
        not_shrunk: None,
        wall_seconds: *wall_seconds,
    }
}

/// Prints how much was run, and what failed.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn print(found: &Found) -> Result<(), Bad> {
    let Found { tally, wall_seconds } = found;
    let Tally { seeds, failed, events, .. } = tally;
    let hours = tally.virtual_time.as_secs_f64() / 3600.0;
    let pace = *seeds as f64 / wall_seconds;
    let result = if *failed == 0 { "all passed".to_owned() } else { format!("{failed} failed") };
    out::line(&format!(
        "{seeds} runs, {result}: {events} events, {hours:.1} virtual hours in {wall_seconds:.1} s, \
         {pace:.0} runs/s"
    ))?;
    if *failed > 1 {
        for (property, times) in &tally.properties {
            out::line(&format!("  {times} by {property}"))?;
        }
    }
    let Some((seed, failure)) = &tally.first_failure else { return Ok(()) };
    Ok(out::line(&format!("\nseed {seed} fails\n  {failure}"))?)
}
