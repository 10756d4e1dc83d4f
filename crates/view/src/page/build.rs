//! Builds the model of a run, from one moment to the next.

use std::collections::BTreeMap;

use raftsim_node::{NodeId, ProposalId, Status, Time};
use raftsim_sim::{MessageName, Moment, PlainRecord, RowTopic, TimerSet, What};

use super::mail::{FATE_NAMES, Mail, row_topic, topic_number};
use super::model::{Model, PlanLineData};
use super::state::{State, signed};
use super::steps::{Open, StepKind, step_of};
use super::texts::{Texts, cut};
use super::{About, Page, run_data, verdict_data};

/// Takes the moments of a run in order, and makes a [`Page`] of them.
#[derive(Debug)]
pub struct PageBuilder {
    about: About,
    model: Model,
    texts: Texts,
    state: State,
    mail: Mail,
    /// The step to which the last record belongs.
    open: Option<Open>,
    /// The times of the last step in the window, and of the first.
    last: Time,
    first: Option<Time>,
    /// By number: the row of each proposal that was made in the window.
    proposals: BTreeMap<ProposalId, usize>,
    /// How many committed entries have a row.
    committed: usize,
    /// How many events there were so far.
    events: u64,
    /// Whether the window has ended.
    is_over: bool,
}

impl PageBuilder {
    /// A page of the run that `about` describes.
    pub fn new(about: About) -> Self {
        let named = about.fates.iter().map(|(name, words)| (*name, cut(words))).collect();
        Self {
            model: Model {
                v: 1,
                run: run_data(&about),
                verdict: about.failure.as_ref().map(verdict_data),
                plan: about
                    .plan
                    .iter()
                    .map(|(time, text)| PlanLineData { time: time.as_nanos(), text: cut(text) })
                    .collect(),
                fates: about
                    .fates
                    .iter()
                    .map(|(name, words)| cut(&format!("{name} {words}")))
                    .collect(),
                kinds: StepKind::ALL.map(|(_, name)| name).to_vec(),
                topics: RowTopic::ALL.map(|(name, _)| name).to_vec(),
                fate_names: FATE_NAMES.to_vec(),
                ..Model::default()
            },
            texts: Texts::default(),
            state: State::new(about.servers),
            mail: Mail::new(named),
            open: None,
            last: Time::ZERO,
            first: None,
            proposals: BTreeMap::new(),
            committed: 0,
            events: 0,
            is_over: false,
            about,
        }
    }

    /// Adds the next moment.
    pub fn add(&mut self, moment: &Moment) {
        match moment {
            Moment::Record(record) => self.record(record),
            Moment::Timer(timer) => self.timer(*timer),
            Moment::Blocked { links, .. } => {
                self.state.set_blocked(links.clone());
                let Some(step) = self.step() else { return };
                let rows = &mut self.model.links;
                // Of several changes in one step the last one counts.
                if rows.step.last() == Some(&step) {
                    rows.step.pop();
                    rows.blocked.pop();
                }
                self.state.link_row(step, rows);
            }
        }
    }

    /// The page of what was added.
    pub fn finish(mut self) -> Page {
        if !self.is_over {
            self.commit_before(Time::MAX);
        }
        let Model { run, .. } = &mut self.model;
        if run.omitted > 0 {
            let first = self.first.unwrap_or(self.about.end);
            let since = Some(self.about.since).filter(|&since| since > Time::ZERO);
            run.from = since.unwrap_or(first).as_nanos();
        }
        self.model.text = self.texts.into_all();
        self.model.messages = self.mail.into_rows();
        Page { model: self.model, is_cut: self.about.skip > 0 }
    }

    /// The last step, if the window has begun and has not ended.
    fn step(&self) -> Option<i64> {
        let last = self.model.steps.on.len().checked_sub(1)?;
        (!self.is_over).then(|| i64::try_from(last).expect("fits in an i64"))
    }

    fn timer(&mut self, timer: TimerSet) {
        self.state.set_due(timer.node, timer.due.map(Time::as_nanos));
        if let Some(step) = self.step() {
            self.state.timer_row(step, timer.node, &mut self.model.timer);
        }
    }

    fn record(&mut self, record: &PlainRecord) {
        self.events += u64::from(record.what.is_event());
        let (open, is_new) = step_of(record, self.open);
        if is_new {
            self.begin(record, open);
        }
        self.open = Some(open);
        let step = self.step();
        let message = self.message(record, step);
        self.follow(record, step);
        self.show_committed(record);
        if step.is_none() || matches!(record.what, What::Settled) {
            return;
        }
        let line = match (&record.what, message) {
            (What::Sent { message: it, .. } | What::Received { message: it, .. }, Some(row)) => {
                (topic_number(row_topic(it.topic)), -1, row)
            }
            (What::Missed { .. }, Some(row)) if row >= 0 => {
                (topic_number(RowTopic::Message), -1, row)
            }
            (_, Some(_) | None) => {
                let row = record.row();
                (topic_number(row.topic), self.texts.place(&row.text), -1)
            }
        };
        self.model.steps.lines.last_mut().expect("a step has begun").push(line);
    }

