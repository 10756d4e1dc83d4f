//! A shrunk run in a few lines: its faults, the fates of messages, its leaders, and the two facts
//! that contradict each other.

use std::collections::BTreeMap;

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Row, RowTopic};

use crate::run::Run;
use raftsim_plan::{Override, Plan, Target};

/// The length, in lines, up to which a story is filled with context.
const FEW: usize = 10;

/// The lines that describe a recorded run of `plan`, in order of time: the plan's steps, its fates
/// with their messages, and, as far as there is room, in parentheses the servers that became leader
/// and the faults that the steps do not list. The two facts that contradict each other come last. Fates that
/// had no effect are left out.
pub fn story(plan: &Plan, run: &Run) -> Vec<String> {
    let rows = run.story.as_ref().map_or_else(Vec::new, |story| story.named_rows());
    let steps = plan.steps().iter().map(|timed| (timed.at, timed.to_string()));
    let fates = rows.iter().filter_map(|row| {
        let fate = plan.fates.get(&row.message?)?;
        Some((row.time, fate_line(row, *fate)))
    });
    let facts = facts(run);
    let mut lines: Vec<(Time, String)> = steps.chain(fates).collect();
    for context in [leaders(&rows), faults(plan, &rows)] {
        // If there is not room for all, the last lines are kept: they are nearest to the failure.
        let room = FEW.saturating_sub(lines.len() + facts.len()).min(context.len());
        lines.extend_from_slice(&context[context.len() - room..]);
    }
    lines.sort_by_key(|&(time, _)| time);
    lines.into_iter().map(|(_, line)| line).chain(facts).collect()
}

/// How many lines a short story has at most, and how many of these are its last ones.
const SHORT: usize = 60;
const LAST: usize = 40;

/// The same, and of a long story only the beginning and the end: a plan that could not be shrunk far
/// may have hundreds of thousands of fates.
pub fn short_story(plan: &Plan, run: &Run) -> Vec<String> {
    let mut lines = story(plan, run);
    if lines.len() > SHORT {
        let (first, last) = (SHORT - LAST - 1, lines.len() - LAST);
        let more = format!("… {} more lines", last - first);
        lines.splice(first..last, [more]);
    }
    lines
}

/// The line of a message with a fate. Its row contains sender, receiver and message, and what the
/// network did to it.
fn fate_line(row: &Row, fate: Override) -> String {
    let node = row.node.map_or_else(String::new, |node| node.to_string());
    let line = format!("{} {node} {}", row.time, row.text);
    match fate {
        Override::Fate(_) => line,
        Override::Fails(after) => format!("{line}, its call fails after {after}"),
    }
}

/// For each server and term in which it leads: the first row that shows it.
fn leaders(rows: &[Row]) -> Vec<(Time, String)> {
    let mut led: BTreeMap<NodeId, Term> = BTreeMap::new();
    let mut lines = vec![];
    for row in rows {
        let (Some(node), Some(status)) = (row.node, row.status) else { continue };
        if status.is_leader() && led.insert(node, status.term) != Some(status.term) {
            lines.push((row.time, format!("({} {node} {})", row.time, row.text)));
        }
    }
    lines
}

/// The faults that the plan's steps do not list: all that a scenario injected; of a plan's own
/// steps those at single servers, because a step may mean whichever server then leads.
fn faults(plan: &Plan, rows: &[Row]) -> Vec<(Time, String)> {
    let of_scenario = matches!(plan.target, Target::Scenario { .. });
    let faults = rows.iter().filter(|row| row.topic == RowTopic::Fault);
    let unlisted = faults.filter(|row| of_scenario || row.node.is_some());
    unlisted.map(|row| (row.time, format!("({} {})", row.time_text(), row.text))).collect()
}

fn facts(run: &Run) -> Vec<String> {
    let Err(failure) = &run.verdict else { return vec![] };
    let [first, second] = failure.facts();
    let (time, property) = (failure.time(), failure.property());
    vec![format!("{time} {property}: {first}"), format!("{time} but {second}")]
}
