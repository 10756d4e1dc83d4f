//! The gaps between two writes of one list, as the records of a run show them.

use std::mem;

use raftsim_node::{Node, Time};

use super::World;
use crate::fault::Gap;
use crate::trace::record::{Record, Seen, What};
use crate::trace::watch::Watch;

/// The gaps so far. A world notes them from its records, so that a run in which nobody asks for them
/// pays nothing.
pub(super) struct Gaps {
    noted: Vec<Gap>,
    /// By server: its last list.
    lists: Vec<List>,
}

/// What is known of a server's last list.
#[derive(Clone, Copy, Default)]
struct List {
    /// When the server returned it.
    at: Time,
    has_written: bool,
    /// How many gaps the server's lists of this instant have so far.
    gaps: u32,
}

impl Gaps {
    /// Those of a cluster of `size` servers.
    pub(super) fn new(size: usize) -> Self {
        Self { noted: vec![], lists: vec![List::default(); size] }
    }

    /// Sees what happens next.
    pub(super) fn see<N: Node>(&mut self, record: &Record<Seen<'_, N>>) {
        let Some(node) = record.node else { return };
        let list = &mut self.lists[node.slot()];
        if record.what.is_event() {
            let gaps = if list.at == record.time { list.gaps } else { 0 };
            *list = List { at: record.time, has_written: false, gaps };
        } else if matches!(record.what, What::Persisted { .. })
            && mem::replace(&mut list.has_written, true)
        {
            list.gaps += 1;
            self.noted.push(Gap { node, at: list.at, number: list.gaps });
        }
    }
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Takes out the gaps between two writes of one list that have been made, by the time of the
    /// list; none unless [`Setup::notes_gaps`](crate::Setup::notes_gaps) asks for them.
    pub fn take_gaps(&mut self) -> Vec<Gap> {
        let mut noted =
            self.gaps.as_mut().map(|gaps| mem::take(&mut gaps.noted)).unwrap_or_default();
        // Where a write takes time, lists of other servers come between.
        noted.sort_by_key(|gap: &Gap| (gap.at, gap.node, gap.number));
        noted
    }
}
