//! The trace of a run: always digested, recorded when asked, told to `tracing` while recorded.

pub(crate) mod digest;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod watch;

use std::cell::Cell;
use std::mem;

use raftsim_node::{Digest, Node, NodeId, Time};
use tracing::level_filters::LevelFilter;
use tracing::span::EnteredSpan;

use crate::server::guard::{enter, inside, leave};
use crate::trace::digest::digest;
use crate::trace::record::{Record, RecordOf, Seen, What};
use crate::trace::row::RowTopic;

thread_local! {
    static VIRTUAL_NOW: Cell<Time> = const { Cell::new(Time::ZERO) };
}

/// The virtual time of the run that this thread records: the clock for `tracing-subscriber`.
pub fn virtual_now() -> Time {
    VIRTUAL_NOW.get()
}

/// Everything that happened in a run, in order.
pub struct Trace<N: Node> {
    digest: Digest,
    /// Asked at every record.
    is_recording: bool,
    records: Vec<RecordOf<N>>,
    /// Somebody listens to `tracing` events: asked once a run.
    is_told: bool,
}

impl<N: Node> Trace<N> {
    pub(crate) fn new(recording: bool) -> Self {
        let is_told = recording && LevelFilter::current() > LevelFilter::OFF;
        let records = Vec::with_capacity(if recording { 1024 } else { 0 });
        Self { digest: Digest::new(), is_recording: recording, records, is_told }
    }

    /// The digest of all records so far, notes apart.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// The records, if the run was recorded.
    pub fn records(&self) -> &[RecordOf<N>] {
        &self.records
    }

    pub(crate) fn take_records(&mut self) -> Vec<RecordOf<N>> {
        self.is_recording = false;
        mem::take(&mut self.records)
    }

    /// Whether records are kept.
    pub fn is_recording(&self) -> bool {
        self.is_recording
    }

    /// For tests: the digest of records that were kept, which is the run's own if all were.
    #[doc(hidden)]
    pub fn digest_of(records: &[RecordOf<N>]) -> u64 {
        let mut sum = Digest::new();
        for record in records.iter().filter(|record| !matches!(record.what, What::Noted(_))) {
            digest::<N>(&record.as_seen(), None, &mut sum);
        }
        sum.value()
    }

    /// The span in which a step runs, if somebody listens.
    pub(crate) fn span(&self, node: NodeId, now: Time) -> Option<EnteredSpan> {
        self.is_told
            .then(|| tracing::debug_span!(target: "raftsim", "step", %node, time = %now).entered())
    }

    /// Sets [`virtual_now`], if this run is recorded.
    pub(crate) fn set_clock(&self, now: Time) {
        if self.is_recording() {
            VIRTUAL_NOW.set(now);
        }
    }

    /// Feeds a record to the digest. `message` is its message's digest, if it holds a message.
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    pub(crate) fn feed(&mut self, record: &Record<Seen<'_, N>>, message: Option<u64>) {
        match (&record.what, record.node) {
            (What::Noted(_), _) => {}
            // Digesting a write runs the node's code.
            (What::Persisted { .. }, Some(node)) => {
                inside(node, || digest::<N>(record, message, &mut self.digest));
            }
            _ => digest::<N>(record, message, &mut self.digest),
        }
    }

    /// Keeps a record if the run is recorded, and tells it to `tracing` if anybody listens.
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    pub(crate) fn keep(&mut self, record: &Record<Seen<'_, N>>) {
        if !self.is_recording {
            return;
        }
        // Copying what a node made runs its code.
        match record.node.filter(|_| record.holds_nodes_values()) {
            Some(node) => {
                enter(node);
                self.records.push(record.to_owned());
                leave();
            }
            None => self.records.push(record.to_owned()),
        }
        if self.is_told {
            self.records().last().into_iter().for_each(tell::<N>);
        }
    }
}

impl<N: Node> std::fmt::Debug for Trace<N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Trace({:016x}, {} records)", self.digest(), self.records().len())
    }
}

/// Emits a record as a `tracing` event: changes of role, faults and checks as INFO, the rest as
/// DEBUG, under the target `raftsim`.
#[cold]
fn tell<N: Node>(record: &RecordOf<N>) {
    // The line of the status that settled has said all of it.
    if matches!(record.what, What::Settled) {
        return;
    }
    macro_rules! emit {
        ($level:ident) => {
            if tracing::enabled!(target: "raftsim", tracing::Level::$level) {
                let row = record.row();
                let node = row.node.map_or_else(|| "world".to_owned(), |node| node.to_string());
                tracing::event!(
                    target: "raftsim", tracing::Level::$level, %node, life = row.life, "{}", row.text
                );
            }
        };
    }
    match record.topic() {
        RowTopic::Role | RowTopic::Fault | RowTopic::Check => emit!(INFO),
        RowTopic::Timer
        | RowTopic::Vote
        | RowTopic::Append
        | RowTopic::Snapshot
        | RowTopic::Message
        | RowTopic::Disk
        | RowTopic::Client
        | RowTopic::Apply
        | RowTopic::Note => emit!(DEBUG),
    }
}
