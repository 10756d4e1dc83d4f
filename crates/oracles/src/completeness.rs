//! Leader Completeness: if an entry is committed in a given term, then it is present in the logs of
//! the leaders of all later terms (Figure 3, §5.4).

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::history::History;
use crate::log::Log;

/// Compares leaders' disks with the committed history, in constant time: for each disk it keeps a
/// mark, the index through which the disk holds the history. Only writes and new commits move
/// marks.
///
/// A candidate may learn late that it has won, when a leader of a later term has already committed
/// more entries. So a leader must hold an entry only if its term is later than the one in which the
/// entry was seen to be committed.
///
/// Invariants: `marks` has one index for each server, and none is beyond the end of the history.
#[derive(Clone, Debug)]
pub struct LeaderCompleteness {
    /// By server: the index through which its disk holds everything committed.
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

    /// The index through which `node`'s disk holds everything committed.
    pub fn mark(&self, node: NodeId) -> Index {
        self.marks[node.slot()]
    }

    /// A write changed `node`'s log from index `from` on, or its snapshot, and left the log `log`.
    pub fn written(&mut self, node: NodeId, log: &Log, from: Index, history: &History) {
        let covered = history.covered(log);
        let mark = &mut self.marks[node.slot()];
        // If entries between the snapshot's end and the log's begin are missing, nothing before the
        // log counts.
        let kept = if log.first_index() > covered + 1 { 0 } else { (*mark).min(from - 1) };
        *mark = kept.max(covered);
        while history.agrees(log, *mark + 1) {
            *mark += 1;
        }
    }

    /// The last entry of the history is new. `logs` and `leads` have one value for each server: its
    /// log, if its disk offers a view, and the term in which it leads, if it does.
    pub fn committed(
        &mut self,
        time: Time,
        history: &History,
        logs: &[Option<Log>],
        leads: &[Option<Term>],
    ) -> Result<(), Failure> {
        let index = history.last_index();
        let committed = history.get(index).expect("the history has a last entry");
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

    /// `node`, whose disk holds `log`, has become leader in `term`.
    pub fn elected(
        &mut self,
        time: Time,
        node: NodeId,
        term: Term,
        log: &Log,
        history: &History,
    ) -> Result<(), Failure> {
        assert!(self.mark(node) <= history.last_index(), "a mark is within the history");
        let needed = history.before(term);
        self.judged += u64::from(needed > 0);
        if self.mark(node) >= needed {
            return Ok(());
        }
        Err(self.broken(time, node, term, log, history))
    }

    /// The number of times that it judged a leader: at elections after a commit, and at commits
    /// seen in an earlier term than the leader's.
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

/// What a log has at `index` if it does not hold the committed entry there, in words.
pub(crate) fn has_instead(log: &Log, index: Index) -> String {
    match log.get(index) {
        Some(entry) => format!("holds {} there", entry.at(index)),
        None if index > log.last_index() => format!("ends at {}", log.last_index()),
        None => format!("begins at {}", log.first_index()),
    }
}
