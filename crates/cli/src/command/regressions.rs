//! `replay` of several plans: a line for each, which says whether it still does what its file says.

use std::path::Path;

use raftsim_explore::{HarnessPanic, name_runs};
use raftsim_plan::Expect;
use raftsim_sim::Recording;
use raftsim_sim::text::counted;
use raftsim_sim::text::foreign;
use serde::Serialize;
use sim_scenarios::kept::{Outcome, plans_in};

use crate::command::Exit;
use crate::command::args::{Named, ReplayArgs};
use crate::command::bad::Bad;
use crate::command::find::is_scenario;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json};
use crate::command::plans::OneRun;
use crate::command::progress::Clock;
use crate::command::replay::{RunJson, play, run_json};
use crate::command::reports::{self, Case};

/// A kept plan that was played, as JSON.
#[derive(Serialize)]
struct KeptJson<'a> {
    #[serde(flatten)]
    run: RunJson<'a>,
    /// What the plan is kept for: the one field or the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    guards: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks: Option<&'a str>,
    /// The property that it broke; null if it passed.
    property: Option<&'a str>,
    outcome: &'a str,
    /// Whether the command fails because of it.
    failed: bool,
}

/// Whether the arguments name plans that are kept, and not one run to look at.
pub(crate) fn is_asked(args: &ReplayArgs, nodes: &[NodeEntry]) -> bool {
    let is_folder = Path::new(&args.run.name).is_dir() && !is_scenario(&args.run.name, nodes);
    is_folder || !args.more.is_empty() || args.still_breaks
}

/// Plays the plans in the files and folders that the arguments name.
pub(crate) fn replay(args: &ReplayArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    refuse(args)?;
    let files = files(args, nodes)?;
    let node = args.run.node.as_deref();
    // A file that is no plan ends the command before any is played.
    let runs = files.iter().map(|file| OneRun::read(file, node, args.run.blind.is_on(), nodes));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let (mut failed, mut cases) = (0, vec![]);
    for one in &runs {
        let (file, clock) = (one.name(), Clock::start(0.0));
        name_runs(&format!("{file}, node {}", one.node.name()));
        let run = HarnessPanic::caught(one.plan.seed, || play(one, Recording::Off, None));
        let run = run.map_err(|panic| Bad::panicked(file, &one.node, panic))?;
        let seconds = clock.seconds();
        let outcome = Outcome::of(&one.plan.expect, &run);
        let is_mended = args.still_breaks && outcome == Outcome::Passes;
        let has_failed = outcome.is_red() || is_mended;
        failed += u64::from(has_failed);
        let line = outcome.line(&one.plan.expect, &run);
        let text = has_failed.then(|| {
            let again = one.line(program, "replay", nodes);
            let lines =
                [format!("{file} fails"), format!("  {line}"), format!("  replay it: {again}")];
            lines.map(foreign::line).join("\n")
        });
        if args.json {
            let (guards, breaks) = match &one.plan.expect {
                Expect::Guards(property) => (Some(property.as_str()), None),
                Expect::Breaks(property) => (None, Some(property.as_str())),
            };
            let property = run.verdict.as_ref().err().map(|failure| failure.property().name());
            let (outcome, run) = (outcome.word(), run_json(&run, one));
            json(&KeptJson { run, guards, breaks, property, outcome, failed: has_failed })?;
        } else {
            let mark = if is_mended { "FAIL: " } else { "" };
            out::line(&foreign::line(format!("{file}: {mark}{line}")))?;
            text.as_deref().map_or(Ok(()), reports::annotate)?;
        }
        let outcome = text.map_or(reports::Outcome::Passed, reports::Outcome::Failed);
        cases.push(Case { name: file.to_owned(), class: "replay", seconds, outcome });
    }
    if !args.json {
        out::line(&format!("{}, {failed} failed", counted(runs.len() as u64, "plan")))?;
    }
    if let Some(junit) = &args.junit {
        reports::write_junit(junit, runs[0].node.name(), &cases)?;
    }
    Ok(if failed == 0 { Exit::Passed } else { Exit::Failed })
}

/// Refuses options that make no sense for several runs.
fn refuse(args: &ReplayArgs) -> Result<(), Bad> {
    // All arguments are named, so that none is forgotten.
    let ReplayArgs {
        run,
        server,
        topic,
        since,
        until,
        log,
        at,
        html,
        trace,
        mermaid,
        width,
        records,
        // These are for several plans too, or change nothing but how lines are shown.
        more: _,
        still_breaks: _,
        json: _,
        junit: _,
        quiet: _,
        colors: _,
        no_pager: _,
    } = args;
    let Named { name: _, seed, node: _, blind: _, calm, on } = run;
    let given = [
        ("--seed", seed.is_some()),
        ("--calm", !calm.is_on()),
        (on.given().unwrap_or_default(), on.given().is_some()),
        ("--server", !server.is_empty()),
        ("--topic", !topic.is_empty()),
        ("--since", since.is_some()),
        ("--until", until.is_some()),
        ("--log", log.is_some()),
        ("--at", at.is_some()),
        ("--html", html.is_some()),
        ("--trace", trace.is_some()),
        ("--mermaid", *mermaid),
        ("--width", width.is_some()),
        ("--records", *records),
    ];
    let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) else {
        return Ok(());
    };
    let why = "several plans, a folder and `--still-breaks` print a line for each plan";
    Err(Bad::Usage(format!("`{option}` is for one run, and {why}")))
}

/// The plans' files: those that are named, and those in folders.
fn files(args: &ReplayArgs, nodes: &[NodeEntry]) -> Result<Vec<String>, Bad> {
    let mut files = vec![];
    for name in [&args.run.name].into_iter().chain(&args.more) {
        let path = Path::new(name);
        if path.is_dir() {
            let plans = plans_in(path).map_err(Bad::Usage)?;
            files.extend(plans.iter().map(|plan| plan.display().to_string()));
        } else if !path.exists() && is_scenario(name, nodes) {
            let line = format!("`{name}` is a scenario, and several runs are plans in files");
            return Err(Bad::Usage(line));
        } else {
            files.push(name.clone());
        }
    }
    Ok(files)
}
