//! Draws rows as lines with columns.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use raftsim_node::{NodeId, Role, Status};
use raftsim_sim::{Row, RowTopic};

use crate::filter::Filter;
use crate::fit::cut;

/// Draws rows as lines. Pass it every row of the run, in order, including those that the filter
/// hides: it follows the role and term of each server.
#[derive(Debug)]
pub struct Columns {
    filter: Filter,
    color: bool,
    width: usize,
    /// By server: its status; `None` while it is down.
    servers: Vec<Option<Status>>,
}

/// The width of a server's column, brackets included.
const WIDTH: usize = 7;

impl Columns {
    /// Columns for a cluster of `servers` servers. With `color`, the texts are colored by topic.
    pub fn new(servers: usize, filter: Filter, color: bool) -> Self {
        Self { filter, color, width: usize::MAX, servers: vec![None; servers] }
    }

    /// The same columns, whose lines are cut after `width` characters.
    #[must_use]
    pub fn cut_to(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The heading: the line above all others.
    pub fn heading(&self) -> String {
        let mut line = format!("{:>12}  ", "time");
        for number in 1..=self.servers.len() {
            write!(line, "{:^WIDTH$}", format!("n{number}")).expect("writing to a string");
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
        for (slot, status) in self.servers.iter().enumerate() {
            let is_actor = row.node.is_some_and(|node| node.slot() == slot);
            let cell = cell(*status);
            let cell = if is_actor { format!("[{cell}]") } else { cell };
            write!(line, "{cell:^WIDTH$}").expect("writing to a string");
        }
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
