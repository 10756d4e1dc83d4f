//! Which steps fold away. The rule knows no type of message: a step is routine if it changed
//! nothing that lasts, and nothing that it sent did where it arrived.

use std::collections::BTreeSet;

use raftsim_node::{NodeId, Time};
use raftsim_sim::RowTopic;

use super::super::mail::topic_number;
use super::super::steps::StepKind;
use super::{Timeline, place};

/// The least number of routine steps that fold.
const FOLD_FROM: usize = 4;

/// What is known of each step for folding.
#[derive(Debug, Default)]
pub(super) struct Routine {
    /// By step: a server's role or term changed.
    pub(super) turned: Vec<bool>,
    /// By step: it changed nothing that lasts, and neither the plan nor the verdict names it.
    folds: Vec<bool>,
    /// By step: a proposal was refused.
    refused: Vec<bool>,
}

/// Which steps are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folding {
    /// By step: whether it is hidden.
    hidden: Vec<bool>,
    /// In order.
    folds: Vec<Fold>,
}

/// Steps that are shown as one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The first of them.
    pub first: usize,
    /// The last of them.
    pub last: usize,
}

/// A line of a list of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A step.
    Step(usize),
    /// Steps that are folded.
    Folded(Fold),
}

impl Item {
    fn ends(self) -> (usize, usize) {
        match self {
            Self::Step(step) => (step, step),
            Self::Folded(Fold { first, last }) => (first, last),
        }
    }
}

impl Folding {
    /// Nothing is folded.
    pub fn none(timeline: &Timeline) -> Self {
        Self { hidden: vec![false; timeline.steps()], folds: vec![] }
    }

    /// Whether a step is shown.
    pub fn shows(&self, step: usize) -> bool {
        !self.hidden[step]
    }

    /// How many steps are hidden.
    pub fn hidden(&self) -> usize {
        self.hidden.iter().filter(|hidden| **hidden).count()
    }

    /// The lines of a list around the shown step `around`: up to `before` lines before it, and
    /// `lines` in all.
    pub fn items(&self, around: usize, before: usize, lines: usize) -> Vec<Item> {
        let mut items = vec![Item::Step(around)];
        while items.len() <= before
            && let Some(item) = self.beside(items[0], false)
        {
            items.insert(0, item);
        }
        while items.len() < lines
            && let Some(item) = self.beside(items[items.len() - 1], true)
        {
            items.push(item);
        }
        while items.len() < lines
            && let Some(item) = self.beside(items[0], false)
        {
            items.insert(0, item);
        }
        items
    }

    /// The line after an item, or before it.
    fn beside(&self, item: Item, is_after: bool) -> Option<Item> {
        let (first, last) = item.ends();
        let mut at = if is_after { last + 1 } else { first.checked_sub(1)? };
        while at < self.hidden.len() {
            if !self.hidden[at] {
                return Some(Item::Step(at));
            }
            let fold = self.folds.partition_point(|fold| fold.last < at);
            if let Some(&fold) = self.folds.get(fold).filter(|fold| fold.first <= at) {
                return Some(Item::Folded(fold));
            }
            at = if is_after { at + 1 } else { at.checked_sub(1)? };
        }
        None
    }

    fn hide(&mut self, timeline: &Timeline, first: usize, last: usize) {
        let time = |step: usize| timeline.time.get(step).copied();
        let around: [Option<Time>; 2] = [first.checked_sub(1).and_then(time), time(last + 1)];
        let is_minor = |step: usize| timeline.is_minor(step);
        let is_failed_call = |step| timeline.kind(step) == Some(StepKind::CallFailed);
        let mut rest = vec![];
        for step in first..=last {
            let is_beside = around.contains(&time(step)) || is_failed_call(step);
            if is_minor(step) && is_beside { self.hidden[step] = true } else { rest.push(step) }
        }
        if rest.len() >= FOLD_FROM {
            let fold = Fold { first: rest[0], last: rest[rest.len() - 1] };
            self.hidden[fold.first..=fold.last].fill(true);
            let place = self.folds.partition_point(|it| it.last < fold.first);
            self.folds.insert(place, fold);
            return;
        }
        let busy: BTreeSet<_> =
            rest.iter().filter(|&&step| !is_minor(step)).map(|&step| time(step)).collect();
        for step in rest {
            self.hidden[step] |= is_minor(step) && busy.contains(&time(step));
        }
    }
}

impl Timeline {
    /// Folds what is routine.
    pub fn fold(&self) -> Folding {
        let mut folding = Folding::none(self);
        self.hide_between(&mut folding, 0, self.steps(), &BTreeSet::new());
        folding
    }

    /// The same as `folded`, in which everything routine is, but with the steps in `keeps` shown.
    /// Only what is folded around them is folded anew.
    pub fn fold_around(&self, folded: &Folding, keeps: &BTreeSet<usize>) -> Folding {
        let mut folding = folded.clone();
        let folds = &self.routine.folds;
        let mut done = 0;
        for &step in keeps.iter().filter(|&&step| folds[step]) {
            if step < done {
                continue;
            }
            let first = folds[..step].iter().rposition(|folds| !folds).map_or(0, |it| it + 1);
            let end =
                folds[step..].iter().position(|folds| !folds).map_or(folds.len(), |it| step + it);
            folding.hidden[first..end].fill(false);
            folding.folds.retain(|fold| fold.last < first || fold.first >= end);
            self.hide_between(&mut folding, first, end, keeps);
            done = end;
        }
        folding
    }

