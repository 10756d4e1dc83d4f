//! What a server answers to proposals.

use std::collections::VecDeque;

use raftsim_node::{Index, NodeId, ProposalId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

/// A server accepts a proposal in a term in which it was since the proposal was made: it may answer
/// late, when it is in a later term. It keeps the proposals that are open, and a count.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The latest proposal, if it is open: its number, its server, and the server's term when it
    /// was made. Most are answered at once.
    latest: Option<(ProposalId, NodeId, Term)>,
    /// The other open proposals, in the order in which they were made.
    open: VecDeque<(ProposalId, NodeId, Term)>,
    judged: u64,
}

impl Answers {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ACCEPTED_IN_TERM;

    /// The proposal `id`, later than all others, is made to `node`, which is in term `current`.
    pub fn proposed(&mut self, node: NodeId, id: ProposalId, current: Term) {
        if let Some(before) = self.latest.replace((id, node, current)) {
            self.open.push_back(before);
        }
    }

    /// `node`, which is in term `current`, accepts the proposal `id` as the entry `index`@`term`.
    pub fn accepted(
        &mut self,
        time: Time,
        node: NodeId,
        id: ProposalId,
        current: Term,
        (index, term): (Index, Term),
    ) -> Result<(), Failure> {
        self.judged += 1;
        let since = self.take(id).unwrap_or(current);
        if (since..=current).contains(&term) {
            return Ok(());
        }
        let first = if since == current {
            format!("{node} is in term {current}")
        } else {
            format!("{node} was in term {since} at the proposal and is in term {current}")
        };
        let second = Fact::new(format!("it accepts a proposal as {index}@{term}")).entry(index);
        let facts = [Fact::new(first), second].map(|fact| fact.by(node));
        Err(Failure::violation(Self::PROPERTY, time, facts))
    }

    /// The proposal `id` is refused. Returns the term that its server was in when it was made;
    /// `None` if it is not open.
    pub fn rejected(&mut self, id: ProposalId) -> Option<Term> {
        self.take(id)
    }

    /// `node`'s life ended: what was proposed to it is answered no more.
    pub fn crashed(&mut self, node: NodeId) {
        self.latest = self.latest.filter(|&(_, asked, _)| asked != node);
        self.open.retain(|&(_, asked, _)| asked != node);
    }

    /// The number of answers that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// Forgets the proposal `id`. Returns the term that its server was in when it was made; `None`
    /// if it is not open.
    #[inline]
    fn take(&mut self, id: ProposalId) -> Option<Term> {
        match self.latest {
            Some((latest, _, term)) if latest == id => {
                self.latest = None;
                Some(term)
            }
            Some(_) | None => self.take_earlier(id),
        }
    }

    #[cold]
    fn take_earlier(&mut self, id: ProposalId) -> Option<Term> {
        let place = self.open.binary_search_by_key(&id, |&(id, ..)| id).ok()?;
        self.open.remove(place).map(|(_, _, term)| term)
    }
}
