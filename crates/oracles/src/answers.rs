//! What a server answers to proposals.

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

/// A server accepts a proposal in the term that it is in. It keeps nothing but a count.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    judged: u64,
}

impl Answers {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ACCEPTED_IN_TERM;

    /// `node`, which is in term `current`, accepts a proposal as the entry `index`@`term`.
    pub fn accepted(
        &mut self,
        time: Time,
        node: NodeId,
        current: Term,
        (index, term): (Index, Term),
    ) -> Result<(), Failure> {
        self.judged += 1;
        if term == current {
            return Ok(());
        }
        let first = Fact::new(format!("{node} is in term {current}"));
        let second = Fact::new(format!("it accepts a proposal as {index}@{term}")).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [first, second].map(|fact| fact.by(node))))
    }

    /// The number of answers that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
