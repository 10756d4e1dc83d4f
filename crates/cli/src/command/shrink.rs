//! `shrink`: makes a failing run small.

use std::path::Path;

use indicatif::ProgressBar;
use raftsim_explore::{HarnessPanic, Player, ShrinkError, ShrinkProgress, Shrunk, name_runs};
use raftsim_node::Duration;
use raftsim_plan::Plan;
use raftsim_sim::text::{counted, counted_of};
use serde::Serialize;

use crate::command::Exit;
use crate::command::args::ShrinkArgs;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json};
use crate::command::pages;
use crate::command::plans::{self, OneRun, is_folder};
use crate::command::progress::{Clock, Minutes, bar};
use crate::command::stop::Stop;

/// A shrunk run, as JSON.
#[derive(Serialize)]
pub(crate) struct ShrunkJson {
    node: String,
    #[serde(serialize_with = "out::seed")]
    seed: u64,
    reason: String,
    steps: usize,
    of_steps: usize,
    fates: usize,
    of_fates: usize,
    servers: usize,
    of_servers: usize,
    minimal: bool,
    /// Whether the plan comes from another one: a variant of the first, or one that was drawn anew.
    fresh: bool,
    runs: u64,
    story: Vec<String>,
    plan: String,
    file: Option<String>,
    /// The run as a page, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

pub(crate) fn shrink(args: &ShrinkArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let run = OneRun::named(&args.run, nodes)?;
    let OneRun { plan, node, .. } = &run;
    let output = args.result.output.as_deref().map(Path::new);
    if let Some(folder) = output.filter(|path| is_folder(path)) {
        let folder = folder.display();
        return Err(Bad::Usage(format!("-o {folder}: expected a file for the plan, not a folder")));
    }
    let plan_file = run.file.map(Path::new);
    let others = [("the plan", plan_file), ("-o", output)];
    pages::check_place("--html", args.html.as_deref(), &others)?;
    let stop = Stop::on_signals();
    let budget = Budget { runs: args.budget.get(), time: args.time };
    let shrunk = within(&budget, &*node.player(), plan, &stop);
    let shrunk = shrunk.map_err(|panic| Bad::panicked(run.name(), node, panic))?;
    let shrunk = shrunk.map_err(|error| {
        let line = format!("{}, seed {}, node {}: {error}", run.name(), plan.seed, plan.node);
        match error {
            ShrinkError::Passes if run.file.is_none() => Bad::Usage(format!(
                "{}, seed {}, node {}: the run passes: there is nothing to shrink",
                run.name(),
                plan.seed,
                plan.node
            )),
            ShrinkError::Passes => Bad::Usage(line),
            ShrinkError::Unsteady { .. } | ShrinkError::Closing { .. } => Bad::Fails(line),
        }
    })?;
    // The story is printed first: it is there even if writing the file ends the process.
    if !args.result.json {
        print(&shrunk)?;
    }
    let file = plans::write(&shrunk.plan, output);
    if !args.result.json {
        print_plan(&shrunk.plan, file.as_deref(), program)?;
    }
    let page = args.html.as_ref().and_then(|page| {
        let (title, command) = match &file {
            Some(file) => (file.as_str(), pages::replay_line(program, file)),
            None => (run.name(), run.line(program, "shrink", nodes)),
        };
        let window = (args.since, args.until);
        let shown = pages::of_shrunk(page, &shrunk, title, command, window)?;
        pages::write_page(page, &shown)
    });
    if args.result.json {
        json(&ShrunkJson::of(&shrunk, file, page))?;
    } else if let Some(page) = &page {
        pages::print_name(page)?;
    }
    Ok(Exit::Failed)
}

/// How much shrinking may cost.
pub(crate) struct Budget {
    /// The most runs.
    pub(crate) runs: u64,
    /// The most real time, if it is limited.
    pub(crate) time: Option<Duration>,
}

/// Shrinks a plan, with a progress bar. A panic of the harness is returned.
pub(crate) fn within(
    budget: &Budget,
    player: &dyn Player,
    plan: &Plan,
    stop: &Stop,
) -> Result<Result<Shrunk, ShrinkError>, HarnessPanic> {
    name_runs(&format!("shrinking, node {}", plan.node));
    let style = "shrinking: {msg:20} {wide_bar} {human_pos}/{human_len} runs";
    let listener = Listener {
        bar: bar(Some(budget.runs), style),
        minutes: Minutes::new(),
        clock: Clock::start(0.0),
        time: budget.time.map(|time| std::time::Duration::from_nanos(time.as_nanos())),
        stop,
    };
    HarnessPanic::caught(plan.seed, || {
        raftsim_explore::shrink(player, plan, budget.runs, &listener)
    })
}

/// Shows how far shrinking has come, and stops it when its time is up. The bar disappears when it
/// is dropped.
struct Listener<'a> {
    bar: ProgressBar,
    minutes: Minutes,
    clock: Clock,
    time: Option<std::time::Duration>,
    stop: &'a Stop,
}

