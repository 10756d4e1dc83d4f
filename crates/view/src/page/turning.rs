//! Where the odds of a failing run turn: the moments at which it can be branched, and marks on them.

use raftsim_node::Time;

use super::Page;
use super::model::TurningData;
use super::why::{Past, StoryLine};

impl Page {
    /// The same page, on which the last step at each of these times is marked as one at which the
    /// odds turn; a text says how.
    #[must_use]
    pub fn with_turning(mut self, turning: impl IntoIterator<Item = (Time, String)>) -> Self {
        let times = Past::of(&self.model).time;
        let marks = turning.into_iter().filter_map(|(at, text)| {
            let step = times.iter().rposition(|time| *time == at)?;
            Some(TurningData { step, letter: 'T', text })
        });
        self.model.turning = marks.collect();
        self
    }

    /// The times at which something happened before the failure, in order, each once.
    pub fn moments(&self) -> Vec<Time> {
        let Some(verdict) = &self.model.verdict else { return vec![] };
        let mut moments = Past::of(&self.model).time;
        moments.retain(|time| time.as_nanos() < verdict.time);
        moments.dedup();
        moments
    }

    /// What happened at `time`: a line for each step.
    pub fn steps_at(&self, time: Time) -> Vec<StoryLine> {
        let past = Past::of(&self.model);
        let steps = (0..past.time.len()).filter(|&step| past.time[step] == time);
        steps.map(|step| past.line(step, None)).collect()
    }
}
