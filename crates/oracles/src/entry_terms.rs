//! Rules for the terms of entries, which no log of a correct Raft breaks.

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

use crate::log::Log;

/// In a log the terms of entries never go down, a leader appends entries of its own term (§5.3), and
/// no entry is of a later term than its disk's `currentTerm` (Figure 2: a server that learns of a
/// later term adopts it). It keeps nothing but a count.
///
/// The first two are judged of entries that no disk held before. What is true of the first copy of
/// an entry is true of the others: Log Matching compares them.
#[derive(Clone, Debug, Default)]
pub struct EntryTerms {
    judged: u64,
}

impl EntryTerms {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ENTRY_TERMS;

    /// A write put the entry `index`@`term`, which no disk held before, into `node`'s log, after an
    /// entry of the term `before` (0 if that is not known). `leads` is the term in which `node`
    /// leads, if it does.
    ///
    /// A server that leads has written the entries that it received before: it needed votes for a
    /// log that contains them. So an entry that is new is one that it appended itself.
    #[inline]
    pub fn appended(
        &mut self,
        time: Time,
        node: NodeId,
        leads: Option<Term>,
        (index, term): (Index, Term),
        before: Term,
    ) -> Result<(), Failure> {
        self.judged += 1;
        if term >= before && leads.is_none_or(|leads| leads == term) {
            return Ok(());
        }
        Err(Self::misplaced(time, node, leads, (index, term), before))
    }

    #[cold]
    fn misplaced(
        time: Time,
        node: NodeId,
        leads: Option<Term>,
        (index, term): (Index, Term),
        before: Term,
    ) -> Failure {
        if let Some(leads) = leads.filter(|&leads| leads != term) {
            let first = format!("{node} leads in term {leads}");
            let second = format!("it appends {index}@{term}, which no disk held before");
            return Self::broken(time, node, [first, second], [index; 2]);
        }
        let first = format!("{node}'s disk holds {}@{before}", index - 1);
        let second = format!("{index}@{term} follows it, which is of an earlier term");
        Self::broken(time, node, [first, second], [index - 1, index])
    }

    /// `node` sends or reports something while its disk is in term `current` and holds `log`.
    ///
    /// Before that, term and entries may be written one after the other.
    pub fn spoken(
        &mut self,
        time: Time,
        node: NodeId,
        current: Term,
        log: &Log,
    ) -> Result<(), Failure> {
        self.judged += 1;
        let index = log.last_index();
        match log.last_term() {
            Some(term) if term > current => {
                let first = format!("{node}'s disk is in term {current}");
                let second = format!("it holds {index}@{term}, which is of a later term");
                Err(Self::broken(time, node, [first, second], [index; 2]))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// `node` boots in the term `starts`, from a disk that holds `log`.
    ///
    /// If a crash came between the writes of an entry and its term, the server learns of that term
    /// from the entry. Otherwise it could vote or lead in that term once more.
    pub fn booted(
        &mut self,
        time: Time,
        node: NodeId,
        starts: Term,
        log: &Log,
    ) -> Result<(), Failure> {
        self.judged += 1;
        let index = log.last_index();
        match log.last_term() {
            Some(term) if term > starts => {
                let first = format!("{node} boots from a disk that holds {index}@{term}");
                let second = format!("it starts in term {starts}");
                Err(Self::broken(time, node, [first, second], [index; 2]))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The number of entries that it judged when they were new, and of logs when their servers
    /// spoke or booted.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    #[cold]
    fn broken(time: Time, node: NodeId, facts: [String; 2], at: [Index; 2]) -> Failure {
        let ([first, second], [before, here]) = (facts.map(|text| Fact::new(text).by(node)), at);
        Failure::violation(Self::PROPERTY, time, [first.entry(before), second.entry(here)])
    }
}
