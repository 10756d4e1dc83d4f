//! What survives a crash: Figure 2's persistent state.

use alloc::vec::Vec;

use raftsim_node::{self as node, Command, Digest, Index, NodeId, Term, Touched, View};

use crate::log::{Entry, Log};

/// A server's durable state. An empty one is that of a server which never ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    current_term: Term,
    voted_for: Option<NodeId>,
    log: Log,
}

/// The one write there is: the term and the vote in it, together. In two writes, a crash between
/// them could bring a vote of one term into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// `currentTerm`.
    pub current_term: Term,
    /// `votedFor`, in that term.
    pub voted_for: Option<NodeId>,
}

impl Disk {
    /// The disk that an earlier life left behind, the log's first entry at index 1: for tests that
    /// begin in the middle, as the paper's Figures 7 and 8 do.
    pub const fn new(current_term: Term, voted_for: Option<NodeId>, log: Vec<Entry>) -> Self {
        Self { current_term, voted_for, log: Log::new(log) }
    }

    /// What was written last.
    pub(crate) const fn vote(&self) -> Write {
        Write { current_term: self.current_term, voted_for: self.voted_for }
    }

    /// The log as it was last written.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }
}

impl node::Disk for Disk {
    type Write = Write;

    fn write(&mut self, Write { current_term, voted_for }: Write) -> Touched {
        self.current_term = current_term;
        self.voted_for = voted_for;
        Touched::VOTE
    }

    /// Eight bytes for the term, one for the vote, and for each entry eight for its term, four for
    /// its command's length, and the command.
    fn state_bytes(&self) -> usize {
        let log: usize = self.log.entries().iter().map(|entry| 12 + entry.command.len()).sum();
        9 + log
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }

    fn digest(write: &Write, digest: &mut Digest) {
        // One word: the low byte holds the vote, and no server is number 0.
        let vote = write.voted_for.map_or(0, |candidate| u64::from(candidate.number()));
        digest.word(write.current_term.rotate_left(8) ^ vote);
    }
}

impl View for Disk {
    fn term(&self) -> Term {
        self.current_term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    fn last_index(&self) -> Index {
        self.log.last_index()
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        self.log.entry(index).map(|entry| (entry.term, Some(&entry.command)))
    }
}
