//! The one committed history of a run.

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::Fact;

use crate::log::{Entry, Log};

/// What was committed, by index: each entry as the first server that applied it, or told of its
/// commit, had it. It has no holes, and keeps everything: memory grows with the run, by one
/// reference-counted command an entry.
#[derive(Clone, Debug, Default)]
pub struct History {
    committed: Vec<Committed>,
    /// Ascending both in term and in index: what was committed by the end of a term.
    milestones: Vec<(Term, Index)>,
}

/// An entry of the committed history.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The entry.
    pub entry: Entry,
    /// The term in which `by` was: the leader that committed the entry had this term, or an earlier
    /// one.
    pub within: Term,
    /// Who was first.
    pub by: NodeId,
    /// When that was.
    pub since: Time,
}

impl History {
    /// The last committed index.
    pub fn last_index(&self) -> Index {
        self.committed.len() as Index
    }

    /// The entry that is committed at `index`.
    #[inline]
    pub fn get(&self, index: Index) -> Option<&Committed> {
        self.committed.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// Adds the next entry.
    pub fn push(&mut self, committed: Committed) {
        let within = committed.within;
        self.committed.push(committed);
        // Who committed this entry committed all before it.
        while self.milestones.last().is_some_and(|&(term, _)| term >= within) {
            self.milestones.pop();
        }
        self.milestones.push((within, self.last_index()));
    }

    /// The last index known to be committed by a leader of a term before `term`.
    pub fn before(&self, term: Term) -> Index {
        let earlier = self.milestones.partition_point(|&(within, _)| within < term);
        earlier.checked_sub(1).map_or(0, |last| self.milestones[last].1)
    }

    /// Through which index a log's snapshot stands for this history: through its last entry, if
    /// that is committed in this term, else nothing.
    pub fn covered(&self, log: &Log) -> Index {
        let is_known = |&(index, term): &(Index, Term)| {
            self.get(index).is_some_and(|committed| committed.entry.term == term)
        };
        log.snapshot().filter(is_known).map_or(0, |(index, _)| index)
    }

    /// Whether a log has the very entry that is committed at `index`.
    #[inline]
    pub fn agrees(&self, log: &Log, index: Index) -> bool {
        match (log.get(index), self.get(index)) {
            (Some(entry), Some(committed)) => *entry == committed.entry,
            (None, _) | (_, None) => false,
        }
    }

    /// Whether a log holds what is committed at `index`: the entry itself, or a snapshot that
    /// stands for it.
    pub fn holds(&self, log: &Log, index: Index) -> bool {
        match log.get(index) {
            Some(_) => self.agrees(log, index),
            None => index <= self.covered(log),
        }
    }

    /// The fact that the entry at `index` is committed.
    pub(crate) fn reported(&self, index: Index) -> Fact {
        let Committed { entry, within, by, since } = self.get(index).expect("it is committed");
        let entry = entry.at(index);
        let text = format!("{entry} is committed, as {by} in term {within} showed at {since}");
        Fact::new(text).by(*by).at(*since).entry(index)
    }
}
