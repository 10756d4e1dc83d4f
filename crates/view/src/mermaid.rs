//! A recorded run as a Mermaid sequence diagram, which GitHub draws in an issue.

use std::fmt::Write as _;

use raftsim_node::Time;
use raftsim_sim::text::foreign;
use raftsim_sim::{
    Cause, Failure, Fate, MessageName, Moment, PlainMessage, PlainRecord, RowTopic, What,
};

use crate::Filter;

/// The most lines of a diagram: Mermaid draws no more than 500 arrows.
const MOST_LINES: usize = 400;

/// Draws moments as a diagram. Pass it every moment of the run, in order, including those that the
/// filter hides.
#[derive(Debug)]
pub struct Mermaid {
    filter: Filter,
    servers: u8,
    lines: Vec<String>,
    /// How many lines are too many.
    more: u64,
}

impl Mermaid {
    /// The diagram of a cluster of `servers` servers. It has what the filter shows; of the topics
    /// it draws messages, changes of role, crashes, faults, proposals, notes and checks.
    pub fn new(servers: u8, filter: Filter) -> Self {
        Self { filter, servers, lines: vec![], more: 0 }
    }

    /// Draws the next moment.
    pub fn add(&mut self, moment: &Moment) {
        let Moment::Record(record) = moment else { return };
        let is_shown = self.filter.selects(record.time, record.node, record.topic());
        let line = self.line(record);
        match line.filter(|_| is_shown) {
            Some(line) if self.lines.len() < MOST_LINES => self.lines.push(line),
            Some(_) => self.more += 1,
            None => {}
        }
    }

    /// The whole diagram. `command` is the line that shows the run again.
    pub fn finish(self, command: &str, failure: Option<&Failure>) -> String {
        let mut text = "```mermaid\nsequenceDiagram\n".to_owned();
        let mut line = |line: &str| writeln!(text, "    {line}").expect("writing to a string");
        // A comment ends with its line.
        line(&format!("%% {}", safe(&foreign::value(command))));
        for server in 1..=self.servers {
            line(&format!("participant n{server}"));
        }
        self.lines.iter().for_each(|it| line(it));
        let all = self.over_all();
        if self.more > 0 {
            let more = format!("and {} more: select fewer of them", self.more);
            line(&format!("Note over {all}: {}", safe(&more)));
        }
        let verdict = failure.map_or_else(|| "pass".to_owned(), |it| format!("FAIL: {it}"));
        line(&format!("Note over {all}: {}", safe(&foreign::value(verdict))));
        text.push_str("```");
        text
    }

    /// The line for a record, if it is drawn.
    fn line(&self, record: &PlainRecord) -> Option<String> {
        let time = record.time;
        if let (Some(node), &What::Sent { to, seq, fate, ref message, .. }) =
            (record.node, &record.what)
        {
            let name = MessageName { from: node, to, seq };
            let cause = match fate {
                Fate::Drop(cause) => cause,
                Fate::Deliver(_) | Fate::Duplicate(..) => return None,
            };
            return Some(arrow(time, name, "-x", message, Some(cause)));
        }
        if let (Some(node), &What::Received { from, seq, ref message }) =
            (record.node, &record.what)
        {
            let name = MessageName { from, to: node, seq };
            let head = if message.is_reply { "-->>" } else { "->>" };
            return Some(arrow(time, name, head, message, None));
        }
        let row = record.row();
        match row.topic {
            RowTopic::Role
            | RowTopic::Fault
            | RowTopic::Client
            | RowTopic::Note
            | RowTopic::Scenario
            | RowTopic::Message => {}
            RowTopic::Timer
            | RowTopic::Vote
            | RowTopic::Append
            | RowTopic::Snapshot
            | RowTopic::Disk
            | RowTopic::Apply
            | RowTopic::Log => return None,
        }
        if matches!(record.what, What::Settled) {
            return None;
        }
        let over = record.node.map_or_else(|| self.over_all(), |node| node.to_string());
        Some(format!("Note over {over}: {time} {}", safe(&foreign::quote(&row.text))))
    }

    /// All servers, as a note names them.
    fn over_all(&self) -> String {
        match self.servers {
            1 => "n1".to_owned(),
            last => format!("n1,n{last}"),
        }
    }
}

fn arrow(
    time: Time,
    name: MessageName,
    head: &str,
    message: &PlainMessage,
    lost: Option<Cause>,
) -> String {
    let MessageName { from, to, .. } = name;
    let term = message.term.map_or_else(String::new, |term| format!(" t{term}"));
    let lost = lost.map_or_else(String::new, |cause| format!(" ({cause})"));
    format!("{from}{head}{to}: {time} {}{term}{lost}", safe(&foreign::quote(&message.label)))
}

/// A text that Mermaid takes as it is: whatever may mean something else to it becomes the number of
/// its character.
fn safe(text: &str) -> String {
    let mut kept = String::new();
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            kept.push(' ');
        }
        for (place, char) in word.chars().enumerate() {
            // `end` ends a block, even amid a text.
            let is_end = place == 0 && word.eq_ignore_ascii_case("end");
            if (char.is_alphanumeric() || "._,@?!+-()':=/".contains(char)) && !is_end {
                kept.push(char);
            } else {
                write!(kept, "#{};", u32::from(char)).expect("writing to a string");
            }
        }
    }
    kept
}
