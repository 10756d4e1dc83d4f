//! What survives a crash.

use core::fmt::Debug;

use crate::{Bytes, Command, Index, NodeId, Term};

/// A server's durable state. A crash keeps exactly the writes that were completed.
///
/// The Go labs' `Persister.Save`, which writes everything at once, is `type Write = Self` and a
/// `write` that overwrites and returns [`Touched::ALL`].
pub trait Disk: Clone + Default {
    /// One atomic change.
    type Write: Clone + Debug;

    /// Makes the change, and says which parts it changed.
    fn write(&mut self, write: Self::Write) -> Touched;

    /// Bytes held, without the snapshot's (the lab's `RaftStateSize`).
    fn state_bytes(&self) -> usize;

    /// The snapshot held, if there is one.
    fn snapshot(&self) -> Option<&Snapshot> {
        None
    }

    /// What the oracles may read. A disk that offers no view is checked from the outside alone.
    fn view(&self) -> Option<&dyn View> {
        None
    }

    /// Feeds a write to the run's digest. The default feeds its `Debug` text; override it for
    /// speed, feeding every field.
    fn digest(write: &Self::Write, digest: &mut crate::Digest) {
        digest.debug(write);
    }
}

/// Which parts of a disk a write changed. Claiming too much costs time, too little hides a change
/// from the oracles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The term or the vote.
    pub vote: bool,
    /// The log, from this index on.
    pub log_from: Option<Index>,
    /// The snapshot, or where the log begins.
    pub snapshot: bool,
}

impl Touched {
    /// Anything may have changed.
    pub const ALL: Self = Self { vote: true, log_from: Some(0), snapshot: true };
    /// Nothing changed.
    pub const NONE: Self = Self { vote: false, log_from: None, snapshot: false };
    /// The term or the vote changed.
    pub const VOTE: Self = Self { vote: true, log_from: None, snapshot: false };
}

/// A snapshot of the replicated service (Figure 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry that it stands for.
    pub index: Index,
    /// That entry's term.
    pub term: Term,
    /// The service's own bytes.
    pub data: Bytes,
}

/// What the oracles read of a disk.
///
/// For them a server holds what its disk holds, and nothing else: an entry is committed when it is
/// on the disks of a majority, and a leader's disk holds all that was committed before its term.
/// So, in the order of its lists, a server persists
///
/// - an entry before it counts itself among those that hold it. The thesis (§10.2.1) lets a leader
///   send first and write meanwhile; it may, and counts itself once it has written;
/// - an entry that it received before it asks for votes with it in its log. Who leads on entries
///   that only its memory holds is accused of breaking Leader Completeness, though a majority may
///   hold them;
/// - an entry that takes an older one's place before it tells a commit index beyond it;
/// - a snapshot that it received and the log behind it in one write or, the snapshot first, in two
///   before it says anything: what does not follow the snapshot's last entry is gone by then.
///
/// A write may wait as long as nothing of this is said.
pub trait View {
    /// `currentTerm`.
    fn term(&self) -> Term;

    /// `votedFor`, in that term.
    fn voted_for(&self) -> Option<NodeId>;

    /// The index of the first entry that the log holds, or would hold: the entry after the
    /// snapshot.
    fn first_index(&self) -> Index {
        1
    }

    /// The index of the last entry, of the snapshot's last where the log is empty, else 0.
    fn last_index(&self) -> Index;

    /// The entry at `index`, if the log holds it: its term, and its command unless it is an entry
    /// of the Raft's own (a no-op, a change of membership).
    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)>;
}
