//! The code behind [`crate::regressions!`]: plans that are kept in a folder, played again.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use raftsim_explore::{
    HarnessPanic, OnePlan, Player as _, Run, Twice, name_runs, run_twice, short_story, watch_runs,
    watched,
};
use raftsim_node::Node;
use raftsim_plan::{Expect, Plan};
use raftsim_sim::text::counted;
use raftsim_sim::text::foreign::quote;
use raftsim_sim::{Recording, prepare_process};

use super::fuzz::{self, PLAN};
use super::{Site, child, node_name, report, report_slow_run, variable};
use crate::kept::{Outcome, plans_in};
use crate::own::Suite;
use crate::play::NodePlayer;

/// Plays every plan in `folder`, which is relative to that of the package's manifest, on a node with
/// its default settings, whatever node the plan names; each twice, so that a node that is not
/// deterministic fails. It prints a line for each plan. With `RAFTSIM_PLAN`, the file of a plan, it
/// plays this plan alone, and prints its whole trace.
///
/// # Panics
/// If a plan that guards a property fails, if one that is kept because it breaks a property breaks
/// another one, if a file is no plan that the node can play, or if the folder has no plan. Where the
/// panic is, is the caller's place.
#[track_caller]
pub fn play_kept<N: Node>(site: Site, folder: &str, own: Suite<N>) {
    prepare_process();
    watch_runs(report_slow_run);
    let node = node_name(std::any::type_name::<N>());
    name_runs(&format!("regressions, node {node}"));
    let player = NodePlayer::<N>::new(N::Config::default()).with_suite(own);
    if let Some(file) = variable(PLAN) {
        return fuzz::play_one(site, &player, &file);
    }
    let base = Path::new(site.folder.unwrap_or("."));
    let files = plans_in(&base.join(folder)).unwrap_or_else(|error| child::fail(&error));
    let (mut printed, mut red) = (String::new(), vec![]);
    for path in &files {
        let name = site.shown(path).display().to_string();
        child::reports(&format!("{printed}{name} was being played"));
        let line = match play::<N>(&player, path) {
            Ok((plan, run)) => {
                let outcome = Outcome::of(&plan.expect, &run);
                if outcome.is_red() {
                    red.push(text(site, path, &name, &player, &plan));
                }
                outcome.line(&plan.expect, &run)
            }
            Err(error) => {
                red.push(format!("{name}: {error}"));
                error
            }
        };
        println!("{name}: {line}");
        writeln!(printed, "{name}: {line}").expect("writing to a string");
    }
    if !red.is_empty() {
        let many = format!("{} of {}", red.len(), counted(files.len() as u64, "plan"));
        child::fail(&format!("{many}: {}", red.join("\n\n")));
    }
}

/// The same without a suite.
///
/// # Panics
/// As [`play_kept`] does.
#[doc(hidden)]
#[track_caller]
pub fn play_kept_without<N: Node>(site: Site, folder: &str) {
    play_kept::<N>(site, folder, Suite::new());
}

/// Plays the plan in a file.
fn play<N: Node>(player: &NodePlayer<N>, path: &PathBuf) -> Result<(Plan, Run), String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let plan = player.read(&text).map_err(|error| error.to_string())?;
    let runner = OnePlan { player, plan: &plan };
    let run = || run_twice(&runner, plan.seed, Twice::All);
    let run = HarnessPanic::caught(plan.seed, run);
    let run = run.map_err(|panic| format!("{}: {}", panic.what(), panic.message))?;
    Ok((plan, run))
}

/// The message of a plan that fails: what `fuzz!` prints, for a plan that is in a file already.
fn text<N: Node>(
    site: Site,
    path: &Path,
    name: &str,
    player: &NodePlayer<N>,
    plan: &Plan,
) -> String {
    let run = watched(plan.seed, || player.play(plan, Recording::On));
    let reason = run.verdict.as_ref().err().map(ToString::to_string);
    // Not so if the node is not deterministic.
    let reason = reason.unwrap_or_else(|| "two runs of it are not the same".to_owned());
    let kept = match &plan.expect {
        Expect::Guards(property) => format!("kept in {name} to guard `{}`", quote(property)),
        Expect::Breaks(property) => {
            format!("kept in {name} because it breaks `{}`, and nothing else", quote(property))
        }
    };
    let story = short_story(plan, &run).join("\n  ");
    let servers = report::servers(&run);
    let lines = fuzz::lines(site, path, &plan.node);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let page = format!("{}-{}-{stem}", plan.node, site.file_stem());
    let page = fuzz::page(site, &run, plan, path, page, None);
    let page = page.map_or_else(String::new, |line| format!("\n{line}"));
    format!("a plan fails: {reason}\n{kept}:\n  {story}\n{servers}{lines}{page}")
}
