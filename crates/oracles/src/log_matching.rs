//! Log Matching: if two logs contain an entry with the same index and term, then the logs are
//! identical in all entries up through the given index (Figure 3, §5.3).

use std::collections::{BTreeMap, VecDeque};

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::log::{Entry, Log};

/// Remembers, for each index and term, the first entry that any disk held: its command and the term
/// of the entry before it. Each entry that is written is compared with the remembered one; by
/// induction, whole logs are.
///
/// Two disks need not hold an entry at the same time. In Raft an index and a term always name the
/// same entry, since the leader of that term appended it once, to a log that it never changed.
///
/// Memory grows with the log, by one reference-counted command for each entry; entries that every
/// disk has compacted are forgotten.
///
/// Invariants: the entries of `spine` have the indexes from `first` on, without a gap; each index
/// and term is remembered once, in `spine` or in `beside`.
#[derive(Clone, Debug, Default)]
pub struct LogMatching {
    /// For each index, the first entry that was seen there.
    spine: VecDeque<Known>,
    /// The index of the first entry of `spine`.
    first: Index,
    /// All other entries. Changes of leaders make few. But a log that begins after the end of
    /// `spine` puts all its entries here; at the index where `spine` reaches the first of them, it
    /// ends, and later entries are put here until `spine` is compacted and begins anew.
    beside: BTreeMap<(Index, Term), Known>,
    judged: u64,
}

#[derive(Clone, Debug)]
struct Known {
    entry: Entry,
    /// The term of the entry before it, if a disk has shown that.
    before: Option<Term>,
    /// The server whose disk held it first.
    node: NodeId,
}

impl LogMatching {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LOG_MATCHING;

    /// A write changed `node`'s log from index `from` on, and left the log `log`. `is_new` judges
    /// each entry that no disk held before, by its index, its term, and the term of the entry before
    /// it (0 if that is not known). Returns the term of the last entry; 0 if the write left none
    /// from there on.
    pub fn written(
        &mut self,
        time: Time,
        node: NodeId,
        log: &Log,
        from: Index,
        mut is_new: impl FnMut(Index, Term, Term) -> Result<(), Failure>,
    ) -> Result<Term, Failure> {
        let mut before = log.term(from - 1);
        let mut last = 0;
        for index in from..=log.last_index() {
            let entry = log.get(index).expect("an index within the log");
            if self.judge(time, node, index, entry, before)? {
                is_new(index, entry.term, before.unwrap_or(0))?;
            }
            last = entry.term;
            before = Some(last);
        }
        Ok(last)
    }

    /// `node`'s snapshot ends with the entry `last`, whose term is `term`, if that is known. So the
    /// next entry, if the log has it, follows that one, although it may have been written after
    /// another.
    pub fn compacted_through(
        &mut self,
        time: Time,
        node: NodeId,
        log: &Log,
        (last, term): (Index, Option<Term>),
    ) -> Result<(), Failure> {
        let next = last.saturating_add(1);
        let Some(entry) = log.get(next) else { return Ok(()) };
        self.judge(time, node, next, entry, term).map(drop)
    }

    /// Judges an entry of `node`'s log, which follows an entry of the term `before`, if that is
    /// known. Returns whether no disk held it before.
    fn judge(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        entry: &Entry,
        before: Option<Term>,
    ) -> Result<bool, Failure> {
        self.judged += 1;
        if let Some(known) = self.known(index, entry.term) {
            return known.judge(time, node, index, entry, before).map(|()| false);
        }
        // If every log began after it, it is one that was forgotten.
        let is_new = index >= self.first;
        self.remember(index, Known { entry: entry.clone(), before, node });
        Ok(is_new)
    }

    fn known(&mut self, index: Index, term: Term) -> Option<&mut Known> {
        let place = index.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        let in_spine = place.and_then(|place| self.spine.get_mut(place));
        match in_spine.filter(|known| known.entry.term == term) {
            None if self.beside.is_empty() => None,
            None => self.beside.get_mut(&(index, term)),
            known => known,
        }
    }

    /// Remembers an entry, the first with this index and term.
    fn remember(&mut self, index: Index, known: Known) {
        if self.spine.is_empty() {
            self.first = index;
        }
        if index == self.first + self.spine.len() as Index {
            self.spine.push_back(known);
        } else {
            let same = self.beside.insert((index, known.entry.term), known);
            assert!(same.is_none(), "an index and a term are remembered once");
        }
    }

    /// Forgets entries before `first`: no disk's log begins before it any more.
    pub fn compacted(&mut self, first: Index) {
        while self.first < first && self.spine.pop_front().is_some() {
            self.first += 1;
        }
        while self.beside.first_key_value().is_some_and(|(&(index, _), _)| index < first) {
            self.beside.pop_first();
        }
    }

    /// The number of entries that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

impl Known {
    fn judge(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        entry: &Entry,
        before: Option<Term>,
    ) -> Result<(), Failure> {
        let first = self.node;
        if self.entry.command != entry.command {
            let facts = [
                format!("{first}'s disk held {}", self.entry.at(index)),
                format!("{node}'s disk holds {}", entry.at(index)),
            ];
            return Err(self.broken(time, node, index, facts));
        }
        let (Some(known), Some(seen)) = (self.before, before) else {
            self.before = self.before.or(before);
            return Ok(());
        };
        if known == seen {
            return Ok(());
        }
        let (here, before) = (format!("{index}@{}", entry.term), index - 1);
        let facts = [
            format!("{first}'s disk held {here} after {before}@{known}"),
            format!("{node}'s disk holds {here} after {before}@{seen}"),
        ];
        Err(self.broken(time, node, index, facts))
    }

    /// The failure of `node`'s entry at `index`, which differs from the known one as these facts
    /// say.
    #[cold]
    fn broken(&self, time: Time, node: NodeId, index: Index, facts: [String; 2]) -> Failure {
        let [held, holds] = facts.map(|text| Fact::new(text).entry(index));
        let facts = [held.by(self.node), holds.by(node)];
        Failure::violation(LogMatching::PROPERTY, time, facts)
    }
}
