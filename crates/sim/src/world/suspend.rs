//! Suspended servers in the world: what arrives for one waits, and is handled once it runs again.

use raftsim_node::{Event, Node, NodeId, Time};

use super::World;
use super::end::bury;
use super::schedule::Item;
use crate::failure::Failure;
use crate::server::suspend::{Arrival, Next, Suspension};
use crate::trace::record::What;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// A server's suspension, which begins now if there is none yet.
    pub(super) fn suspension(&mut self, node: NodeId) -> &mut Suspension<N> {
        let deadline = self.deadline(node);
        let timers = &mut self.timers;
        let suspension = &mut self.cluster.impairment(node).suspension;
        suspension.get_or_insert_with(|| Suspension::new(deadline, timers.stop(node)))
    }

    /// Records that a server does not run its code from now on, unless it `was_suspended` before.
    pub(super) fn suspended(&mut self, node: NodeId, was_suspended: bool) -> Result<(), Failure> {
        if was_suspended { Ok(()) } else { self.emit(Some(node), What::Suspended) }
    }

    /// Keeps what arrives for a server that is suspended.
    ///
    /// # Errors
    /// A failure if too much waits.
    #[cold]
    pub(super) fn wait(
        &mut self,
        node: NodeId,
        arrival: Arrival<N::Message>,
    ) -> Result<(), Failure> {
        let (now, queued) = (self.now(), self.queue.len());
        let suspension = self.cluster.suspension_mut(node).expect("the server is suspended");
        let in_flight = queued + suspension.waiting();
        if in_flight >= self.caps.in_flight {
            let sender = match arrival {
                Arrival::Message(letter) => Some(letter.head.from),
                Arrival::CallFailed { .. } => None,
            };
            return Err(self.too_many(in_flight, sender));
        }
        suspension.wait(now, arrival);
        Ok(())
    }

    /// Sets the timer of an impaired server, which a step left with this `deadline`.
    pub(super) fn set_timer(&mut self, node: NodeId, deadline: Option<Time>) {
        let due = self.due(node, deadline);
        match self.cluster.suspension_mut(node) {
            None => self.timers.set(node, due),
            Some(suspension) => suspension.set_timer(deadline, due),
        }
    }

    /// Lets a server that is not paused run on: it does the rest of its list, then handles what
    /// waits.
    pub(super) fn run_on(&mut self, node: NodeId) -> Result<(), Failure> {
        let Some(suspension) = self.cluster.suspension(node).filter(|it| !it.is_paused()) else {
            return Ok(());
        };
        match suspension.list() {
            Some(list) if list.written_at.is_some() => return Ok(()),
            Some(_) => self.resume_list(node)?,
            None => self.emit(Some(node), What::Resumed)?,
        }
        if let Some(suspension) = self.cluster.suspension_mut(node) {
            let made = self.work.compactions.drain(..);
            suspension.add_compactions(made.map(|(_, through, snapshot)| (through, snapshot)));
        }
        self.work.compactions.clear();
        self.drain(node)
    }

    /// Handles what waits for a server, until it is suspended again or nothing is left.
    #[inline(never)]
    fn drain(&mut self, node: NodeId) -> Result<(), Failure> {
        loop {
            self.note_timers();
            let now = self.now();
            // Without a suspension: the server crashed.
            let Some(suspension) = self.cluster.suspension_mut(node) else { return Ok(()) };
            match suspension.next(now) {
                Next::Suspended => return Ok(()),
                Next::Compact(through, snapshot) => {
                    self.work.compactions.push_back((node, through, snapshot));
                    self.compact()?;
                }
                Next::Timeout => {
                    self.emit(Some(node), What::Timeout)?;
                    self.step(node, Event::Timeout, None)?;
                }
                Next::Handle(arrival) => {
                    self.pace.allow_late();
                    match arrival {
                        Arrival::Message(letter) => self.deliver(letter)?,
                        Arrival::CallFailed { life, call } => self.call_failed(node, life, call)?,
                    }
                }
                Next::Run(due) => {
                    self.cluster.take_suspension(node);
                    self.timers.set(node, due);
                    return Ok(());
                }
            }
        }
    }

    /// Puts what waited for a life that has ended into the queue again, after everything that is
    /// due now. It will be missed.
    pub(super) fn abandon(&mut self, node: NodeId) -> Result<(), Failure> {
        let Some(suspension) = self.cluster.take_suspension(node) else { return Ok(()) };
        let now = self.now();
        let (actions, mut arrivals) = suspension.into_values();
        let mut abandoned = bury(actions).map_err(|panic| self.dropped(node, &panic));
        for arrival in arrivals.by_ref() {
            let item = match arrival {
                Arrival::Message(letter) => Item::Deliver(letter),
                Arrival::CallFailed { life, call } => Item::CallFailed { caller: node, life, call },
            };
            abandoned = abandoned.and(self.push(now, item));
        }
        abandoned
    }
}
