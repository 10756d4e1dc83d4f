//! What a shrunk run did, in a few lines: what was done to the world, what became of messages, who
//! led, and what contradicts what.

use std::collections::BTreeMap;

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Fact, Row, RowTopic};

use crate::run::Run;
use raftsim_plan::{Override, Plan};

/// How many lines a reader should need.
const FEW: usize = 10;

/// A recorded run of a plan, a line each, in order of time: the plan's steps, its fates with the
/// messages that met them, and in parentheses who came to lead and what was done to which server,
/// as far as there is room; at the end the two facts that contradict. Fates that no message met are
/// left out.
pub fn story(plan: &Plan, run: &Run) -> Vec<String> {
    let rows = run.story.as_ref().map_or_else(Vec::new, |story| story.rows());
    let steps = plan.steps().iter().map(|timed| (timed.at, timed.to_string()));
    let fates = rows.iter().filter_map(|row| {
        let given = plan.fates.get(&row.message?)?;
        Some((row.time, fate_line(row, *given)))
    });
    let facts = facts(run);
    let mut lines: Vec<(Time, String)> = steps.chain(fates).collect();
    for context in [leaders(&rows), faults(&rows)] {
        // What came last is nearest to what went wrong.
        let room = FEW.saturating_sub(lines.len() + facts.len()).min(context.len());
        lines.extend_from_slice(&context[context.len() - room..]);
    }
    lines.sort_by_key(|&(time, _)| time);
    lines.into_iter().map(|(_, line)| line).chain(facts).collect()
}

/// A message's row says who sent what to whom, and what the network did to it.
fn fate_line(row: &Row, given: Override) -> String {
    let node = row.node.map_or_else(String::new, |node| node.to_string());
    let line = format!("{} {node} {}", row.time, row.text);
    match given {
        Override::Fate(_) => line,
        Override::Fails(after) => format!("{line}, its call fails after {after}"),
    }
}

/// Where a server came to lead in a term, the first line that says so.
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

/// What was done to single servers: by a scenario, or to whom a step meant.
fn faults(rows: &[Row]) -> Vec<(Time, String)> {
    let faults = rows.iter().filter(|row| row.topic == RowTopic::Fault);
    let of_servers = faults.filter(|row| row.node.is_some());
    of_servers.map(|row| (row.time, format!("({} {})", row.time_text(), row.text))).collect()
}

fn facts(run: &Run) -> Vec<String> {
    let Err(failure) = &run.verdict else { return vec![] };
    // A panic's message may have several lines.
    let in_one_line = |fact: &Fact| fact.text().split_whitespace().collect::<Vec<_>>().join(" ");
    let [first, second] = failure.facts().each_ref().map(in_one_line);
    let (time, property) = (failure.time(), failure.property());
    vec![format!("{time} {property}: {first}"), format!("{time} but {second}")]
}
