//! What the oracles of the log know of a server, beside its log. This module does not know how they
//! learn it.

use raftsim_node::{Index, Term};

/// What is known of a server, beside its log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// The term of its status, or of its disk if that is later.
    pub(crate) term: Term,
    /// The term in which it leads, if it does.
    pub(crate) leads: Option<Term>,
    /// The term on its disk.
    pub(crate) durable: Term,
    /// The commit index that it reported in this life, if its log ends before that; otherwise 0.
    pub(crate) unwritten: Index,
    /// Whether a write since it last spoke may be one of two that belong together. Such a write
    /// changed the snapshot, or left an entry of a later term than the disk's.
    pub(crate) apart: bool,
}

impl Known {
    /// The term in which it answers: a server that leads does so in its term, even if its disk is
    /// ahead.
    pub(crate) fn current(&self) -> Term {
        self.leads.unwrap_or(self.term)
    }
}
