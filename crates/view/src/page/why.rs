//! Why a run failed, in a few lines: of all steps that can have influenced the two facts, those
//! that changed most. It knows no type of message.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::{NodeId, Time};

use super::Page;
use super::model::{FactData, Model};
use super::steps::StepKind;

/// A line of a story: a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// The step's place among the steps of the page.
    pub step: usize,
    /// When it happened.
    pub time: Time,
    /// Its server; `None` for the world.
    pub node: Option<NodeId>,
    /// What happened, in a few words.
    pub text: String,
    /// Which facts it shows: `A` the first, `B` the second. If no fact is about a step, the last
    /// change of each server is numbered from `1`.
    pub mark: Option<char>,
}

const NONE: i64 = -1;
/// The number of the role.
pub(super) const LEADER: u8 = 4;

/// How much a step explains. What the run's verdict is about comes first, then what decides who
/// leads and what logs hold, then faults.
mod weight {
    pub(super) const FACT: u32 = 1000;
    pub(super) const ENTRY: u32 = 80;
    pub(super) const LEADS: u32 = 70;
    pub(super) const CAUSE: u32 = 60;
    pub(super) const DEPOSED: u32 = 50;
    pub(super) const REPEATED: u32 = 45;
    pub(super) const LIFE: u32 = 40;
    pub(super) const FAULT: u32 = 35;
    pub(super) const STANDS: u32 = 20;
    pub(super) const TERM: u32 = 10;
}

/// How many messages back from a fact its causes are followed.
const CAUSES: usize = 3;

impl Page {
    /// At most `most` steps that led to the failure, in order of time: those of the two facts, and
    /// of all others that can have influenced them those that changed most. Empty if the run passed.
    pub fn story(&self, most: usize) -> Vec<StoryLine> {
        let Some(verdict) = &self.model.verdict else { return vec![] };
        let past = Past::of(&self.model);
        let marks = past.marks(&verdict.facts);
        let index = verdict.facts.iter().rev().find_map(|fact| fact.index);
        let weights = past.weights(&marks, index);
        let mut steps: Vec<usize> = (0..weights.len()).filter(|&step| weights[step] > 0).collect();
        steps.sort_by_key(|&step| Reverse((weights[step], step)));
        steps.truncate(most);
        steps.sort_unstable();
        steps.iter().map(|&step| past.line(step, marks.get(&step).copied())).collect()
    }
}

/// The steps of a run, and what leads from one to another.
pub(super) struct Past<'a> {
    pub(super) model: &'a Model,
    /// By step: its time.
    pub(super) time: Vec<Time>,
    /// By step: the step before it on the same server.
    before: Vec<Option<usize>>,
    /// By step in which a server's role or term changed: role and term before, and after.
    changes: BTreeMap<usize, [(u8, u64); 2]>,
}

