//! A recorded run without the node's types: what is written to files, and drawn.
//!
//! All of the node's code that this needs (`Debug` and the other methods of messages, and the
//! disks) runs under guard, and a panic in it is shown in the place of what it should have given.

use std::cell::Cell;
use std::fmt;
use std::mem;
use std::ops::Deref;

use raftsim_node::{
    Bytes, CallId, Disk, Index, Message, Node, NodeId, ProposalId, Term, Time, Topic, Touched, View,
};

use crate::fault::Link;
use crate::network::settings::{LinkSettings, Spread};
use crate::network::{Network, NetworkSetup};
use crate::random::Streams;
use crate::server::guard::{Panic, guarded};
use crate::text::foreign;
use crate::trace::commands::{self, Commands};
use crate::trace::record::{Record, RecordOf, What};
use crate::trace::timer::TimerSet;

/// A message without its type. Its `Debug` is the message's own.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainMessage {
    /// Its `Debug`, as one harmless line ([`foreign::value`]).
    pub text: String,
    /// A few characters for it ([`Message::label`]), as one harmless line. Without a label of its
    /// own it is the first word of `text`.
    pub label: String,
    /// See [`Message::topic`].
    pub topic: Topic,
    /// See [`Message::is_reply`].
    pub is_reply: bool,
    /// See [`Message::size`].
    pub size: usize,
    /// See [`Message::term`].
    pub term: Option<Term>,
    /// See [`Message::call`].
    pub call: Option<CallId>,
}

impl PlainMessage {
    /// A message that may be of any type. This runs its code, under guard.
    pub fn of(message: &impl Message) -> Self {
        let text = guarded(|| foreign::value(Shown(message)));
        let label = guarded(|| message.label().map(foreign::quote)).ok().flatten();
        let word = || text.as_ref().map_or("?", |text| first_word(text));
        let label = label.unwrap_or_else(|| foreign::quote(word()));
        let text = text.unwrap_or_else(|panic| panicked(&panic));
        let facts = guarded(|| Self {
            text: String::new(),
            label: String::new(),
            topic: message.topic(),
            is_reply: message.is_reply(),
            size: message.size(),
            term: message.term(),
            call: message.call(),
        });
        let unknown = |_| Self {
            text: String::new(),
            label: String::new(),
            topic: Topic::Other,
            is_reply: false,
            size: 0,
            term: None,
            call: None,
        };
        Self { text, label, ..facts.unwrap_or_else(unknown) }
    }
}

/// A value's `Debug`, as a `Display`.
struct Shown<'a, T>(&'a T);

impl<T: fmt::Debug> fmt::Display for Shown<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

fn panicked(panic: &Panic) -> String {
    format!("(its Debug panicked: {panic})")
}

/// The first word of a message's text: letters, digits and `_` up to anything else.
fn first_word(text: &str) -> &str {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let text = text.trim_start_matches(|char| !is_part(char));
    text.split(|char| !is_part(char)).next().unwrap_or_default()
}

impl fmt::Debug for PlainMessage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Message for PlainMessage {
    fn is_reply(&self) -> bool {
        self.is_reply
    }

    fn size(&self) -> usize {
        self.size
    }

    fn call(&self) -> Option<CallId> {
        self.call
    }

    fn topic(&self) -> Topic {
        self.topic
    }

    fn term(&self) -> Option<Term> {
        self.term
    }

    fn label(&self) -> Option<String> {
        Some(self.label.clone())
    }
}

/// A write without its type. Its `Debug` is the write's own.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainWrite {
    /// Its `Debug`, as one harmless line.
    pub text: String,
    /// What the disk's view shows after it; `None` if the disk offers no view.
    pub disk: Option<PlainDisk>,
}

impl fmt::Debug for PlainWrite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Bytes and, if they are a command, its name. Its `Debug` is that name, such as `cmd 24`, or else
/// the bytes as [`Bytes`] prints them.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainBytes {
    /// The bytes.
    pub bytes: Bytes,
    /// The first proposal of this command; `None` if the bytes are no command, or read as text.
    pub first: Option<ProposalId>,
}

