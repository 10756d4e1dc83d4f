//! What is said of a step, in words of ASCII. The page says the same.

use std::collections::BTreeSet;

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::RowTopic;

use super::super::mail::{FATE_NAMES, topic_number};
use super::super::steps::StepKind;
use super::state::{last_row, slot};
use super::{CauseOf, RoleAt, Timeline, place};

/// A step in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepWords {
    /// What came: a message, a timeout, a fault.
    pub head: String,
    /// What it changed in its server's status; empty if nothing.
    pub change: String,
    /// What the server sent and applied.
    pub rest: Vec<String>,
    /// The server's own notes.
    pub notes: Vec<String>,
}

impl StepWords {
    /// All of it in a line.
    pub fn line(&self) -> String {
        let colon = if self.change.is_empty() { "" } else { ": " };
        let mut parts = vec![[&self.head, colon, &self.change].concat()];
        parts.extend_from_slice(&self.rest);
        if !self.notes.is_empty() {
            parts.push(format!("# {}", self.notes.join("; ")));
        }
        parts.join("  ")
    }
}

/// What a step sent that differs in nothing but the addressee.
struct Sent {
    what: (String, i64, String),
    to: Vec<u8>,
}

impl Timeline {
    /// A step in words.
    pub fn step_words(&self, step: usize) -> StepWords {
        let mut rest = vec![];
        if self.kind(step) != Some(StepKind::Compaction) {
            rest.extend(self.lines(step, RowTopic::Snapshot));
        }
        let places = self.lines(step, RowTopic::Apply).into_iter();
        let places = places.map(|text| {
            let text = text.strip_prefix("apply ").unwrap_or(&text);
            text.split(' ').next().unwrap_or_default().to_owned()
        });
        let places: Vec<String> = places.collect();
        match &places[..] {
            [] => {}
            [first, _, .., last] => rest.push(format!("apply {first} .. {last}")),
            few => rest.push(format!("apply {}", few.join(", "))),
        }
        rest.extend(self.sends(step));
        let notes = self.lines(step, RowTopic::Note);
        StepWords { head: self.head(step), change: self.change(step), rest, notes }
    }

    /// A cause in words: who sent what, and why. `arrival` is the step in which it arrived.
    pub fn cause_words(&self, cause: CauseOf) -> String {
        let rows = &self.model().messages;
        let message = cause.message;
        let term = term_suffix(rows.term[message]);
        let (from, to) = (rows.from[message], rows.to[message]);
        let name = self.message_name(message);
        let origin = match cause.step {
            Some(step) if self.by(step).is_none() => format!(", {}", self.origin(step)),
            Some(_) | None => String::new(),
        };
        format!("n{from} -> n{to} {name}{term}{origin}")
    }

