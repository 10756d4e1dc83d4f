//! What is printed of a scenario that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::{iter, mem};

use raftsim_explore::Tally;
use raftsim_sim::text::counted;
use raftsim_sim::{Property, property};
use sim_scenarios::Checks;
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_word;

use super::Swept;
use crate::command::Exit;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::isolate::Ended;
use crate::command::nodes::NodeEntry;
use crate::command::out;
use crate::command::pages::on_words;

/// The width of lists.
const WIDTH: usize = 100;

/// Prints which seed ended the process.
pub(super) fn print_ended(
    ended: &Ended,
    program: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> Result<Exit, Bad> {
    let name = |run: &Running| format!("{}, seed {}, node {}", run.what, run.first, node.name());
    ended.print(args.json, name, |Running { what, first, .. }, _| {
        let run = run_line(what, *first, node, nodes, args);
        out::note(args.json, &format!("  replay it: {program} replay {run}"))
    })
}

/// The words that name a run, for `replay` and `shrink`.
fn run_line(
    name: &str,
    seed: u64,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> String {
    let is_default = node.name() == nodes[0].name();
    let of =
        if is_default { String::new() } else { format!(" --node {}", shell_word(node.name())) };
    let calm = if args.calm.is_on() { "" } else { " --calm off" };
    let on = on_words(&args.on);
    format!("{name} --seed {seed}{of}{calm}{on}")
}

/// The first failing seed, the reason, what else failed, and the lines that replay and shrink it;
/// `None` if no seed failed.
pub(super) fn text(
    swept: &Swept,
    program: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> Option<String> {
    let tally = swept.tally.as_ref().ok()?;
    let (seed, failure) = tally.first_failure.as_ref()?;
    let name = swept.info.name;
    let mut lines = vec![format!("{name} fails at seed {seed}"), format!("  {failure}")];
    if tally.failed > 1 {
        let each = tally.properties.iter();
        let first = |property| tally.first_seeds.get(property).copied().unwrap_or_default();
        let each: Vec<_> = each
            .map(|(property, times)| {
                format!("{times} by `{property}` (first in seed {})", first(property))
            })
            .collect();
        let (failed, seeds) = (tally.failed, tally.seeds);
        lines.push(format!("  {failed} of {seeds} seeds fail: {}", each.join(", ")));
    }
    if tally.by_chance > 0 {
        let many = tally.by_chance;
        let who = if tally.failed == 1 { "it".to_owned() } else { format!("{many} of them") };
        lines.push(format!("  {who} missed a limit that a correct Raft may miss by chance"));
    }
    let run = run_line(name, *seed, node, nodes, args);
    if args.checks == Checks::Lab {
        lines.push(format!("  see it under all checks: {program} replay {run}"));
        return Some(lines.join("\n"));
    }
    lines.push(format!("  replay it: {program} replay {run}"));
    if failure.property() != property::DETERMINISTIC {
        lines.push(format!("  shrink it: {program} shrink {run}"));
    }
    Some(lines.join("\n"))
}

/// The texts of the scenarios that failed. One broken thing may fail them all: of those that break
/// nothing but what is broken above them, the name and the seed alone.
pub(super) fn folded(results: &[Swept], text: impl Fn(&Swept) -> Option<String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    // The texts, and by property the scenarios that break it too.
    let (mut texts, mut others) = (vec![], BTreeMap::<Property, Vec<String>>::new());
    for swept in results {
        let (Ok(tally), Some(text)) = (&swept.tally, text(swept)) else { continue };
        let Some((seed, failure)) = &tally.first_failure else { continue };
        let is_known = tally.properties.keys().all(|property| known.contains(property));
        match others.get_mut(&failure.property()) {
            Some(others) if is_known => others.push(brief(swept.info.name, *seed, tally)),
            Some(_) => texts.push((None, text)),
            None => {
                others.insert(failure.property(), vec![]);
                texts.push((Some(failure.property()), text));
            }
        }
        known.extend(tally.properties.keys().copied());
    }
    let whole = |(property, text): (Option<Property>, String)| {
        let others = property.and_then(|property| Some((property, others.get(&property)?)));
        match others.filter(|(_, others)| !others.is_empty()) {
            Some((property, others)) => format!("{text}\n{}", also(property, others)),
            None => text,
        }
    };
    texts.into_iter().map(whole).collect()
}

/// A scenario that failed, in a few words.
fn brief(name: &str, seed: u64, tally: &Tally) -> String {
    let many = match tally.failed {
        1 => String::new(),
        failed => format!(" ({failed} of {} seeds)", tally.seeds),
    };
    format!("{name} seed {seed}{many}")
}

/// The scenarios that break a property too, as lines.
fn also(property: Property, others: &[String]) -> String {
    let mut lines = vec![];
    let mut line = String::from("   ");
    for (place, other) in others.iter().enumerate() {
        let end = if place + 1 < others.len() { "," } else { "" };
        if line.len() + other.len() + end.len() >= WIDTH {
            lines.push(mem::replace(&mut line, "   ".to_owned()));
        }
        line.extend([" ", other, end]);
    }
    lines.push(line);
    let many = counted(others.len() as u64, "more scenario");
    let fail = if others.len() == 1 { "fails" } else { "fail" };
    format!("  {many} {fail} by `{property}`:\n{}", lines.join("\n"))
}

/// The same of a scenario that did not go as a file expects, with the lines that say how; `None` if it
/// did.
pub(super) fn unexpected(
    swept: &Swept,
    differences: Vec<String>,
    text: impl Fn(&Swept) -> Option<String>,
) -> Option<String> {
    if differences.is_empty() {
        return None;
    }
    let heading = format!("{} is not as expected", swept.info.name);
    let differences = differences.into_iter().map(|line| format!("  {line}"));
    let lines: Vec<_> = iter::once(heading).chain(differences).chain(text(swept)).collect();
    Some(lines.join("\n"))
}
