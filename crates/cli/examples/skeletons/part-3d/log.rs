//! The log. A snapshot may stand for its beginning: the first entry has the index after the
//! snapshot's last one. Without a snapshot that is 1, and index 0 stands before it, in term 0.
//!
//! New in this part: `base_index` and `base_term`, in all that counts indexes, and `compact`.

use raftsim::{Command, Index, Term};

#[derive(Clone, Debug)]
pub struct Entry {
    pub term: Term,
    pub command: Command,
}

#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The entry before the first one: the snapshot's last, or 0 and 0.
    base_index: Index,
    base_term: Term,
    entries: Vec<Entry>,
    /// The first index that may differ from what is on disk.
    changed_from: Option<Index>,
}

impl Log {
    /// A log with these entries after those that a snapshot stands for. All is on disk.
    pub fn new(base_index: Index, base_term: Term, entries: Vec<Entry>) -> Self {
        Self { base_index, base_term, entries, changed_from: None }
    }

    pub fn base_index(&self) -> Index {
        self.base_index
    }

    pub fn last_index(&self) -> Index {
        self.base_index + self.entries.len() as Index
    }

    pub fn last_term(&self) -> Term {
        self.entries.last().map_or(self.base_term, |entry| entry.term)
    }

    pub fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(index.checked_sub(self.base_index + 1)? as usize)
    }

    /// The term at `index`: known from the base to the log's end.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index == self.base_index { Some(self.base_term) } else { Some(self.entry(index)?.term) }
    }

    /// Whether the log has an entry of this term at `index`. Before the base that is true: a
    /// snapshot stands for committed entries, and those are the same in every log.
    pub fn has(&self, index: Index, term: Term) -> bool {
        index < self.base_index || self.term_at(index) == Some(term)
    }

    /// The entries from index `first` on, which is after the base.
    pub fn entries_from(&self, first: Index) -> Vec<Entry> {
        self.entries[self.place(first)..].to_vec()
    }

    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.change(self.last_index());
    }

    /// Removes the entry at index `first`, if there is one, and all entries after it.
    pub fn cut(&mut self, first: Index) {
        if first <= self.last_index() {
            self.entries.truncate(self.place(first));
            self.change(first);
        }
    }

    /// What was changed since this was last asked: the first index, and the entries from there on.
    pub fn take_changed(&mut self) -> Option<(Index, Vec<Entry>)> {
        let first = self.changed_from.take()?;
        Some((first, self.entries_from(first)))
    }

    /// A snapshot stands for all entries through `index`, the last of which is of this `term`.
    /// `index` is after the base.
    pub fn compact(&mut self, index: Index, term: Term) {
        // Figure 13, 6 and 7: if the log has that entry, the entries after it stay. Otherwise none
        // stays, and that is a change of what is on disk from `index + 1` on (`change`).
        todo!("3D: cut off the log's beginning")
    }

    /// The place of the entry at `index` among the entries.
    fn place(&self, index: Index) -> usize {
        (index - self.base_index - 1) as usize
    }

    fn change(&mut self, first: Index) {
        self.changed_from = Some(self.changed_from.map_or(first, |earlier| earlier.min(first)));
    }
}
