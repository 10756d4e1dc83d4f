//! Leader Completeness: if an entry is committed in a given term, then it is present in the logs of
//! the leaders of all later terms (Figure 3, §5.4).

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::history::History;
use crate::log::Log;
use crate::marks::Marks;

/// Compares leaders' disks with the committed history, in constant time: the [`crate::Marks`] say
/// how far each disk holds it. It keeps nothing but a count.
///
/// A candidate may learn late that it has won, when a leader of a later term has already committed
/// more entries. So a leader must hold an entry only if its term is later than the one in which the
/// entry was seen to be committed.
#[derive(Clone, Debug, Default)]
pub struct LeaderCompleteness {
    judged: u64,
}

impl LeaderCompleteness {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_COMPLETENESS;

    /// The last entry of the history is new, and `marks` have moved with it. `logs` and `leads`
    /// have one value for each server: its log, if its disk offers a view, and the term in which it
    /// leads, if it does.
    pub fn committed(
        &mut self,
        time: Time,
        history: &History,
        marks: &Marks,
        logs: &[Option<Log>],
        leads: impl Iterator<Item = Option<Term>>,
    ) -> Result<(), Failure> {
        let index = history.last_index();
        let within = history.get(index).expect("the history has a last entry").within;
        for (slot, leads) in leads.enumerate() {
            let Some(term) = leads.filter(|&term| term > within) else { continue };
            let Some(log) = &logs[slot] else { continue };
            let node = NodeId::new(u8::try_from(slot + 1).expect("at most 255 servers"));
            self.judged += 1;
            let mark = marks.mark(node);
            if mark < index {
                return Err(Self::broken(time, (node, term), log, mark, history));
            }
        }
        Ok(())
    }

    /// `node`, whose disk holds `log` and the history through `mark`, has become leader in `term`.
    pub fn elected(
        &mut self,
        time: Time,
        (node, term): (NodeId, Term),
        log: &Log,
        mark: Index,
        history: &History,
    ) -> Result<(), Failure> {
        assert!(mark <= history.last_index(), "a mark is within the history");
        let needed = history.before(term);
        self.judged += u64::from(needed > 0);
        if mark >= needed {
            return Ok(());
        }
        Err(Self::broken(time, (node, term), log, mark, history))
    }

    /// The number of times that it judged a leader: at elections after a commit, and at commits
    /// seen in an earlier term than the leader's.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    #[cold]
    fn broken(
        time: Time,
        (node, term): (NodeId, Term),
        log: &Log,
        mark: Index,
        history: &History,
    ) -> Failure {
        let index = mark + 1;
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
