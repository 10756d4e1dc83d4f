//! What `fuzz` prints.

use std::time::Duration;

use raftsim_explore::Tally;
use raftsim_sim::text::counted;
use serde::Serialize;
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_line;

use super::kept::Kept;
use super::shrinking::{FailingPlan, Shrinking};
use super::{Found, Rest, USUAL};
use crate::command::Exit;
use crate::command::args::FuzzArgs;
use crate::command::bad::Bad;
use crate::command::isolate::Ended;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json};
use crate::command::pages;
use crate::command::reports::{self, Case, Outcome};
use crate::command::shrink::{self, ShrunkJson};
use crate::command::unjudged::{self, NotJudgedJson};

/// The result of fuzzing, as JSON.
#[derive(Serialize)]
struct FuzzJson<'a> {
    node: &'a str,
    #[serde(serialize_with = "out::seed")]
    seed: u64,
    runs: u64,
    /// How often a plan was played again, with a crash between two writes.
    crash_points: u64,
    failed: u64,
    #[serde(serialize_with = "out::optional_seed")]
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
    #[serde(serialize_with = "out::optional_seed")]
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
    #[serde(serialize_with = "out::seed")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
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
                out::line(&format!("\nseed {seed} is the first that fails by `{property}`"))?;
            }
            failing.shrinking.print()?;
            shrink::print_plan(failing.shrinking.plan(), failing.file.as_deref(), program)?;
            failing.page.as_deref().map_or(Ok(()), pages::print_name)?;
        }
    }
    let Some(Rest { next, time }) = found.rest else { return Ok(()) };
    let rest = if args.keep.state.path.is_some() {
        "run the same command again".to_owned()
    } else {
        let made = next - args.from;
        let limit = match args.runs {
            Some(runs) => ["--runs".to_owned(), (runs.get() - made).to_string()],
            None => ["--time".to_owned(), span(time)],
        };
        format!("{program} {}", shell_line(&spelled(args, node, next, limit)))
    };
    out::note(args.result.json, &format!("\nstopped at seed {next}\n  go on: {rest}"))
}

/// Writes what continuous integration reads: an annotation and a test case for each plan that fails, or
/// one case if none does.
pub(super) fn report(
    args: &FuzzArgs,
    program: &str,
    node: &NodeEntry,
    found: &Found,
    failures: &[FailingPlan],
) -> Result<(), Bad> {
    let texts: Vec<_> = failures.iter().map(|failing| text(failing, program, found)).collect();
    if !args.result.json {
        texts.iter().try_for_each(|text| reports::annotate(text))?;
    }
    let Some(file) = &args.junit else { return Ok(()) };
    let seconds = found.wall_seconds;
    let case = |name: String, seconds, outcome| Case { name, class: "fuzz", seconds, outcome };
    let failed = failures.iter().zip(texts).map(|(failing, text)| {
        case(format!("fuzz: {}", failing.property), 0.0, Outcome::Failed(text))
    });
    let mut cases: Vec<_> = failed.collect();
    match cases.first_mut() {
        // The search took its time once.
        Some(first) => first.seconds = seconds,
        None => cases.push(case("fuzz".to_owned(), seconds, Outcome::Passed)),
    }
    reports::write_junit(file, node.name(), &cases)
}

/// What people read of a plan that fails. The first line is its title.
fn text(failing: &FailingPlan, program: &str, found: &Found) -> String {
    let FailingPlan { seed, property, shrinking, file, .. } = failing;
    let first = found.tally.first_failure.as_ref().filter(|(first, _)| first == seed);
    let failure = match (first, shrinking) {
        (Some((_, failure)), _) => failure.to_string(),
        (None, Shrinking::Shrunk(shrunk)) => {
            shrunk.run.verdict.as_ref().err().map(ToString::to_string).unwrap_or_default()
        }
        (None, Shrinking::NotShrunk(why, _)) => format!("not shrunk: {why}"),
    };
    let again = match file {
        Some(file) => format!("replay it: {}", pages::replay_line(program, file)),
        None => shrinking.plan().to_string(),
    };
    format!("fuzz, seed {seed}: fails by `{property}`\n  {failure}\n  {again}")
}

