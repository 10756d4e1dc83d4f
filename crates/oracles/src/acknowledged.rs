//! What a server acknowledged stays on its disk while the term lasts.

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::log::Log;

/// A server that has acknowledged entries to the leader of a term keeps them while it is in that
/// term: the leader never overwrites its own log (§5.3), so nobody may ask the server to drop them.
/// A snapshot may cover them.
///
/// Of the entries only the last is compared: two logs that have it in the same term are equal
/// before it (Log Matching).
#[derive(Clone, Debug)]
pub struct AcknowledgedStays {
    /// By server: the last acknowledgement in its latest term; `through` is 0 before the first. Empty
    /// before any.
    acknowledged: Vec<Acknowledged>,
    size: usize,
    judged: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    /// The term of the message.
    within: Term,
    /// The index of the last entry that it acknowledges.
    through: Index,
    /// The term of that entry, if the disk showed it.
    term: Option<Term>,
    since: Time,
}

impl AcknowledgedStays {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ACKNOWLEDGED_STAYS;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self { acknowledged: vec![], size, judged: 0 }
    }

    /// `node` acknowledges, in the term `within`, that it stores entries through `through`; its disk
    /// shows an entry of the term `term` there.
    #[inline]
    pub fn acknowledges(
        &mut self,
        time: Time,
        node: NodeId,
        within: Term,
        (through, term): (Index, Option<Term>),
    ) {
        let last = match self.acknowledged.get_mut(node.slot()) {
            Some(last) => last,
            None => self.first(node),
        };
        if within > last.within || (within == last.within && through > last.through) {
            *last = Acknowledged { within, through, term, since: time };
        }
    }

    /// What is kept of `node`, before anything was acknowledged.
    #[cold]
    fn first(&mut self, node: NodeId) -> &mut Acknowledged {
        self.acknowledged.resize(self.size, Acknowledged::default());
        &mut self.acknowledged[node.slot()]
    }

    /// A write changed `log`, on the disk of `node`, from the index `from` on; the disk is in the
    /// term `current`.
    #[inline]
    pub fn written(
        &mut self,
        time: Time,
        (node, current): (NodeId, Term),
        log: &Log,
        from: Index,
    ) -> Result<(), Failure> {
        let Some(last) = self.acknowledged.get(node.slot()) else { return Ok(()) };
        if current != last.within || last.through == 0 {
            return Ok(());
        }
        self.judged += 1;
        if from > last.through { Ok(()) } else { last.judge(time, node, log) }
    }

    /// The number of writes that it judged: those in a term in which entries had been acknowledged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

impl Acknowledged {
    /// A write changed entries that were acknowledged, or those after them.
    #[inline(never)]
    fn judge(&self, time: Time, node: NodeId, log: &Log) -> Result<(), Failure> {
        let covered = log.snapshot().map_or(0, |(index, _)| index);
        let now = log.term(self.through);
        let is_kept = now.is_some() && (self.term.is_none() || now == self.term);
        if is_kept || (now.is_none() && self.through <= covered) {
            return Ok(());
        }
        Err(self.broken(time, node, now))
    }

    #[cold]
    fn broken(&self, time: Time, node: NodeId, now: Option<Term>) -> Failure {
        let Self { within, through, term, since } = *self;
        let entry = term.map_or(String::new(), |term| format!(", the last of term {term}"));
        let first =
            format!("{node} acknowledged entries through {through} in term {within}{entry}");
        let second = match now {
            Some(term) => format!("a write put {through}@{term} there, in the same term"),
            None => format!("a write took entry {through} from its disk, in the same term"),
        };
        let facts = [Fact::new(first).at(since), Fact::new(second)];
        let facts = facts.map(|fact| fact.by(node).entry(through));
        Failure::violation(AcknowledgedStays::PROPERTY, time, facts)
    }
}