impl Deref for PlainBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Bytes> for PlainBytes {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, first: None }
    }
}

impl From<&str> for PlainBytes {
    fn from(text: &str) -> Self {
        Bytes::from(text).into()
    }
}

impl fmt::Debug for PlainBytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first {
            Some(id) => out.write_str(&commands::name(id)),
            None => self.bytes.fmt(out),
        }
    }
}

/// What a disk's view shows after a write. Of the log it has only what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainDisk {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor` in that term.
    pub voted_for: Option<NodeId>,
    /// The index at which the log begins: one more than the snapshot's.
    pub first: Index,
    /// The index from which on the write changed the log, not before `first`. Entries before it are
    /// as they were.
    pub from: Index,
    /// The terms of the entries from `from` to the log's end. If the log has not changed there are
    /// none, and `from` is one past its end.
    pub terms: Vec<Term>,
}

/// A record without the node's types. Its text ([`Record::row`]) is that of the record itself, with
/// commands by their names ([`Commands::named`]), but for values of thousands of characters.
pub type PlainRecord = Record<What<PlainMessage, PlainWrite, PlainBytes>>;

/// One thing that a recorded run shows, without the node's types.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Something happened.
    Record(PlainRecord),
    /// A server's timer was set, moved or stopped.
    Timer(TimerSet),
    /// The record before this one was a fault that changed links. These are all that are blocked
    /// now, in order.
    Blocked {
        /// When it did.
        time: Time,
        /// The links.
        links: Vec<Link>,
    },
}

/// Takes the node's types from the records of a run, in order. It keeps disks of its own, and links.
pub struct Plain<N: Node> {
    /// By server.
    disks: Vec<Known<N::Disk>>,
    network: Network,
    commands: Commands,
}

/// A disk, and what was read from it.
struct Known<D> {
    /// `None` once its code has panicked.
    disk: Option<D>,
    /// The index at which its log begins.
    first: Index,
    /// The terms of its entries.
    terms: Vec<Term>,
}

impl<N: Node> Plain<N> {
    /// The state before the first record of a run of `size` servers.
    pub fn new(size: usize) -> Self {
        let network = Network::new(NetworkSetup {
            size,
            settings: LinkSettings::labrpc(false, false, true),
            is_fixed: false,
            delays: None,
            jitter: Spread::ZERO,
            closed: true,
            fates: std::collections::BTreeMap::new(),
            failures: std::collections::BTreeMap::new(),
            streams: Streams::new(0, "a recorded run draws nothing"),
        });
        let known = || Known { disk: guarded(N::Disk::default).ok(), first: 1, terms: vec![] };
        let disks = (0..size).map(|_| known()).collect();
        Self { disks, network, commands: Commands::default() }
    }

    /// Passes `visit` everything that these records and timers show, in order.
    pub fn visit(
        &mut self,
        records: &[RecordOf<N>],
        timers: &[TimerSet],
        visit: &mut dyn FnMut(Moment),
    ) {
        let mut timers = timers.iter().copied().peekable();
        for (place, record) in records.iter().enumerate() {
            while let Some(timer) = timers.next_if(|timer| timer.after <= place) {
                visit(Moment::Timer(timer));
            }
            visit(Moment::Record(self.record(record)));
            if let What::Fault(fault) = &record.what {
                let before = self.blocked();
                self.network.apply(fault);
                let links = self.blocked();
                if links != before {
                    visit(Moment::Blocked { time: record.time, links });
                }
            }
        }
        timers.for_each(|timer| visit(Moment::Timer(timer)));
    }

