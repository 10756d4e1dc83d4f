//! The trace of a run. It always has a digest; if the run is recorded, it also keeps the records,
//! and emits them to `tracing`.

pub(crate) mod commands;
pub(crate) mod digest;
pub(crate) mod plain;
pub(crate) mod record;
pub(crate) mod row;
pub(crate) mod timer;
pub(crate) mod watch;

use std::cell::Cell;
use std::mem;

use raftsim_node::{Digest, Node, NodeId, Time};
use tracing::level_filters::LevelFilter;
use tracing::span::EnteredSpan;

use crate::server::guard::{Call, enter, inside, leave};
use crate::trace::digest::digest;
use crate::trace::record::{Record, RecordOf, Seen, What};
use crate::trace::row::RowTopic;
use crate::trace::timer::{TimerSet, TimerTrace};

thread_local! {
    /// See [`virtual_now`].
    static VIRTUAL_NOW: Cell<Time> = const { Cell::new(Time::ZERO) };
}

/// The virtual time of the run that this thread records: a clock for `tracing-subscriber`.
pub fn virtual_now() -> Time {
    VIRTUAL_NOW.get()
}

/// Everything that happened in a run, in order.
pub struct Trace<N: Node> {
    digest: Digest,
    /// Whether records are kept.
    is_recording: bool,
    /// Whether anybody sees the records: they are kept, or a watch looks on. It is read at every
    /// record; what is done for a recorded run alone asks it first, so that a run that nobody sees
    /// reads no other flag.
    is_seen: bool,
    records: Vec<RecordOf<N>>,
    timers: TimerTrace,
    /// How many records it keeps at most, and how many it did not keep.
    most: usize,
    missing: u64,
    /// Whether `tracing` has a subscriber. It is read once a run.
    is_emitting: bool,
}

impl<N: Node> Trace<N> {
    /// A trace whose records are kept if it is `recording`, up to so many. `looks_on`: a watch sees
    /// them anyway.
    pub(crate) fn new(recording: bool, most: usize, looks_on: bool) -> Self {
        let is_emitting = recording && LevelFilter::current() > LevelFilter::OFF;
        let records = Vec::with_capacity(if recording { 1024 } else { 0 });
        let digest = Digest::new();
        Self {
            digest,
            is_recording: recording,
            is_seen: recording || looks_on,
            records,
            timers: TimerTrace::default(),
            most,
            missing: 0,
            is_emitting,
        }
    }

    /// The digest of all records so far, except what nodes note and print.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// The records so far, in order; none if the run is not recorded. If there are too many, these
    /// are the first ones, and [`Trace::missing`] counts the others.
    pub fn records(&self) -> &[RecordOf<N>] {
        &self.records
    }

    /// How many of the last records were not kept, because there were too many.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// When timers were set, in order, up to the last event but one; none if the run is not
    /// recorded. What happens after the last record that is kept is missing here too.
    pub fn timers(&self) -> &[TimerSet] {
        self.timers.set()
    }

    /// Notes when a server's timer is due since the last record; [`Time::MAX`] if no timer runs. The
    /// caller has seen that the run is recorded.
    pub(crate) fn note_timer(&mut self, node: NodeId, due: Time) {
        let time = self.records.last().map_or(Time::ZERO, |record| record.time);
        if self.records.len() < self.most {
            self.timers.note(self.records.len(), time, node, due);
        }
    }

    /// Takes the timers out.
    pub(crate) fn take_timers(&mut self) -> Vec<TimerSet> {
        self.timers.take()
    }

    /// Takes the records out; none is kept from then on.
    pub(crate) fn take_records(&mut self) -> Vec<RecordOf<N>> {
        self.is_recording = false;
        mem::take(&mut self.records)
    }

    /// Whether records are kept.
    pub fn is_recording(&self) -> bool {
        self.is_recording
    }

    /// Whether records are kept, or a watch looks on.
    pub(crate) fn is_seen(&self) -> bool {
        self.is_seen
    }

    /// For tests: the digest of these records. For all records of a run it is the run's digest.
    #[doc(hidden)]
    pub fn digest_of(records: &[RecordOf<N>]) -> u64 {
        let mut sum = Digest::new();
        for record in records {
            if !matches!(record.what, What::Noted(_) | What::Printed(_)) {
                digest::<N>(&record.as_seen(), None, &mut sum);
            }
        }
        sum.value()
    }

    /// Enters the `tracing` span of a step, if there is a subscriber.
    #[inline]
    pub(crate) fn span(&self, node: NodeId, now: Time) -> Option<Box<EnteredSpan>> {
        #[cold]
        #[expect(clippy::unnecessary_box_returns, reason = "to make it is no part of every step")]
        fn entered(node: NodeId, now: Time) -> Box<EnteredSpan> {
            Box::new(tracing::debug_span!(target: "raftsim", "step", %node, time = %now).entered())
        }
        // In a box, since every step asks and hardly any run has one.
        if self.is_emitting { Some(entered(node, now)) } else { None }
    }

    /// Sets [`virtual_now`], if anybody sees the records of this run.
    pub(crate) fn set_clock(&self, now: Time) {
        if self.is_seen() {
            VIRTUAL_NOW.set(now);
        }
    }

    /// Feeds a record to the digest. `message` is the digest of its message, if it is known.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(crate) fn feed(&mut self, record: &Record<Seen<'_, N>>, message: Option<u64>) {
        match (&record.what, record.node) {
            (What::Noted(_) | What::Printed(_), _) => {}
            // Digesting a write runs the node's code.
            (What::Persisted { .. }, Some(node)) => {
                inside(node, Call::Digest, || digest::<N>(record, message, &mut self.digest));
            }
            _ => digest::<N>(record, message, &mut self.digest),
        }
    }

    /// Keeps a record if the run is recorded, and emits it to `tracing` if there is a subscriber.
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    pub(crate) fn keep(&mut self, record: &Record<Seen<'_, N>>) {
        if !self.is_recording {
            return;
        }
        if self.records.len() >= self.most {
            self.missing += 1;
            return;
        }
        // Copying a node's values runs the node's code.
        match record.node.filter(|_| record.has_nodes_values()) {
            Some(node) => {
                enter(node, Call::Copy);
                self.records.push(record.to_owned());
                leave();
            }
            None => self.records.push(record.to_owned()),
        }
        if self.is_emitting {
            self.records().last().into_iter().for_each(emit::<N>);
        }
    }
}

impl<N: Node> std::fmt::Debug for Trace<N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Trace({:016x}, {} records)", self.digest(), self.records().len())
    }
}

/// Emits a record as a `tracing` event with the target `raftsim`: changes of role, faults and the
/// scenario's own lines as INFO, the rest as DEBUG.
#[cold]
fn emit<N: Node>(record: &RecordOf<N>) {
    // The line of the changed status, `What::Became`, has already said everything.
    if matches!(record.what, What::Settled) {
        return;
    }
    macro_rules! emit {
        ($level:ident) => {
            if tracing::enabled!(target: "raftsim", tracing::Level::$level) {
                let row = record.row();
                let node = row.node.map_or_else(|| "world".to_owned(), |node| node.to_string());
                tracing::event!(
                    target: "raftsim", tracing::Level::$level,
                    %node, life = row.life, "{}", row.text
                );
            }
        };
    }
    match record.topic() {
        RowTopic::Role | RowTopic::Fault | RowTopic::Scenario | RowTopic::Log => emit!(INFO),
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
