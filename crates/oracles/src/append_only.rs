//! Leader Append-Only: a leader never overwrites or deletes entries in its log; it only appends new
//! entries (Figure 3, §5.3).

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::log::Change;

/// Holds what a leader writes to what it had.
#[derive(Clone, Debug, Default)]
pub struct LeaderAppendOnly {
    judged: u64,
}

impl LeaderAppendOnly {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_APPEND_ONLY;

    /// A write changed the log of `node`, which leads in term `leads`, if it does.
    ///
    /// A server has the status that its step gave it from the first action of that step's list on.
    /// So a leader may truncate in the list in which it learns of its deposition, while one that is
    /// elected may not in the list that follows: no Raft hears of its votes and of another leader's
    /// log in one step.
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
        let held = format!("{node} leads in term {term}, and its log held {}", lost.at(*index));
        let seen = "a write of its own overwrote or deleted that";
        let facts = [Fact::new(held), Fact::new(seen)].map(|fact| fact.by(node).entry(*index));
        Err(Failure::violation(Self::PROPERTY, time, facts))
    }

    /// How many writes of leaders to their logs it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
