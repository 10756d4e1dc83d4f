//! Log Matching: if two logs contain an entry with the same index and term, then the logs are
//! identical in all entries up through the given index (Figure 3, §5.3).

use std::collections::{BTreeMap, VecDeque};

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::log::{Entry, Log};

/// Remembers every entry that any disk ever held: the first of an index and a term stands for all,
/// with its command and the term of the entry before it. Each entry that is written is held against
/// that, so by induction whole logs are.
///
/// Two disks need not hold an entry at one time: in Raft an index and a term name one entry for
/// good, since the leader of that term made it once, behind a log that it never changed.
///
/// Memory grows with the log, by one reference-counted command an entry; what every disk has
/// compacted is forgotten.
#[derive(Clone, Debug, Default)]
pub struct LogMatching {
    /// The first entry that was seen at each index, without a gap.
    spine: VecDeque<Known>,
    /// The index of the spine's first.
    first: Index,
    /// All others. Changes of leaders make few; but a log that begins beyond the spine's end brings
    /// whatever it holds, and where the spine meets that it ends: all that comes later is here,
    /// until the spine is compacted and begins anew.
    beside: BTreeMap<(Index, Term), Known>,
    judged: u64,
}

#[derive(Clone, Debug)]
struct Known {
    entry: Entry,
    /// The term of the entry before it, if a disk could tell.
    behind: Option<Term>,
    node: NodeId,
}

impl LogMatching {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LOG_MATCHING;

    /// A write changed `node`'s log from index `from` on, and left it so.
    pub fn written(
        &mut self,
        time: Time,
        node: NodeId,
        log: &Log,
        from: Index,
    ) -> Result<(), Failure> {
        let mut behind = log.term(from - 1);
        for index in from..=log.last_index() {
            let entry = log.get(index).expect("an index within the log");
            self.judge(time, node, index, entry, behind)?;
            behind = Some(entry.term);
        }
        Ok(())
    }

    /// `node`'s snapshot ends with this entry, its index and term: the next one, if its log holds
    /// it, stands behind that, though it may have been written behind another.
    pub fn compacted_through(
        &mut self,
        time: Time,
        node: NodeId,
        log: &Log,
        (last, term): (Index, Term),
    ) -> Result<(), Failure> {
        let next = last.saturating_add(1);
        log.get(next).map_or(Ok(()), |entry| self.judge(time, node, next, entry, Some(term)))
    }

    /// `node`'s log holds this entry, behind one of that term.
    fn judge(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        entry: &Entry,
        behind: Option<Term>,
    ) -> Result<(), Failure> {
        self.judged += 1;
        if let Some(known) = self.known(index, entry.term) {
            return known.judge(time, node, index, entry, behind);
        }
        self.remember(index, Known { entry: entry.clone(), behind, node });
        Ok(())
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

    fn remember(&mut self, index: Index, known: Known) {
        if self.spine.is_empty() {
            self.first = index;
        }
        if index == self.first + self.spine.len() as Index {
            self.spine.push_back(known);
        } else {
            self.beside.insert((index, known.entry.term), known);
        }
    }

    /// No disk's log begins before `first` any more.
    pub fn compacted(&mut self, first: Index) {
        while self.first < first && self.spine.pop_front().is_some() {
            self.first += 1;
        }
        while self.beside.first_key_value().is_some_and(|(&(index, _), _)| index < first) {
            self.beside.pop_first();
        }
    }

    /// How many entries it judged.
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
        behind: Option<Term>,
    ) -> Result<(), Failure> {
        let first = self.node;
        if self.entry.command != entry.command {
            let facts = [
                format!("{first}'s disk held {}", self.entry.at(index)),
                format!("{node}'s disk holds {}", entry.at(index)),
            ];
            return Err(self.broken(time, node, index, facts));
        }
        let (Some(known), Some(seen)) = (self.behind, behind) else {
            self.behind = self.behind.or(behind);
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

    /// `node`'s entry at `index` is not the one that was known, as these two facts say.
    #[cold]
    fn broken(&self, time: Time, node: NodeId, index: Index, facts: [String; 2]) -> Failure {
        let [held, holds] = facts.map(|text| Fact::new(text).entry(index));
        let facts = [held.by(self.node), holds.by(node)];
        Failure::violation(LogMatching::PROPERTY, time, facts)
    }
}
