//! The log. Its first entry has index 1; index 0 stands before it, in term 0.
//!
//! New in this part: it remembers from which index on it was changed.

use raftsim::{Command, Index, Term};

#[derive(Clone, Debug)]
pub struct Entry {
    pub term: Term,
    pub command: Command,
}

#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: Vec<Entry>,
    /// The first index that may differ from what is on disk.
    changed_from: Option<Index>,
}

impl Log {
    /// A log with these entries, which are on disk.
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries, changed_from: None }
    }

    pub fn last_index(&self) -> Index {
        self.entries.len() as Index
    }

    pub fn last_term(&self) -> Term {
        self.entries.last().map_or(0, |entry| entry.term)
    }

    pub fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(index.checked_sub(1)? as usize)
    }

    /// The term at `index`: 0 at index 0, and `None` after the log's end.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index == 0 { Some(0) } else { Some(self.entry(index)?.term) }
    }

    /// Whether the log has an entry of this term at `index`. Every log has index 0.
    pub fn has(&self, index: Index, term: Term) -> bool {
        self.term_at(index) == Some(term)
    }

    /// The entries from index `first` on.
    pub fn entries_from(&self, first: Index) -> Vec<Entry> {
        self.entries[first as usize - 1..].to_vec()
    }

    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.change(self.last_index());
    }

    /// Removes the entry at index `first`, if there is one, and all entries after it.
    pub fn cut(&mut self, first: Index) {
        if first <= self.last_index() {
            self.entries.truncate(first as usize - 1);
            self.change(first);
        }
    }

    /// What was changed since this was last asked: the first index, and the entries from there on.
    pub fn take_changed(&mut self) -> Option<(Index, Vec<Entry>)> {
        let first = self.changed_from.take()?;
        Some((first, self.entries_from(first)))
    }

    fn change(&mut self, first: Index) {
        self.changed_from = Some(self.changed_from.map_or(first, |earlier| earlier.min(first)));
    }
}
