//! A step: one call of a node, then its actions in order.

use std::mem::{self, ManuallyDrop};

use raftsim_node::{Action, ActionOf, Boot, Disk, Event, Node, NodeId, Snapshot, Status, Time};

use super::World;
use crate::failure::{Fact, Failure};
use crate::network::message::{Handling, Outgoing};
use crate::property;
use crate::server::Durable;
use crate::server::actions::{cut_off, is_effect, take_crash};
use crate::server::guard::{Call, Panic, discard, discard_all, guarded, inside};
use crate::trace::record::What;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Reads a server's disk and claims before its first life.
    pub(super) fn prepare(&mut self, node: NodeId) -> Result<(), Failure> {
        let shows_disks = self.cluster.shows_disks;
        let server = self.cluster.server_mut(node);
        let read = guarded(|| {
            let durable = if shows_disks { Durable::read(&server.disk) } else { None };
            (durable, N::claims(&server.config))
        });
        let (durable, claims) = read.map_err(|panic| self.panicked(node, &panic))?;
        let server = self.cluster.server_mut(node);
        server.durable = durable;
        server.claims = claims;
        Ok(())
    }

    /// Starts a life: the first one, or the one after a crash.
    pub(super) fn boot(&mut self, node: NodeId) -> Result<(), Failure> {
        let (now, local) = (self.now(), self.local(node)?);
        let notes = self.trace.is_recording();
        let life = self.cluster.server(node).life + 1;
        let seed = self.lives[node.slot()].seed();
        let boot = Boot::new(node, self.voters.clone(), seed).with_notes(notes);
        let mut service = (self.service)(node);
        let server = self.cluster.server_mut(node);
        let booted = guarded(|| {
            let snapshot = server.disk.snapshot().cloned();
            let running = N::boot(&server.config, &boot, &server.disk, local);
            // The node is put in its place at once, so that one that panics is forgotten, not
            // dropped.
            let running = server.process.start(running);
            (running.deadline(), running.status(), snapshot)
        });
        let (deadline, status, snapshot) = match booted {
            Ok(booted) => booted,
            Err(panic) => return Err(self.panicked(node, &panic)),
        };
        if let Some(snapshot) = &snapshot {
            service.restore(snapshot).map_err(|failure| failure.at(now))?;
        }
        let server = self.cluster.server_mut(node);
        server.life = life;
        server.status = status;
        server.service = service;
        server.booted_from = snapshot;
        server.requests = 0;
        server.runs_since = now;
        let due = self.due(node, deadline);
        self.emit(Some(node), What::Booted(status))?;
        // After the record, so that the trace has the timer after the boot.
        self.timers.set(node, due);
        Ok(())
    }

    /// Hands one event to a server and does the actions that it returns, in order. Then the server
    /// gets each snapshot that its service made meanwhile, as an event of its own. `handling` is
    /// the message of the event, if it has one.
    pub(super) fn step(
        &mut self,
        node: NodeId,
        event: Event<N::Message>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        self.step_once(node, Some(event), handling)?;
        if self.work.compactions.is_empty() { Ok(()) } else { self.compact() }
    }

    /// Hands the snapshots that services have made to their servers, each as an event.
    #[cold]
    pub(super) fn compact(&mut self) -> Result<(), Failure> {
        while let Some((node, through, snapshot)) = self.work.compactions.pop_front() {
            if self.cluster.is_suspended(node) {
                let suspension =
                    self.cluster.suspension_mut(node).expect("the server is suspended");
                suspension.add_compactions(std::iter::once((through, snapshot)));
            } else if self.cluster.is_up(node) {
                self.emit(Some(node), What::Compacted { through, snapshot: &snapshot })?;
                self.step_once(node, Some(Event::Compact { through, snapshot }), None)?;
            }
        }
        Ok(())
    }

    /// The same without the snapshots. Without an `event` the server, which is impaired, goes on
    /// with the list that waited.
    pub(super) fn step_once(
        &mut self,
        node: NodeId,
        event: Option<Event<N::Message>>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        // While a panic of one action unwinds, the others must not be dropped.
        let mut actions = ManuallyDrop::new(mem::take(&mut self.work.actions));
        let stepped = self.step_with(node, event, handling, &mut actions);
        let actions = ManuallyDrop::into_inner(actions);
        // The empty list that stood in its place owns nothing that must be dropped.
        mem::forget(mem::replace(&mut self.work.actions, actions));
        discard_all(node, &mut self.work.actions);
        stepped
    }

    /// Steps a server, which puts its actions into the empty list `actions`, and does them.
    #[inline]
    fn step_with(
        &mut self,
        node: NodeId,
        event: Option<Event<N::Message>>,
        handling: Option<&Handling>,
        actions: &mut Vec<ActionOf<N>>,
    ) -> Result<(), Failure> {
        // A fault impairs a server or arms a crash, and faults are injected between steps alone.
        let server = self.cluster.server(node);
        let is_usual = server.impairment.is_none() && server.crash_after.is_none();
        let news = match event {
            Some(event) => self.ask(node, event, actions, is_usual)?,
            None => None,
        };
        let crashes = !is_usual && self.cut(node, actions, handling, news);
        self.act(node, actions, handling)?;
        if !is_usual {
            return self.end_cut(node, crashes, news);
        }
        match news {
            Some(status) => self.settle(node, status),
            None => Ok(()),
        }
    }

    /// Leaves in `actions` what a server does before it waits, if it is impaired, or before it
    /// crashes, if a crash is armed. Returns whether it crashes; a list that may wait counts its
    /// own actions.
    #[cold]
    fn cut(
        &mut self,
        node: NodeId,
        actions: &mut Vec<ActionOf<N>>,
        handling: Option<&Handling>,
        news: Option<Status>,
    ) -> bool {
        let server = self.cluster.server_mut(node);
        if server.impairment.is_some() {
            self.cut_list(node, actions, handling, news);
            return false;
        }
        let left = take_crash(&mut server.crash_after, actions);
        if let Some(left) = left {
            cut_off(node, actions, left);
        }
        left.is_some()
    }

    /// Goes on after the actions that [`World::cut`] left are done.
    #[cold]
    fn end_cut(
        &mut self,
        node: NodeId,
        crashes: bool,
        news: Option<Status>,
    ) -> Result<(), Failure> {
        match news {
            _ if self.work.list.is_some() => self.end_list(node),
            _ if crashes => self.end_life(node),
            Some(status) => self.settle(node, status),
            None => Ok(()),
        }
    }

    /// Hands an event to a server, which puts its actions into `actions`. Returns its status if that
    /// is new.
    #[expect(clippy::inline_always, reason = "every event passes here")]
    #[inline(always)]
    fn ask(
        &mut self,
        node: NodeId,
        event: Event<N::Message>,
        actions: &mut Vec<ActionOf<N>>,
        is_usual: bool,
    ) -> Result<Option<Status>, Failure> {
        let now = self.now();
        let counted = self.count_event(node);
        let local = counted.and_then(|()| if is_usual { Ok(now) } else { self.local(node) });
        let local = match local {
            Ok(local) => local,
            Err(failure) => {
                discard(node, event);
                return Err(failure);
            }
        };
        let is_timeout = matches!(event, Event::Timeout);
        let server = self.cluster.server_mut(node);
        let Some(running) = server.process.node_mut() else {
            discard(node, event);
            return Ok(None);
        };
        let span = self.trace.span(node, now);
        let (before, deadline, status) = inside(node, Call::Own, || {
            let before = if is_timeout { running.deadline() } else { None };
            running.step_into(event, local, actions);
            (before, running.deadline(), running.status())
        });
        let is_news = status != server.status;
        if let Some(span) = span {
            span.exit();
        }
        let due = deadline.map_or(Time::MAX, |deadline| deadline.max(local));
        if actions.len() > self.caps.actions {
            return Err(self.too_many_actions(node, actions.len()));
        }
        if is_timeout && deadline == before && due == local && !actions.iter().any(is_effect) {
            return Err(stuck(node, now));
        }
        if is_usual {
            self.timers.set(node, due);
        } else {
            self.set_timer(node, deadline);
        }
        if !is_news {
            return Ok(None);
        }
        if self.trace.is_seen() {
            self.emit_reasons(node, actions)?;
        }
        self.emit(Some(node), What::Became(status))?;
        Ok(Some(status))
    }

    /// Records the notes with which a list begins, and takes them out: they say why the status is
    /// new, so that they come before it in the trace.
    #[cold]
    fn emit_reasons(
        &mut self,
        node: NodeId,
        actions: &mut Vec<ActionOf<N>>,
    ) -> Result<(), Failure> {
        if !self.trace.is_recording() {
            return Ok(());
        }
        let is_note = |action: &&ActionOf<N>| matches!(action, Action::Note(_));
        let notes = actions.iter().take_while(is_note).count();
        for action in actions.drain(..notes) {
            if let Action::Note(why) = action {
                self.emit(Some(node), What::Noted(&why))?;
            }
        }
        Ok(())
    }

    /// Shows the new `status` in the cluster, once its list is done.
    #[inline]
    pub(super) fn settle(&mut self, node: NodeId, status: Status) -> Result<(), Failure> {
        self.cluster.server_mut(node).status = status;
        self.emit(Some(node), What::Settled)
    }

    /// Does the actions of a list, one by one.
    #[inline]
    fn act(
        &mut self,
        node: NodeId,
        actions: &mut Vec<ActionOf<N>>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        for action in actions {
            if matches!(action, Action::Send { .. }) {
                self.send(node, Outgoing::new(action), handling)?;
            } else {
                self.act_one(node, action)?;
            }
        }
        Ok(())
    }

    /// Does one action that is not a message.
    #[inline(never)]
    pub(super) fn act_one(&mut self, node: NodeId, action: &ActionOf<N>) -> Result<(), Failure> {
        match *action {
            Action::Persist(ref write) => self.persist(node, write),
            Action::Note(ref why) => self.emit(Some(node), What::Noted(why)),
            Action::Output(ref text) if self.trace.is_recording() => self.print(node, text),
            Action::Accept { id, index, term } => {
                self.emit(Some(node), What::Accepted { id, index, term })?;
                self.take_answer(node, id, Some((index, term)))
            }
            Action::Reject { id, leader } => {
                self.emit(Some(node), What::Rejected { id, leader })?;
                self.take_answer(node, id, None)
            }
            Action::Apply { index, term, ref command } => {
                let command = command.as_ref();
                self.emit(Some(node), What::Applied { index, term, command })?;
                let now = self.now();
                let service = &mut self.cluster.server_mut(node).service;
                let snapshot = service.apply(index, term, command);
                let snapshot = snapshot.map_err(|failure| failure.at(now))?;
                if let Some(snapshot) = snapshot {
                    self.work.compactions.push_back((node, index, snapshot));
                }
                Ok(())
            }
            Action::Restore { index, term, ref snapshot } => {
                self.emit(Some(node), What::Restored { index, term, snapshot })?;
                let snapshot = Snapshot { index, term, data: snapshot.clone() };
                let now = self.now();
                let service = &mut self.cluster.server_mut(node).service;
                service.restore(&snapshot).map_err(|failure| failure.at(now))
            }
            // Nobody reads what was printed; messages go to the network; and an action of a kind
            // that this world does not know yet changes nothing.
            Action::Output(_) | Action::Send { .. } | _ => Ok(()),
        }
    }

    /// Records what a node printed, line by line, without those that are blank.
    #[cold]
    fn print(&mut self, node: NodeId, text: &str) -> Result<(), Failure> {
        let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        lines.try_for_each(|line| self.emit(Some(node), What::Printed(&line.to_owned().into())))
    }

    fn persist(&mut self, node: NodeId, write: &<N::Disk as Disk>::Write) -> Result<(), Failure> {
        let shows_disks = self.cluster.shows_disks;
        let server = self.cluster.server_mut(node);
        let touched = inside(node, Call::Copy, || {
            let touched = server.disk.write(write.clone());
            if shows_disks {
                server.durable = Durable::read(&server.disk);
            }
            touched
        });
        self.emit(Some(node), What::Persisted { write, touched })
    }

    #[cold]
    fn too_many_actions(&self, node: NodeId, many: usize) -> Failure {
        self.flood(Fact::new(format!("{node} returned {many} actions at once")).by(node))
    }

    /// The failure of a server whose own code panicked. The process is forgotten: it is never
    /// called or dropped again.
    #[cold]
    pub(super) fn panicked(&mut self, node: NodeId, panic: &Panic) -> Failure {
        mem::forget(mem::take(&mut self.cluster.server_mut(node).process));
        mem::forget(self.cluster.take_suspension(node));
        self.timers.set(node, Time::MAX);
        let rule = Fact::new(format!("{node} answers every event")).by(node);
        Failure::panicked(self.now(), rule, panic)
    }
}

/// The failure of a node that did nothing at a timeout and left its deadline in the past.
#[cold]
fn stuck(node: NodeId, now: Time) -> Failure {
    let rule = Fact::new(format!("{node} moves a deadline that has come")).by(node);
    let seen = "it did nothing at its timeout, and its deadline stayed in the past";
    Failure::contract(property::DEADLINE_MOVES, now, [rule, Fact::new(seen).by(node)])
}
