//! What a run does again and again: rows that say what one of the rows shortly before them said.

use std::collections::VecDeque;

use raftsim_node::NodeId;
use raftsim_sim::Row;

use crate::fit::{essence, stands_out};

/// How many different rows are remembered.
const REMEMBERED: usize = 32;

/// How many repeated rows stay as they are.
const FEW: usize = 3;

/// Folds lines that repeat what one of the 32 different lines before them said, but for times and
/// the numbers of messages. Faults, checks and changes of role always stay.
///
/// Pass it every line that is shown, in order, and print the lines that it returns.
#[derive(Debug, Default)]
pub struct Repeats {
    remembered: VecDeque<(Option<NodeId>, String)>,
    /// The first of the lines that are held back, and how many there are.
    held: Vec<String>,
    count: usize,
}

impl Repeats {
    /// The lines to print now that `row` has this line.
    pub fn lines(&mut self, row: &Row, line: String) -> Vec<String> {
        let stays = stands_out(row);
        let said = (row.node, essence(row));
        if !stays && self.remembered.contains(&said) {
            self.count += 1;
            if self.held.len() < FEW {
                self.held.push(line);
            }
            return vec![];
        }
        let mut lines = self.finish();
        if !stays {
            self.remembered.push_back(said);
            if self.remembered.len() > REMEMBERED {
                self.remembered.pop_front();
            }
        }
        lines.push(line);
        lines
    }

    /// The lines to print at the end.
    pub fn finish(&mut self) -> Vec<String> {
        let (held, count) = (std::mem::take(&mut self.held), std::mem::take(&mut self.count));
        if count <= held.len() {
            return held;
        }
        vec![format!("{:>12}  … {count} more lines that say what those above say", "")]
    }
}