    /// What led to a step that no message led to.
    pub fn origin(&self, step: usize) -> &'static str {
        match self.kind(step) {
            Some(StepKind::Timeout) => "its timer",
            Some(StepKind::Proposal) => "a client's proposal",
            Some(StepKind::Boot) => "its start",
            Some(StepKind::Check) => "the scenario's check",
            Some(StepKind::GoesOn) => "a wait for its disk",
            Some(StepKind::CallFailed) => "a call that was not answered in time",
            Some(StepKind::Compaction) => "the service's snapshot",
            Some(StepKind::Arrival | StepKind::Missed) => "a message from before the window",
            Some(
                StepKind::Crash
                | StepKind::Pause
                | StepKind::Resume
                | StepKind::Fault
                | StepKind::Links,
            ) => "a fault",
            None => "the check that fails",
        }
    }

    /// Who can talk to whom after a step: groups such as `n1 n2 | n3`, or how many links are cut.
    pub fn links_words(&self, step: usize) -> String {
        let cut = self.cut(step);
        let is_cut = |from, to| cut.iter().any(|link| (link.from, link.to) == (from, to));
        let talk = |a: NodeId, b: NodeId| a == b || !is_cut(a, b) && !is_cut(b, a);
        let mut groups: Vec<Vec<NodeId>> = vec![];
        for node in self.nodes() {
            match groups.iter_mut().find(|group| talk(group[0], node)) {
                Some(group) => group.push(node),
                None => groups.push(vec![node]),
            }
        }
        let home = |node| groups.iter().position(|group| group.contains(&node));
        let fits = |a, b| a == b || is_cut(a, b) != (home(a) == home(b));
        if !self.nodes().all(|a| self.nodes().all(|b| fits(a, b))) {
            let links = if cut.len() == 1 { "link" } else { "links" };
            return format!("{} {links} cut", cut.len());
        }
        let name =
            |group: &Vec<NodeId>| group.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ");
        groups.iter().map(name).collect::<Vec<_>>().join(" | ")
    }

    /// `vote?`, `vote yes`, `append refused`, `append 3..5@2`, `heartbeat`.
    pub(super) fn message_name(&self, message: usize) -> String {
        let rows = &self.model().messages;
        let topic = self.model().topics[usize::from(rows.kind[message])];
        let label = self.text(rows.label[message]).unwrap_or_default().into_owned();
        let is_bare =
            rows.reply[message] == 1 || label.starts_with(|first: char| first.is_ascii_digit());
        if is_bare && topic != "message" && !label.starts_with(topic) {
            format!("{topic} {label}")
        } else {
            label
        }
    }

    /// What became of a message, in a word; empty if it came.
    fn fate(&self, message: usize) -> String {
        let rows = &self.model().messages;
        let name = FATE_NAMES[usize::from(rows.fate[message])];
        let arrived = &rows.arrived[message];
        if rows.given[message] == 1 {
            return format!("plan: {}", self.text(rows.words[message]).unwrap_or_default());
        }
        if name != "delivered" && name != "duplicate" {
            return name.to_owned();
        }
        let is_missed =
            |&step: &i64| place(step).is_some_and(|step| self.kind(step) == Some(StepKind::Missed));
        if arrived.is_empty() && !rows.due[message].is_empty() {
            "under way".to_owned()
        } else if arrived.iter().any(is_missed) {
            "its life or its call has ended".to_owned()
        } else if name == "duplicate" {
            "twice".to_owned()
        } else {
            String::new()
        }
    }

    fn sends(&self, step: usize) -> Vec<String> {
        let rows = &self.model().messages;
        let mut groups: Vec<Sent> = vec![];
        for row in self.sent.at(step) {
            let what = (self.message_name(row), rows.term[row], self.fate(row));
            match groups.iter_mut().find(|group| group.what == what) {
                Some(group) => group.to.push(rows.to[row]),
                None => groups.push(Sent { what, to: vec![rows.to[row]] }),
            }
        }
        let words = |Sent { what: (name, term, fate), to }: Sent| {
            let to: Vec<String> = to.iter().map(|to| format!("n{to}")).collect();
            let fate = if fate.is_empty() { fate } else { format!(" ({fate})") };
            format!("-> {} {name}{}{fate}", to.join(" "), term_suffix(term))
        };
        groups.into_iter().map(words).collect()
    }

    /// The step's lines about a topic.
    fn lines(&self, step: usize, topic: RowTopic) -> Vec<String> {
        let Some(lines) = self.model().steps.lines.get(step) else { return vec![] };
        let own = lines.iter().filter(|(about, ..)| *about == topic_number(topic));
        let texts = own.filter_map(|&(_, text, _)| self.text(text));
        let bare = |text: &str| text.trim_start_matches("# ").trim_start_matches("== ").to_owned();
        texts.map(|text| bare(&text)).collect()
    }

    fn head(&self, step: usize) -> String {
        let Some(kind) = self.kind(step) else {
            let facts = self.model().verdict.iter().flat_map(|verdict| &verdict.facts);
            let facts: Vec<&str> = facts.map(|fact| fact.text.as_str()).collect();
            return format!("the check fails: {}", facts.join(", but "));
        };
        if let Some(by) = self.by(step) {
            let rows = &self.model().messages;
            let (from, term) = (rows.from[by], term_suffix(rows.term[by]));
            let what = format!("<- n{from} {}{term}", self.message_name(by));
            return if kind == StepKind::Missed {
                format!("{what} missed: its life or its call has ended")
            } else {
                what
            };
        }
        let faults = self.lines(step, RowTopic::Fault);
        let said = match kind {
            StepKind::Proposal => vec![self.proposal(step)],
            StepKind::Check => self.lines(step, RowTopic::Scenario),
            StepKind::Compaction if faults.is_empty() => self.lines(step, RowTopic::Snapshot),
            StepKind::Boot
            | StepKind::Crash
            | StepKind::Timeout
            | StepKind::Arrival
            | StepKind::Missed
            | StepKind::CallFailed
            | StepKind::Compaction
            | StepKind::Pause
            | StepKind::Resume
            | StepKind::GoesOn
            | StepKind::Fault
            | StepKind::Links => faults,
        };
        let name = StepKind::ALL.iter().find(|(it, _)| *it == kind).map_or("", |(_, name)| name);
        if said.is_empty() { name.to_owned() } else { said.join("; ") }
    }

    fn proposal(&self, step: usize) -> String {
        let rows = &self.model().proposals;
        let said = self.proposals.at(step).map(|row| {
            let id = rows.id[row];
            match (rows.index[row], rows.term[row]) {
                (..=-1, _) => format!("proposal {id} refused"),
                (index, term) => format!("proposal {id} accepted as {index}@{term}"),
            }
        });
        said.collect::<Vec<_>>().join(", ")
    }

    /// What moved in the status of the step's server.
    fn change(&self, step: usize) -> String {
        let Some(node) = self.server(step) else { return String::new() };
        let steps = &self.model().status.step;
        let row = last_row(&self.status_of[slot(node)], steps, step);
        if row.and_then(|row| place(steps[row])) != Some(step) {
            return String::new();
        }
        let (role, term, leader, commit) = self.status(Some(step), node);
        if role == RoleAt::Down {
            return String::new();
        }
        let old = self.status(step.checked_sub(1), node);
        let mut said = vec![];
        if (role, term) != (old.0, old.1) {
            said.push(format!("{} in term {term}", role.name()));
        }
        if let Some(leader) = leader.filter(|&it| Some(it) != old.2 && it != node) {
            said.push(format!("{leader} leads"));
        }
        if let Some(commit) = commit.filter(|&it| it > old.3.unwrap_or(0)) {
            said.push(format!("commit {commit}"));
        }
        said.join(", ")
    }

    /// The steps on the way to a step: those of its causes.
    pub fn cause_steps(&self, step: usize) -> BTreeSet<usize> {
        self.causes(step).iter().filter_map(|cause| cause.step).collect()
    }
}

