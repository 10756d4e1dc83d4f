//! The memory of servers at the moments that matter most. It is long, so that these are few.

use std::collections::BTreeSet;

use raftsim_node::{NodeId, Time};

use super::{Page, Timeline};

/// How many of the last steps are among them.
const LAST_STEPS: usize = 20;

/// The most characters of one text.
const MOST_CHARACTERS: usize = 20_000;

impl Timeline {
    /// At most `most` times, in order, at which the memory of servers explains a failure: those of
    /// the facts, of the last change of each server, and of the last steps. None if the run passed.
    pub fn memory_moments(&self, most: usize) -> Vec<Time> {
        let Some(failure) = self.failure else { return vec![] };
        let facts = self.marks.facts.iter().filter_map(|mark| mark.step);
        let changes = self.last_changes().into_iter().map(|mark| mark.step);
        let last = (failure.saturating_sub(LAST_STEPS)..=failure).rev();
        let mut moments = BTreeSet::new();
        for step in facts.chain(changes).chain(last) {
            if moments.len() < most {
                moments.insert(self.time[step]);
            }
        }
        moments.into_iter().collect()
    }

    /// The page, with the memory of servers. Each is that after the server's own last step by then:
    /// the steps of others do not change it.
    #[must_use]
    pub fn with_memories(&self, memories: Vec<Memory>) -> Page {
        let mut page = self.page.clone();
        let mut known = BTreeSet::new();
        for Memory { time, node, text } in memories {
            let step = self.last_step_of(node, self.step_by(time));
            if known.insert((step, node)) {
                page.add_memory(step, node, text);
            }
        }
        page
    }
}

/// What a server shows of its memory after everything that happens at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The time.
    pub time: Time,
    /// The server.
    pub node: NodeId,
    /// What it shows, harmless.
    pub text: String,
}

impl Page {
    /// Adds what a server shows after a step; `None` is the window's start.
    fn add_memory(&mut self, step: Option<usize>, node: NodeId, text: String) {
        let text = match text.char_indices().nth(MOST_CHARACTERS) {
            Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
            None => text,
        };
        let rows = &mut self.model.inspect;
        // A step may change nothing: then its text is there already.
        let known = rows.text.iter().rev().copied().find(|&row| self.model.text[row] == text);
        let place = known.unwrap_or_else(|| {
            self.model.text.push(text);
            self.model.text.len() - 1
        });
        let step = step.map(|step| i64::try_from(step).expect("memory ends before"));
        rows.step.push(step.unwrap_or(-1));
        rows.on.push(node.number());
        rows.text.push(place);
    }
}
