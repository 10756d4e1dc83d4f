//! `shrink`: a failing run made small.

use std::panic::{AssertUnwindSafe, catch_unwind};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use raftsim_explore::plan::Plan;
use raftsim_explore::{Bug, Player, ShrinkError, ShrinkProgress, Shrunk};
use raftsim_sim::Recording;
use serde::Serialize;

use crate::Exit;
use crate::args::ShrinkArgs;
use crate::bad::Bad;
use crate::list::json;
use crate::nodes::NodeEntry;
use crate::out;
use crate::plans::{self, Read};
use crate::run::{find_node, find_scenario};

/// A shrunk run, as JSON tells it.
#[derive(Serialize)]
pub(crate) struct Told {
    pub(crate) node: String,
    pub(crate) seed: u64,
    pub(crate) reason: String,
    pub(crate) steps: usize,
    pub(crate) of_steps: usize,
    pub(crate) fates: usize,
    pub(crate) of_fates: usize,
    pub(crate) servers: usize,
    pub(crate) of_servers: usize,
    pub(crate) minimal: bool,
    pub(crate) runs: u64,
    pub(crate) story: Vec<String>,
    pub(crate) plan: String,
    pub(crate) file: Option<String>,
}

pub(crate) fn shrink(args: &ShrinkArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let (plan, node) = subject(args, nodes)?;
    let player = node.player();
    let shrunk = match within_budget(&*player, &plan, args.budget.get()) {
        Ok(shrunk) => shrunk?,
        Err(Bug { message, seed }) => {
            let node = node.name();
            eprintln!("a bug in raftsim: {}, seed {seed}, node {node}: {message}", args.name);
            return Ok(Exit::Bug);
        }
    };
    let file = args.output.as_deref();
    if let Some(file) = file {
        plans::write(&shrunk.plan, file)?;
    }
    let file = file.map(|file| file.display().to_string());
    let story = story(&*player, &shrunk.plan);
    if args.json {
        json(&told(&shrunk, &plan, story, file))?;
        return Ok(Exit::Failed);
    }
    print(&shrunk, &story)?;
    match file {
        Some(file) => out::line(&format!("  replay it: {program} replay {file}"))?,
        None => out::line(&format!("\n{}", shrunk.plan.to_string().trim_end()))?,
    }
    Ok(Exit::Failed)
}

/// The plan that the arguments mean, and its node.
fn subject<'a>(args: &ShrinkArgs, nodes: &'a [NodeEntry]) -> Result<(Plan, &'a NodeEntry), Bad> {
    if plans::is_file(&args.name) {
        let file = &*args.name;
        if args.seed.is_some() || !args.calm.is_on() {
            let told = format!("`{file}` is a plan, which says its own seed and ending");
            return Err(Bad::Usage(told));
        }
        let Read { plan, node, .. } = plans::read(file, args.node.as_deref(), nodes)?;
        return Ok((plan, node));
    }
    let info = find_scenario(&args.name)?;
    let node = find_node(args.node.as_deref(), nodes)?;
    let Some(seed) = args.seed else {
        return Err(Bad::Usage(format!("which seed of {}? say --seed S", info.name)));
    };
    Ok((plans::of_scenario(info, seed, args.calm.is_on(), node)?, node))
}

/// Shrinks a plan, with a progress bar. A panic of the harness comes back as a bug.
pub(crate) fn within_budget(
    player: &dyn Player,
    plan: &Plan,
    budget: u64,
) -> Result<Result<Shrunk, Bad>, Bug> {
    let bar = Bar(progress_bar(budget));
    let shrink = || raftsim_explore::shrink(player, plan, budget, &bar);
    let shrunk = catch_unwind(AssertUnwindSafe(shrink));
    bar.0.finish_and_clear();
    let shrunk = shrunk.map_err(|payload| Bug::new(plan.seed, &*payload))?;
    Ok(shrunk.map_err(|error: ShrinkError| Bad::Usage(error.to_string())))
}

struct Bar(ProgressBar);

impl ShrinkProgress for Bar {
    fn played(&self, runs: u64, best: &Plan) {
        self.0.set_position(runs);
        self.0.set_message(format!("{} lines left", best.lines()));
    }
}

/// On stderr, and only if that is a terminal.
fn progress_bar(budget: u64) -> ProgressBar {
    let style = "shrinking: {msg:20} {wide_bar} {human_pos}/{human_len} runs";
    let style = ProgressStyle::with_template(style).expect("a template of our own");
    ProgressBar::with_draw_target(Some(budget), ProgressDrawTarget::stderr()).with_style(style)
}

/// What happens in a shrunk run, line by line.
pub(crate) fn story(player: &dyn Player, plan: &Plan) -> Vec<String> {
    raftsim_explore::story(plan, &player.play(plan, Recording::On))
}

pub(crate) fn told(shrunk: &Shrunk, from: &Plan, story: Vec<String>, file: Option<String>) -> Told {
    let Shrunk { plan, run, steps, fates, servers, is_minimal, runs, .. } = shrunk;
    let reason = run.verdict.as_ref().err().map(ToString::to_string);
    Told {
        node: plan.node.clone(),
        seed: from.seed,
        reason: reason.unwrap_or_default(),
        steps: steps.0,
        of_steps: steps.1,
        fates: fates.0,
        of_fates: fates.1,
        servers: servers.0,
        of_servers: servers.1,
        minimal: *is_minimal,
        runs: *runs,
        story,
        plan: plan.to_string(),
        file,
    }
}

/// How small it became, and its story.
pub(crate) fn print(shrunk: &Shrunk, story: &[String]) -> Result<(), Bad> {
    let Shrunk { steps, fates, servers, runs, is_minimal, .. } = shrunk;
    let left = format!(
        "shrunk to {} of {} steps, {} of {} fates, {} of {} servers in {runs} runs",
        steps.0, steps.1, fates.0, fates.1, servers.0, servers.1
    );
    let more = if *is_minimal { "" } else { " (the budget ended: more --budget may do more)" };
    out::line(&format!("{left}{more}"))?;
    for line in story {
        out::line(&format!("  {line}"))?;
    }
    Ok(())
}
