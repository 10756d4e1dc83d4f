//! Records in the world: each goes into the trace, and the watch sees it.

use raftsim_node::{Node, NodeId};

use super::World;
use crate::failure::Failure;
use crate::trace::record::{Record, Seen};
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Records what happened to `node` (`None`: to the world) now.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(super) fn emit(&mut self, node: Option<NodeId>, what: Seen<'_, N>) -> Result<(), Failure> {
        let life = node.map_or(0, |node| self.cluster.life(node));
        let record = Record { time: self.cluster.now, node, life, what };
        self.emit_record(&record, None)
    }

    /// Adds a record to the trace and shows it to the watch. `message` is the digest of the
    /// record's message, if it is known.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(super) fn emit_record(
        &mut self,
        record: &Record<Seen<'_, N>>,
        message: Option<u64>,
    ) -> Result<(), Failure> {
        self.trace.feed(record, message);
        if self.trace.is_seen() {
            self.trace.keep(record);
            // A call by reference would cost every run the record's way through memory.
            self.look_on(&record.anew())?;
        }
        self.watch.observe(&self.cluster, record)
    }

    /// Shows a record to a watch that looks on, and to whoever notes gaps.
    #[cold]
    #[inline(never)]
    fn look_on(&mut self, record: &Record<Seen<'_, N>>) -> Result<(), Failure> {
        if let Some(gaps) = &mut self.gaps {
            gaps.see::<N>(record);
        }
        if self.watch.looks_on() { self.watch.look_on(&self.cluster, record) } else { Ok(()) }
    }
}
