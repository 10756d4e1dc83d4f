//! The whole state of the world at one moment, for people. To look changes nothing: all of it that
//! is the nodes' own code runs under guard.

use std::fmt::{self, Debug};
use std::mem;

use raftsim_node::{Disk, Index, Node, NodeId, Snapshot, Status, Term, Time};

use super::World;
use super::schedule::Item;
use crate::fault::Link;
use crate::network::fate::MessageName;
use crate::network::message::Letter;
use crate::server::guard::guarded;
use crate::server::suspend::Suspension;
use crate::text::foreign;
use crate::trace::commands::Commands;
use crate::trace::plain::PlainMessage;
use crate::trace::watch::Watch;

/// The state of the world at one moment, without the node's types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldState {
    /// The moment: everything that happens at it has happened.
    pub time: Time,
    /// Every server, n1 first.
    pub servers: Vec<ServerState>,
    /// The links that are blocked, in order.
    pub cut: Vec<Link>,
    /// The messages on their way, in the order in which they are due. Before them come those that
    /// have arrived and wait until their addressee runs its code.
    pub in_flight: Vec<InFlight>,
}

impl WorldState {
    /// The same state, in which messages and memory print these commands by their names.
    #[must_use]
    pub fn naming(mut self, commands: &Commands) -> Self {
        for server in &mut self.servers {
            server.memory = server.memory.take().map(|memory| commands.named(memory));
        }
        for message in &mut self.in_flight {
            message.text = commands.named(mem::take(&mut message.text));
        }
        self
    }
}

/// The state of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// The server.
    pub node: NodeId,
    /// The number of its present or last life, from 1; 0 before the first.
    pub life: u32,
    /// What it believes; `None` while it is down.
    pub status: Option<Status>,
    /// Why it does not run its code although it is up.
    pub waits: Waits,
    /// When its timer is due, by the world's time; `None` if no timer runs.
    pub due: Option<Time>,
    /// Term, vote and log on its disk; `None` if its disk offers no view.
    pub log: Option<LogShown>,
    /// The snapshot on its disk, if there is one.
    pub snapshot: Option<SnapshotShown>,
    /// What its node shows of its memory ([`Node::inspect`]), as `{:#?}` prints it, harmless;
    /// `None` if it shows nothing or is down, or if nobody asked.
    pub memory: Option<String>,
}

/// Why a server that is up does not run its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// It is paused.
    pub is_paused: bool,
    /// A list of its actions waits: for a write, or until it is resumed.
    pub is_busy: bool,
    /// When the write is complete for which the list waits.
    pub written_at: Option<Time>,
}

/// What a disk's view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogShown {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor` in that term.
    pub voted_for: Option<NodeId>,
    /// The index of the first of `terms`.
    pub first: Index,
    /// The terms of the log's entries.
    pub terms: Vec<Term>,
}

/// What is shown of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotShown {
    /// The index of the last entry that it stands for.
    pub index: Index,
    /// That entry's term, if the node knows it.
    pub term: Option<Term>,
    /// How many bytes it has.
    pub bytes: usize,
}

/// A message that is on its way, or a copy of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Its name.
    pub name: MessageName,
    /// Its `Debug`, as one harmless line.
    pub text: String,
    /// When it arrives; `None` if it has arrived, and waits.
    pub due: Option<Time>,
    /// Whether the life for which it was sent has ended: then it arrives nowhere.
    pub is_late: bool,
}

/// The moments of a run whose state is kept.
#[derive(Default)]
pub(crate) struct Looks {
    /// All of them, in order.
    at: Vec<Time>,
    /// The states at the first of them.
    kept: Vec<WorldState>,
}

impl Looks {
    pub(super) fn new(at: Vec<Time>) -> Self {
        Self { at, kept: vec![] }
    }

    /// The next moment whose state is wanted.
    pub(super) fn next(&self) -> Option<Time> {
        self.at.get(self.kept.len()).copied()
    }

    /// Keeps the state at that moment.
    pub(super) fn keep(&mut self, state: WorldState) {
        self.kept.push(state);
    }

    /// Whether the state at the last moment is kept, so that the run may end.
    pub(super) fn are_over(&self) -> bool {
        !self.at.is_empty() && self.next().is_none()
    }
}

