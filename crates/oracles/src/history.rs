//! The one committed history of a run.

use raftsim_node::{Command, Index, NodeId, Term, Time};
use raftsim_sim::Fact;

use crate::log::{Log, Placed};

/// What was committed, by index: each entry as the first server had it that applied it or reported
/// it to be committed. It keeps everything: memory grows with the run, by one reference-counted
/// command for each entry.
///
/// Invariants: there is an entry for each index from 1 to the last; the terms of `milestones`
/// ascend, and so do the indexes, the last of which is the last index of the history.
#[derive(Clone, Debug, Default)]
pub struct History {
    committed: Vec<Committed>,
    /// How many of them have no known term.
    termless: usize,
    /// Terms and indexes: through which index entries were seen to be committed by servers of at
    /// most that term.
    milestones: Vec<(Term, Index)>,
}

/// An entry of the committed history.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Its term, once a server has shown it.
    pub term: Option<Term>,
    /// Its command; `None` for an entry that the Raft appended by itself (a no-op).
    pub command: Option<Command>,
    /// The term of the server `by` at that time: the leader that committed the entry had this term,
    /// or an earlier one.
    pub within: Term,
    /// The server that showed the entry first.
    pub by: NodeId,
    /// When it showed the entry.
    pub since: Time,
}

impl Committed {
    /// Whether the entry can have this term: it is equal, or one of the two is not known.
    pub fn may_have(&self, term: Option<Term>) -> bool {
        self.term.is_none() || term.is_none() || self.term == term
    }
}

impl History {
    /// The index of the last committed entry; 0 if there is none.
    pub fn last_index(&self) -> Index {
        self.committed.len() as Index
    }

    /// All committed entries, from index 1 on.
    pub fn committed(&self) -> &[Committed] {
        &self.committed
    }

    /// The entry that is committed at `index`, if one is.
    #[inline]
    pub fn get(&self, index: Index) -> Option<&Committed> {
        self.committed.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// Adds the next entry.
    pub fn push(&mut self, committed: Committed) {
        let within = committed.within;
        self.termless += usize::from(committed.term.is_none());
        self.committed.push(committed);
        // The leader that committed this entry committed all entries before it.
        while self.milestones.last().is_some_and(|&(term, _)| term >= within) {
            self.milestones.pop();
        }
        self.milestones.push((within, self.last_index()));
        if let [.., (term, index), (last_term, last_index)] = *self.milestones {
            assert!(term < last_term, "the terms of milestones ascend");
            assert!(index < last_index, "the indexes of milestones ascend");
        }
    }

    /// A server shows that the entry at `index`, if it is committed, has this `term`, if the server
    /// knows it.
    #[inline]
    pub fn learn(&mut self, index: Index, term: Option<Term>) {
        if self.termless > 0 && term.is_some() {
            self.keep_term(index, term);
        }
    }

    #[cold]
    fn keep_term(&mut self, index: Index, term: Option<Term>) {
        let place = index.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let committed = place.and_then(|place| self.committed.get_mut(place));
        if let Some(committed) = committed.filter(|committed| committed.term.is_none()) {
            committed.term = term;
            self.termless -= 1;
        }
    }

    /// The last index that is known to be committed by a leader of an earlier term than `term`; 0
    /// if there is none.
    pub fn before(&self, term: Term) -> Index {
        let earlier = self.milestones.partition_point(|&(within, _)| within < term);
        earlier.checked_sub(1).map_or(0, |last| self.milestones[last].1)
    }

    /// The index through which a log's snapshot covers this history: that of the snapshot's last
    /// entry, if the history has an entry there that can be of the same term; otherwise 0.
    pub fn covered(&self, log: &Log) -> Index {
        let is_known = |&(index, term): &(Index, Option<Term>)| {
            self.get(index).is_some_and(|committed| committed.may_have(term))
        };
        log.snapshot().filter(is_known).map_or(0, |(index, _)| index)
    }

    /// Whether a log has, at `index`, the entry that is committed there.
    #[inline]
    pub fn agrees(&self, log: &Log, index: Index) -> bool {
        match (log.get(index), self.get(index)) {
            (Some(entry), Some(committed)) => {
                committed.may_have(Some(entry.term)) && entry.command == committed.command
            }
            (None, _) | (_, None) => false,
        }
    }

    /// The index through which a log agrees with this history, given that it does through `index`.
    #[inline(never)]
    pub fn agrees_through(&self, log: &Log, mut index: Index) -> Index {
        while self.agrees(log, index + 1) {
            index += 1;
        }
        index
    }

    /// The fact that the entry at `index` is committed.
    pub(crate) fn reported(&self, index: Index) -> Fact {
        let committed = self.get(index).expect("it is committed");
        let Committed { term, ref command, within, ref by, ref since } = *committed;
        let entry = Placed { index, term, command: command.as_ref() };
        let text = format!("{entry} is committed, as {by} in term {within} showed at {since}");
        Fact::new(text).by(*by).at(*since).entry(index)
    }
}
