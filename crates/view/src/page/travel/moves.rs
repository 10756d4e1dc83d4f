//! Where to go next.

use raftsim_node::{NodeId, Time};
use raftsim_sim::text;

use super::super::steps::StepKind;
use super::state::{role_of, slot};
use super::{Condition, Folding, RoleAt, Timeline};

/// Forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To later steps.
    Forward,
    /// To earlier steps.
    Back,
}

impl Timeline {
    /// The next step in one direction that is wanted.
    fn seek(&self, from: usize, way: Way, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        match way {
            Way::Forward => (from + 1..self.steps()).find(|&step| wanted(step)),
            Way::Back => (0..from).rev().find(|&step| wanted(step)),
        }
    }

    /// The next shown step.
    pub fn next_step(&self, folding: &Folding, from: usize, way: Way) -> Option<usize> {
        self.seek(from, way, |step| folding.shows(step))
    }

    /// The next shown step of the same server.
    pub fn next_own(&self, folding: &Folding, from: usize, way: Way) -> Option<usize> {
        self.seek(from, way, |step| folding.shows(step) && self.on(step) == self.on(from))
    }

    /// The next shown step of the same kind: for an arrival, one of a message of the same name.
    pub fn next_of_kind(&self, folding: &Folding, from: usize, way: Way) -> Option<usize> {
        let name = |step: usize| self.by(step).map(|message| self.message_name(message));
        let (kind, own) = (self.kind(from), name(from));
        self.seek(from, way, |step| {
            folding.shows(step) && self.kind(step) == kind && name(step) == own
        })
    }

    /// The next step in which a role or a term changes.
    pub fn next_turn(&self, from: usize, way: Way) -> Option<usize> {
        self.seek(from, way, |step| self.is_turn(step))
    }

    /// The next step in which the state of a server changes ([`Timeline::changes`]); of any server
    /// if none is named.
    pub fn next_change(&self, node: Option<NodeId>, from: usize, way: Way) -> Option<usize> {
        self.seek(from, way, |step| {
            let own = self.server(step).filter(|&own| node.is_none_or(|node| node == own));
            own.is_some_and(|own| self.changes(step, own))
        })
    }

    /// The next fault: also a restart, but not the first start of a server.
    pub fn next_fault(&self, from: usize, way: Way) -> Option<usize> {
        self.seek(from, way, |step| match self.kind(step) {
            Some(
                StepKind::Crash
                | StepKind::Fault
                | StepKind::Links
                | StepKind::Pause
                | StepKind::Resume,
            ) => true,
            Some(StepKind::Boot) => self.before[step].is_some(),
            Some(_) | None => false,
        })
    }

    /// The last step of a server by `from`; if it has none, its first one.
    pub fn step_of(&self, node: NodeId, from: usize) -> Option<usize> {
        let first = || self.steps_of[slot(node)].first().copied();
        self.last_step_of(node, from).or_else(first)
    }

    /// The next step at which a condition becomes true.
    pub fn until(&self, condition: &Condition, from: usize) -> Option<usize> {
        let mut before = condition.holds(self, from);
        (from + 1..self.steps()).find(|&step| {
            let now = condition.holds(self, step);
            now && !std::mem::replace(&mut before, now)
        })
    }

    /// The step that `sought` names: the last one by a time, such as `1.5s`; else the next one in
    /// whose line the text is, whatever its letters' case. After the last step the search goes on
    /// with the first.
    pub fn search(&self, sought: &str, from: usize, way: Way) -> Option<usize> {
        let sought = sought.trim();
        if let Ok(time) = text::time(sought) {
            return Some(self.step_by(through(time)));
        }
        let sought = sought.to_lowercase();
        let has = |step: usize| self.step_words(step).line().to_lowercase().contains(&sought);
        let again = match way {
            Way::Forward => (0..=from).find(|&step| has(step)),
            Way::Back => (from..self.steps()).rev().find(|&step| has(step)),
        };
        self.seek(from, way, has).or(again)
    }

    /// The first step in which a server leads; without one the last step.
    pub fn first_election(&self) -> usize {
        let rows = &self.model().status;
        let mut leads =
            (0..rows.step.len()).filter(|&row| role_of(rows.role[row]) == RoleAt::Leader);
        let first = leads.find_map(|row| super::place(rows.step[row]));
        first.unwrap_or(self.steps().saturating_sub(1))
    }
}

/// Printed times are cut after microseconds: the last moment that prints as `time` does. A `time`
/// that is more exact stays as it is.
pub fn through(time: Time) -> Time {
    let nanos = time.as_nanos();
    let rest = if nanos.is_multiple_of(1000) { 999 } else { 0 };
    Time::from_nanos(nanos.saturating_add(rest))
}
