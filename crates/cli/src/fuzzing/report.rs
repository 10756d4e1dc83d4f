//! What `fuzz` prints.

use raftsim_explore::Tally;
use serde::Serialize;
use sim_scenarios::crumb::Running;

use super::kept::Kept;
use super::shrinking::{FailingPlan, Shrinking};
use super::{Found, USUAL};
use crate::Exit;
use crate::args::FuzzArgs;
use crate::bad::Bad;
use crate::isolate::Ended;
use crate::nodes::NodeEntry;
use crate::out::{self, json};
use crate::shrink::{self, ShrunkJson};
use crate::unjudged::{self, NotJudgedJson};

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
    #[serde(flatten)]
    plan: Option<PlanJson<'a>>,
    /// The first plan that broke each further property.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<OtherJson<'a>>,
    /// How many runs gave a warning: a leader did not stay in a calm world.
    warned: u64,
    first_warned_seed: Option<u64>,
    not_judged: Vec<NotJudgedJson>,
    wall_seconds: f64,
    /// Whether the search came to its end: the time, the number of runs, or a failure.
    finished: bool,
}

/// A plan that fails: shrunk, or as it was drawn.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum PlanJson<'a> {
    Shrunk(ShrunkJson),
    NotShrunk(NotShrunk<'a>),
}

/// The first plan that broke a further property.
#[derive(Serialize)]
struct OtherJson<'a> {
    first_failing_seed: u64,
    property: &'a str,
    #[serde(flatten)]
    plan: PlanJson<'a>,
}

/// A plan that fails, but cannot be shrunk.
#[derive(Serialize)]
struct NotShrunk<'a> {
    why: &'a str,
    plan: String,
    file: Option<String>,
}

/// Prints how much was run, what failed, and how a search that was stopped goes on.
pub(super) fn print(
    args: &FuzzArgs,
    program: &str,
    node: &NodeEntry,
    found: &Found,
    failures: &[FailingPlan],
) -> Result<(), Bad> {
    if args.result.json {
        json(&fuzz_json(args, node, found, failures))?;
    } else {
        print_found(node, found)?;
        for (place, failing) in failures.iter().enumerate() {
            if place > 0 {
                let FailingPlan { seed, property, .. } = failing;
                out::line(&format!("\nseed {seed} is the first that fails by {property}"))?;
            }
            failing.shrinking.print()?;
            shrink::print_plan(failing.shrinking.plan(), failing.file.as_deref(), program)?;
        }
    }
    let Some(next) = found.rest else { return Ok(()) };
    let rest = if args.keep.state.path.is_some() {
        "run the same command again".to_owned()
    } else {
        let made = next - args.from;
        let limit = if let Some(runs) = args.runs {
            format!("--runs {}", runs.get() - made)
        } else {
            let limit = args.time.unwrap_or(USUAL).as_nanos() / 1_000_000_000;
            format!("--time {limit}s")
        };
        format!("{program} {}", spelled(args, node, next, &limit))
    };
    out::note(args.result.json, &format!("\nstopped at seed {next}\n  go on: {rest}"))
}

/// The command with all options that decide what is run, in one spelling.
pub(super) fn command(args: &FuzzArgs, node: &NodeEntry) -> String {
    let limit = match args.runs {
        Some(runs) => format!("--runs {runs}"),
        None => format!("--time {}ns", args.time.unwrap_or(USUAL).as_nanos()),
    };
    spelled(args, node, args.from, &limit)
}

/// The command that runs these seeds alone.
pub(super) fn seeds(args: &FuzzArgs, node: &NodeEntry, seeds: &Running) -> String {
    let Running { first, last, .. } = seeds;
    spelled(args, node, *first, &format!("--runs {}", last - first + 1))
}

/// The command that searches from `from` on, within `limit`, all else as in `args`.
fn spelled(args: &FuzzArgs, node: &NodeEntry, from: u64, limit: &str) -> String {
    let (servers, part) = (&args.servers.0, args.implements.unwrap_or(node.part()).name());
    let [least, most] = [servers.start(), servers.end()];
    let mut text = format!(
        "fuzz {limit} --from {from} --node {} --servers {least}..{most} --implements {part}",
        node.name()
    );
    for (on, word) in [(args.uniform, " --uniform"), (args.keep_going, " --keep-going")] {
        text.push_str(if on { word } else { "" });
    }
    text
}

/// Prints which plan ended the process, and writes it to its file.
pub(super) fn print_ended(
    ended: &Ended,
    program: &str,
    kept: &Kept<'_>,
    args: &FuzzArgs,
) -> Result<Exit, Bad> {
    let Ended { suspects, status } = ended;
    for Running { first, .. } in suspects {
        let may = if suspects.len() == 1 { "the run ended" } else { "this run or another ended" };
        out::note(args.result.json, &format!("\nseed {first}: {may} the process ({status})"))?;
        let plan = kept.drawn(*first);
        let file = kept.replace(*first, &plan, suspects.len() == 1);
        if !args.result.json {
            shrink::print_plan(&plan, file.as_deref(), program)?;
        }
    }
    if suspects.is_empty() {
        let text = format!("\nthe process ended before it ran a plan ({status})");
        out::note(args.result.json, &text)?;
    }
    Ok(Exit::Failed)
}

fn fuzz_json<'a>(
    args: &FuzzArgs,
    node: &'a NodeEntry,
    found: &Found,
    failures: &'a [FailingPlan],
) -> FuzzJson<'a> {
    let Found { tally, wall_seconds, rest } = found;
    let (plan, others) = match failures {
        [] => (None, vec![]),
        [first, others @ ..] => (Some(plan_json(first)), others.iter().map(other_json).collect()),
    };
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
        plan,
        others,
        warned: tally.judged.warned(),
        first_warned_seed: tally.first_warned,
        not_judged: unjudged::list(&tally.judged, &node.shown(), true),
        wall_seconds: *wall_seconds,
        finished: rest.is_none(),
    }
}

fn other_json(failing: &FailingPlan) -> OtherJson<'_> {
    let FailingPlan { seed, property, .. } = failing;
    OtherJson { first_failing_seed: *seed, property: property.name(), plan: plan_json(failing) }
}

fn plan_json(failing: &FailingPlan) -> PlanJson<'_> {
    let file = failing.file.clone();
    match &failing.shrinking {
        Shrinking::Shrunk(shrunk) => PlanJson::Shrunk(ShrunkJson::of(shrunk, file)),
        Shrinking::NotShrunk(why, plan) => {
            PlanJson::NotShrunk(NotShrunk { why, plan: plan.to_string(), file })
        }
    }
}

/// Prints how much was run, and what failed.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn print_found(node: &NodeEntry, found: &Found) -> Result<(), Bad> {
    let Found { tally, wall_seconds, .. } = found;
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
    let warning = unjudged::warning(tally).map(|warning| format!("warned: {warning}"));
    let unjudged = unjudged::line(&tally.judged, &node.shown(), true);
    warning.into_iter().chain(unjudged).try_for_each(|line| out::line(&line))?;
    let Some((seed, failure)) = &tally.first_failure else { return Ok(()) };
    Ok(out::line(&format!("\nseed {seed} fails\n  {failure}"))?)
}
