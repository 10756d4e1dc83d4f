//! `replay`: runs one seed or plan again, exactly, and prints what happened.

use std::io;
use std::path::Path;

use raftsim_explore::{
    HarnessPanic, OnePlan, Run, Runner, Story, Twice, name_runs, run_twice, watched,
};
use raftsim_node::Time;
use raftsim_sim::text::counted;
use raftsim_sim::text::foreign::{self, quote};
use raftsim_sim::{Fact, Failure, Recording, property};
use raftsim_view::{Mermaid, record_json};
use serde::Serialize;
use sim_scenarios::pages::Subject;
use sim_scenarios::terminal::{LogFilter, complain};

use crate::command::Exit;
use crate::command::args::{ReplayArgs, When};
use crate::command::bad::Bad;
use crate::command::moment;
use crate::command::named::named;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json, seconds};
use crate::command::pager::Printer;
use crate::command::pages;
use crate::command::plans::OneRun;
use crate::command::progress::Clock;
use crate::command::regressions;
use crate::command::reports::{self, Case, Outcome};
use crate::command::trace::{self, filter, topics};

/// A replayed run, as JSON.
#[derive(Serialize)]
pub(crate) struct RunJson<'a> {
    scenario: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a str>,
    #[serde(serialize_with = "out::seed")]
    seed: u64,
    node: &'a str,
    verdict: &'a str,
    reason: Option<String>,
    events: u64,
    virtual_seconds: f64,
    digest: String,
    /// Whether this is the same run as when the plan was written, if the plan has a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_run: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unused: &'a Vec<String>,
}

pub(crate) fn replay(args: &ReplayArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    if regressions::is_asked(args, nodes) {
        return regressions::replay(args, program, nodes);
    }
    let one = OneRun::named(&args.run, nodes)?;
    let servers = one.servers;
    if let Some(server) = args.server.iter().find(|server| server.number() > servers) {
        let name = one.name();
        return Err(Bad::Usage(format!(
            "{name} has {}, but no {server}",
            if servers == 1 {
                "one server, n1".to_owned()
            } else {
                format!("the servers n1 to n{servers}")
            }
        )));
    }
    let (html, trace) = (args.html.as_deref(), args.trace.as_deref());
    let plan = ("the plan", one.file.map(Path::new));
    pages::check_place("--html", html, &[plan, ("--trace", trace)])?;
    pages::check_place("--trace", trace, &[plan])?;
    let filter = args.log.iter().flatten().next().map(|text| {
        let filter = text.parse::<LogFilter>().map(|filter| (filter, args.colors.color));
        filter.map_err(|error| Bad::Usage(format!("--log {}: {error}", quote(text))))
    });
    let filter = filter.transpose()?;
    let is_recorded = !args.quiet || args.html.is_some() || args.trace.is_some();
    let recording = if is_recorded { Recording::On } else { Recording::Off };
    name_runs(&format!("{}, node {}", one.name(), one.node.name()));
    if !args.json && !args.mermaid {
        // Before the run, because the node may end the process.
        print_name(&one)?;
    }
    if let Some(at) = args.at {
        return moment::print(&one, at, args);
    }
    let clock = Clock::start(0.0);
    let run = HarnessPanic::caught(one.plan.seed, || play(&one, recording, filter));
    let run = run.map_err(|panic| Bad::panicked(one.name(), &one.node, panic))?;
    let subject = || one.subject(program, nodes, args.since, args.until);
    if args.json {
        if args.records {
            print_records(args, &run, &one)?;
        }
        json(&run_json(&run, &one))?;
    } else if args.mermaid {
        print_mermaid(args, &run, &subject())?;
    } else {
        print(args, &run, &one)?;
    }
    if let Some(file) = &args.trace {
        pages::write_trace(file, &run, subject());
    }
    if let Some(file) = &args.html {
        let page = pages::write_inspected(file, &run, subject(), &one);
        if let Some(name) = page.filter(|_| !args.json && !args.mermaid) {
            pages::print_name(&name)?;
        }
    }
    report(args, &run, &one, (&one.line(program, "replay", nodes), clock.seconds()))?;
    Ok(if run.verdict.is_ok() { Exit::Passed } else { Exit::Failed })
}

/// Writes what continuous integration reads of a run, which took some seconds and which the line
/// `again` replays.
fn report(
    args: &ReplayArgs,
    run: &Run,
    one: &OneRun<'_>,
    (again, seconds): (&str, f64),
) -> Result<(), Bad> {
    let title = foreign::line(format!("{}, seed {}", one.name(), one.plan.seed));
    let outcome = match &run.verdict {
        Ok(()) => Outcome::Passed,
        Err(failure) => {
            Outcome::Failed(format!("{title} fails\n  {failure}\n  replay it: {again}"))
        }
    };
    if let Outcome::Failed(text) = &outcome
        && !args.json
        && !args.mermaid
    {
        reports::annotate(text)?;
    }
    let Some(file) = &args.junit else { return Ok(()) };
    let case = Case { name: title, class: "replay", seconds, outcome };
    reports::write_junit(file, one.node.name(), &[case])
}

/// Plays the plan twice, as a sweep may: a node that is not deterministic fails, even if its first
/// run passes.
pub(crate) fn play(
    one: &OneRun<'_>,
    recording: Recording,
    filter: Option<(LogFilter, When)>,
) -> Run {
    let runner = OnePlan { player: &*one.node.player(), plan: &one.plan };
    let seed = one.plan.seed;
    let compared = run_twice(&runner, seed, Twice::All);
    match recording {
        Recording::Off => {
            let verdict = compared.verdict.map_err(|failure| named(failure, &runner, seed));
            Run { verdict, ..compared }
        }
        Recording::On => with_story(compared, recorded(&runner, seed, filter)),
    }
}

