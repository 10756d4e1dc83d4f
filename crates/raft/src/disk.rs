//! What survives a crash: Figure 2's persistent state, and Figure 13's snapshot.

use alloc::vec::Vec;

use raftsim_node::{self as node, Command, Digest, Index, NodeId, Snapshot, Term, Touched, View};

use crate::log::{Entries, Entry, Log};

/// A server's durable state. The default is the disk of a server that has never run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    vote: Vote,
    log: Log,
    snapshot: Option<Snapshot>,
}

/// The current term, and the vote in it.
#[derive(Clone, Copy, Debug, Default, Eq)]
pub struct Vote {
    /// `currentTerm`.
    pub current_term: Term,
    /// `votedFor`, in that term.
    pub voted_for: Option<NodeId>,
}

impl PartialEq for Vote {
    /// As derived, but without a branch for a missing vote: every step compares votes several
    /// times.
    fn eq(&self, other: &Self) -> bool {
        self.current_term == other.current_term && self.candidate() == other.candidate()
    }
}

impl Vote {
    /// Whether the vote is for `candidate`.
    pub(crate) fn is_for(self, candidate: NodeId) -> bool {
        self.candidate() == candidate.number()
    }

    /// The number of the server that has the vote, or 0 if none has.
    fn candidate(self) -> u8 {
        self.voted_for.map_or(0, NodeId::number)
    }
}

/// One atomic change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The term and the vote, in one write: a crash between two writes could leave the vote of one
    /// term in another.
    Vote(Vote),
    /// Entries, the first of them at index `from`. Entries that were there and after are removed.
    Entries {
        /// In the log, or one after its last entry.
        from: Index,
        /// At least one.
        entries: Entries,
    },
    /// A snapshot, which takes the place of the log through its index. The entries after it stay if
    /// the log has the snapshot's last entry, and are removed otherwise (Figure 13, receiver 6 and
    /// 7). It is one write: a crash between two could leave a log without its beginning.
    Snapshot(Snapshot),
}

impl Disk {
    /// The disk of a server that has run before, with the first entry of `log` at index 1. It is
    /// for tests that begin in the middle, like the paper's Figures 7 and 8.
    pub fn new(current_term: Term, voted_for: Option<NodeId>, log: Vec<Entry>) -> Self {
        Self { vote: Vote { current_term, voted_for }, log: Log::new(log), snapshot: None }
    }

    /// The term and the vote as they were written last.
    pub(crate) const fn vote(&self) -> Vote {
        self.vote
    }

    /// The log as it was written last.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }
}

impl node::Disk for Disk {
    type Write = Write;

    fn write(&mut self, write: Write) -> Touched {
        match write {
            Write::Vote(vote) => {
                self.vote = vote;
                Touched::VOTE
            }
            Write::Entries { from, entries } => {
                self.log.replace_from(from, &entries);
                Touched { log_from: Some(from), ..Touched::NONE }
            }
            Write::Snapshot(snapshot) => {
                let after = snapshot.index + 1;
                let stays = self.log.compact(snapshot.index, snapshot.known_term());
                self.snapshot = Some(snapshot);
                let log_from = (!stays).then_some(after);
                Touched { snapshot: true, log_from, ..Touched::NONE }
            }
        }
    }

    /// Eight bytes for the term and one for the vote; sixteen for the snapshot's index and term, if
    /// there is a snapshot; for each entry eight for its term, four for the length of its command,
    /// and the command.
    fn state_bytes(&self) -> usize {
        let log: usize = self.log.entries().map(|entry| 12 + entry.command.len()).sum();
        9 + if self.snapshot.is_some() { 16 } else { 0 } + log
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }

    fn digest(write: &Write, digest: &mut Digest) {
        match write {
            // The vote is in the low byte, where 0 means none: no server has number 0.
            Write::Vote(vote) => {
                let candidate = vote.voted_for.map_or(0, |id| u64::from(id.number()));
                digest.pair(vote.current_term, 1 << 8 | candidate);
            }
            Write::Entries { from, entries } => {
                digest.pair(*from, 2 << 8);
                digest.word(entries.len() as u64);
                for entry in entries.iter() {
                    digest.word(entry.term);
                    digest.bytes(&entry.command);
                }
            }
            Write::Snapshot(snapshot) => {
                digest.pair(snapshot.index, 3 << 8);
                digest.word(snapshot.known_term());
                digest.bytes(&snapshot.data);
            }
        }
    }
}

impl View for Disk {
    fn term(&self) -> Term {
        self.vote.current_term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.vote.voted_for
    }

    fn first_index(&self) -> Index {
        self.log.base_index() + 1
    }

    fn last_index(&self) -> Index {
        self.log.last_index()
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        self.log.entry(index).map(|entry| (entry.term, Some(&entry.command)))
    }
}
