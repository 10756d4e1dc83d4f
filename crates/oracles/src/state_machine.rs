//! State Machine Safety: if a server has applied a log entry at a given index, no other server will
//! ever apply a different log entry for the same index (Figure 3, §5.4.3).

use raftsim_node::{Command, Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::completeness::has_instead;
use crate::history::History;
use crate::log::{Entry, Log};

/// Holds what servers take for committed to the one committed history.
#[derive(Clone, Debug, Default)]
pub struct StateMachineSafety {
    judged: u64,
}

impl StateMachineSafety {
    /// The property that it judges.
    pub const PROPERTY: Property = property::STATE_MACHINE_SAFETY;

    /// `node` applies an entry, its term and command, at `index`.
    pub fn applied(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        entry: (Term, Option<&Command>),
        history: &History,
    ) -> Result<(), Failure> {
        let Some(committed) = history.get(index) else { return Ok(()) };
        self.judged += 1;
        if committed.entry.shown() == entry {
            return Ok(());
        }
        let second = Fact::new(format!("{node} applies {}", Entry::of(entry).at(index)));
        let second = second.by(node).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    /// `node` takes a snapshot for its state, whose last entry is that at `index`, of this term.
    pub fn restored(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        term: Term,
        history: &History,
    ) -> Result<(), Failure> {
        self.snapshot(time, node, "restores", (index, term), history)
    }

    /// `node` writes a snapshot whose `last` entry is that at this index, of this term.
    ///
    /// One that is ahead of the history has nothing to be held to yet.
    pub fn stored(
        &mut self,
        time: Time,
        node: NodeId,
        last: (Index, Term),
        history: &History,
    ) -> Result<(), Failure> {
        self.snapshot(time, node, "writes", last, history)
    }

    /// Holds a snapshot's last entry to the history; `does` is what the server does with it.
    fn snapshot(
        &mut self,
        time: Time,
        node: NodeId,
        does: &str,
        (index, term): (Index, Term),
        history: &History,
    ) -> Result<(), Failure> {
        let Some(committed) = history.get(index) else { return Ok(()) };
        self.judged += 1;
        if committed.entry.term == term {
            return Ok(());
        }
        let second = Fact::new(format!("{node} {does} a snapshot through {index}@{term}"));
        let second = second.by(node).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    /// `node` tells that `log`, which its disk holds, is committed through `commit`; `mark` is
    /// through which index the log holds what is committed.
    ///
    /// What it knows to be committed and has not written yet is not judged.
    pub fn reported(
        &mut self,
        time: Time,
        node: NodeId,
        commit: Index,
        log: &Log,
        mark: Index,
        history: &History,
    ) -> Result<(), Failure> {
        let asked = commit.min(log.last_index()).min(history.last_index());
        if asked == 0 {
            return Ok(());
        }
        self.judged += 1;
        if mark >= asked {
            return Ok(());
        }
        let index = mark + 1;
        let instead = has_instead(log, index);
        let second =
            Fact::new(format!("{node} reports commit index {commit}, and its disk {instead}"));
        let second = second.by(node).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    /// How many entries, snapshots and commits it held to the history.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
