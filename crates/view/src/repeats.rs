//! What a run does again and again: rows that say what one of the rows shortly before them said.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use raftsim_node::NodeId;
use raftsim_sim::Row;

use crate::fit::{essence, stands_out};

/// How many different rows are remembered at least, and how many for each server: a leader says the
/// same to all the others in turn, and they answer.
const REMEMBERED: usize = 32;
const FOR_EACH: usize = 3;

/// How many repeated rows stay as they are.
const FEW: usize = 3;

/// What a row says of which server.
type Said = (Option<NodeId>, String);

/// Folds lines that repeat what one of the different lines shortly before them said, 32 or more in a
/// large cluster, but for times and the numbers of messages. Faults, checks and changes of role
/// always stay.
///
/// Pass it every line that is shown, in order, and print the lines that it returns.
#[derive(Debug)]
pub struct Repeats {
    /// In the order of their lines, and in their own.
    remembered: (VecDeque<Rc<Said>>, BTreeSet<Rc<Said>>),
    most: usize,
    /// The first of the lines that are held back, and how many there are.
    held: Vec<String>,
    count: usize,
}

impl Repeats {
    /// Nothing is remembered yet. The run has `servers` servers.
    pub fn new(servers: usize) -> Self {
        let most = REMEMBERED.max(FOR_EACH * servers);
        Self { remembered: <_>::default(), most, held: vec![], count: 0 }
    }

    /// The lines to print now that `row` has this line.
    pub fn lines(&mut self, row: &Row, line: String) -> Vec<String> {
        let stays = stands_out(row);
        let said = (row.node, essence(row));
        let (order, remembered) = &mut self.remembered;
        if !stays && remembered.contains(&said) {
            self.count += 1;
            if self.held.len() < FEW {
                self.held.push(line);
            }
            return vec![];
        }
        if !stays {
            let said = Rc::new(said);
            order.push_back(Rc::clone(&said));
            remembered.insert(said);
            if order.len() > self.most
                && let Some(oldest) = order.pop_front()
            {
                remembered.remove(&oldest);
            }
        }
        let mut lines = self.finish();
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
