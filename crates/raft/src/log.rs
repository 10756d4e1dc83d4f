//! The log: entries by index, the first of them perhaps folded into a snapshot. It knows nothing of
//! leaders, commits and disks.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use raftsim_node::{Command, Index, Term};

/// One log entry (Figure 2). Its index is its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term in which a leader received it.
    pub term: Term,
    /// What a client asked for.
    pub command: Command,
}

/// Entries on their way to a follower or a disk. Cheap to clone; none of them costs no allocation.
///
/// Invariant: `Some` holds at least one entry.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries(Option<Arc<[Entry]>>);

impl Entries {
    /// No entries: a heartbeat's.
    pub const NONE: Self = Self(None);
}

impl Deref for Entries {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl From<&[Entry]> for Entries {
    fn from(entries: &[Entry]) -> Self {
        Self((!entries.is_empty()).then(|| Arc::from(entries)))
    }
}

impl fmt::Debug for Entries {
    /// As a list.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

/// The log. Indexes count from 1 without a gap; index 0, in term 0, stands before the first entry.
///
/// Invariant: terms never fall from one entry to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// The index and term of the last entry that is folded into a snapshot; 0, 0 before one is.
    base: (Index, Term),
    /// The entries after it.
    entries: VecDeque<Entry>,
}

impl Log {
    /// The log that holds these, the first at index 1.
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        Self { base: (0, 0), entries: entries.into() }
    }

    /// The index of the last entry that is folded, or 0.
    pub(crate) const fn base_index(&self) -> Index {
        self.base.0
    }

    /// The index of the last entry, or 0.
    pub(crate) fn last_index(&self) -> Index {
        self.base.0 + self.entries.len() as Index
    }

    /// Whether `index` is the index of the last entry, or 0 and there is none.
    pub(crate) fn ends_at(&self, index: Index) -> bool {
        index.wrapping_sub(self.base.0) == self.entries.len() as Index
    }

    /// The term of the last entry, or 0.
    pub(crate) fn last_term(&self) -> Term {
        self.entries.back().map_or(self.base.1, |entry| entry.term)
    }

    /// The term of the entry at `index`, the last folded one included; none beyond either end.
    pub(crate) fn term_at(&self, index: Index) -> Option<Term> {
        if index == self.base.0 {
            return Some(self.base.1);
        }
        self.entry(index).map(|entry| entry.term)
    }

    /// The entry at `index`, if it is here.
    pub(crate) fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(self.place(index)?)
    }

    /// All entries that are here, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The `count` entries from `index` on, which are all here.
    pub(crate) fn entries_from(&self, index: Index, count: usize) -> Entries {
        if count == 0 {
            return Entries::NONE;
        }
        let place = self.place(index).expect("entries are sent from behind the snapshot");
        Entries(Some(self.entries.range(place..place + count).cloned().collect()))
    }

    /// Puts entries in at `index`, which is here or next; what stood there and after is cut off.
    pub(crate) fn replace_from(&mut self, index: Index, entries: &[Entry]) {
        let place = self.place(index).expect("entries are put behind the snapshot");
        assert!(place <= self.entries.len(), "the log has no gap");
        self.entries.truncate(place);
        // Most writes bring one entry or two: that is soon done one by one.
        for entry in entries {
            self.entries.push_back(entry.clone());
        }
    }

    /// Folds every entry through `index` into a snapshot. What follows stays if this log has that
    /// entry in that term, and goes otherwise (Figure 13, `InstallSnapshot` RPC 6, 7). Says whether
    /// it stayed.
    pub(crate) fn compact(&mut self, index: Index, term: Term) -> bool {
        let stays = self.term_at(index) == Some(term);
        if stays {
            // IS.6: what follows the snapshot's last entry is still good.
            let compacted = self.place(index + 1).expect("it is not below the snapshot");
            self.entries.drain(..compacted);
        } else {
            // IS.7: another log's entries, or none.
            self.entries.clear();
        }
        self.base = (index, term);
        stays
    }

    /// The first index, of those that are here, whose entry has the term of the entry at `index`.
    pub(crate) fn first_index_of_term_at(&self, index: Index) -> Index {
        let Some(term) = self.term_at(index) else { return index };
        // Terms never fall: the search may halve.
        let before = self.entries.partition_point(|entry| entry.term < term);
        self.base.0 + 1 + before as Index
    }

    /// The last index whose entry has `term`, if one has.
    pub(crate) fn last_index_of_term(&self, term: Term) -> Option<Index> {
        let through = self.entries.partition_point(|entry| entry.term <= term);
        let index = self.base.0 + through as Index;
        (self.term_at(index) == Some(term)).then_some(index)
    }

    /// Whether a log that ends in `last_log_index`, `last_log_term` is at least as up-to-date as
    /// this one (§5.4.1): a later last term wins; in the same term, the longer log.
    pub(crate) fn is_matched_by(&self, last_log_index: Index, last_log_term: Term) -> bool {
        (last_log_term, last_log_index) >= (self.last_term(), self.last_index())
    }

    /// Where the entry at `index` stands, or would stand; none if it is folded.
    fn place(&self, index: Index) -> Option<usize> {
        usize::try_from(index.checked_sub(self.base.0)?.checked_sub(1)?).ok()
    }
}
