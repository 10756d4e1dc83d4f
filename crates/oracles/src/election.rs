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
    /// The term of its disk then, if that was earlier: a crash at that time takes the term back.
    behind: Option<Term>,
}

impl ElectionSafety {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ELECTION_SAFETY;

    /// `node` is seen to lead in `term`, in its life `life`. Its disk is in the term `disk`, if it
    /// offers a view.
    pub fn leads(
        &mut self,
        time: Time,
        (node, life): (NodeId, u32),
        term: Term,
        disk: Option<Term>,
    ) -> Result<(), Failure> {
        self.judged += 1;
        let behind = disk.filter(|&disk| disk < term);
        let won = Won { term, node, life, time, behind };
        match self.won.binary_search_by_key(&term, |won| won.term) {
            Err(place) => {
                self.won.insert(place, won);
                let around = &self.won[place.saturating_sub(1)..self.won.len().min(place + 2)];
                assert!(around.is_sorted_by(|a, b| a.term < b.term), "a term is won once");
                Ok(())
            }
            Ok(place) => {
                let first = &self.won[place];
                if (first.node, first.life) == (node, life) {
                    return Ok(());
                }
                Err(Self::broken(first, &won))
            }
        }
    }

    #[cold]
    fn broken(first: &Won, second: &Won) -> Failure {
        let Won { term, node, life, time, behind } = *second;
        let disk = |is, behind: Option<Term>| {
            behind.map_or(String::new(), |behind| format!(", while its disk {is} in term {behind}"))
        };
        let (one, since, ran_ahead) = (first.node, first.time, disk("was", first.behind));
        let led =
            format!("{one} (life {}) led in term {term} since {since}{ran_ahead}", first.life);
        let runs_ahead = disk("is", behind);
        let leads = if one == node {
            format!("after a restart (life {life}) it leads in term {term} again{runs_ahead}")
        } else {
            format!("{node} (life {life}) leads in term {term} too{runs_ahead}")
        };
        let facts = [Fact::new(led).by(one).at(since), Fact::new(leads).by(node)];
        Failure::violation(Self::PROPERTY, time, facts)
    }

    /// The number of elections that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
