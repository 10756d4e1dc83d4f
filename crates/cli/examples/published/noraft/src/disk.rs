//! What survives a crash.

use noraft::{ClusterConfig, Log, LogEntries, LogEntry, LogIndex, LogPosition, Term};
use raftsim::{Digest, Disk, Index, NodeId, PlainDisk, PlainWrite, Snapshot, Touched, View};

/// A plain disk, and beside it what the crate asks to save as `voted_for`. That is the vote of the
/// term, or the term's leader once that is known. The oracles are shown the vote: a server that voted
/// for the loser of an election has not voted twice because it knows who won.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    pub(crate) plain: PlainDisk,
    voted_for: Option<NodeId>,
}

/// A write: to the plain disk, and of `voted_for` if the crate asks for it.
#[derive(Clone, Debug, Default)]
pub struct Write {
    pub(crate) plain: PlainWrite,
    pub(crate) voted_for: Option<Option<NodeId>>,
}

impl Saved {
    /// The term and the vote after the crate has asked to save both, as the oracles are shown them.
    pub(crate) fn vote(&self, term: u64, voted_for: Option<NodeId>) -> (u64, Option<NodeId>) {
        let before = self.plain.voted_for().filter(|_| self.plain.term() == term);
        (term, before.or(voted_for))
    }

    pub(crate) fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    /// The log as the crate has it. All servers vote.
    pub(crate) fn log(&self, voters: ClusterConfig) -> Log {
        let last = self.plain.snapshot().map(|it| position(it.index, it.known_term()));
        let entries = self.plain.entries(0).iter().map(|(term, command)| match command {
            Some(_) => LogEntry::Command,
            None => LogEntry::Term(Term::new(*term)),
        });
        Log::new(voters, LogEntries::from_iter(last.unwrap_or(LogPosition::ZERO), entries))
    }
}

pub(crate) fn position(index: Index, term: u64) -> LogPosition {
    LogPosition::new(Term::new(term), LogIndex::new(index))
}

impl Disk for Saved {
    type Write = Write;

    fn write(&mut self, write: Write) -> Touched {
        self.voted_for = write.voted_for.unwrap_or(self.voted_for);
        self.plain.write(write.plain)
    }

    fn state_bytes(&self) -> usize {
        1 + self.plain.state_bytes()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.plain.snapshot()
    }

    fn view(&self) -> Option<&dyn View> {
        Some(&self.plain)
    }

    fn digest(write: &Write, digest: &mut Digest) {
        let voted_for = write.voted_for.flatten();
        digest.word(voted_for.map_or(0, |it| it.number().into()));
        PlainDisk::digest(&write.plain, digest);
    }
}
