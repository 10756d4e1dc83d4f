//! Election Safety: at most one leader can be elected in a given term (Figure 3, §5.2).

use raftsim_node::{NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

/// Keeps the leader of each term: the server, and the life in which it was elected.
///
/// Invariant: `won` has at most one election for each term, and its terms ascend.
#[derive(Clone, Debug, Default)]
pub struct ElectionSafety {
    /// Every election won so far.
    won: Vec<Won>,
    judged: u64,
}

#[derive(Clone, Copy, Debug)]
struct Won {
    term: Term,
    node: NodeId,
    /// The life that leads. Another life that leads in the same term was elected once more.
    life: u32,
    time: Time,
}

impl ElectionSafety {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ELECTION_SAFETY;

    /// `node` is seen to lead in `term`, in its life `life`.
    pub fn leads(
        &mut self,
        time: Time,
        node: NodeId,
        life: u32,
        term: Term,
    ) -> Result<(), Failure> {
        self.judged += 1;
        match self.won.binary_search_by_key(&term, |won| won.term) {
            Err(place) => {
                self.won.insert(place, Won { term, node, life, time });
                let around = &self.won[place.saturating_sub(1)..self.won.len().min(place + 2)];
                assert!(around.is_sorted_by(|a, b| a.term < b.term), "a term is won once");
                Ok(())
            }
            Ok(place) => {
                let first = self.won[place];
                if (first.node, first.life) == (node, life) {
                    return Ok(());
                }
                let (one, other) = (described(first.node, first.life), described(node, life));
                let led = Fact::new(format!("{one} led in term {term} since {}", first.time));
                let leads = Fact::new(format!("{other} leads in term {term} too"));
                let facts = [led.by(first.node).at(first.time), leads.by(node)];
                Err(Failure::violation(Self::PROPERTY, time, facts))
            }
        }
    }

    /// The number of elections that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

fn described(node: NodeId, life: u32) -> String {
    format!("{node} (life {life})")
}
