//! A disk that is ready to use: term, vote, log and snapshot.

use alloc::vec::Vec;

use crate::{Command, Digest, Disk, Index, NodeId, Snapshot, Term, Touched, View};

/// A disk with what the paper keeps there: term, vote, log and snapshot. It shows the oracles all
/// that they can judge. Use it for a Raft that leaves its storage to its user, or for one of your
/// own that has no wishes of its own.
///
/// ```
/// use raftsim_node::{Disk, PlainDisk, PlainWrite, View};
///
/// let mut disk = PlainDisk::default();
/// let entries = vec![(1, None), (1, Some("x=1".into())), (1, Some("x=2".into()))];
/// disk.write(PlainWrite { vote: Some((1, None)), log: Some((1, entries)), snapshot: None });
/// assert_eq!((disk.term(), disk.last_index()), (1, 3));
///
/// // An entry of a later term takes the place of entry 2 and what follows it.
/// let entries = vec![(2, None)];
/// disk.write(PlainWrite { vote: Some((2, None)), log: Some((2, entries)), snapshot: None });
/// assert_eq!((disk.term(), disk.last_index(), disk.term_at(2)), (2, 2, Some(2)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainDisk {
    term: Term,
    voted_for: Option<NodeId>,
    snapshot: Option<Snapshot>,
    /// The entries after the snapshot.
    log: Vec<PlainEntry>,
}

/// An entry of a [`PlainDisk`]: its term and its command; `None` for an entry of the Raft's own.
pub type PlainEntry = (Term, Option<Command>);

/// One atomic write to a [`PlainDisk`]. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainWrite {
    /// The term, and the vote in it.
    pub vote: Option<(Term, Option<NodeId>)>,
    /// A snapshot, which takes the place of the entries through its index. The entries after it
    /// stay if they follow it: if the log has its last entry, and of its term.
    pub snapshot: Option<Snapshot>,
    /// Entries, the first of which has this index. They take the place of all entries from there
    /// on.
    pub log: Option<(Index, Vec<PlainEntry>)>,
}

impl PlainWrite {
    /// Whether it changes nothing.
    pub const fn is_empty(&self) -> bool {
        let Self { vote, snapshot, log } = self;
        vote.is_none() && snapshot.is_none() && log.is_none()
    }
}

impl PlainDisk {
    /// The entries from the index `from` on, of those after the snapshot.
    pub fn entries(&self, from: Index) -> &[PlainEntry] {
        let skipped = from.saturating_sub(self.first_index());
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX).min(self.log.len());
        &self.log[skipped..]
    }

    /// The term of the entry at `index`, if the log or the end of the snapshot has it. 0 at index 0.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index == 0 {
            return Some(0);
        }
        let snapshot = self.snapshot.as_ref().filter(|snapshot| snapshot.index == index);
        snapshot.map_or_else(|| self.entry(index).map(|(term, _)| term), |it| it.term)
    }

    /// Whether the snapshot stands for a part of this log, so that what follows it may stay.
    fn follows(&self, snapshot: &Snapshot) -> bool {
        let term = self.term_at(snapshot.index);
        term.is_some() && (snapshot.term.is_none() || snapshot.term == term)
    }
}

impl Disk for PlainDisk {
    type Write = PlainWrite;

    /// # Panics
    /// If the entries of the write would leave a gap in the log, or begin before it.
    fn write(&mut self, write: PlainWrite) -> Touched {
        let PlainWrite { vote, snapshot, log } = write;
        let mut touched = Touched { vote: vote.is_some(), ..Touched::NONE };
        if let Some((term, voted_for)) = vote {
            (self.term, self.voted_for) = (term, voted_for);
        }
        if let Some(snapshot) = snapshot {
            touched.snapshot = true;
            if self.follows(&snapshot) {
                self.log = self.entries(snapshot.index + 1).to_vec();
            } else {
                touched.log_from = Some(snapshot.index + 1);
                self.log.clear();
            }
            self.snapshot = Some(snapshot);
        }
        if let Some((first, entries)) = log {
            let (begins, next) = (self.first_index(), self.last_index() + 1);
            assert!(
                first >= begins,
                "entry {first} is written before the log, which begins at {begins}"
            );
            assert!(first <= next, "entry {first} is written, but the next one is {next}");
            let kept = usize::try_from(first - begins).expect("it is at most the log's length");
            self.log.truncate(kept);
            self.log.extend(entries);
            touched.log_from = Some(touched.log_from.map_or(first, |from| from.min(first)));
        }
        touched
    }

    fn state_bytes(&self) -> usize {
        let command = |(_, command): &PlainEntry| command.as_ref().map_or(0, |it| it.len());
        9 + self.log.iter().map(|entry| 8 + command(entry)).sum::<usize>()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }

    fn digest(write: &PlainWrite, digest: &mut Digest) {
        let PlainWrite { vote, snapshot, log } = write;
        if let Some((term, voted_for)) = vote {
            digest.pair(*term, voted_for.map_or(0, |it| u64::from(it.number())));
        }
        if let Some(Snapshot { index, term, data }) = snapshot {
            digest.pair(*index, term.map_or(0, |term| term + 1));
            digest.bytes(data);
        }
        if let Some((first, entries)) = log {
            digest.word(*first);
            for (term, command) in entries {
                digest.word(*term);
                digest.bytes(command.as_ref().map_or(&[], |it| it));
            }
        }
    }
}

impl View for PlainDisk {
    fn term(&self) -> Term {
        self.term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.voted_for
    }

    fn first_index(&self) -> Index {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.index) + 1
    }

    fn last_index(&self) -> Index {
        self.first_index() - 1 + self.log.len() as Index
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        let place = usize::try_from(index.checked_sub(self.first_index())?).ok()?;
        self.log.get(place).map(|(term, command)| (*term, command.as_ref()))
    }
}
