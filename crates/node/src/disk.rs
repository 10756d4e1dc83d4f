//! What survives a crash.

use core::fmt::{self, Debug};

use crate::{Bytes, Command, Index, NodeId, Term};

/// A server's durable state. A crash keeps exactly the writes that were completed.
///
/// The simplest disk is like the Go labs' `Persister.Save`, which writes everything at once: a
/// write is a whole new state.
///
/// ```
/// use raftsim_node::{Command, Disk, NodeId, Term, Touched};
///
/// #[derive(Clone, Debug, Default)]
/// struct State {
///     current_term: Term,
///     voted_for: Option<NodeId>,
///     log: Vec<(Term, Command)>,
/// }
///
/// impl Disk for State {
///     type Write = Self;
///
///     fn write(&mut self, state: Self) -> Touched {
///         *self = state;
///         Touched::ALL
///     }
///
///     fn state_bytes(&self) -> usize {
///         9 + self.log.iter().map(|(_, command)| 8 + command.len()).sum::<usize>()
///     }
/// }
///
/// let mut disk = State::default();
/// disk.write(State { current_term: 2, voted_for: None, log: vec![(2, "x=1".into())] });
/// assert_eq!(disk.state_bytes(), 20);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no disk for raftsim: it does not implement the trait `Disk`",
    note = "write `impl Disk for {Self}`: the type of its writes, `write` and `state_bytes` are all that \
            it must have"
)]
pub trait Disk: Clone + Default {
    /// One atomic change.
    type Write: Clone + Debug;

    /// Makes the change, and returns which parts of the state it may have changed.
    fn write(&mut self, write: Self::Write) -> Touched;

    /// The size of the state in bytes, without the snapshot's (the lab's `RaftStateSize`).
    fn state_bytes(&self) -> usize;

    /// The snapshot on this disk, if there is one.
    fn snapshot(&self) -> Option<&Snapshot> {
        None
    }

    /// What the oracles may read of this disk. A node whose disk returns `None` is checked only by
    /// what it sends, applies and reports.
    fn view(&self) -> Option<&dyn View> {
        None
    }

    /// Feeds a write to the run's digest. The default feeds nothing, so that a write of the whole
    /// state costs no more than its copy: what is on a disk shows in what the server sends, applies
    /// and reports, which is all in the digest. With a method of your own, two runs that differ in
    /// a write alone have different digests too. It must feed the same on every machine.
    fn digest(_write: &Self::Write, _digest: &mut crate::Digest) {}
}

/// Which parts of a disk a write may have changed. To name a part that did not change costs time;
/// to leave out a part that did hides the change from the oracles.
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
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The index of the last entry that it stands for.
    pub index: Index,
    /// That entry's term; `None` if the node does not know it.
    pub term: Option<Term>,
    /// The service's state, as bytes that only the service understands.
    pub data: Bytes,
}

impl Snapshot {
    /// The snapshot through the entry `index`, which is of this `term`.
    pub const fn new(index: Index, term: Term, data: Bytes) -> Self {
        Self { index, term: Some(term), data }
    }

    /// The last entry's term, for a node that gives every snapshot one.
    ///
    /// # Panics
    /// If the term is not known.
    pub fn known_term(&self) -> Term {
        self.term.expect("this node knows the terms of its snapshots")
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, term, data } = self;
        let mut shown = out.debug_struct("Snapshot");
        shown.field("index", index);
        if let Some(term) = term {
            shown.field("term", term);
        }
        shown.field("data", data).finish()
    }
}

/// What the oracles read of a disk.
///
/// To the oracles, a server has what is on its disk and nothing else. An entry is committed once it
/// is on the disks of a majority, and a leader's disk has all entries that were committed before
/// its term. So, in the order of the lists that [`crate::Node::step`] returns, a server writes
///
/// - an entry, before it counts itself among the servers that have stored it. (The thesis, §10.2.1,
///   lets a leader send an entry while it writes the entry to its disk. A leader may do so here
///   too, if it counts itself only after the write.)
/// - an entry that it received, before it asks for votes with this entry in its log. If the entries
///   of a leader are only in its memory, the oracles report that it breaks Leader Completeness,
///   even if a majority has stored them.
/// - an entry that takes the place of an older one, before it reports a commit index that reaches
///   it. What it writes up to that index afterwards is what is committed there.
/// - its term, before it sends or reports anything while its log has an entry of that term. Both
///   may be one write, or two. If a crash comes between the two, the server boots in the term of
///   that entry, and writes the term before it sends anything.
/// - a snapshot that it received and the log after it, before it sends or reports anything: either
///   in one write, or in two with the snapshot first. Entries that do not follow the snapshot's
///   last one must be gone by then.
///
/// A write may wait until the server sends or reports what depends on it. But no write may take a
/// committed entry from a disk if fewer than a majority hold it then, not even for the next write to
/// bring it back.
pub trait View {
    /// The paper's `currentTerm`.
    fn term(&self) -> Term;

    /// The paper's `votedFor`: the vote in that term.
    fn voted_for(&self) -> Option<NodeId>;

    /// The index of the log's first entry, or of the next one if the log is empty: one more than
    /// the snapshot's index.
    fn first_index(&self) -> Index {
        1
    }

    /// The index of the log's last entry. If the log is empty, the snapshot's index, or 0 without a
    /// snapshot.
    fn last_index(&self) -> Index;

    /// The entry at `index`, if it is in the log: its term and its command. The command is `None`
    /// for an entry of the Raft's own (a no-op, a change of membership).
    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)>;
}