/// A log as runs of entries of one term, such as `1..3@1` and `4@2`. The first entry of `terms` is
/// at `first`; `None` is a term that is not known.
pub fn log_runs(first: Index, terms: impl IntoIterator<Item = Option<Term>>) -> Vec<String> {
    let mut runs: Vec<(Index, Index, Option<Term>)> = vec![];
    for (index, term) in (first..).zip(terms) {
        match runs.last_mut() {
            Some((_, last, of)) if *of == term => *last = index,
            _ => runs.push((index, index, term)),
        }
    }
    let run = |(from, last, term): (Index, Index, Option<Term>)| {
        let term = term.map_or("?".to_owned(), |term| term.to_string());
        if from == last { format!("{from}@{term}") } else { format!("{from}..{last}@{term}") }
    };
    runs.into_iter().map(run).collect()
}

fn term_suffix(term: i64) -> String {
    if term < 0 { String::new() } else { format!(" t{term}") }
}

/// A length of time with three figures: `538 ms`, `1.80 s`.
pub(super) fn length(from: Time, until: Time) -> String {
    let nanos = until.since(from).as_nanos();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let unit = units.iter().find(|(size, _)| nanos >= *size);
    let Some(&(size, name)) = unit else { return format!("{nanos} ns") };
    let whole = nanos / size;
    // Hundredths, cut.
    let rest = nanos % size / (size / 100);
    match whole {
        100.. => format!("{whole} {name}"),
        10.. => format!("{whole}.{} {name}", rest / 10),
        _ => format!("{whole}.{rest:02} {name}"),
    }
}

impl Timeline {
    /// A fold in words: how many steps, how long, of which servers.
    pub fn fold_words(&self, fold: super::Fold) -> String {
        let steps = fold.last - fold.first + 1;
        let length = length(self.time[fold.first], self.time[fold.last]);
        let counts = self.fold_counts(fold).into_iter();
        let counts = counts.filter_map(|(node, count)| node.map(|node| format!("{node} {count}")));
        format!("... {steps} routine steps, {length} ({})", counts.collect::<Vec<_>>().join(", "))
    }
}
