//! Made-up rows.

use raftsim_node::{NodeId, Role, Status, Term, Time};
use raftsim_sim::{Row, RowTopic};
use raftsim_view::{Columns, Filter};

pub(crate) fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

pub(crate) fn at(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// A line about a server.
pub(crate) fn row(millis: u64, node: u8, topic: RowTopic, text: &str) -> Row {
    let (time, node, text) = (at(millis), Some(n(node)), text.to_owned());
    Row { time, node, life: 1, topic, text, status: None, ends_life: false, message: None }
}

/// A line about the world.
pub(crate) fn world(millis: u64, topic: RowTopic, text: &str) -> Row {
    Row { node: None, life: 0, ..row(millis, 1, topic, text) }
}

/// A server boots, or its status changes.
pub(crate) fn becomes(millis: u64, node: u8, role: Role, term: Term) -> Row {
    let status = Some(Status::new(term, role));
    Row { status, ..row(millis, node, RowTopic::Role, "so") }
}

pub(crate) fn crashes(millis: u64, node: u8) -> Row {
    Row { ends_life: true, ..row(millis, node, RowTopic::Fault, "crash") }
}

/// The lines that are shown of these rows, in a cluster of three, without color.
pub(crate) fn shown(filter: Filter, rows: &[Row]) -> Vec<String> {
    let mut columns = Columns::new(3, filter, false);
    rows.iter().filter_map(|row| columns.line(row)).collect()
}
