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
//! (`paused, list`: the write is complete; the rest of its list waits until the server is resumed.)
//!
//! While a server is suspended, messages and failed calls wait in the order of arrival, and its
//! timer does not fire. While it drains, it handles at one instant everything that waited, in that
//! order. A timer that was due meanwhile fires after what arrived up to its time. Draining may
//! suspend the server again.

use std::collections::VecDeque;

use raftsim_node::{ActionOf, Bytes, CallId, Duration, Index, Node, Time};

use super::actions::ActionList;
use super::clock::Clock;
use crate::network::message::Letter;

/// The impairments of a server: a changed clock, a slow disk, a suspension. A server without any
/// has no such value. The clock and the disk's latency outlive the server's lives.
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
    /// Whether there is any impairment.
    pub(crate) fn is_any(&self) -> bool {
        let Self { clock, disk_latency, suspension } = self;
        clock.is_some() || *disk_latency > Duration::ZERO || suspension.is_some()
    }
}

/// A server's suspension: what waits until it runs again.
///
/// Invariants: as long as there is a suspension, the server's timer is in it and none runs in the
/// world; `waiting` is in the order of arrival, its times ascend.
pub(crate) struct Suspension<N: Node> {
    is_paused: bool,
    /// The rest of a list that waits for the disk, or until the server is resumed.
    list: Option<ActionList<N>>,
    /// Snapshots that the service made of what the list applied: they come right after the list.
    compactions: VecDeque<(Index, Bytes)>,
    /// What has arrived, each with the time of its arrival.
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
    /// The failure of a call that the server made.
    CallFailed {
        /// The life that made the call.
        life: u32,
        /// The call's number.
        call: CallId,
    },
}

/// What a draining server does next.
pub(crate) enum Next<M> {
    /// It is suspended again.
    Suspended,
    /// It gets a snapshot that its service made.
    Compact(Index, Bytes),
    /// Its timer fires, which was due meanwhile.
    Timeout,
    /// It handles what arrived first.
    Handle(Arrival<M>),
    /// Nothing waits any more: it runs, and its timer is due at this time.
    Run(Time),
}

impl<N: Node> Suspension<N> {
    /// Begins a suspension of a server with this `deadline`, by its own clock, whose timer is `due`
    /// by the world's.
    pub(crate) fn new(deadline: Option<Time>, due: Time) -> Self {
        let (compactions, waiting) = (VecDeque::new(), VecDeque::new());
        Self { is_paused: false, list: None, compactions, waiting, deadline, due }
    }

    /// Whether the server does not run its code. If it does, it drains.
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

    /// Keeps a list that must wait.
    pub(crate) fn keep(&mut self, list: ActionList<N>) {
        let before = self.list.replace(list);
        assert!(before.is_none(), "a server does one list at a time");
    }

    /// Takes out the list that waited.
    pub(crate) fn take_list(&mut self) -> Option<ActionList<N>> {
        self.list.take()
    }

    /// The disk's latency is `latency` from `now` on. Returns when the write that the list waits
    /// for is complete, if that is earlier than before.
    pub(crate) fn hasten_write(&mut self, now: Time, latency: Duration) -> Option<Time> {
        self.list.as_mut()?.hasten_write(now, latency)
    }

    /// Takes out the write that the list waits for, if it is complete at `now`.
    pub(crate) fn complete_write(&mut self, now: Time) -> Option<ActionOf<N>> {
        let list = self.list.as_mut().filter(|list| list.written_at == Some(now))?;
        Some(list.complete_write())
    }

    /// Adds snapshots that the service made of what the list applied.
    pub(crate) fn add_compactions(&mut self, made: impl Iterator<Item = (Index, Bytes)>) {
        self.compactions.extend(made);
    }

    /// The number of arrivals that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The messages that wait, in order of arrival.
    pub(crate) fn letters(&self) -> impl Iterator<Item = &Letter<N::Message>> {
        self.waiting.iter().filter_map(|(_, arrival)| match arrival {
            Arrival::Message(letter) => Some(letter),
            Arrival::CallFailed { .. } => None,
        })
    }

    /// Keeps what arrives at `now`.
    pub(crate) fn wait(&mut self, now: Time, arrival: Arrival<N::Message>) {
        debug_assert!(
            self.waiting.back().is_none_or(|&(last, _)| last <= now),
            "in order of arrival"
        );
        self.waiting.push_back((now, arrival));
    }

    /// Sets the timer after a step that left the server with this `deadline`, which comes at `due`.
    /// If the deadline did not move, the timer keeps its time, and so its place among what waits.
    pub(crate) fn set_timer(&mut self, deadline: Option<Time>, due: Time) {
        if self.deadline != deadline {
            (self.deadline, self.due) = (deadline, due);
        }
    }

    /// Sets the timer after a change of the server's clock: unless it was due by `now`, it is due
    /// at `due`.
    pub(crate) fn retime(&mut self, now: Time, due: Time) {
        if self.due > now {
            self.due = due;
        }
    }

    /// When the server's timer is due, by the world's clock; [`Time::MAX`] if none runs.
    pub(crate) fn due(&self) -> Time {
        self.due
    }

    /// Takes out what the server does next, at `now`.
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

    /// Ends the suspension: takes it apart into the actions that were left to do, and what waited,
    /// both in order.
    pub(crate) fn into_values(
        self,
    ) -> (impl Iterator<Item = ActionOf<N>>, impl Iterator<Item = Arrival<N::Message>>) {
        let actions = self.list.into_iter().flat_map(ActionList::into_values);
        (actions, self.waiting.into_iter().map(|(_, arrival)| arrival))
    }
}

#[cfg(test)]
mod tests;
