//! What servers report to be committed: it does not shrink, and a majority of disks holds it.

use raftsim_node::{Index, NodeId, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::history::History;
use crate::log::Log;

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
    pub fn reported(&mut self, time: Time, node: NodeId, commit: Index) -> Result<(), Failure> {
        self.judged += 1;
        let reported = &mut self.reported[node.slot()];
        let before = std::mem::replace(reported, commit);
        if commit >= before {
            return Ok(());
        }
        let facts = [
            Fact::new(format!("{node}'s commit index was {before} in this life")).entry(before),
            Fact::new(format!("it is {commit}")).entry(commit),
        ];
        Err(Failure::violation(Self::PROPERTY, time, facts.map(|fact| fact.by(node))))
    }

    /// The number of commit indexes that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

/// An entry is committed once a majority of all servers has stored it (§5.3), whether they are up or
/// not. So the disks of a majority hold it when a server first applies it or reports it committed.
///
/// A disk without a view may hold any entry, and counts as if it did. It keeps nothing but a count.
#[derive(Clone, Debug, Default)]
pub struct CommittedOnMajority {
    judged: u64,
}

impl CommittedOnMajority {
    /// The property that it judges.
    pub const PROPERTY: Property = property::COMMITTED_ON_MAJORITY;

    /// The last entry of the history is new. `logs` has one value for each server: its log, if its
    /// disk offers a view.
    pub fn committed(
        &mut self,
        time: Time,
        history: &History,
        logs: &[Option<Log>],
    ) -> Result<(), Failure> {
        let index = history.last_index();
        assert!(index > 0, "the history has a last entry");
        let majority = logs.len() / 2 + 1;
        let unknown = logs.iter().filter(|log| log.is_none()).count();
        if unknown >= majority {
            return Ok(());
        }
        self.judged += 1;
        let holders = logs.iter().flatten().filter(|log| history.holds(log, index)).count();
        if holders + unknown >= majority {
            return Ok(());
        }
        let second = match unknown {
            0 => format!("{holders} of {} disks hold it", logs.len()),
            unknown => format!("{holders} of {} disks hold it, {unknown} unseen", logs.len()),
        };
        let second = Fact::new(second).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    /// The number of committed entries that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