impl<'a> Past<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let mut now = Time::ZERO;
        let mut last = vec![None; 256];
        let (mut time, mut before) = (vec![], vec![]);
        for (step, (&dt, &on)) in model.steps.dt.iter().zip(&model.steps.on).enumerate() {
            now = Time::from_nanos(now.as_nanos() + dt);
            time.push(now);
            before.push(last[usize::from(on)].replace(step));
        }
        Self { model, time, before, changes: changes(model) }
    }

    pub(super) fn kind(&self, step: usize) -> StepKind {
        StepKind::ALL[usize::from(self.model.steps.kind[step])].0
    }

    pub(super) fn on(&self, step: usize) -> u8 {
        self.model.steps.on[step]
    }

    /// The step that sent what arrived at a step.
    fn sender(&self, step: usize) -> Option<usize> {
        let message = usize::try_from(self.model.steps.by[step]).ok()?;
        usize::try_from(self.model.messages.sent[message]).ok()
    }

    /// The steps that the verdict is about.
    fn marks(&self, facts: &[FactData]) -> BTreeMap<usize, char> {
        let shown = facts.iter().zip(['A', 'B']);
        let marks = shown.filter_map(|(fact, letter)| Some((self.step_of(fact)?, letter)));
        let marks: BTreeMap<usize, char> = marks.collect();
        if marks.is_empty() { self.last_changes() } else { marks }
    }

    /// The step that a fact is about: the last of its server by its time; the one that showed its
    /// entry, if the oracle says that it was this one.
    fn step_of(&self, fact: &FactData) -> Option<usize> {
        let (time, node) = (Time::from_nanos(fact.time?), fact.node?);
        let rows = &self.model.committed;
        let row = fact.index.and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
        let row = row.filter(|&row| rows.by.get(row) == Some(&node));
        let shown = row.and_then(|row| usize::try_from(rows.step[row]).ok());
        if let Some(step) = shown.filter(|&step| self.time[step] == time) {
            return Some(step);
        }
        let ends = self.time.partition_point(|&other| other <= time);
        let own = |step: &usize| self.on(*step) == node;
        let last = (0..ends).rev().find(own)?;
        let same = (0..=last).rev().take_while(|&step| self.time[step] == self.time[last]);
        same.filter(own).find(|step| self.changes.contains_key(step)).or(Some(last))
    }

    /// The last step of each server in which it changed its role or term, numbered in order.
    fn last_changes(&self) -> BTreeMap<usize, char> {
        let mut last = BTreeMap::new();
        for &step in self.changes.keys() {
            last.insert(self.on(step), step);
        }
        let steps: BTreeSet<usize> = last.into_values().collect();
        steps.into_iter().zip('1'..='9').collect()
    }

    /// By step: how much it explains; 0 if it cannot have influenced a mark, or changed nothing.
    fn weights(&self, marks: &BTreeMap<usize, char>, index: Option<u64>) -> Vec<u32> {
        let mut weights = vec![0; self.time.len()];
        let last = marks.keys().next_back().map_or(0, |last| last + 1);
        let mut is_past = vec![false; self.time.len()];
        let mut boots = BTreeSet::new();
        let entries = self.entries(index);
        for &step in marks.keys() {
            is_past[step] = true;
        }
        for step in (0..last).rev() {
            if self.on(step) == 0 {
                is_past[step] = self.kind(step) != StepKind::Check;
            }
            if !is_past[step] {
                continue;
            }
            for earlier in [self.before[step], self.sender(step)].into_iter().flatten() {
                is_past[earlier] |= self.on(step) != 0;
            }
        }
        for step in 0..last {
            let is_first_boot = self.kind(step) == StepKind::Boot && boots.insert(self.on(step));
            if is_past[step] && !is_first_boot {
                weights[step] = self.weight(step).max(entries.get(&step).copied().unwrap_or(0));
            }
        }
        for &step in marks.keys() {
            self.add_causes(step, &mut weights);
        }
        if marks.values().all(char::is_ascii_digit) {
            self.add_repeated(last, &mut weights);
        }
        weights
    }

    /// Where nothing more changes, the last arrival at each server is an example of what repeats.
    fn add_repeated(&self, first: usize, weights: &mut [u32]) {
        let mut seen = BTreeSet::new();
        for step in (first..self.time.len()).rev() {
            if self.kind(step) == StepKind::Arrival && seen.insert(self.on(step)) {
                weights[step] = weights[step].max(weight::REPEATED);
            }
        }
    }

    /// A fact's step explains most, and the steps that sent what led to it explain much.
    fn add_causes(&self, fact: usize, weights: &mut [u32]) {
        weights[fact] = weight::FACT;
        for step in self.grounds(fact) {
            weights[step] = weights[step].max(weight::CAUSE);
        }
        let mut step = fact;
        for place in 0..CAUSES {
            let Some(sender) = self.sender(step) else { return };
            let far = u32::try_from(place).expect("few causes");
            weights[sender] = weights[sender].max(weight::CAUSE - far);
            step = sender;
        }
    }

    /// The steps on the same server without which a fact's step would not have come about: for a
    /// list that waited for the disk, the step that began it; for a timeout, the last arrival, which
    /// left the timer running; for a server that becomes leader, the arrivals since it stood, and
    /// the steps that sent them.
    fn grounds(&self, fact: usize) -> Vec<usize> {
        let earlier = |step: &usize| self.before[*step];
        let own = || std::iter::successors(self.before[fact], earlier);
        let change = self.changes.get(&fact);
        let becomes_leader = change.is_some_and(|[old, new]| old.0 != LEADER && new.0 == LEADER);
        match self.kind(fact) {
            StepKind::GoesOn => {
                own().find(|&step| self.kind(step) != StepKind::GoesOn).into_iter().collect()
            }
            StepKind::Timeout => {
                own().find(|&step| self.kind(step) == StepKind::Arrival).into_iter().collect()
            }
            StepKind::Arrival if becomes_leader => {
                let since = own().take_while(|step| !self.changes.contains_key(step));
                let arrivals = since.filter(|&step| self.kind(step) == StepKind::Arrival);
                arrivals.filter_map(|step| self.sender(step)).collect()
            }
            StepKind::Boot
            | StepKind::Crash
            | StepKind::Arrival
            | StepKind::Missed
            | StepKind::CallFailed
            | StepKind::Proposal
            | StepKind::Compaction
            | StepKind::Pause
            | StepKind::Resume
            | StepKind::Fault
            | StepKind::Links
            | StepKind::Check => vec![],
        }
    }

    fn weight(&self, step: usize) -> u32 {
        let of_kind = match self.kind(step) {
            StepKind::Crash | StepKind::Boot | StepKind::Pause | StepKind::Resume => weight::LIFE,
            StepKind::Fault | StepKind::Links => weight::FAULT,
            StepKind::Timeout
            | StepKind::Arrival
            | StepKind::Missed
            | StepKind::CallFailed
            | StepKind::Proposal
            | StepKind::Compaction
            | StepKind::GoesOn
            | StepKind::Check => 0,
        };
        let of_change =
            self.changes.get(&step).map_or(0, |&[(old, _), (new, _)]| match (old, new) {
                (_, 0) => 0,
                (_, LEADER) => weight::LEADS,
                (LEADER, _) => weight::DEPOSED,
                (_, 2 | 3) => weight::STANDS,
                _ => weight::TERM,
            });
        of_kind.max(of_change)
    }

    /// The steps in which a server wrote another entry at `index` than it had, or cut it off.
    fn entries(&self, index: Option<u64>) -> BTreeMap<usize, u32> {
        let Some(index) = index else { return BTreeMap::new() };
        let rows = &self.model.disk;
        let mut held = vec![None; 256];
        let mut steps = BTreeMap::new();
        for row in 0..rows.step.len() {
            let (from, terms) = (rows.from[row], &rows.terms[row]);
            if index < from {
                continue;
            }
            let place = usize::try_from(index - from).ok();
            let term = place.and_then(|place| terms.get(place)).copied();
            let old = std::mem::replace(&mut held[usize::from(rows.on[row])], term);
            if let (true, Ok(step)) = (old != term, usize::try_from(rows.step[row])) {
                // To lose an entry, or to have another in its place, explains more than to get it.
                steps.insert(step, weight::ENTRY + u32::from(old.is_some()));
            }
        }
        steps
    }

    /// What happened at a step: what came, then what changed, then why, as far as the node says.
    pub(super) fn line(&self, step: usize, mark: Option<char>) -> StoryLine {
        let model = self.model;
        let name = |topic: u8| model.topics[usize::from(topic)];
        let text = |place: i64| usize::try_from(place).ok().map(|it| model.text[it].as_str());
        let mut parts = vec![];
        for &(topic, line, message) in &model.steps.lines[step] {
            match name(topic) {
                "note" => parts.extend(text(line).map(|note| format!("# {note}"))),
                "disk" | "apply" | "snapshot" if self.kind(step) == StepKind::GoesOn => {
                    parts.extend(text(line).map(str::to_owned));
                }
                "fault" | "role" | "client" | "timer" => {
                    parts.extend(text(line).map(str::to_owned));
                }
                "check" | "message"
                    if matches!(self.kind(step), StepKind::Check | StepKind::CallFailed) =>
                {
                    parts.extend(text(line).map(str::to_owned));
                }
                _ if message >= 0 && message == model.steps.by[step] => {
                    parts.push(self.arrival(message));
                }
                _ => {}
            }
        }
        if parts.is_empty() {
            parts.push(model.step_name(step));
        }
        let on = self.on(step);
        let node = (on > 0).then(|| NodeId::new(on));
        StoryLine { step, time: self.time[step], node, text: parts.join("; "), mark }
    }

    fn arrival(&self, message: i64) -> String {
        let rows = &self.model.messages;
        let row = usize::try_from(message).expect("it is a place");
        let label = usize::try_from(rows.label[row]).ok().map(|it| self.model.text[it].as_str());
        let term = rows.term[row];
        let term = if term == NONE { String::new() } else { format!(" t{term}") };
        format!("<- n{} {}{term} #{}", rows.from[row], label.unwrap_or_default(), rows.n[row])
    }
}

/// By step in which a server's role or term changed: its role and term before, and after.
fn changes(model: &Model) -> BTreeMap<usize, [(u8, u64); 2]> {
    let rows = &model.status;
    let mut last = vec![(0, 0); 256];
    let mut changes: BTreeMap<usize, [(u8, u64); 2]> = BTreeMap::new();
    for row in 0..rows.step.len() {
        let new = (rows.role[row], rows.term[row]);
        let old = std::mem::replace(&mut last[usize::from(rows.on[row])], new);
        if let (true, Ok(step)) = (old != new, usize::try_from(rows.step[row])) {
            changes.entry(step).or_insert([old, new])[1] = new;
        }
    }
    changes
}
