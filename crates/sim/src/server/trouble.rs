//! What may be wrong with a server that is up: it is paused, its disk is slow, its clock is its
//! own.
//!
//! Most servers have no trouble; then all of this is one pointer that is not there.

use std::collections::VecDeque;

use raftsim_node::{ActionOf, Bytes, Duration, Index, Node, NodeId, Status, Time};

use crate::clients::proposal::Proposal;
use crate::network::message::Handling;
use crate::server::Cluster;
use crate::server::clock::{Clock, Rate};
use crate::world::Item;

/// A server's troubles. Those of the machine, disk and clock, outlive its lives.
pub(crate) struct Trouble<N: Node> {
    pub(crate) clock: Option<Clock>,
    /// How long a write takes.
    pub(crate) latency: Duration,
    pub(crate) hold: Option<Hold<N>>,
}

/// What is held up while a server does not run its code: because it is paused, because a list of
/// its waits for the disk, or both.
///
/// Invariant: while there is a hold, the server's timer is kept in it, and none runs in the world.
pub(crate) struct Hold<N: Node> {
    pub(crate) paused: bool,
    /// The rest of a list: it waits for the disk, or for the server to be resumed.
    pub(crate) list: Option<List<N>>,
    /// Snapshots that the service made of what the list applied: they come right behind it.
    pub(crate) compactions: VecDeque<(Index, Bytes)>,
    /// What arrived meanwhile, and when, in order.
    pub(crate) waiting: VecDeque<(Time, Item<N::Message>)>,
    /// The server's deadline, by its own clock.
    pub(crate) deadline: Option<Time>,
    /// When its timer is, or was, due; [`Time::MAX`] if none runs.
    pub(crate) due: Time,
}

impl<N: Node> Hold<N> {
    /// Whether the server still does not run its code. Otherwise what waited is being handled.
    pub(crate) fn is_shut(&self) -> bool {
        self.paused || self.list.is_some()
    }
}

/// What is left to do of a list of actions.
pub(crate) struct List<N: Node> {
    pub(crate) actions: VecDeque<ActionOf<N>>,
    /// Whose message it answers.
    pub(crate) handling: Option<Handling>,
    /// Crash after this many more, or behind the last.
    pub(crate) left: Option<u32>,
    /// The status to be told behind the last.
    pub(crate) news: Option<Status>,
    /// The proposal that it answers.
    pub(crate) proposal: Option<Proposal>,
    /// The first action is a write that takes its time.
    pub(crate) writing: bool,
    /// It has waited.
    pub(crate) waited: bool,
}

impl<N: Node> Default for Trouble<N> {
    fn default() -> Self {
        Self { clock: None, latency: Duration::ZERO, hold: None }
    }
}

impl<N: Node> Cluster<N> {
    /// Whether a server is paused: it is up, and runs none of its code.
    pub fn is_paused(&self, node: NodeId) -> bool {
        self.hold(node).is_some_and(|hold| hold.paused)
    }

    /// Whether a list of a server's waits for its disk, or for the server to be resumed.
    pub fn is_busy(&self, node: NodeId) -> bool {
        self.hold(node).is_some_and(|hold| hold.list.is_some())
    }

    /// Whether nothing reaches a server that is up: it is paused or busy.
    pub fn is_held(&self, node: NodeId) -> bool {
        self.hold(node).is_some_and(Hold::is_shut)
    }

    /// How long a write of a server's takes.
    pub fn disk_latency(&self, node: NodeId) -> Duration {
        self.server(node).trouble.as_ref().map_or(Duration::ZERO, |trouble| trouble.latency)
    }

    /// How fast a server's clock runs.
    pub fn clock_rate(&self, node: NodeId) -> Rate {
        self.clock(node).map_or(Rate::TRUE, |clock| clock.rate)
    }

    /// Whether a server's clock runs as fast as the world's; it may be ahead.
    pub fn clock_is_true(&self, node: NodeId) -> bool {
        self.clock_rate(node).is_true()
    }

    pub(crate) fn clock(&self, node: NodeId) -> Option<&Clock> {
        self.server(node).trouble.as_ref()?.clock.as_ref()
    }

    pub(crate) fn hold(&self, node: NodeId) -> Option<&Hold<N>> {
        self.server(node).trouble.as_ref()?.hold.as_ref()
    }

    pub(crate) fn hold_mut(&mut self, node: NodeId) -> Option<&mut Hold<N>> {
        self.server_mut(node).trouble.as_mut()?.hold.as_mut()
    }

    /// A server's troubles, to be changed; there may be none yet.
    pub(crate) fn trouble(&mut self, node: NodeId) -> &mut Trouble<N> {
        self.server_mut(node).trouble.get_or_insert_default()
    }

    /// Takes out what is held up.
    pub(crate) fn take_hold(&mut self, node: NodeId) -> Option<Hold<N>> {
        let hold = self.server_mut(node).trouble.as_mut()?.hold.take();
        self.tidy(node);
        hold
    }

    /// Forgets troubles that are over.
    pub(crate) fn tidy(&mut self, node: NodeId) {
        let troubled = |trouble: &Trouble<N>| {
            let Trouble { clock, latency, hold } = trouble;
            clock.is_some() || *latency > Duration::ZERO || hold.is_some()
        };
        let trouble = &mut self.server_mut(node).trouble;
        if !trouble.as_ref().is_some_and(|trouble| troubled(trouble)) {
            *trouble = None;
        }
    }
}
