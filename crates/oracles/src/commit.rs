//! What servers report to be committed: it does not shrink, and a majority of disks holds it.

use raftsim_node::{Index, NodeId, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::history::History;
use crate::marks::Holders;

/// `commitIndex` never decreases within a life (Figure 2: increases monotonically). It is volatile:
/// a new life may begin at 0.
///
/// Invariant: `reported` has one index for each server, 0 at the begin of its life.
#[derive(Clone, Debug)]
pub struct CommitIndex {
    /// By server: the commit index that it reported last in this life.
    reported: Vec<Index>,
    judged: u64,
}

impl CommitIndex {
    /// The property that it judges.
    pub const PROPERTY: Property = property::COMMIT_NEVER_GOES_BACK;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self { reported: vec![0; size], judged: 0 }
    }

    /// `node` began a life.
    pub fn booted(&mut self, node: NodeId) {
        self.reported[node.slot()] = 0;
    }

    /// `node` reports that its commit index is `commit`.
    #[inline]
    pub fn reported(&mut self, time: Time, node: NodeId, commit: Index) -> Result<(), Failure> {
        self.judged += 1;
        let reported = &mut self.reported[node.slot()];
        let before = std::mem::replace(reported, commit);
        if commit >= before { Ok(()) } else { Err(Self::broken(time, node, before, commit)) }
    }

    #[cold]
    fn broken(time: Time, node: NodeId, before: Index, commit: Index) -> Failure {
        let facts = [
            Fact::new(format!("{node}'s commit index was {before} in this life")).entry(before),
            Fact::new(format!("it is {commit}")).entry(commit),
        ];
        Failure::violation(Self::PROPERTY, time, facts.map(|fact| fact.by(node)))
    }

    /// The number of commit indexes that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

/// An entry is committed once a majority of all servers has stored it (§5.3), whether they are up or
/// not. So the disks of a majority hold it when a server first applies it or reports it committed,
/// and ever after.
///
/// After that a disk may lose the entry only if a majority holds it without that disk. In a correct
/// Raft this is rare, and possible: a server that does not belong to the majority follows a leader
/// of an earlier term, which overwrites the entry (Figure 8).
///
/// A disk without a view may hold any entry, and counts as if it did. It keeps nothing but a count.
#[derive(Clone, Debug, Default)]
pub struct CommittedOnMajority {
    judged: u64,
}

impl CommittedOnMajority {
    /// The property that it judges.
    pub const PROPERTY: Property = property::COMMITTED_ON_MAJORITY;

    /// The last entry of the history is new, and these are its `holders`. `by_own` says whether
    /// the disk of the server that showed it is one of them; `None` if that disk is unseen.
    pub fn committed(
        &mut self,
        time: Time,
        history: &History,
        holders: Holders,
        by_own: Option<bool>,
    ) -> Result<(), Failure> {
        let index = history.last_index();
        assert!(index > 0, "the history has a last entry");
        if self.judge(holders) {
            return Ok(());
        }
        // A server that counts itself before it has written: its own disk is what is missing.
        let by = history.get(index).expect("it is committed").by;
        let too_early = match by_own {
            Some(false) if holders.holding > 0 => format!(", but {by}'s own does not"),
            Some(_) | None => String::new(),
        };
        let second = Fact::new(format!("{holders}{too_early}")).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    /// A write took committed entries through `index` from `node`'s disk, and these are the
    /// `holders` of all entries through that index.
    pub fn lost(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        history: &History,
        holders: Holders,
    ) -> Result<(), Failure> {
        if self.judge(holders) {
            return Ok(());
        }
        let second = format!("a write took it from {node}'s disk, and {holders}");
        let second = Fact::new(second).by(node).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    fn judge(&mut self, holders: Holders) -> bool {
        let verdict = holders.is_majority();
        self.judged += u64::from(verdict.is_some());
        verdict.unwrap_or(true)
    }

    /// The number of times that it counted holders: at commits, and at writes that took committed
    /// entries from a disk.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
