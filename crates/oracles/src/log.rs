//! Copies of the logs that disks hold, entry by entry, so that oracles know what a write changed.

use std::collections::VecDeque;
use std::fmt;
use std::iter;

use raftsim_node::{Command, Index, Term, View};

/// One entry of a log. The command is shared with the disk that holds it, not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that appended it first.
    pub term: Term,
    /// Its command; `None` for an entry that the Raft appended by itself (a no-op).
    pub command: Option<Command>,
}

impl Entry {
    /// The same entry with a borrowed command, as a disk's [`View`] shows it.
    #[inline]
    pub fn shown(&self) -> (Term, Option<&Command>) {
        (self.term, self.command.as_ref())
    }

    /// An entry with a command of its own, from one that a view shows.
    pub(crate) fn of((term, command): (Term, Option<&Command>)) -> Self {
        Self { term, command: command.cloned() }
    }

    /// The entry with its `index`: prints as `4@2 "x"`.
    pub(crate) fn at(&self, index: Index) -> Placed<'_> {
        Placed { index, term: Some(self.term), command: self.command.as_ref() }
    }
}

/// An entry and its index. Without a known term it prints as `4 "x"`.
pub(crate) struct Placed<'a> {
    pub(crate) index: Index,
    pub(crate) term: Option<Term>,
    pub(crate) command: Option<&'a Command>,
}

impl fmt::Display for Placed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.term {
            Some(term) => write!(out, "{}@{term}", self.index)?,
            None => write!(out, "{}", self.index)?,
        }
        match self.command {
            Some(command) => write!(out, " {command:?}"),
            None => out.write_str(" (no command)"),
        }
    }
}

/// A disk's log and the last entry of its snapshot, as of its last write.
///
/// The log may begin before the end of the snapshot: some Rafts keep the last entries that the
/// snapshot covers. A node may also show a log that begins after that end.
///
/// Invariants: `first` is at least 1; `entries` are those from index `first` on, without a gap.
/// After [`Log::read`] they end before the index that the disk names and does not show, if there is
/// one.
#[derive(Clone, Debug)]
pub struct Log {
    snapshot: Option<(Index, Option<Term>)>,
    first: Index,
    entries: VecDeque<Entry>,
}

/// What a write did to a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first index at which the log differs from what it was; the index after the last entry if
    /// nothing changed. Compaction is no change.
    pub from: Index,
    /// The first entry that is overwritten or gone although no snapshot covers it.
    pub lost: Option<(Index, Entry)>,
    /// An index between the first and the last that the disk names, at which it shows no entry, or
    /// at which the copy has [`Log::MOST`] entries. The copy ends before it.
    pub missing: Option<Index>,
    /// The index of the snapshot's last entry and, if it is known, its term; `None` if the write
    /// did not change the snapshot.
    pub snapshot: Option<(Index, Option<Term>)>,
}

impl Default for Log {
    fn default() -> Self {
        Self { snapshot: None, first: 1, entries: VecDeque::new() }
    }
}

impl Log {
    /// The most entries that a copy has. No run of a sane length needs as many, and a disk may show
    /// a log that never ends.
    pub const MOST: usize = 10_000_000;