    /// The next record, without the node's types.
    fn record(&mut self, record: &RecordOf<N>) -> PlainRecord {
        let Record { time, node, life, ref what } = *record;
        if let What::Proposed { id, command } = what {
            self.commands.proposed(*id, command);
        }
        let write = match (what, node) {
            (What::Persisted { write, touched }, Some(node)) => {
                Some(self.write(node, write, *touched))
            }
            _ => None,
        };
        let write = Cell::new(write);
        let written = |_: &_| write.take().expect("a write has a server");
        let commands = &self.commands;
        let message = |message: &_| {
            let plain = PlainMessage::of(message);
            PlainMessage { text: commands.named(plain.text), ..plain }
        };
        let bytes =
            |bytes: &Bytes| PlainBytes { bytes: bytes.clone(), first: commands.first(bytes) };
        let what = what.map(message, written, bytes, Box::clone, Clone::clone);
        Record { time, node, life, what }
    }

    fn write(
        &mut self,
        node: NodeId,
        write: &<N::Disk as Disk>::Write,
        touched: Touched,
    ) -> PlainWrite {
        let text = guarded(|| foreign::value(Shown(write))).unwrap_or_else(|it| panicked(&it));
        let text = self.commands.named(text);
        let Known { disk, first, terms } = &mut self.disks[node.slot()];
        let shown = disk.as_mut().map(|disk| {
            guarded(|| {
                disk.write(write.clone());
                disk.view().map(|view| shown(view, first, terms, touched))
            })
        });
        match shown {
            Some(Ok(disk)) => PlainWrite { text, disk },
            // Its code must not run again, not even to drop it.
            Some(Err(_)) => {
                mem::forget(disk.take());
                PlainWrite { text, disk: None }
            }
            None => PlainWrite { text, disk: None },
        }
    }

    /// All links that are blocked, in order.
    fn blocked(&self) -> Vec<Link> {
        let ids = || (1..=self.disks.len()).filter_map(|it| u8::try_from(it).ok().map(NodeId::new));
        let links = ids().flat_map(|from| ids().map(move |to| Link { from, to }));
        links.filter(|it| it.from != it.to && self.network.is_blocked(it.from, it.to)).collect()
    }
}

impl<N: Node> fmt::Debug for Plain<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Plain").field("servers", &self.disks.len()).finish_non_exhaustive()
    }
}

impl<N: Node> Drop for Plain<N> {
    /// Drops the disks under guard.
    fn drop(&mut self) {
        for known in &mut self.disks {
            let disk = known.disk.take();
            let _ = guarded(|| drop(disk));
        }
    }
}

/// The most entries that are read of a log at once: a view may promise any number.
const MOST_ENTRIES: usize = 1_000_000;

/// What a view shows after a write that touched so much, when before its log began at `first` and
/// had entries of these `terms`. Both are brought up to date.
fn shown(view: &dyn View, first: &mut Index, terms: &mut Vec<Term>, touched: Touched) -> PlainDisk {
    let (begin, last) = (view.first_index().max(1), view.last_index());
    let next = *first + terms.len() as Index;
    let may_differ =
        touched.log_from.is_some() || touched.snapshot || last.saturating_add(1) != next;
    if !may_differ {
        let (term, voted_for) = (view.term(), view.voted_for());
        return PlainDisk { term, voted_for, first: *first, from: next, terms: vec![] };
    }
    // What is known of the entries that the log still has.
    let gone = usize::try_from(begin.saturating_sub(*first)).unwrap_or(usize::MAX);
    let mut known = if begin < *first { vec![] } else { terms.split_off(gone.min(terms.len())) };
    let sure = match touched.log_from {
        Some(from) => usize::try_from(from.saturating_sub(begin)).unwrap_or(usize::MAX),
        None => 0,
    };
    let from = sure.min(known.len());
    let read = (begin + from as Index..=last).map_while(|index| view.entry(index));
    let read: Vec<Term> = read.take(MOST_ENTRIES).map(|(term, _)| term).collect();
    let same = read.iter().zip(&known[from..]).take_while(|(read, known)| read == known).count();
    known.truncate(from + same);
    let changed = read[same..].to_vec();
    known.extend(&changed);
    (*first, *terms) = (begin, known);
    PlainDisk {
        term: view.term(),
        voted_for: view.voted_for(),
        first: begin,
        from: begin + (from + same) as Index,
        terms: changed,
    }
}

#[cfg(test)]
mod tests;
