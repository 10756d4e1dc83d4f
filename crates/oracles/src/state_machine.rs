//! State Machine Safety: if a server has applied a log entry at a given index, no other server will
//! ever apply a different log entry for the same index (Figure 3, §5.4.3).

use raftsim_node::{Command, Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::completeness::has_instead;
use crate::history::History;
use crate::log::{Log, Placed};

/// Compares what servers treat as committed with the committed history. It keeps nothing but a
/// count.
#[derive(Clone, Debug, Default)]
pub struct StateMachineSafety {
    judged: u64,
}

impl StateMachineSafety {
    /// The property that it judges.
    pub const PROPERTY: Property = property::STATE_MACHINE_SAFETY;

    /// `node` applies `entry`, its term, if that is known, and its command, at `index`.
    #[inline]
    pub fn applied(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        entry: (Option<Term>, Option<&Command>),
        history: &History,
    ) -> Result<(), Failure> {
        let Some(committed) = history.get(index) else { return Ok(()) };
        self.judged += 1;
        let (term, command) = entry;
        if committed.may_have(term) && committed.command.as_ref() == command {
            Ok(())
        } else {
            Err(Self::applies(time, node, index, term, command, history))
        }
    }

    /// The failure of a server that applies another entry than the committed one.
    #[cold]
    fn applies(
        time: Time,
        node: NodeId,
        index: Index,
        term: Option<Term>,
        command: Option<&Command>,
        history: &History,
    ) -> Failure {
        let second = Fact::new(format!("{node} applies {}", Placed { index, term, command }));
        let second = second.by(node).entry(index);
        Failure::violation(Self::PROPERTY, time, [history.reported(index), second])
    }

    /// `node` restores a snapshot whose last entry has this `index` and this `term`, if the term is
    /// known.
    pub fn restored(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        term: Option<Term>,
        history: &History,
    ) -> Result<(), Failure> {
        self.snapshot(time, node, "restores", (index, term), history)
    }

    /// `node` writes a snapshot whose last entry is `last`, an index and a term.
    ///
    /// A snapshot that ends after the history's last entry is judged once the history reaches that.
    pub fn stored(
        &mut self,
        time: Time,
        node: NodeId,
        last: (Index, Option<Term>),
        history: &History,
    ) -> Result<(), Failure> {
        self.snapshot(time, node, "writes", last, history)
    }

    /// The history has reached the end of the snapshot on `node`'s disk: its last entry, `last`.
    pub fn reached(
        &mut self,
        time: Time,
        node: NodeId,
        last: (Index, Option<Term>),
        history: &History,
    ) -> Result<(), Failure> {
        self.snapshot(time, node, "has", last, history)
    }

    /// Compares a snapshot's last entry with the history; `does` says what the server does with it.
    fn snapshot(
        &mut self,
        time: Time,
        node: NodeId,
        does: &str,
        (index, term): (Index, Option<Term>),
        history: &History,
    ) -> Result<(), Failure> {
        let Some(committed) = history.get(index) else { return Ok(()) };
        self.judged += 1;
        if committed.may_have(term) {
            return Ok(());
        }
        let term = term.map_or_else(String::new, |term| format!("@{term}"));
        let second = Fact::new(format!("{node} {does} a snapshot through {index}{term}"));
        let second = second.by(node).entry(index);
        Err(Failure::violation(Self::PROPERTY, time, [history.reported(index), second]))
    }

    /// `node`, whose disk holds `log`, reports the commit index `commit`. Its log agrees with the
    /// history through `mark`.
    ///
    /// Entries that it knows to be committed and has not written yet are judged when it does so.
    #[inline]
    pub fn reported(
        &mut self,
        time: Time,
        node: NodeId,
        commit: Index,
        log: &Log,
        mark: Index,
        history: &History,
    ) -> Result<(), Failure> {
        let needed = commit.min(log.last_index()).min(history.last_index());
        if needed == 0 {
            return Ok(());
        }
        self.judged += 1;
        if mark >= needed {
            Ok(())
        } else {
            Err(Self::reports(time, node, commit, log, mark + 1, history))
        }
    }

    /// The failure of a server whose log differs at `index`, which it reports to be committed.
    #[cold]
    fn reports(
        time: Time,
        node: NodeId,
        commit: Index,
        log: &Log,
        index: Index,
        history: &History,
    ) -> Failure {
        let instead = has_instead(log, index);
        let second =
            Fact::new(format!("{node} reports commit index {commit}, and its disk {instead}"));
        let second = second.by(node).entry(index);
        Failure::violation(Self::PROPERTY, time, [history.reported(index), second])
    }

    /// The number of entries, snapshots and commit indexes that it compared with the history.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