    /// Whether the copy has as many entries as it may.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= Self::MOST
    }

    /// The index of the first entry, or that of the next one if there is none.
    pub fn first_index(&self) -> Index {
        self.first
    }

    /// The index of the last entry; one less than the first index if there is none.
    pub fn last_index(&self) -> Index {
        self.end() - 1
    }

    /// The index of the snapshot's last entry and, if it is known, its term; `None` if there is no
    /// snapshot.
    pub fn snapshot(&self) -> Option<(Index, Option<Term>)> {
        self.snapshot
    }

    /// The entry at `index`, if the log has it.
    #[inline]
    pub fn get(&self, index: Index) -> Option<&Entry> {
        let place = index.checked_sub(self.first)?;
        self.entries.get(usize::try_from(place).ok()?)
    }

    /// The term of the entry at `index`, if the log or the snapshot shows it; 0 at index 0.
    #[inline]
    pub fn term(&self, index: Index) -> Option<Term> {
        let compacted =
            || self.snapshot.filter(|&(last, _)| last == index).and_then(|(_, term)| term);
        let entry = self.get(index).map(|entry| entry.term);
        entry.or_else(compacted).or((index == 0).then_some(0))
    }

    /// The term of the last entry, if the log has any.
    #[inline]
    pub fn last_term(&self) -> Option<Term> {
        self.entries.back().map(|entry| entry.term)
    }

    /// Reads a disk again after a write, and returns what changed. `from` is the index from which
    /// the write reports to have changed the log (`None`: it did not); `snapshot` is the index and
    /// term of the last entry of the disk's snapshot. Entries that the copy already has are
    /// compared, not copied, so that a `from` that is too low costs time alone. Entries after the
    /// end of the copy are read in any case.
    pub fn read(
        &mut self,
        view: &dyn View,
        snapshot: Option<(Index, Option<Term>)>,
        from: Option<Index>,
    ) -> Change {
        let moved = snapshot.filter(|_| snapshot != self.snapshot);
        self.snapshot = snapshot;
        let first = view.first_index().max(1);
        let mut change = Change { from: Index::MAX, lost: None, missing: None, snapshot: moved };
        let before = if first < self.first {
            // The log begins earlier than before: it is read anew.
            Some(std::mem::replace(self, Self { snapshot, first, entries: VecDeque::new() }))
        } else {
            change.lost = self.forget(first);
            None
        };
        self.copy(view, from, &mut change);
        if let Some(before) = before {
            change.lost = before.first_lost_in(self);
        }
        change.from = change.from.min(self.end());
        assert!(self.first >= 1, "the first entry has index 1");
        assert!(
            change.missing.is_none_or(|missing| missing == self.end()),
            "a copy ends before the first entry that is not shown"
        );
        change
    }

    /// Reads the entries from `from` on, and those after the end of the copy.
    fn copy(&mut self, view: &dyn View, from: Option<Index>, change: &mut Change) {
        let after = view.last_index().saturating_add(1);
        let from = from.unwrap_or(Index::MAX).min(self.end()).min(after);
        let full = self.first.saturating_add(Self::MOST as Index);
        let from = from.max(self.first);
        let mut index = from + self.unchanged(view, from, after);
        while index < after {
            let Some(shown) = view.entry(index).filter(|_| index < full) else {
                change.missing = Some(index);
                break;
            };
            if self.get(index).map(Entry::shown) != Some(shown) {
                change.from = change.from.min(index);
                self.put(index, shown, &mut change.lost);
            }
            index += 1;
        }
        if index < self.end() {
            change.from = change.from.min(index);
            let gone = (index..self.end()).find(|&index| !self.is_compacted(index));
            let gone = gone.and_then(|index| Some((index, self.get(index)?.clone())));
            change.lost = change.lost.take().or(gone);
            self.entries.truncate(self.place(index));
        }
    }

    /// How many entries from the index `from` on are the same in the copy as in the view, which
    /// ends before `after`. A disk that is written as a whole is compared in full at each write.
    fn unchanged(&self, view: &dyn View, from: Index, after: Index) -> Index {
        let same = |(index, entry): &(Index, &Entry)| view.entry(*index) == Some(entry.shown());
        let known = self.entries.range(self.place(from).min(self.entries.len())..);
        (from..after).zip(known).take_while(same).count() as Index
    }

    /// One past the last index.
    fn end(&self) -> Index {
        self.first + self.entries.len() as Index
    }

    fn place(&self, index: Index) -> usize {
        usize::try_from(index - self.first).expect("an index within the log is a place in memory")
    }

    fn is_compacted(&self, index: Index) -> bool {
        self.snapshot.is_some_and(|(last, _)| index <= last)
    }

    /// Forgets the entries before `first`, at which the log begins now. Returns the first of them
    /// that no snapshot covers.
    fn forget(&mut self, first: Index) -> Option<(Index, Entry)> {
        if first == self.first {
            return None;
        }
        // A disk may name any index: the sum must not overflow.
        let kept_from = self.snapshot.map_or(0, |(last, _)| last).saturating_add(1);
        let index = kept_from.max(self.first);
        let lost = self.get(index).filter(|_| index < first).map(|entry| (index, entry.clone()));
        let gone = (first - self.first).min(self.entries.len() as Index);
        self.entries.drain(..usize::try_from(gone).expect("at most all entries"));
        self.first = first;
        lost
    }

    /// The first entry that is overwritten or gone in a `later` state of this log, although no
    /// snapshot covers it.
    fn first_lost_in(&self, later: &Self) -> Option<(Index, Entry)> {
        let is_lost = |&(index, entry): &(Index, &Entry)| match later.get(index) {
            Some(now) => now != entry,
            None => !later.is_compacted(index),
        };
        let lost = (self.first..).zip(&self.entries).find(is_lost);
        lost.map(|(index, entry)| (index, entry.clone()))
    }

    /// Puts an entry into a place of the log, or after the last one. The first entry that is
    /// overwritten goes to `lost`.
    #[inline]
    fn put(
        &mut self,
        index: Index,
        shown: (Term, Option<&Command>),
        lost: &mut Option<(Index, Entry)>,
    ) {
        if index == self.end() {
            // The room is reserved first, and the entry is then made in its place.
            self.entries.extend(iter::once_with(|| Entry::of(shown)));
            return;
        }
        let place = self.place(index);
        let old = std::mem::replace(&mut self.entries[place], Entry::of(shown));
        lost.get_or_insert((index, old));
    }
}
