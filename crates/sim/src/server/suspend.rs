//! Servers that are up and do not run their code: paused, or waiting for a slow disk.
//!
//! ```text
//! running --- pause --------------> paused ----------- resume ----------> draining
//! running --- a write takes time -> writing ---------- write complete --> draining
//! writing --- pause --------------> paused, writing -- resume ----------> writing
//!                                   paused, writing -- write complete --> paused, list
//!                                   paused, list ----- resume ----------> draining
//! draining -- a write takes time -> writing
//! draining -- nothing waits ------> running
//! ```
//!
//! (`paused, list`: the write is done, the rest of its list waits for the server to be resumed.)
//!
//! While a server is suspended, messages and failed calls wait in the order of their arrival, and its
//! timer does not fire. While it drains, what waited is handled at that one instant, in that order; a
//! timer that came due meanwhile takes its place among it by time. Draining may suspend the server
//! again.

use std::collections::VecDeque;

use raftsim_node::{ActionOf, Bytes, CallId, Duration, Index, Node, Time};

use super::actions::ActionList;
use super::clock::Clock;
use crate::network::message::Letter;

/// What is not as usual with a server. Most servers have none of it: then there is no such value.
/// Clock and disk are the machine's, and outlive its lives.
pub(crate) struct Impairment<N: Node> {
    pub(crate) clock: Option<Clock>,
    /// How long a write takes.
    pub(crate) disk_latency: Duration,
    pub(crate) suspension: Option<Suspension<N>>,
}

impl<N: Node> Default for Impairment<N> {
    fn default() -> Self {
        Self { clock: None, disk_latency: Duration::ZERO, suspension: None }
    }
}

impl<N: Node> Impairment<N> {
    /// Whether anything is not as usual.
    pub(crate) fn is_any(&self) -> bool {
        let Self { clock, disk_latency, suspension } = self;
        clock.is_some() || *disk_latency > Duration::ZERO || suspension.is_some()
    }
}

/// A server's suspension: what waits until it runs again.
///
/// Invariants: while there is a suspension, the server's timer is kept in it and none runs in the
/// world; `waiting` is in the order of arrival.
pub(crate) struct Suspension<N: Node> {
    is_paused: bool,
    /// The rest of a list that waits for the disk, or for the server to be resumed.
    list: Option<ActionList<N>>,
    /// Snapshots that the service made of what the list applied: they come right after it.
    compactions: VecDeque<(Index, Bytes)>,
    waiting: VecDeque<(Time, Arrival<N::Message>)>,
    /// The server's deadline, by its own clock.
    deadline: Option<Time>,
    /// When its timer is due, by the world's clock; [`Time::MAX`] if none runs.
    due: Time,
}

/// What arrives at a server.
pub(crate) enum Arrival<M> {
    /// A message.
    Message(Letter<M>),
    /// A call that this life made has failed.
    CallFailed {
        /// The caller's life.
        life: u32,
        /// The call.
        call: CallId,
    },
}

/// What a draining server does next.
pub(crate) enum Next<M> {
    /// It is suspended again.
    Suspended,
    /// It takes a snapshot that its service made.
    Compact(Index, Bytes),
    /// Its timer, which came due meanwhile, fires.
    Timeout,
    /// It handles what arrived first.
    Handle(Arrival<M>),
    /// Nothing waits any more; its timer is due then.
    Run(Time),
}

impl<N: Node> Suspension<N> {
    /// Begins, with the server's timer as it stands.
    pub(crate) fn new(deadline: Option<Time>, due: Time) -> Self {
        let (compactions, waiting) = (VecDeque::new(), VecDeque::new());
        Self { is_paused: false, list: None, compactions, waiting, deadline, due }
    }

    /// Whether the server does not run its code. Otherwise it drains.
    pub(crate) fn is_shut(&self) -> bool {
        self.is_paused || self.list.is_some()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    pub(crate) fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    pub(crate) fn list(&self) -> Option<&ActionList<N>> {
        self.list.as_ref()
    }

    /// Takes back a crash that is armed within the list.
    pub(crate) fn disarm(&mut self) {
        if let Some(list) = &mut self.list {
            list.crash_after = None;
        }
    }

    /// A list must wait from now on.
    pub(crate) fn keep(&mut self, list: ActionList<N>) {
        let before = self.list.replace(list);
        assert!(before.is_none(), "a server does one list at a time");
    }

    /// Takes out the list that waited.
    pub(crate) fn take_list(&mut self) -> Option<ActionList<N>> {
        self.list.take()
    }

    /// The write that the list waits for is complete.
    pub(crate) fn complete_write(&mut self) -> ActionOf<N> {
        self.list.as_mut().expect("a list waits for its write").complete_write()
    }

    /// Snapshots that the service made of what the list applied.
    pub(crate) fn add_compactions(&mut self, made: impl Iterator<Item = (Index, Bytes)>) {
        self.compactions.extend(made);
    }

    /// The number of arrivals that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Something arrives, and waits.
    pub(crate) fn wait(&mut self, now: Time, arrival: Arrival<N::Message>) {
        debug_assert!(
            self.waiting.back().is_none_or(|&(last, _)| last <= now),
            "in order of arrival"
        );
        self.waiting.push_back((now, arrival));
    }

    /// A step left the server with this deadline, which comes at `due`. A deadline that did not move
    /// keeps its time: that is its place among what waits.
    pub(crate) fn set_timer(&mut self, deadline: Option<Time>, due: Time) {
        if self.deadline != deadline {
            (self.deadline, self.due) = (deadline, due);
        }
    }

    /// The server's clock was changed: a timer that is not due by `now` is due at another time.
    pub(crate) fn retime(&mut self, now: Time, due: Time) {
        if self.due > now {
            self.due = due;
        }
    }

    /// What the server does next, at `now`: takes it out.
    pub(crate) fn next(&mut self, now: Time) -> Next<N::Message> {
        if self.is_shut() {
            return Next::Suspended;
        }
        if let Some((through, snapshot)) = self.compactions.pop_front() {
            return Next::Compact(through, snapshot);
        }
        let first = self.waiting.front().map_or(now, |&(arrived, _)| arrived);
        if self.due < first {
            return Next::Timeout;
        }
        match self.waiting.pop_front() {
            Some((_, arrival)) => Next::Handle(arrival),
            None => Next::Run(self.due),
        }
    }

    /// The server's life has ended: what waited finds nobody.
    pub(crate) fn abandon(self) -> impl Iterator<Item = Arrival<N::Message>> {
        self.waiting.into_iter().map(|(_, arrival)| arrival)
    }
}

#[cfg(test)]
mod tests;
