//! Draws rows as lines with columns.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use raftsim_node::{NodeId, Role, Status, Term};
use raftsim_sim::{Row, RowTopic};

use crate::filter::Filter;
use crate::fit::cut;

/// Draws rows as lines. Pass it every row of the run, in order, including those that the filter
/// hides: it follows the role and term of each server.
///
/// Up to nine servers have a column each. In a larger cluster only those have one that the filter
/// selects, if they are nine or fewer. Otherwise two columns show the server that the line is about
/// and the one that leads.
#[derive(Debug)]
pub struct Columns {
    filter: Filter,
    color: bool,
    width: usize,
    /// By server: its status; `None` while it is down.
    servers: Vec<Option<Status>>,
    /// The servers that have a column each; `None` if they are too many.
    shown: Option<Vec<NodeId>>,
}

/// The width of a server's column, brackets included.
const WIDTH: usize = 7;

/// How many servers have a column each at most.
pub(crate) const MOST: usize = 9;

/// The width of a column with the name, role and term of any server.
const NAMED: usize = 9;

impl Columns {
    /// Columns for a cluster of `servers` servers. With `color`, the texts are colored by topic.
    pub fn new(servers: usize, filter: Filter, color: bool) -> Self {
        let shown = shown(servers, &filter);
        Self { filter, color, width: usize::MAX, servers: vec![None; servers], shown }
    }

    /// The same columns, whose lines are cut after `width` characters.
    #[must_use]
    pub fn cut_to(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The heading: the line above all others.
    pub fn heading(&self) -> String {
        let mut line = format!("{:>12}  ", "time");
        match &self.shown {
            Some(shown) => {
                line.extend(shown.iter().map(|node| format!("{:^WIDTH$}", node.to_string())));
            }
            None => line.extend([format!("{:<NAMED$} ", "server"), "leader".to_owned()]),
        }
        line.trim_end().to_owned()
    }

    /// The line for a row; `None` if the filter hides it.
    pub fn line(&mut self, row: &Row) -> Option<String> {
        self.follow(row);
        if !self.filter.shows(row) {
            return None;
        }
        let mut line = format!("{:>12}  ", row.time_text());
        line.push_str(&self.cells(row));
        let style = self.style(row.topic);
        let text = match (row.topic, row.node) {
            (RowTopic::Note, _) => format!("# {}", row.text),
            (RowTopic::Log, _) => format!("| {}", row.text),
            (RowTopic::Fault, _) | (_, Some(_)) => row.text.clone(),
            (_, None) => format!("== {}", row.text),
        };
        let text = cut(&text, self.width.saturating_sub(line.chars().count() + 1));
        write!(line, " {style}{text}{style:#}").expect("writing to a string");
        Some(line)
    }

    /// The columns of servers.
    fn cells(&self, row: &Row) -> String {
        let status = |node: NodeId| self.servers.get(node.slot()).copied().flatten();
        let Some(shown) = &self.shown else {
            let named = |node: NodeId| format!("{node} {}", cell(status(node)));
            let [server, leader] =
                [row.node, self.leader()].map(|node| node.map_or_else(String::new, named));
            return format!("{server:<NAMED$} {leader:<NAMED$}");
        };
        let cells = shown.iter().map(|&node| {
            let cell = cell(status(node));
            let cell = if row.node == Some(node) { format!("[{cell}]") } else { cell };
            format!("{cell:^WIDTH$}")
        });
        cells.collect()
    }

    /// The server that leads, in the highest term.
    fn leader(&self) -> Option<NodeId> {
        let leads = |(status, number): (&Option<Status>, u8)| -> Option<(Term, NodeId)> {
            let status = status.filter(Status::is_leader)?;
            Some((status.term, NodeId::new(number)))
        };
        self.servers.iter().zip(1..=u8::MAX).filter_map(leads).max().map(|(_, node)| node)
    }

    /// Updates the status of the row's server.
    fn follow(&mut self, row: &Row) {
        let Some(status) = row.node.map(NodeId::slot).and_then(|slot| self.servers.get_mut(slot))
        else {
            return;
        };
        if row.ends_life {
            *status = None;
        }
        if row.status.is_some() {
            *status = row.status;
        }
    }

    fn style(&self, topic: RowTopic) -> Style {
        let plain = Style::new();
        if !self.color {
            return plain;
        }
        match topic {
            RowTopic::Role => plain.bold(),
            RowTopic::Fault => plain.fg_color(Some(AnsiColor::Yellow.into())),
            RowTopic::Scenario => plain.fg_color(Some(AnsiColor::Cyan.into())).bold(),
            RowTopic::Note => plain.fg_color(Some(AnsiColor::Green.into())),
            RowTopic::Timer => plain.fg_color(Some(AnsiColor::Magenta.into())),
            RowTopic::Vote
            | RowTopic::Append
            | RowTopic::Snapshot
            | RowTopic::Message
            | RowTopic::Disk
            | RowTopic::Client
            | RowTopic::Apply
            | RowTopic::Log => plain,
        }
    }
}

/// Those of the `servers` servers of a cluster that have a column each.
fn shown(servers: usize, filter: &Filter) -> Option<Vec<NodeId>> {
    let last = u8::try_from(servers).unwrap_or(u8::MAX);
    let all = (1..=last).map(NodeId::new);
    if servers <= MOST {
        return Some(all.collect());
    }
    let selected: Vec<NodeId> = all.filter(|node| filter.servers.contains(node)).collect();
    (1..=MOST).contains(&selected.len()).then_some(selected)
}

/// A server's role and term in a few characters, such as `L3`.
fn cell(status: Option<Status>) -> String {
    let Some(Status { term, role, .. }) = status else { return "--".to_owned() };
    let letter = match role {
        Role::Follower => 'F',
        Role::PreCandidate => 'P',
        Role::Candidate => 'C',
        Role::Leader => 'L',
        _ => '?',
    };
    format!("{letter}{term}")
}
