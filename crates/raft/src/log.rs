//! The log: entries by index, of which a snapshot may have taken the place of the first ones. It
//! knows nothing of leaders, commits and disks.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use raftsim_node::{Command, Index, Term};

/// One log entry (Figure 2). Its index is its position in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that received it from a client.
    pub term: Term,
    /// What the client asked for.
    pub command: Command,
}

/// A list of entries on its way to a follower or a disk. Clones share the entries, and an empty
/// list allocates nothing.
///
/// Invariant: `Some` holds at least one entry.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries(Option<Arc<[Entry]>>);

impl Entries {
    /// The empty list, as a heartbeat carries it.
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
    /// As a slice of entries prints.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

/// A server's log: entries in order, each with its index. A snapshot may have taken the place of
/// the first ones.
///
/// For example, a log whose first three entries are compacted:
///
/// | index | term | command | where it is |
/// |------:|-----:|---------|-------------|
/// | 0 | 0 | | before the first entry |
/// | 1 | 1 | `x=1` | in the snapshot |
/// | 2 | 1 | `y=2` | in the snapshot |
/// | 3 | 2 | `x=3` | in the snapshot, and `base` is (3, 2) |
/// | 4 | 2 | `z=4` | `entries[0]` |
/// | 5 | 4 | `y=5` | `entries[1]`, the last entry |
///
/// No entry is of term 3: no server won its election, or its leader received no command.
///
/// Invariants of a log by itself:
///
/// - Indexes count up from 1, one by one. Index 0, in term 0, stands before the first entry.
/// - From one index to the next the term stays or rises, also from `base` to the first entry.
/// - `base` is the last compacted entry, and (0, 0) if none is. No entry at or before it is here.
///
/// Invariants that the server keeps, which changes the log ([`crate::Raft`]):
///
/// - An entry is appended only after the entry that precedes it in the leader's log (AE.2). So if
///   two logs have an entry of the same index and term, they are the same through it (Figure 3, Log
///   Matching).
/// - A committed entry is never removed, only compacted once it is applied (AE.3, SN.1).
/// - `base` never goes back (SN.1, IS.5).
/// - No entry is of a later term than the server's.
/// - The log on disk is the same as soon as the actions of a step are done (DU.2).
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// The index and the term of the last compacted entry, or (0, 0).
    base: (Index, Term),
    /// The entries after it.
    entries: VecDeque<Entry>,
}

impl Log {
    /// A log of `entries`, the first at index 1.
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        Self { base: (0, 0), entries: entries.into() }
    }

    /// The index and the term of the last compacted entry, or (0, 0).
    pub(crate) const fn base(&self) -> (Index, Term) {
        self.base
    }

    /// The index of the last compacted entry, or 0.
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

    /// The term of the entry at `index`, if it is here or the last compacted one.
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

    /// The `count` entries from `index` on, all of which must be here.
    pub(crate) fn entries_from(&self, index: Index, count: usize) -> Entries {
        if count == 0 {
            return Entries::NONE;
        }
        let place = self.place(index).expect("entries that are sent are not compacted");
        Entries(Some(self.entries.range(place..place + count).cloned().collect()))
    }

    /// Puts `entries` into the log, the first at `index`, which must be in the log or one after its
    /// last. Entries that were there and after are removed.
    pub(crate) fn replace_from(&mut self, index: Index, entries: &[Entry]) {
        let place = self.place(index).expect("entries that are written are not compacted");
        assert!(place <= self.entries.len(), "the log has no gap");
        if place < self.entries.len() {
            self.entries.truncate(place);
        }
        // Most writes bring one entry or two, for which a loop is fastest.
        for entry in entries {
            self.entries.push_back(entry.clone());
        }
    }

    /// Compacts the log through `index`, whose entry is of `term`. The entries after it stay if
    /// this log has that entry, and are removed otherwise (Figure 13, receiver 6 and 7). Returns
    /// whether they stay.
    pub(crate) fn compact(&mut self, index: Index, term: Term) -> bool {
        let stays = self.term_at(index) == Some(term);
        if stays {
            // IS.6: the log has the snapshot's last entry, so the entries after it stay.
            let compacted = self.place(index + 1).expect("an entry that is here is not compacted");
            self.entries.drain(..compacted);
        } else {
            // IS.7: the log does not have the snapshot's last entry, so all of it is discarded.
            self.entries.clear();
        }
        self.base = (index, term);
        stays
    }

    /// The index of the first entry here that has the term of the entry at `index`.
    pub(crate) fn first_index_of_term_at(&self, index: Index) -> Index {
        let Some(term) = self.term_at(index) else { return index };
        // Terms never fall, so binary search finds it.
        let before = self.entries.partition_point(|entry| entry.term < term);
        self.base.0 + 1 + before as Index
    }

    /// The index of the last entry that has `term`, if one has.
    pub(crate) fn last_index_of_term(&self, term: Term) -> Option<Index> {
        let through = self.entries.partition_point(|entry| entry.term <= term);
        let index = self.base.0 + through as Index;
        (self.term_at(index) == Some(term)).then_some(index)
    }

    /// Whether a log whose last entry has this index and term is at least as up-to-date as this one
    /// (§5.4.1): the later last term wins, and with equal terms the longer log.
    pub(crate) fn is_matched_by(&self, last_log_index: Index, last_log_term: Term) -> bool {
        (last_log_term, last_log_index) >= (self.last_term(), self.last_index())
    }

    /// The place in `entries` of the entry at `index`, if it is not compacted. It may be beyond the
    /// end.
    fn place(&self, index: Index) -> Option<usize> {
        usize::try_from(index.checked_sub(self.base.0)?.checked_sub(1)?).ok()
    }
}