    /// Hides what is routine from the step `first` up to `end`, but not the steps in `keeps`.
    fn hide_between(
        &self,
        folding: &mut Folding,
        first: usize,
        end: usize,
        keeps: &BTreeSet<usize>,
    ) {
        let is_free = |step: usize| self.routine.folds[step] && !keeps.contains(&step);
        let mut step = first;
        while step < end {
            let first = step;
            while step < end && is_free(step) {
                step += 1;
            }
            if step > first {
                folding.hide(self, first, step - 1);
            }
            step += 1;
        }
    }

    /// Lets the steps be shown that the plan or the verdict names.
    pub(super) fn keep_named(&mut self) {
        self.never_folded().into_iter().for_each(|step| self.routine.folds[step] = false);
    }

    fn never_folded(&self) -> BTreeSet<usize> {
        let messages = &self.model().messages;
        let given = (0..messages.given.len()).filter(|&row| messages.given[row] == 1);
        let ends = given.flat_map(|row| {
            [messages.sent[row]].into_iter().chain(messages.arrived[row].iter().copied())
        });
        let facts = self.marks.facts.iter().filter_map(|mark| mark.step);
        let changes = self.marks.changes.iter().map(|mark| mark.step);
        ends.filter_map(place).chain(facts).chain(changes).collect()
    }

    /// Whether a step is no line of its own beside another one of its instant.
    fn is_minor(&self, step: usize) -> bool {
        self.routine.refused[step] || self.kind(step) == Some(StepKind::CallFailed)
    }

    pub(super) fn find_routine(&self) -> Routine {
        let count = self.steps();
        let (mut changed, mut refused) = (vec![false; count], vec![false; count]);
        let model = self.model();
        for row in 0..model.proposals.step.len() {
            if let (Some(step), ..=-1) =
                (place(model.proposals.step[row]), model.proposals.index[row])
            {
                refused[step] = true;
            }
        }
        let lasting = [RowTopic::Apply, RowTopic::Client, RowTopic::Fault].map(topic_number);
        for step in 0..count {
            let lines = model.steps.lines.get(step).map_or(&[][..], Vec::as_slice);
            let lasts = !refused[step] && lines.iter().any(|(topic, ..)| lasting.contains(topic));
            changed[step] = lasts || self.is_change_alone(step);
        }
        model.disk.step.iter().filter_map(|&it| place(it)).for_each(|step| changed[step] = true);
        let turned = self.find_turned(&mut changed);
        let mut folds: Vec<bool> = changed.iter().map(|changed| !changed).collect();
        for (row, arrived) in model.messages.arrived.iter().enumerate() {
            let matters = arrived.iter().any(|&step| place(step).is_some_and(|it| changed[it]));
            if let Some(sent) = place(model.messages.sent[row]).filter(|_| matters) {
                folds[sent] = false;
            }
        }
        Routine { turned, folds, refused }
    }

    /// Whether a step changes something by what it is.
    fn is_change_alone(&self, step: usize) -> bool {
        match self.kind(step) {
            None
            | Some(
                StepKind::Boot
                | StepKind::Crash
                | StepKind::Compaction
                | StepKind::Pause
                | StepKind::Resume
                | StepKind::Fault
                | StepKind::Links
                | StepKind::Check,
            ) => true,
            Some(
                StepKind::Timeout
                | StepKind::Arrival
                | StepKind::Missed
                | StepKind::CallFailed
                | StepKind::Proposal
                | StepKind::GoesOn,
            ) => false,
        }
    }

    /// The steps in which a role or a term changed. Those in which anything of a status did are
    /// `changed`.
    fn find_turned(&self, changed: &mut [bool]) -> Vec<bool> {
        let mut turned = vec![false; self.steps()];
        let rows = &self.model().status;
        for node in self.nodes() {
            let mut old = None;
            for &row in &self.status_of[super::state::slot(node)] {
                let new = (rows.role[row], rows.term[row], rows.leader[row], rows.commit[row]);
                if let Some(step) = place(rows.step[row]) {
                    changed[step] |= old != Some(new);
                    turned[step] |=
                        old.is_none_or(|old: (u8, u64, i64, i64)| (old.0, old.1) != (new.0, new.1));
                }
                old = Some(new);
            }
        }
        turned
    }

    /// Whether the role or the term of its server changed in a step.
    pub fn is_turn(&self, step: usize) -> bool {
        self.routine.turned[step]
    }

    /// How many steps of a fold each server made, for a line about it.
    pub fn fold_counts(&self, fold: Fold) -> Vec<(Option<NodeId>, usize)> {
        let mut counts = vec![0; usize::from(self.servers()) + 1];
        for step in fold.first..=fold.last {
            counts[usize::from(self.on(step))] += 1;
        }
        let counts = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        counts
            .map(|(on, count)| (u8::try_from(on).ok().filter(|&on| on > 0).map(NodeId::new), count))
            .collect()
    }
}
