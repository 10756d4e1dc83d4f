//! Leader Append-Only: a leader never overwrites or deletes entries in its log; it only appends new
//! entries (Figure 3, §5.3).

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::log::Change;

/// Judges each write of a leader to its own log. It keeps nothing but a count.
#[derive(Clone, Debug, Default)]
pub struct LeaderAppendOnly {
    judged: u64,
}

impl LeaderAppendOnly {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_APPEND_ONLY;

    /// A write made this `change` to the log of `node`. `leads` is the term in which `node` leads,
    /// if it does.
    ///
    /// From the first action of a step's list on, a server has the status that the step gave it. So
    /// a leader may truncate in the list in which it steps down, and a server may not truncate in
    /// the list in which it becomes leader: no Raft gets its last vote and another leader's entries
    /// in one step.
    pub fn written(
        &mut self,
        time: Time,
        node: NodeId,
        leads: Option<Term>,
        change: &Change,
    ) -> Result<(), Failure> {
        let Some(term) = leads else { return Ok(()) };
        self.judged += 1;
        let Some((index, lost)) = &change.lost else { return Ok(()) };
        let had = format!("{node} leads in term {term}, and its log held {}", lost.at(*index));
        let seen = "a write of its own overwrote or deleted that";
        let facts = [Fact::new(had), Fact::new(seen)].map(|fact| fact.by(node).entry(*index));
        Err(Failure::violation(Self::PROPERTY, time, facts))
    }

    /// The number of writes of leaders to their logs that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