/// The arguments of the command, with all options that decide what is run, in one spelling.
pub(super) fn command(args: &FuzzArgs, node: &NodeEntry) -> Vec<String> {
    let limit = match args.runs {
        Some(runs) => ["--runs".to_owned(), runs.to_string()],
        None => ["--time".to_owned(), format!("{}ns", args.time.unwrap_or(USUAL).as_nanos())],
    };
    spelled(args, node, args.from, limit)
}

/// The arguments that run these seeds alone.
pub(super) fn seeds(args: &FuzzArgs, node: &NodeEntry, seeds: &Running) -> Vec<String> {
    let Running { first, last, .. } = seeds;
    spelled(args, node, *first, ["--runs".to_owned(), (last - first + 1).to_string()])
}

/// The arguments that search from `from` on, within `limit`, all else as in `args`.
fn spelled(args: &FuzzArgs, node: &NodeEntry, from: u64, limit: [String; 2]) -> Vec<String> {
    let (servers, part) = (&args.servers.0, args.implements.unwrap_or(node.part()).name());
    let servers = format!("{}..{}", servers.start(), servers.end());
    let from = from.to_string();
    let mut words = vec!["fuzz".to_owned()];
    words.extend(limit);
    let more = ["--from", &from, "--node", node.name(), "--servers", &servers];
    words.extend(more.into_iter().chain(["--implements", part]).map(str::to_owned));
    let switches = [(args.uniform, "--uniform"), (args.keep_going, "--keep-going")];
    words.extend(switches.iter().filter(|(on, _)| *on).map(|(_, switch)| (*switch).to_owned()));
    let crash_points =
        args.crash_points.map(|most| ["--crash-points".to_owned(), most.to_string()]);
    words.extend(crash_points.into_iter().flatten());
    words
}

/// A span as an option: whole seconds, or milliseconds if it is short; rounded up, and never none.
fn span(span: Duration) -> String {
    let millis = span.as_nanos().div_ceil(1_000_000).max(1);
    if millis < 10_000 { format!("{millis}ms") } else { format!("{}s", millis.div_ceil(1_000)) }
}

/// Prints which plan ended the process, and writes it to its file.
pub(super) fn print_ended(
    ended: &Ended,
    program: &str,
    kept: &Kept<'_>,
    args: &FuzzArgs,
) -> Result<Exit, Bad> {
    let name = |Running { first, .. }: &Running| format!("seed {first}");
    ended.print(args.result.json, name, |Running { first, .. }, is_known| {
        let plan = kept.drawn(*first);
        let file = kept.replace(*first, &plan, is_known);
        if args.result.json {
            return Ok(());
        }
        shrink::print_plan(&plan, file.as_deref(), program)?;
        if kept.may_have_crashed(&plan) {
            let crashed = "  if it does not end the process, the same plan with a crash more did";
            out::line(crashed)?;
        }
        Ok(())
    })
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
        crash_points: tally.crash_points,
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
    let (file, page) = (failing.file.clone(), failing.page.clone());
    match &failing.shrinking {
        Shrinking::Shrunk(shrunk) => PlanJson::Shrunk(ShrunkJson::of(shrunk, file, page)),
        Shrinking::NotShrunk(why, plan) => {
            PlanJson::NotShrunk(NotShrunk { why, plan: plan.to_string(), file, page })
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
        "{}, {result}: {events} events, {hours:.1} virtual hours in {wall_seconds:.1} s, \
         {pace:.0} runs/s",
        counted(*seeds, "run")
    ))?;
    if tally.crash_points > 0 {
        let times = counted(tally.crash_points, "time");
        out::line(&format!("  plans played again with a crash between two writes: {times}"))?;
    }
    if *failed > 1 {
        for (property, times) in &tally.properties {
            out::line(&format!("  {times} by `{property}`"))?;
        }
    }
    let warning = unjudged::warning(tally).map(|warning| format!("warned: {warning}"));
    let unjudged = unjudged::line(&tally.judged, &node.shown(), true);
    warning.into_iter().chain(unjudged).try_for_each(|line| out::line(&line))?;
    let Some((seed, failure)) = &tally.first_failure else { return Ok(()) };
    Ok(out::line(&format!("\nseed {seed} fails\n  {failure}"))?)
}
