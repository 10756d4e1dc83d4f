//! Leader Completeness: if an entry is committed in a given term, then it is present in the logs of
//! the leaders of all later terms (Figure 3, §5.4).

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::history::History;
use crate::log::Log;

/// Holds leaders' disks to the committed history, in constant time: it keeps a mark for each disk,
/// through which that agrees with the history, and which only writes and new commits move.
///
/// A candidate may learn late that it has won, when a leader of a later term has already committed
/// more: an entry is asked only of leaders of terms after the one in which it was shown to be
/// committed.
#[derive(Clone, Debug)]
pub struct LeaderCompleteness {
    /// By server: its disk holds everything committed through this index.
    marks: Vec<Index>,
    judged: u64,
}

impl LeaderCompleteness {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_COMPLETENESS;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self { marks: vec![0; size], judged: 0 }
    }

    /// Through which index `node`'s disk holds what is committed.
    pub fn mark(&self, node: NodeId) -> Index {
        self.marks[node.slot()]
    }

    /// A write changed `node`'s log from index `from` on, or its snapshot.
    pub fn written(&mut self, node: NodeId, log: &Log, from: Index, history: &History) {
        let covered = history.covered(log);
        let mark = &mut self.marks[node.slot()];
        // Behind a hole nothing is held in full.
        let kept = if log.first_index() > covered + 1 { 0 } else { (*mark).min(from - 1) };
        *mark = kept.max(covered);
        while history.agrees(log, *mark + 1) {
            *mark += 1;
        }
    }

    /// The last entry of the history is new. `leads` says who leads now, and in which term.
    pub fn committed(
        &mut self,
        time: Time,
        history: &History,
        logs: &[Option<Log>],
        leads: &[Option<Term>],
    ) -> Result<(), Failure> {
        let index = history.last_index();
        let Some(committed) = history.get(index) else { return Ok(()) };
        let mut lacking = None;
        for (slot, (log, leads)) in logs.iter().zip(leads).enumerate() {
            let Some(log) = log else { continue };
            let mark = &mut self.marks[slot];
            let follows = *mark + 1 == index && history.agrees(log, index);
            if follows || index <= history.covered(log) {
                *mark = index;
            }
            let Some(term) = leads.filter(|&term| term > committed.within) else { continue };
            self.judged += 1;
            if *mark < index {
                lacking = lacking.or(Some((slot, term, log)));
            }
        }
        match lacking {
            Some((slot, term, log)) => {
                let node = NodeId::new(u8::try_from(slot + 1).expect("at most 255 servers"));
                Err(self.broken(time, node, term, log, history))
            }
            None => Ok(()),
        }
    }

    /// `node`, whose disk holds `log`, is seen to lead in `term`.
    pub fn elected(
        &mut self,
        time: Time,
        node: NodeId,
        term: Term,
        log: &Log,
        history: &History,
    ) -> Result<(), Failure> {
        let asked = history.before(term);
        self.judged += u64::from(asked > 0);
        if self.mark(node) >= asked {
            return Ok(());
        }
        Err(self.broken(time, node, term, log, history))
    }

    /// How often it judged a leader: elections after a commit, and commits of an earlier term.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    #[cold]
    fn broken(
        &self,
        time: Time,
        node: NodeId,
        term: Term,
        log: &Log,
        history: &History,
    ) -> Failure {
        let index = self.mark(node) + 1;
        let instead = has_instead(log, index);
        let second = Fact::new(format!("{node} leads in term {term}, and its disk {instead}"));
        let second = second.by(node).entry(index);
        Failure::violation(Self::PROPERTY, time, [history.reported(index), second])
    }
}

/// What a log that does not hold what is committed at `index` has there.
pub(crate) fn has_instead(log: &Log, index: Index) -> String {
    match log.get(index) {
        Some(entry) => format!("holds {} there", entry.at(index)),
        None if index > log.last_index() => format!("ends at {}", log.last_index()),
        None => format!("begins at {}", log.first_index()),
    }
}
