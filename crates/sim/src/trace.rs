//! The trace of a run: always digested, recorded when asked, told to `tracing` while recorded.

use std::cell::Cell;

use raftsim_node::{Digest, Node, Time};

use crate::guard::{Panic, guarded};
use crate::record::{Record, RecordOf, Seen, What, digest};
use crate::row::RowTopic;

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
    records: Option<Vec<RecordOf<N>>>,
}

impl<N: Node> Trace<N> {
    pub(crate) fn new(recording: bool) -> Self {
        let records = recording.then(|| Vec::with_capacity(1024));
        Self { digest: Digest::new(), records }
    }

    /// The digest of all records so far, notes apart.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// The records, if the run was recorded.
    pub fn records(&self) -> &[RecordOf<N>] {
        self.records.as_deref().unwrap_or_default()
    }

    pub(crate) fn take_records(&mut self) -> Vec<RecordOf<N>> {
        self.records.take().unwrap_or_default()
    }

    /// Whether records are kept.
    pub fn is_recording(&self) -> bool {
        self.records.is_some()
    }

    /// The digest of records that were kept: the run's own digest, if all were.
    pub fn digest_of(records: &[RecordOf<N>]) -> u64 {
        let mut sum = Digest::new();
        for record in records.iter().filter(|record| !matches!(record.what, What::Noted(_))) {
            digest::<N>(&record.as_seen(), None, &mut sum);
        }
        sum.value()
    }

    /// Takes a record in. `message` is its message's digest, if it holds a message.
    pub(crate) fn push(
        &mut self,
        record: &Record<Seen<'_, N>>,
        message: Option<u64>,
    ) -> Result<(), Panic> {
        if matches!(record.what, What::Persisted { .. }) {
            // Digesting a write runs the node's code.
            guarded(|| digest::<N>(record, message, &mut self.digest))?;
        } else if !matches!(record.what, What::Noted(_)) {
            digest::<N>(record, message, &mut self.digest);
        }
        if self.records.is_some() { self.record(record) } else { Ok(()) }
    }

    fn record(&mut self, record: &Record<Seen<'_, N>>) -> Result<(), Panic> {
        VIRTUAL_NOW.set(record.time);
        let owned = guarded(|| record.to_owned())?;
        tell::<N>(&owned);
        if let Some(records) = &mut self.records {
            records.push(owned);
        }
        Ok(())
    }
}

impl<N: Node> std::fmt::Debug for Trace<N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Trace({:016x}, {} records)", self.digest(), self.records().len())
    }
}

/// Emits a record as a `tracing` event: changes of role, faults and checks as INFO, the rest as
/// DEBUG, under the target `raftsim`.
fn tell<N: Node>(record: &RecordOf<N>) {
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
