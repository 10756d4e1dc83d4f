//! One call of the node, and its actions in order.

use std::mem;

use raftsim_node::{Action, ActionOf, Boot, Disk, Event, Node, NodeId, Snapshot, Status, Time};

use crate::failure::Failure;
use crate::network::message::Handling;
use crate::server::Durable;
use crate::server::guard::{Panic, guarded, inside};
use crate::trace::record::{Record, What};
use crate::trace::watch::Watch;
use crate::world::World;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Starts a life: the first one, or the one after a crash.
    pub(crate) fn boot(&mut self, node: NodeId) -> Result<(), Failure> {
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
            // In its place at once: one that panics is then forgotten, not dropped.
            let running = server.node.insert(running);
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
        let due = self.due(node, deadline);
        self.timers.set(node, due);
        self.emit(Some(node), What::Booted(status))
    }

    /// Hands one event to a server and does what it says, in order; then the snapshots that its
    /// service made of that, each as an event of its own.
    pub(crate) fn step(
        &mut self,
        node: NodeId,
        event: Event<N::Message>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        self.step_once(node, Some(event), handling)?;
        if self.compactions.is_empty() { Ok(()) } else { self.compact() }
    }

    #[cold]
    pub(crate) fn compact(&mut self) -> Result<(), Failure> {
        while let Some((node, through, snapshot)) = self.compactions.pop_front() {
            if self.cluster.is_held(node) {
                let hold = self.cluster.hold_mut(node).expect("seen above");
                hold.compactions.push_back((through, snapshot));
            } else if self.cluster.is_up(node) {
                self.emit(Some(node), What::Compacted { through, snapshot: &snapshot })?;
                self.step_once(node, Some(Event::Compact { through, snapshot }), None)?;
            }
        }
        Ok(())
    }

    /// The same without the snapshots. `None` is no event: the server, which is in trouble, goes on
    /// with the list that waited.
    pub(crate) fn step_once(
        &mut self,
        node: NodeId,
        event: Option<Event<N::Message>>,
        handling: Option<&Handling>,
    ) -> Result<(), Failure> {
        let mut actions = mem::take(&mut self.actions);
        let stepped = self.step_with(node, event, handling, &mut actions);
        actions.clear();
        // What stood in its place meanwhile owns nothing that must be dropped.
        mem::forget(mem::replace(&mut self.actions, actions));
        stepped
    }

    /// Steps a server, its actions put into an empty list, and does them.
    #[inline]
    fn step_with(
        &mut self,
        node: NodeId,
        event: Option<Event<N::Message>>,
        handling: Option<&Handling>,
        actions: &mut Vec<ActionOf<N>>,
    ) -> Result<(), Failure> {
        let is_troubled = self.cluster.server(node).trouble.is_some();
        let news = match event {
            Some(event) => self.ask(node, event, actions, is_troubled)?,
            None => None,
        };
        if is_troubled {
            self.cut_list(node, actions, handling, news);
        }
        // Only what is done to the world between steps arms a crash. A list that may wait counts by
        // itself.
        let crash_after = if is_troubled { None } else { self.cluster.server(node).crash_after };
        let crashed = self.act(node, actions, handling, crash_after)?;
        if is_troubled {
            return self.end_list(node);
        }
        match news {
            Some(status) if !crashed => self.settle(node, status),
            Some(_) | None => Ok(()),
        }
    }

    /// Hands an event to a server, and says what it believes if that is new.
    #[expect(clippy::inline_always, reason = "every event passes here")]
    #[inline(always)]
    fn ask(
        &mut self,
        node: NodeId,
        event: Event<N::Message>,
        actions: &mut Vec<ActionOf<N>>,
        is_troubled: bool,
    ) -> Result<Option<Status>, Failure> {
        self.count_event(node)?;
        let now = self.now();
        let local = if is_troubled { self.local(node)? } else { now };
        let is_timeout = matches!(event, Event::Timeout);
        let server = self.cluster.server_mut(node);
        let Some(running) = server.node.as_mut() else { return Ok(None) };
        let span = self.trace.span(node, now);
        let (before, deadline, status) = inside(node, || {
            let before = if is_timeout { running.deadline() } else { None };
            running.step_into(event, local, actions);
            (before, running.deadline(), running.status())
        });
        if let Some(span) = span {
            span.exit();
        }
        let due = deadline.map_or(Time::MAX, |deadline| deadline.max(local));
        let most = self.caps.actions;
        let many = effects(actions, most);
        if many > most {
            return Err(self.too_many_actions(node, many));
        }
        if is_timeout && deadline == before && due == local && effects(actions, 0) == 0 {
            return Err(stuck(node, now));
        }
        if is_troubled {
            self.set_timer(node, deadline);
        } else {
            self.timers.set(node, due);
        }
        if status == self.cluster.server(node).status {
            return Ok(None);
        }
        self.tell_status(node, status)?;
        Ok(Some(status))
    }

    /// A list is done: the status that it brought is told.
    #[inline]
    pub(crate) fn settle(&mut self, node: NodeId, status: Status) -> Result<(), Failure> {
        let before = mem::replace(&mut self.cluster.server_mut(node).status, status);
        self.watch.settled(&self.cluster, node, before)
    }

    /// Does the actions of a list, one by one: the server may crash between any two. Says whether
    /// it did.
    #[inline]
    fn act(
        &mut self,
        node: NodeId,
        actions: &mut Vec<ActionOf<N>>,
        handling: Option<&Handling>,
        crash_after: Option<u32>,
    ) -> Result<bool, Failure> {
        let crashes = crash_after.is_some_and(|left| cut_off(actions, left));
        for action in actions {
            if matches!(action, Action::Send { .. }) {
                self.send(node, action, handling)?;
            } else {
                self.act_one(node, action)?;
            }
        }
        if crashes {
            self.crash(node)?;
        }
        Ok(crashes)
    }

    /// Does one action that is not a message.
    #[inline(never)]
    pub(crate) fn act_one(&mut self, node: NodeId, action: &ActionOf<N>) -> Result<(), Failure> {
        match *action {
            Action::Persist(ref write) => self.persist(node, write),
            Action::Note(why) => self.emit(Some(node), What::Noted(why)),
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
                self.compactions.extend(snapshot.map(|snapshot| (node, index, snapshot)));
                Ok(())
            }
            Action::Restore { index, term, ref snapshot } => {
                self.emit(Some(node), What::Restored { index, term, snapshot })?;
                let snapshot = Snapshot { index, term, data: snapshot.clone() };
                let now = self.now();
                let service = &mut self.cluster.server_mut(node).service;
                service.restore(&snapshot).map_err(|failure| failure.at(now))
            }
            // The network has taken messages, and a kind of action that this world does not know
            // yet changes nothing in it.
            Action::Send { .. } | _ => Ok(()),
        }
    }

    fn persist(&mut self, node: NodeId, write: &<N::Disk as Disk>::Write) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        let touched = inside(node, || {
            let touched = server.disk.write(write.clone());
            server.durable = Durable::read(&server.disk);
            touched
        });
        self.emit(Some(node), What::Persisted { write, touched })
    }

    /// Writes a new status down before the actions that it explains; the watch hears of it now, and
    /// once more when they are done.
    fn tell_status(&mut self, node: NodeId, status: Status) -> Result<(), Failure> {
        let (time, life) = (self.now(), self.cluster.life(node));
        self.write_down(&Record { time, node: Some(node), life, what: What::Became(status) }, None);
        self.watch.becomes(&self.cluster, node, status)
    }

    #[inline]
    fn count_event(&mut self, node: NodeId) -> Result<(), Failure> {
        self.meters.events += 1;
        let Some(left) = self.pace.left_at_instant.checked_sub(1) else {
            return Err(self.too_many_events(node, self.caps.at_one_instant, "at one instant"));
        };
        self.pace.left_at_instant = left;
        let Some(left) = self.pace.left_in_second.checked_sub(1) else {
            return Err(self.too_many_events(node, self.caps.in_one_second, "in one second"));
        };
        self.pace.left_in_second = left;
        Ok(())
    }

    #[cold]
    fn too_many_actions(&self, node: NodeId, many: usize) -> Failure {
        self.flood(format!("{node} returned {many} actions at once"))
    }

    #[cold]
    fn too_many_events(&self, node: NodeId, most: u32, when: &str) -> Failure {
        self.flood(format!("there are more than {most} events {when}, now at {node}"))
    }

    /// A node did far more than any Raft needs.
    #[cold]
    pub(crate) fn flood(&self, seen: String) -> Failure {
        Failure::contract("no flood", self.now(), ["a Raft comes to rest".to_owned(), seen])
    }

    /// A node's own code panicked: it is forgotten, and never called or dropped again.
    #[cold]
    pub(crate) fn panicked(&mut self, node: NodeId, panic: &Panic) -> Failure {
        mem::forget(self.cluster.server_mut(node).node.take());
        mem::forget(self.cluster.take_hold(node));
        self.timers.set(node, Time::MAX);
        let facts = [format!("{node} answers every event"), format!("it panicked: {}", panic.0)];
        Failure::contract("no panic", self.now(), facts)
    }
}

