//! The log: entries by index. It knows nothing of leaders, commits and disks.

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

/// Entries on their way to a follower. Cheap to clone; none of them costs no allocation.
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Log {
    entries: Vec<Entry>,
}

impl Log {
    /// The log that holds these, the first at index 1.
    pub(crate) const fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    /// The index of the last entry, or 0.
    pub(crate) const fn last_index(&self) -> Index {
        self.entries.len() as Index
    }

    /// The term of the last entry, or 0.
    pub(crate) fn last_term(&self) -> Term {
        self.entries.last().map_or(0, |entry| entry.term)
    }

    /// The term of the entry at `index`; none beyond the end.
    pub(crate) fn term_at(&self, index: Index) -> Option<Term> {
        if index == 0 { Some(0) } else { self.entry(index).map(|entry| entry.term) }
    }

    /// The entry at `index`, if there is one.
    pub(crate) fn entry(&self, index: Index) -> Option<&Entry> {
        let place = usize::try_from(index.checked_sub(1)?).ok()?;
        self.entries.get(place)
    }

    /// All entries, in order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a log that ends in `last_log_index`, `last_log_term` is at least as up-to-date as
    /// this one (§5.4.1): a later last term wins; in the same term, the longer log.
    pub(crate) fn is_matched_by(&self, last_log_index: Index, last_log_term: Term) -> bool {
        (last_log_term, last_log_index) >= (self.last_term(), self.last_index())
    }
}