    /// A step begins with `record`: in the window it gets a row.
    fn begin(&mut self, record: &PlainRecord, open: Open) {
        let time = record.time;
        if self.is_over {
            self.model.run.omitted_after += 1;
            return;
        }
        self.commit_before(time);
        if time > self.about.until {
            self.is_over = true;
            self.model.run.omitted_after += 1;
            return;
        }
        if self.first.is_none() {
            let is_skipped = self.about.skip > 0 && self.events <= self.about.skip;
            if time < self.about.since || is_skipped {
                self.model.run.omitted += 1;
                return;
            }
            self.first = Some(time);
            let Model { status, disk, timer, links, .. } = &mut self.model;
            self.state.initial_rows(status, disk, timer, links);
        }
        let steps = &mut self.model.steps;
        steps.dt.push(time.since(self.last).as_nanos());
        self.last = time;
        steps.on.push(open.on.map_or(0, NodeId::number));
        let kind = StepKind::ALL.iter().position(|(kind, _)| *kind == open.kind);
        steps.kind.push(kind.and_then(|it| u8::try_from(it).ok()).expect("every kind is listed"));
        steps.by.push(-1);
        steps.lines.push(vec![]);
    }

    /// Follows the message that a record is about. Returns the place of its row.
    fn message(&mut self, record: &PlainRecord, step: Option<i64>) -> Option<i64> {
        let node = record.node?;
        if let What::Sent { to, seq, fate, ref message, .. } = record.what {
            let name = MessageName { from: node, to, seq };
            Some(self.mail.sent(name, fate, message, step, &mut self.texts))
        } else if let What::Received { from, seq, .. } | What::Missed { from, seq } = record.what {
            let name = MessageName { from, to: node, seq };
            let row = self.mail.arrived(name, step, &mut self.texts);
            if step.is_some() {
                *self.model.steps.by.last_mut().expect("a step has begun") = row;
            }
            Some(row)
        } else {
            None
        }
    }

    /// Follows the state of the record's server, and of proposals.
    fn follow(&mut self, record: &PlainRecord, step: Option<i64>) {
        let Some(node) = record.node else { return };
        if let What::Booted(status) | What::Became(status) = record.what {
            self.status(node, Some(status), step);
        } else if let What::Crashed = record.what {
            self.status(node, None, step);
        } else if let What::Persisted { ref write, .. } = record.what {
            let Some(disk) = &write.disk else { return };
            let is_new = self.state.set_disk(node, disk);
            if let Some(step) = step.filter(|_| is_new) {
                State::disk_row(step, node, disk, &mut self.model.disk);
            }
        } else if let What::Proposed { id, .. } = record.what {
            self.proposed(node, id, step);
        } else if let What::Accepted { id, index, term } = record.what {
            self.accepted(id, step, signed(index), signed(term));
        }
    }

    /// A server has this status; `None`: it is down.
    fn status(&mut self, node: NodeId, status: Option<Status>, step: Option<i64>) {
        let is_new = self.state.set_status(node, status);
        if let Some(step) = step.filter(|_| is_new) {
            self.state.status_row(step, node, &mut self.model.status);
        }
    }

    fn proposed(&mut self, node: NodeId, id: ProposalId, step: Option<i64>) {
        let Some(step) = step else { return };
        let rows = &mut self.model.proposals;
        self.proposals.insert(id, rows.id.len());
        rows.step.push(step);
        rows.id.push(id.0);
        rows.on.push(node.number());
        rows.index.push(-1);
        rows.term.push(-1);
    }

    fn accepted(&mut self, id: ProposalId, step: Option<i64>, index: i64, term: i64) {
        let (Some(&row), Some(_)) = (self.proposals.get(&id), step) else { return };
        let rows = &mut self.model.proposals;
        (rows.index[row], rows.term[row]) = (index, term);
    }

    /// Notes the committed entries that this record is the first to show.
    fn show_committed(&mut self, record: &PlainRecord) {
        let Some(node) = record.node.filter(|_| !self.is_over) else { return };
        let mut shown = self.state.commit(node);
        if let What::Applied { index, .. } | What::Restored { index, .. } = record.what {
            shown = shown.max(index);
        }
        while let Some(known) = self.about.committed.get(self.committed) {
            let index = self.committed as u64 + 1;
            if (known.by, known.since) != (node, record.time) || index > shown {
                return;
            }
            self.commit(self.step().unwrap_or(-1));
        }
    }

    /// Adds rows for what was committed before this time without a record that shows it.
    fn commit_before(&mut self, time: Time) {
        let last = self.step().unwrap_or(-1);
        while self.about.committed.get(self.committed).is_some_and(|known| known.since < time) {
            self.commit(last);
        }
    }

    /// Adds a row for the next committed entry.
    fn commit(&mut self, step: i64) {
        let known = self.about.committed[self.committed];
        self.committed += 1;
        let rows = &mut self.model.committed;
        rows.index.push(self.committed as u64);
        rows.term.push(known.term.map_or(-1, signed));
        rows.by.push(known.by.number());
        rows.step.push(step);
    }
}
