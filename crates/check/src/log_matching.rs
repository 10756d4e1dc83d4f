//! Log Matching: if two logs contain an entry with the same index and term, then the logs are
//! identical in all entries up through the given index (Figure 3, §5.3).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::Failure;

use crate::log::{Entry, Log};

/// Remembers every entry that any disk ever held: the first of an index and a term stands for all,
/// with its command and the term of the entry before it. Each entry that is written is held against
/// that, so by induction whole logs are.
///
/// Two disks need not hold an entry at one time: in Raft an index and a term name one entry for
/// good, since the leader of that term made it once, behind a log that it never changed.
///
/// Memory grows with the log, by one reference-counted command an entry; what every disk has
/// compacted is forgotten.
#[derive(Clone, Debug, Default)]
pub struct LogMatching {
    known: BTreeMap<(Index, Term), Known>,
    judged: u64,
}

#[derive(Clone, Debug)]
struct Known {
    entry: Entry,
    /// The term of the entry before it, if a disk could tell.
    behind: Option<Term>,
    node: NodeId,
}

impl LogMatching {
    /// The property's name.
    pub const PROPERTY: &str = "Log Matching";

    /// A write changed `node`'s log from index `from` on, and left it so.
    pub fn written(
        &mut self,
        time: Time,
        node: NodeId,
        log: &Log,
        from: Index,
    ) -> Result<(), Failure> {
        for index in from..=log.last_index() {
            self.judged += 1;
            let entry = log.get(index).expect("an index within the log");
            let behind = log.term(index - 1);
            match self.known.entry((index, entry.term)) {
                Place::Vacant(place) => {
                    place.insert(Known { entry: entry.clone(), behind, node });
                }
                Place::Occupied(mut known) => {
                    known.get_mut().judge(time, node, index, entry, behind)?;
                }
            }
        }
        Ok(())
    }

    /// No disk's log begins before `first` any more.
    pub fn compacted(&mut self, first: Index) {
        while self.known.first_key_value().is_some_and(|(&(index, _), _)| index < first) {
            self.known.pop_first();
        }
    }

    /// How many entries it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

impl Known {
    fn judge(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        entry: &Entry,
        behind: Option<Term>,
    ) -> Result<(), Failure> {
        let first = self.node;
        if self.entry.command != entry.command {
            let facts = [
                format!("{first}'s disk held {}", self.entry.at(index)),
                format!("{node}'s disk holds {}", entry.at(index)),
            ];
            return Err(Failure::violation(LogMatching::PROPERTY, time, facts));
        }
        let (Some(known), Some(seen)) = (self.behind, behind) else {
            self.behind = self.behind.or(behind);
            return Ok(());
        };
        if known == seen {
            return Ok(());
        }
        let (here, before) = (format!("{index}@{}", entry.term), index - 1);
        let facts = [
            format!("{first}'s disk held {here} behind {before}@{known}"),
            format!("{node}'s disk holds {here} behind {before}@{seen}"),
        ];
        Err(Failure::violation(LogMatching::PROPERTY, time, facts))
    }
}