/// The most entries of a log that are shown: a view may promise any number.
const MOST_ENTRIES: usize = 1_000_000;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Takes the states that were kept ([`crate::Setup::looks`]): one for each of the moments that
    /// the run has gone through, in order.
    pub fn take_looks(&mut self) -> Vec<WorldState> {
        mem::take(&mut self.looks).kept
    }

    /// The state of every server now, n1 first, without its memory.
    pub fn look_at_servers(&self) -> Vec<ServerState> {
        self.cluster.ids().map(|node| self.look_at(node)).collect()
    }

    /// The state of the world now.
    pub fn look(&self) -> WorldState {
        let cluster = &self.cluster;
        let ids = || cluster.ids();
        let links = ids().flat_map(|from| ids().map(move |to| Link { from, to }));
        let is_cut = |link: &Link| link.from != link.to && cluster.is_blocked(link.from, link.to);
        let waiting = ids().filter_map(|node| cluster.suspension(node));
        let waiting = waiting.flat_map(Suspension::letters).map(|letter| (None, letter));
        let queued = self.queue.waiting().filter_map(|(due, item)| match item {
            Item::Deliver(letter) => Some((Some(due), letter)),
            Item::Boot(_)
            | Item::CallFailed { .. }
            | Item::CallPoll { .. }
            | Item::Written { .. }
            | Item::Wake(_) => None,
        });
        WorldState {
            time: self.now(),
            servers: ids()
                .map(|node| ServerState { memory: self.memory(node), ..self.look_at(node) })
                .collect(),
            cut: links.filter(is_cut).collect(),
            in_flight: waiting.chain(queued).map(|(due, it)| self.in_flight(due, it)).collect(),
        }
    }

    fn look_at(&self, node: NodeId) -> ServerState {
        let server = self.cluster.server(node);
        let suspension = self.cluster.suspension(node);
        let due = suspension.map_or_else(|| self.timers.due(node), Suspension::due);
        let list = suspension.and_then(Suspension::list);
        ServerState {
            node,
            life: server.life,
            status: self.cluster.status(node),
            waits: Waits {
                is_paused: self.cluster.is_paused(node),
                is_busy: list.is_some(),
                written_at: list.and_then(|list| list.written_at),
            },
            due: Some(due).filter(|&due| due < Time::MAX && self.cluster.is_up(node)),
            log: guarded(|| log_shown(&server.disk)).ok().flatten(),
            snapshot: guarded(|| server.disk.snapshot().map(snapshot_shown)).ok().flatten(),
            memory: None,
        }
    }

    /// What a server's node shows of its memory.
    fn memory(&self, node: NodeId) -> Option<String> {
        let node = self.cluster.server(node).process.node()?;
        let shown = guarded(|| node.inspect().map(|it| foreign::block(Pretty(it))));
        shown.unwrap_or_else(|panic| {
            Some(format!("(it could not be printed: it panicked: {panic})"))
        })
    }

    fn in_flight(&self, due: Option<Time>, letter: &Letter<N::Message>) -> InFlight {
        let head = &letter.head;
        InFlight {
            name: MessageName { from: head.from, to: head.to, seq: head.seq },
            text: PlainMessage::of(&letter.message).text,
            due,
            is_late: self.cluster.life(head.to) != head.life || !self.cluster.is_up(head.to),
        }
    }
}

/// A value's `Debug` over several lines, as a `Display`.
struct Pretty<'a>(&'a dyn Debug);

impl fmt::Display for Pretty<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#?}", self.0)
    }
}

fn log_shown(disk: &impl Disk) -> Option<LogShown> {
    let view = disk.view()?;
    let (first, last) = (view.first_index().max(1), view.last_index());
    let entries = (first..=last).map_while(|index| view.entry(index)).take(MOST_ENTRIES);
    let terms = entries.map(|(term, _)| term).collect();
    Some(LogShown { term: view.term(), voted_for: view.voted_for(), first, terms })
}

fn snapshot_shown(snapshot: &Snapshot) -> SnapshotShown {
    let Snapshot { index, term, ref data } = *snapshot;
    SnapshotShown { index, term, bytes: data.len() }
}