/// The recorded run. A node whose run differs when it is asked for notes is not deterministic
/// either, unless these are what is wrong with it.
fn with_story(plain: Run, recorded: Run) -> Run {
    let is_flood = |failure: &Failure| failure.property() == property::NO_FLOOD;
    if plain.verdict.is_ok() && recorded.verdict.as_ref().is_err_and(is_flood) {
        return recorded;
    }
    if recorded.digest == plain.digest {
        // The recorded run's own verdict names the commands.
        let verdict =
            if recorded.verdict == plain.verdict { recorded.verdict } else { plain.verdict };
        return Run { verdict, ..recorded };
    }
    let facts = [
        Fact::new(format!("without a trace the run's digest is {:016x}", plain.digest)),
        Fact::new(plain.accuse(format!("with a trace, and notes, it is {:016x}", recorded.digest))),
    ];
    let failure = Failure::contract(property::DETERMINISTIC, Time::ZERO, facts);
    Run { verdict: Err(failure), ..recorded }
}

/// Records the seed, `tracing` events going to stderr if `--log` asks.
fn recorded(runner: &dyn Runner, seed: u64, filter: Option<(LogFilter, When)>) -> Run {
    let run = || watched(seed, || runner.run(seed, Recording::On));
    match filter {
        Some((filter, color)) => filter.listen(out::has_colors(&io::stderr(), color), run),
        None => run(),
    }
}

pub(crate) fn run_json<'a>(run: &'a Run, one: &'a OneRun<'_>) -> RunJson<'a> {
    let failure = run.verdict.as_ref().err();
    RunJson {
        scenario: one.scenario.as_ref().map(|info| info.name),
        plan: one.file,
        seed: one.plan.seed,
        node: &one.plan.node,
        verdict: if failure.is_none() { "pass" } else { "fail" },
        reason: failure.map(ToString::to_string),
        events: run.events,
        virtual_seconds: seconds(run.virtual_time),
        digest: format!("{:016x}", run.digest),
        same_run: one.plan.digest.map(|digest| digest == run.digest),
        unused: &run.unused,
    }
}

/// Prints which run it is.
fn print_name(one: &OneRun<'_>) -> Result<(), Bad> {
    let what: Vec<&str> =
        one.file.into_iter().chain(one.scenario.as_ref().map(|info| info.name)).collect();
    let what = foreign::line(what.join(": "));
    Ok(out::line(&format!("{what}, seed {}, node {}", one.plan.seed, one.plan.node))?)
}

fn print(args: &ReplayArgs, run: &Run, one: &OneRun<'_>) -> Result<(), Bad> {
    let mut printer = Printer::new(!args.no_pager && !args.quiet);
    if let Some(story) = run.story.as_ref().filter(|_| !args.quiet) {
        trace::print(args, &mut printer, &**story, one, run.verdict.is_err())?;
    }
    match &run.verdict {
        Ok(()) => printer.line("pass")?,
        Err(failure) => printer.line(&format!("FAIL: {failure}"))?,
    }
    if let (Err(_), Some(story)) = (&run.verdict, run.story.as_ref().filter(|_| !args.quiet)) {
        trace::print_servers(&mut printer, story.servers())?;
    }
    if run.judged.warned() > 0 {
        printer.line("warned: the leader or its term changed in a calm world")?;
    }
    let spent = seconds(run.virtual_time);
    let (events, digest) = (run.events, run.digest);
    let events = counted(events, "event");
    printer.line(&format!("{events}, {spent:.3} virtual s, digest {digest:016x}"))?;
    for line in &run.unused {
        printer.line(&format!("no effect: {line}"))?;
    }
    match one.plan.digest {
        Some(written) if written == digest => {
            printer.line("the same run as when the plan was written")?;
        }
        Some(written) => {
            let line = "not the same run as when the plan was written: its digest was";
            // A fate names its message by link and number alone.
            let fates = match one.plan.fates.len() {
                0 => "",
                _ => ", and a message that it names by its number may be another one now",
            };
            printer.line(&format!("{line} {written:016x}{fates}"))?;
        }
        None => {}
    }
    Ok(printer.finish()?)
}

/// Says on stderr how many records are missing, if any are.
pub(crate) fn complain_of_missing(story: &dyn Story, one: &OneRun<'_>) {
    if story.missing() > 0 {
        let (name, plan, missing) = (one.name(), &one.plan, story.missing());
        complain(format_args!(
            "{name}, seed {}, node {}: the trace ends early: the last {missing} records are too \
             many to keep",
            plan.seed, plan.node
        ));
    }
}

/// Prints one JSON object for each record, under the arguments' filters.
fn print_records(args: &ReplayArgs, run: &Run, one: &OneRun<'_>) -> Result<(), Bad> {
    let Some(story) = &run.story else { return Ok(()) };
    let filter = filter(args, topics(args));
    let mut printed = Ok(());
    story.moments(&mut |moment| {
        if printed.is_ok()
            && let Some(object) = record_json(&moment, &filter)
        {
            printed = out::line(&object);
        }
    });
    printed?;
    complain_of_missing(&**story, one);
    Ok(())
}

/// Prints a diagram of what happened, under the arguments' filters.
fn print_mermaid(args: &ReplayArgs, run: &Run, subject: &Subject<'_>) -> Result<(), Bad> {
    let mut diagram = Mermaid::new(run.servers(), filter(args, topics(args)));
    if let Some(story) = &run.story {
        story.moments(&mut |moment| diagram.add(&moment));
    }
    Ok(out::line(&diagram.finish(&subject.command, run.verdict.as_ref().err()))?)
}
