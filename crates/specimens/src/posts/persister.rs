//! The state that survives a crash: the term and the vote, always written together.

use raftsim_node::{Command, Digest, Disk, Index, NodeId, Term, Touched, View};

/// Figure 2's persistent state without the log, which stays empty here. As in the lab's
/// `Persister`, one write replaces it all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persister {
    /// `currentTerm`.
    pub current_term: Term,
    /// `votedFor`; `None` is the Go code's -1.
    pub voted_for: Option<NodeId>,
}

#[doc(hidden)]
impl Disk for Persister {
    type Write = Self;

    fn write(&mut self, write: Self) -> Touched {
        *self = write;
        Touched::VOTE
    }

    /// Eight bytes for the term and eight for the vote.
    fn state_bytes(&self) -> usize {
        16
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }

    fn digest(write: &Self, digest: &mut Digest) {
        digest.word(write.current_term);
        // Servers are numbered from 1, so 0 is free to mean "nobody".
        digest.word(write.voted_for.map_or(0, |candidate| u64::from(candidate.number())));
    }
}

impl View for Persister {
    fn term(&self) -> Term {
        self.current_term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    fn last_index(&self) -> Index {
        0
    }

    fn entry(&self, _index: Index) -> Option<(Term, Option<&Command>)> {
        None
    }
}
