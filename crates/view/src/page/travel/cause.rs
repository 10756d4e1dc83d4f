//! What led to a step, and the steps that the verdict is about.

use raftsim_node::NodeId;

use super::super::model::FactData;
use super::state::slot;
use super::{Timeline, place};

/// The most messages back that causes are followed.
const MOST_CAUSES: usize = 12;

/// A cause: a message, and the step that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseOf {
    /// The message's row.
    pub(super) message: usize,
    /// The step that sent it; `None` if that was before the window.
    pub step: Option<usize>,
}

/// The steps that the verdict is about. Without a failure there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The two facts, A and B.
    pub facts: Vec<FactMark>,
    /// The last change of role or term of each server, numbered from 1 in order of time, if no fact
    /// names a server and a step.
    pub changes: Vec<ChangeMark>,
}

/// One of the two facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactMark {
    /// `A` or `B`.
    pub letter: char,
    /// Its sentence.
    pub text: String,
    /// The step that it means.
    pub step: Option<usize>,
}

/// The last change of a server's role or term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeMark {
    /// The server.
    pub node: NodeId,
    /// The step.
    pub step: usize,
}

impl Timeline {
    /// What led to a step: the message that arrived in it, what its sender answered with it, and so
    /// on back to a timer, a client or a fault.
    pub fn causes(&self, step: usize) -> Vec<CauseOf> {
        let mut causes = vec![];
        let mut at = Some(step);
        while let Some(message) = at.and_then(|at| self.by(at)) {
            if causes.len() == MOST_CAUSES {
                break;
            }
            at = place(self.model().messages.sent[message]);
            causes.push(CauseOf { message, step: at });
        }
        causes
    }

    /// The first step in which a message arrived that a step sent.
    pub fn effect(&self, step: usize) -> Option<usize> {
        let arrived = &self.model().messages.arrived;
        self.sent.at(step).find_map(|row| arrived[row].first().copied().and_then(place))
    }

    pub(super) fn find_marks(&self) -> Marks {
        let Some(verdict) = &self.model().verdict else { return Marks::default() };
        let mut is_named = false;
        let mut facts = vec![];
        for (fact, letter) in verdict.facts.iter().zip('A'..) {
            let step = self.step_of_fact(fact);
            is_named |= fact.node.is_some() && step.is_some();
            let step = step.or(self.failure.filter(|_| letter > 'A'));
            facts.push(FactMark { letter, text: fact.text.clone(), step });
        }
        let changes = if is_named { vec![] } else { self.last_changes() };
        Marks { facts, changes }
    }

    /// The step that a fact means: the one that showed its entry committed, if it is that; else its
    /// server's last step by its time, or of several at that time the one that changed its role.
    fn step_of_fact(&self, fact: &FactData) -> Option<usize> {
        let time = fact.time?;
        let is_then = |step: usize| self.time[step].as_nanos() == time;
        let rows = &self.model().committed;
        let row = fact.index.and_then(|index| rows.index.binary_search(&index).ok());
        if let Some(row) = row.filter(|&row| Some(rows.by[row]) == fact.node)
            && let Some(step) = place(rows.step[row]).filter(|&step| is_then(step))
        {
            return Some(step);
        }
        let count = self.time.partition_point(|it| it.as_nanos() <= time);
        let last = count.checked_sub(1)?;
        let Some(node) = fact.node else { return Some(last) };
        let own = &self.steps_of[slot(NodeId::new(node))];
        let own = &own[..own.partition_point(|&step| step <= last)];
        let now = own.iter().rev().take_while(|&&step| is_then(step));
        let turned = now.copied().find(|&step| self.routine.turned[step]);
        turned.or(own.last().copied())
    }

    pub(super) fn last_changes(&self) -> Vec<ChangeMark> {
        let last = |node: NodeId| {
            let own = self.steps_of[slot(node)].iter().rev();
            let step = own.copied().find(|&step| self.routine.turned[step])?;
            Some(ChangeMark { node, step })
        };
        let mut changes: Vec<_> = self.nodes().filter_map(last).collect();
        changes.sort_by_key(|mark| mark.step);
        changes
    }
}
