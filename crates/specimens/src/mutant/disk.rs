//! The state of [`super::Control`] that survives a crash, and the write that changes it.

use core::fmt::{self, Debug};

use raftsim_node::{Command, Digest, Index, NodeId, Snapshot, Term, Touched, View};

/// An entry's place in a log: its index and its term. Index 0 is the place before the first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The index.
    pub index: Index,
    /// The term; 0 at index 0.
    pub term: Term,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that accepted it.
    pub term: Term,
    /// The client's command; `None` for an entry of the Raft's own.
    pub command: Option<Command>,
}

impl Entry {
    /// The length of its command.
    pub(super) fn bytes(&self) -> usize {
        self.command.as_ref().map_or(0, |command| command.len())
    }
}

/// Figure 2's persistent state, and Figure 13's.
///
/// Invariants, unless a mutant wrote it: `base` is at most the snapshot's last entry, or 0 without
/// a snapshot. Terms never decrease along the log, and none is later than `term`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Disk {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor`.
    pub voted_for: Option<NodeId>,
    /// The last entry that is compacted.
    pub base: Position,
    /// The entries after it.
    pub log: Vec<Entry>,
    /// The snapshot, which replaces the entries through `base`.
    pub snapshot: Option<Snapshot>,
    /// A commit index; 0 unless the policy writes it.
    pub commit: Index,
}

/// One atomic change. A part that is `None`, or an index of 0, leaves the disk as it is.
//
// Two parts are no options: a larger write would be copied by calls, wherever it moves.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Write {
    /// The term, and the vote in it.
    pub vote: Option<(Term, Option<NodeId>)>,
    /// The log drops all entries through this one.
    pub base: Position,
    /// The log is truncated before this index, and these entries are added.
    pub log: Option<(Index, Vec<Entry>)>,
    /// The snapshot.
    pub snapshot: Option<Snapshot>,
    /// The commit index.
    pub commit: Index,
}

impl Write {
    /// Whether it changes entries, and nothing else.
    pub(super) fn is_of_log(&self) -> bool {
        let Self { vote, base, log, snapshot, commit } = self;
        let others = vote.is_some() || base.index > 0 || snapshot.is_some() || *commit > 0;
        log.is_some() && !others
    }
}

impl Disk {
    /// The place of the last entry; if the log is empty, of the snapshot's last entry.
    pub(super) fn last(&self) -> Position {
        match self.log.last() {
            Some(entry) => Position { index: self.last_index(), term: entry.term },
            None => self.base,
        }
    }

    /// The term of the entry at `index`, which may be the snapshot's last; `None` if it is not
    /// known.
    pub(super) fn term_at(&self, index: Index) -> Option<Term> {
        if index == self.base.index {
            return Some(self.base.term);
        }
        self.at(index).map(|entry| entry.term)
    }

    /// The entry at `index`, if the log has it.
    pub(super) fn at(&self, index: Index) -> Option<&Entry> {
        let place = index.checked_sub(self.base.index + 1)?;
        self.log.get(usize::try_from(place).ok()?)
    }

    /// The last index that the snapshot or the base covers.
    pub(super) fn covered(&self) -> Index {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.index).max(self.base.index)
    }

    /// The entries from `index` on; all entries if the log begins after it.
    pub(super) fn from(&self, index: Index) -> &[Entry] {
        let place = index.saturating_sub(self.base.index + 1);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        &self.log[place.min(self.log.len())..]
    }

    /// Drops the entries from `index` on.
    pub(super) fn drop_from(&mut self, index: Index) {
        let kept = index.saturating_sub(self.base.index + 1);
        self.log.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
    }

    fn move_base(&mut self, base: Position) {
        let gone = usize::try_from(base.index.saturating_sub(self.base.index));
        self.log.drain(..gone.unwrap_or(usize::MAX).min(self.log.len()));
        self.base = base;
    }
}

impl raftsim_node::Disk for Disk {
    type Write = Write;

    fn write(&mut self, write: Write) -> Touched {
        let mut touched = Touched::NONE;
        if let Some((term, voted_for)) = write.vote {
            (self.term, self.voted_for) = (term, voted_for);
            touched.vote = true;
        }
        if write.base.index > 0 {
            self.move_base(write.base);
            touched.snapshot = true;
        }
        if let Some((from, entries)) = write.log {
            self.drop_from(from);
            self.log.extend(entries);
            touched.log_from = Some(from);
        }
        if write.snapshot.is_some() {
            self.snapshot = write.snapshot;
            touched.snapshot = true;
        }
        if write.commit > 0 {
            self.commit = write.commit;
        }
        touched
    }

    /// Eight bytes for each number, and the bytes of the commands.
    fn state_bytes(&self) -> usize {
        4 * 8 + self.log.iter().map(|entry| 8 + entry.bytes()).sum::<usize>()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }

    fn digest(write: &Write, digest: &mut Digest) {
        let Write { vote, base, log, snapshot, commit } = write;
        let (commits, compacts) = (*commit > 0, base.index > 0);
        let parts = [commits, vote.is_some(), compacts, log.is_some(), snapshot.is_some()];
        digest.word(parts.into_iter().fold(0, |word, part| word * 2 + u64::from(part)));
        if let Some((term, voted_for)) = vote {
            // Servers are numbered from 1, so 0 is free to mean "nobody".
            digest.pair(*term, voted_for.map_or(0, |candidate| u64::from(candidate.number())));
        }
        if compacts {
            digest.pair(base.index, base.term);
        }
        if let Some((from, entries)) = log {
            digest.word(*from);
            digest_entries(entries, digest);
        }
        if let Some(snapshot) = snapshot {
            digest_snapshot(snapshot, digest);
        }
        if commits {
            digest.word(*commit);
        }
    }
}

// What only a few variants write is shown only where it is written.

impl Debug for Disk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { term, voted_for, base, log, snapshot, commit } = self;
        let mut shown = out.debug_struct("Disk");
        shown.field("term", term).field("voted_for", voted_for).field("base", base);
        shown.field("log", log).field("snapshot", snapshot);
        if *commit > 0 {
            shown.field("commit", commit);
        }
        shown.finish()
    }
}

impl Debug for Write {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vote, base, log, snapshot, commit } = self;
        let base = (base.index > 0).then_some(base);
        let mut shown = out.debug_struct("Write");
        shown.field("vote", vote).field("base", &base);
        shown.field("log", log).field("snapshot", snapshot);
        if *commit > 0 {
            shown.field("commit", commit);
        }
        shown.finish()
    }
}

/// Feeds the number of entries, then each entry.
pub(super) fn digest_entries(entries: &[Entry], digest: &mut Digest) {
    digest.word(entries.len() as u64);
    for entry in entries {
        digest.word(entry.term);
        match &entry.command {
            Some(command) => digest.bytes(command),
            // No command is as long.
            None => digest.word(u64::MAX),
        }
    }
}

/// Feeds the whole snapshot.
pub(super) fn digest_snapshot(snapshot: &Snapshot, digest: &mut Digest) {
    digest.pair(snapshot.index, snapshot.known_term());
    digest.bytes(&snapshot.data);
}

impl View for Disk {
    fn term(&self) -> Term {
        self.term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    fn first_index(&self) -> Index {
        self.base.index + 1
    }

    fn last_index(&self) -> Index {
        self.base.index + self.log.len() as u64
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        self.at(index).map(|entry| (entry.term, entry.command.as_ref()))
    }
}