/// How many actions these are, notes apart; notes are counted too while all are at most `enough`.
fn effects<M, W>(actions: &[Action<M, W>], enough: usize) -> usize {
    if actions.len() <= enough {
        return actions.len();
    }
    actions.iter().filter(|action| is_effect(action)).count()
}

/// Whether an action is one that crashes count.
pub(crate) fn is_effect<M, W>(action: &Action<M, W>) -> bool {
    !matches!(action, Action::Note(_))
}

/// Cuts a list off behind so many actions, notes not counted: there the server crashes. Says whether
/// it does: not within a list that does nothing.
#[cold]
fn cut_off<M, W>(actions: &mut Vec<Action<M, W>>, left: u32) -> bool {
    let mut effects = (0..actions.len()).filter(|&place| is_effect(&actions[place]));
    let crashes = effects.clone().next().is_some();
    let end = usize::try_from(left).ok().and_then(|left| effects.nth(left));
    actions.truncate(end.unwrap_or(actions.len()));
    crashes
}

#[cold]
fn stuck(node: NodeId, now: Time) -> Failure {
    let rule = format!("{node} moves a deadline that has come");
    let seen = "a timeout was answered by nothing, and the past deadline stayed".to_owned();
    Failure::contract("deadline moves", now, [rule, seen])
}