impl ShrinkProgress for Listener<'_> {
    fn played(&self, runs: u64, best: &Plan) {
        let left = counted(best.lines() as u64, "line");
        self.bar.set_position(runs);
        self.bar.set_message(format!("{left} left"));
        self.minutes.report(&self.bar, |elapsed| {
            let runs = counted(runs, "run");
            format!("shrinking: {left} left after {runs}, {} s in all", elapsed.as_secs())
        });
    }

    fn stops(&self) -> bool {
        self.stop.is_asked() || self.time.is_some_and(|time| self.clock.elapsed() >= time)
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl ShrunkJson {
    /// A shrunk run, and the files that its plan and its page were written to.
    pub(crate) fn of(shrunk: &Shrunk, file: Option<String>, page: Option<String>) -> Self {
        let Shrunk { plan, run, steps, fates, servers, is_minimal, is_fresh, runs } = shrunk;
        let failure = run.verdict.as_ref().expect_err("a shrunk plan fails");
        Self {
            node: plan.node.clone(),
            seed: plan.seed,
            reason: failure.to_string(),
            steps: steps.0,
            of_steps: steps.1,
            fates: fates.0,
            of_fates: fates.1,
            servers: servers.0,
            of_servers: servers.1,
            minimal: *is_minimal,
            fresh: *is_fresh,
            runs: *runs,
            story: raftsim_explore::story(plan, run),
            plan: plan.to_string(),
            file,
            page,
        }
    }
}

/// Prints how small the plan became, and its story.
pub(crate) fn print(shrunk: &Shrunk) -> Result<(), Bad> {
    let Shrunk { steps, fates, servers, runs, is_minimal, is_fresh, .. } = shrunk;
    let steps = counted_of(*steps, "step");
    let (fates, servers) = (counted_of(*fates, "fate"), counted_of(*servers, "server"));
    let other = if *is_fresh { ", by another plan that fails in the same way" } else { "" };
    let left = format!("shrunk to {steps}, {fates}, {servers} in {}{other}", counted(*runs, "run"));
    let more = if *is_minimal {
        ""
    } else {
        " (the budget or the time ran out, or the command was stopped: it may shrink further)"
    };
    out::line(&format!("{left}{more}"))?;
    for line in raftsim_explore::short_story(&shrunk.plan, &shrunk.run) {
        out::line(&format!("  {line}"))?;
    }
    Ok(())
}

/// Prints the line that replays a plan from its file; the plan itself, if it is in no file.
pub(crate) fn print_plan(plan: &Plan, file: Option<&str>, program: &str) -> Result<(), Bad> {
    match file {
        Some(file) => {
            out::line(&format!("  replay it: {}", pages::replay_line(program, file)))?;
        }
        None => out::line(&format!("\n{}", plan.to_string().trim_end()))?,
    }
    Ok(())
}
