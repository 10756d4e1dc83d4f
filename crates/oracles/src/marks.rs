//! How far each disk holds what is committed, and so how many disks hold an entry.

use raftsim_node::{Index, NodeId};

use crate::history::History;
use crate::log::Log;

/// By server, its mark: the index through which its disk holds the history. Only writes and new
/// commits move marks.
///
/// Invariants: there is one mark for each server, and none is beyond the end of the history.
#[derive(Clone, Debug)]
pub struct Marks(Vec<Index>);

/// How many disks hold a committed entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holders {
    /// The number of all disks.
    pub disks: usize,
    /// Of them, those that hold the entry.
    pub holding: usize,
    /// Those without a view, which may hold it.
    pub unseen: usize,
}

impl Marks {
    /// The marks of `size` servers with empty disks.
    pub fn new(size: usize) -> Self {
        Self(vec![0; size])
    }

    /// The index through which `node`'s disk holds everything committed.
    #[inline]
    pub fn mark(&self, node: NodeId) -> Index {
        self.0[node.slot()]
    }

    /// A write changed `node`'s log from index `from` on, or its snapshot, and left the log `log`.
    /// Returns the mark before the write, if the write lowered it. A snapshot that ends after the
    /// history may cover what the log does not hold any more.
    pub fn written(
        &mut self,
        node: NodeId,
        log: &Log,
        from: Index,
        history: &History,
    ) -> Option<Index> {
        let covered = history.covered(log);
        let mark = &mut self.0[node.slot()];
        let before = *mark;
        // If entries between the snapshot's end and the log's begin are missing, nothing before the
        // log counts.
        let kept = if log.first_index() > covered + 1 { 0 } else { before.min(from - 1) };
        *mark = kept.max(covered);
        // Most writes are of entries after the history.
        if *mark < history.last_index() {
            *mark = history.agrees_through(log, *mark);
        }
        if *mark >= before {
            return None;
        }
        let is_ahead = |(last, _)| last > history.last_index();
        (!log.snapshot().is_some_and(is_ahead)).then_some(before)
    }

    /// The last entry of the history is new. `logs` has one value for each server: its log, if its
    /// disk offers a view. Returns how many disks hold the entry.
    pub fn committed(&mut self, history: &History, logs: &[Option<Log>]) -> Holders {
        let index = history.last_index();
        let mut holders = Holders::none(logs.len());
        for (mark, log) in self.0.iter_mut().zip(logs) {
            let Some(log) = log else {
                holders.unseen += 1;
                continue;
            };
            let follows = *mark + 1 == index && history.agrees(log, index);
            if follows || index <= history.covered(log) {
                *mark = index;
                holders.holding += 1;
            }
        }
        holders
    }

    /// How many disks hold everything committed through `index`.
    pub fn holders(&self, index: Index, logs: &[Option<Log>]) -> Holders {
        let mut holders = Holders::none(logs.len());
        for (mark, log) in self.0.iter().zip(logs) {
            holders.unseen += usize::from(log.is_none());
            holders.holding += usize::from(log.is_some() && *mark >= index);
        }
        holders
    }
}

impl Holders {
    /// None of so many `disks`, and all of them seen.
    fn none(disks: usize) -> Self {
        Self { disks, holding: 0, unseen: 0 }
    }

    /// Whether a majority may hold the entry; `None` if a majority of the disks shows nothing.
    pub fn is_majority(self) -> Option<bool> {
        let majority = self.disks / 2 + 1;
        (self.unseen < majority).then_some(self.holding + self.unseen >= majority)
    }
}

impl std::fmt::Display for Holders {
    /// As in `1 of 3 disks hold it`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { disks, holding, unseen } = self;
        write!(out, "{holding} of {disks} disks hold it")?;
        if *unseen > 0 {
            write!(out, ", {unseen} unseen")?;
        }
        Ok(())
    }
}
