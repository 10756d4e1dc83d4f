//! Servers that do not run their code for a while: paused, or waiting for a slow disk.
//!
//! Meanwhile nothing reaches them: messages and failed calls wait, in order of arrival, and the
//! timer does not fire. Once the server runs again all of that is handled at that instant, a timer
//! that came due meanwhile before the first that arrived later.

use std::collections::VecDeque;
use std::mem;

use raftsim_node::{Event, Node, NodeId, Time};

use crate::failure::Failure;
use crate::server::trouble::Hold;
use crate::trace::record::What;
use crate::trace::watch::Watch;
use crate::world::{Item, World};

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Stops a server's process: it is up, and nothing reaches it until it is resumed. A write that
    /// is under way completes. Nothing happens to one that is down or paused.
    pub fn pause(&mut self, node: NodeId) -> Result<(), Failure> {
        if !self.cluster.is_up(node) || self.cluster.is_paused(node) {
            return Ok(());
        }
        self.changes += 1;
        let was_held = self.cluster.is_held(node);
        self.run(|world| {
            world.hold(node).paused = true;
            Ok(())
        })?;
        self.emit(Some(node), What::Paused)?;
        if was_held { Ok(()) } else { self.watch.held(&self.cluster, node) }
    }

    /// Lets a paused server run on: what waited is handled now. Nothing happens to one that is not
    /// paused.
    pub fn resume(&mut self, node: NodeId) -> Result<(), Failure> {
        let Some(hold) = self.cluster.hold_mut(node).filter(|hold| hold.paused) else {
            return Ok(());
        };
        hold.paused = false;
        self.changes += 1;
        self.emit(Some(node), What::Resumed)?;
        self.run(|world| world.run_on(node))
    }

    /// What is held up of a server, from now on at the latest.
    pub(crate) fn hold(&mut self, node: NodeId) -> &mut Hold<N> {
        let deadline = self.deadline(node);
        let timers = &mut self.timers;
        self.cluster.trouble(node).hold.get_or_insert_with(|| Hold {
            paused: false,
            list: None,
            compactions: VecDeque::new(),
            waiting: VecDeque::new(),
            deadline,
            due: timers.stop(node),
        })
    }

    /// Something arrives for a server to which nothing gets through now: it waits.
    #[cold]
    pub(crate) fn hold_back(
        &mut self,
        node: NodeId,
        item: Item<N::Message>,
    ) -> Result<(), Failure> {
        let (now, queued) = (self.now(), self.queue.len());
        let hold = self.cluster.hold_mut(node).expect("the server is held");
        let in_flight = queued + hold.waiting.len();
        if in_flight >= self.caps.in_flight {
            return Err(self.too_many(in_flight, &item));
        }
        hold.waiting.push_back((now, item));
        Ok(())
    }

    /// A step of a server in trouble left it with this deadline.
    pub(crate) fn set_timer(&mut self, node: NodeId, deadline: Option<Time>) {
        let due = self.due(node, deadline);
        match self.cluster.hold_mut(node) {
            None => self.timers.set(node, due),
            // One that was not moved stays due when it was: that is its place among what waits.
            Some(hold) if hold.deadline == deadline => {}
            Some(hold) => (hold.deadline, hold.due) = (deadline, due),
        }
    }

    /// A server may run on: does the rest of its list, and then handles what waits.
    pub(crate) fn run_on(&mut self, node: NodeId) -> Result<(), Failure> {
        let Some(hold) = self.cluster.hold_mut(node).filter(|hold| !hold.paused) else {
            return Ok(());
        };
        match &hold.list {
            Some(list) if list.writing => return Ok(()),
            Some(_) => self.resume_list(node)?,
            None => self.watch.freed(&self.cluster, node)?,
        }
        let made = mem::take(&mut self.compactions);
        if let Some(hold) = self.cluster.hold_mut(node) {
            hold.compactions
                .extend(made.into_iter().map(|(_, through, snapshot)| (through, snapshot)));
        }
        self.drain(node)
    }

    /// Handles what waits for a server, until it is held up again or nothing is left.
    #[inline(never)]
    fn drain(&mut self, node: NodeId) -> Result<(), Failure> {
        loop {
            let now = self.now();
            // None: it crashed.
            let Some(hold) = self.cluster.hold_mut(node) else { return Ok(()) };
            if hold.is_shut() {
                return Ok(());
            }
            if let Some((through, snapshot)) = hold.compactions.pop_front() {
                self.compactions.push_back((node, through, snapshot));
                self.compact()?;
                continue;
            }
            let first = hold.waiting.front().map_or(now, |&(arrived, _)| arrived);
            if hold.due < first {
                self.emit(Some(node), What::Timeout)?;
                self.step(node, Event::Timeout, None)?;
            } else if let Some((_, item)) = hold.waiting.pop_front() {
                // It came at another instant, however many came since.
                self.pace.left_at_instant = self.pace.left_at_instant.saturating_add(1);
                self.handle(item)?;
            } else {
                let hold = self.cluster.take_hold(node).expect("seen above");
                self.timers.set(node, hold.due);
                return Ok(());
            }
        }
    }

    /// A server's life has ended: what waited for it finds nobody, behind what is due now.
    pub(crate) fn abandon(&mut self, node: NodeId) -> Result<(), Failure> {
        let Some(hold) = self.cluster.take_hold(node) else { return Ok(()) };
        let now = self.now();
        hold.waiting.into_iter().try_for_each(|(_, item)| self.push(now, item))
    }
}
