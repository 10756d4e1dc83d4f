//! The end of a run that fails, in a few lines.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::NodeId;
use raftsim_sim::{Row, RowTopic};

use crate::columns::MOST;
use crate::fit::{cut, kind, stands_out};

/// How many lines there are of faults, roles and checks at most.
const MARKS: usize = 8;

/// How many lines there are of all servers together, and of each, as far as there is room.
const LINES: usize = 14;
const EACH: usize = 4;

/// How many servers of a large cluster have lines.
const SOME: usize = 7;

/// The end of a run of `servers` servers in at most about 25 lines of `width` characters. First come
/// the last faults and checks, and the last changes of the servers that are `accused` (of all, if
/// none is); then the last lines of each server. Of lines of one kind, which differ in numbers
/// alone, only the last one is there, and says how many came before it. Of more than nine servers, seven
/// have lines: those that are accused, and those that did something last.
pub fn last_lines(rows: &[Row], servers: u8, accused: &[NodeId], width: usize) -> Vec<String> {
    let marks: Vec<usize> = (0..rows.len()).filter(|&it| is_mark(&rows[it], accused)).collect();
    let marks = &marks[marks.len().saturating_sub(MARKS)..];
    let mut lines = vec![];
    if !marks.is_empty() {
        lines.push("the last faults, roles and checks:".to_owned());
        lines.extend(marks.iter().map(|&place| line(&rows[place], "", width)));
    }
    let (nodes, whose) = nodes(rows, servers, accused);
    let each = (LINES / nodes.len().max(1)).clamp(2, EACH);
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for node in nodes {
        last.extend(last_of(rows, node, each, marks));
    }
    if !last.is_empty() {
        lines.push(format!("the last lines of {whose}:"));
    }
    lines.extend(last.into_iter().map(|(place, more)| {
        let more = if more > 0 { format!("  … {more} more like it") } else { String::new() };
        line(&rows[place], &more, width)
    }));
    lines
}

/// The servers that have lines, in order, and who they are.
fn nodes(rows: &[Row], servers: u8, accused: &[NodeId]) -> (BTreeSet<NodeId>, &'static str) {
    if usize::from(servers) <= MOST {
        return ((1..=servers).map(NodeId::new).collect(), "each server");
    }
    let mut some: BTreeSet<NodeId> = accused.iter().copied().take(SOME).collect();
    for node in rows.iter().rev().filter_map(|row| row.node) {
        if some.len() == SOME {
            break;
        }
        some.insert(node);
    }
    (some, "some servers")
}

/// Whether a row is a fault, a check or a change of role that matters to these servers.
fn is_mark(row: &Row, accused: &[NodeId]) -> bool {
    let matters = accused.is_empty() || row.node.is_none_or(|node| accused.contains(&node));
    matters && stands_out(row)
}

/// The last row of each of the last `most` kinds of rows of a server, and how many rows of that kind
/// came before it since there were others.
fn last_of(rows: &[Row], node: NodeId, most: usize, marks: &[usize]) -> BTreeMap<usize, usize> {
    let mut seen: BTreeMap<(RowTopic, String), usize> = BTreeMap::new();
    let mut last = BTreeMap::new();
    let marks: BTreeSet<usize> = marks.iter().copied().collect();
    for (place, row) in rows.iter().enumerate().rev() {
        if row.node != Some(node) || marks.contains(&place) {
            continue;
        }
        let kind = (row.topic, kind(row));
        if let Some(place) = seen.get(&kind) {
            *last.get_mut(place).expect("its kind was seen there") += 1;
        } else if seen.len() == most {
            break;
        } else {
            seen.insert(kind, place);
            last.insert(place, 0);
        }
    }
    last
}

/// A row as a line: time, server, text, and what is added at its end.
fn line(row: &Row, more: &str, width: usize) -> String {
    let node = row.node.map_or_else(|| "--".to_owned(), |node| node.to_string());
    let sign = match row.topic {
        RowTopic::Note => "# ",
        RowTopic::Log => "| ",
        RowTopic::Scenario => "== ",
        RowTopic::Timer
        | RowTopic::Vote
        | RowTopic::Append
        | RowTopic::Snapshot
        | RowTopic::Message
        | RowTopic::Fault
        | RowTopic::Role
        | RowTopic::Disk
        | RowTopic::Client
        | RowTopic::Apply => "",
    };
    let line = format!("{:>13} {node} {sign}{}", row.time_text(), row.text);
    let room = width.saturating_sub(more.chars().count());
    format!("{}{more}", cut(&line, room))
}
