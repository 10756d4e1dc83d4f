//! One call of the node, and its actions in order.

use raftsim_node::{
    Action, ActionOf, Boot, Bytes, Disk, Event, Index, Node, NodeId, ProposalId, Snapshot, Term,
    Time,
};

use crate::cluster::Durable;
use crate::failure::Failure;
use crate::guard::{Panic, guarded};
use crate::post::Handling;
use crate::record::What;
use crate::watch::Watch;
use crate::world::World;

/// Where a proposal was appended; `None` if it was refused.
type Answer = Option<(Index, Term)>;

/// What a list of actions came to, beside what it did to the world.
#[derive(Default)]
struct Done {
    /// The server crashed within the list.
    crashed: bool,
    /// The answer to a proposal, and whose.
    answer: Option<(ProposalId, Answer)>,
    /// Snapshots that the service handed back, to be told as events of their own.
    compactions: Vec<(Index, Bytes)>,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Starts a life: the first one, or the one after a crash.
    pub(crate) fn boot(&mut self, node: NodeId) -> Result<(), Failure> {
        let now = self.now();
        let notes = self.trace.is_recording();
        let life = self.cluster.server(node).life + 1;
        let seed = self.lives[node.slot()].seed();
        let boot = Boot::new(node, self.voters.clone(), seed).with_notes(notes);
        let mut service = (self.service)(node);
        let server = self.cluster.server_mut(node);
        let booted = guarded(|| {
            let snapshot = server.disk.snapshot().cloned();
            let running = N::boot(&server.config, &boot, &server.disk, now);
            let (deadline, status) = (running.deadline(), running.status());
            (running, deadline, status, snapshot)
        });
        let (running, deadline, status, snapshot) = match booted {
            Ok(booted) => booted,
            Err(panic) => return Err(self.panicked(node, &panic)),
        };
        if let Some(snapshot) = snapshot {
            service.restore(&snapshot)?;
        }
        let server = self.cluster.server_mut(node);
        server.node = Some(running);
        server.life = life;
        server.status = status;
        server.service = service;
        server.requests = 0;
        self.timers[node.slot()] = deadline.map_or(Time::MAX, |deadline| deadline.max(now));
        self.emit(Some(node), What::Booted(status))
    }

    /// Hands one event to a server and does what it says, in order. Answers a proposal.
    pub(crate) fn step(
        &mut self,
        node: NodeId,
        event: Event<N::Message>,
        handling: Option<Handling>,
    ) -> Result<Answer, Failure> {
        self.count_event(node)?;
        let now = self.now();
        let is_timeout = matches!(event, Event::Timeout);
        let proposed = if let Event::Propose { id, .. } = event { Some(id) } else { None };
        let server = self.cluster.server_mut(node);
        let Some(running) = server.node.as_mut() else { return Ok(None) };
        let call = || {
            let actions = running.step(event, now);
            (actions, running.deadline(), running.status())
        };
        let stepped = if self.trace.is_recording() {
            let span = tracing::debug_span!(target: "raftsim", "step", %node, time = %now);
            span.in_scope(|| guarded(call))
        } else {
            guarded(call)
        };
        let (actions, deadline, status) = match stepped {
            Ok(stepped) => stepped,
            Err(panic) => return Err(self.panicked(node, &panic)),
        };
        if actions.len() > self.caps.actions {
            return Err(self.flood(format!("{node} returned {} actions at once", actions.len())));
        }
        if is_timeout && actions.is_empty() && deadline.is_some_and(|deadline| deadline <= now) {
            return Err(stuck(node, now));
        }
        self.timers[node.slot()] = deadline.map_or(Time::MAX, |deadline| deadline.max(now));
        let before = server_status(self, node);
        if status != before {
            self.tell_status(node, status)?;
        }
        let done = self.act(node, actions, handling)?;
        if done.crashed {
            return Ok(None);
        }
        if status != before {
            self.cluster.server_mut(node).status = status;
            self.watch.settled(&self.cluster, node, before)?;
        }
        let answer = self.check_answer(node, proposed, done.answer)?;
        for (through, snapshot) in done.compactions {
            self.emit(Some(node), What::Compacted { through, snapshot: &snapshot })?;
            self.step(node, Event::Compact { through, snapshot }, None)?;
        }
        Ok(answer)
    }

    /// Does the actions of a list, one by one: the server may crash between any two.
    fn act(
        &mut self,
        node: NodeId,
        actions: Vec<ActionOf<N>>,
        handling: Option<Handling>,
    ) -> Result<Done, Failure> {
        let mut done = Done::default();
        let mut acted = false;
        for action in actions {
            if let Action::Note(why) = action {
                self.emit(Some(node), What::Noted(why))?;
                continue;
            }
            acted = true;
            match &mut self.cluster.server_mut(node).crash_after {
                None => {}
                Some(0) => break,
                Some(left) => *left -= 1,
            }
            self.act_one(node, action, handling, &mut done)?;
        }
        if acted && self.cluster.server(node).crash_after.is_some() {
            self.crash(node)?;
            done.crashed = true;
        }
        Ok(done)
    }

    fn act_one(
        &mut self,
        node: NodeId,
        action: ActionOf<N>,
        handling: Option<Handling>,
        done: &mut Done,
    ) -> Result<(), Failure> {
        match action {
            Action::Persist(write) => self.persist(node, &write),
            Action::Send { to, message } => self.send(node, to, message, handling),
            Action::Accept { id, index, term } => {
                self.emit(Some(node), What::Accepted { id, index, term })?;
                self.take_answer(node, done, id, Some((index, term)))
            }
            Action::Reject { id, leader } => {
                self.emit(Some(node), What::Rejected { id, leader })?;
                self.take_answer(node, done, id, None)
            }
            Action::Apply { index, term, command } => {
                let command = command.as_ref();
                self.emit(Some(node), What::Applied { index, term, command })?;
                let service = &mut self.cluster.server_mut(node).service;
                let snapshot = service.apply(index, term, command)?;
                done.compactions.extend(snapshot.map(|snapshot| (index, snapshot)));
                Ok(())
            }
            Action::Restore { index, term, snapshot } => {
                self.emit(Some(node), What::Restored { index, term, snapshot: &snapshot })?;
                let snapshot = Snapshot { index, term, data: snapshot };
                self.cluster.server_mut(node).service.restore(&snapshot)
            }
            Action::Note(_) => unreachable!("notes are told before"),
            // A kind of action that this world does not know yet changes nothing in it.
            _ => Ok(()),
        }
    }

    fn persist(&mut self, node: NodeId, write: &<N::Disk as Disk>::Write) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        let written = guarded(|| {
            let touched = server.disk.write(write.clone());
            (touched, Durable::read(&server.disk))
        });
        let (touched, durable) = match written {
            Ok(written) => written,
            Err(panic) => return Err(self.panicked(node, &panic)),
        };
        server.durable = durable;
        self.emit(Some(node), What::Persisted { write, touched })
    }

    fn take_answer(
        &mut self,
        node: NodeId,
        done: &mut Done,
        id: ProposalId,
        answer: Answer,
    ) -> Result<(), Failure> {
        match done.answer.replace((id, answer)) {
            None => Ok(()),
            Some(_) => Err(self.unanswered(node, "it was answered twice".to_owned())),
        }
    }

    fn check_answer(
        &self,
        node: NodeId,
        proposed: Option<ProposalId>,
        answered: Option<(ProposalId, Answer)>,
    ) -> Result<Answer, Failure> {
        match (proposed, answered) {
            (None, None) => Ok(None),
            (Some(proposed), Some((id, answer))) if proposed == id => Ok(answer),
            (Some(_), None) => Err(self.unanswered(node, "no answer came".to_owned())),
            (_, Some((id, _))) => {
                Err(self.unanswered(node, format!("{id:?} was answered unasked")))
            }
        }
    }

    fn unanswered(&self, node: NodeId, seen: String) -> Failure {
        let rule =
            format!("{node} answers a proposal once, in the list that the proposal returned");
        Failure::contract("proposal answered", self.now(), [rule, seen])
    }

    fn tell_status(&mut self, node: NodeId, status: raftsim_node::Status) -> Result<(), Failure> {
        let record = crate::record::Record {
            time: self.now(),
            node: Some(node),
            life: self.cluster.life(node),
            what: What::Became(status),
        };
        self.trace.push(&record, None).map_err(|panic| self.panicked(node, &panic))
    }

    fn count_event(&mut self, node: NodeId) -> Result<(), Failure> {
        self.meters.events += 1;
        self.pace.at_one_instant += 1;
        self.pace.in_one_second += 1;
        if self.pace.at_one_instant > self.caps.at_one_instant {
            let many = self.caps.at_one_instant;
            return Err(self.flood(format!("{node} gets event {many} of this very instant")));
        }
        if self.pace.in_one_second > self.caps.in_one_second {
            let many = self.caps.in_one_second;
            return Err(self.flood(format!("{node} gets event {many} of this second")));
        }
        Ok(())
    }

    /// A node did far more than any Raft needs.
    pub(crate) fn flood(&self, seen: String) -> Failure {
        Failure::contract("no flood", self.now(), ["a Raft comes to rest".to_owned(), seen])
    }

    /// A node's own code panicked: it is forgotten, and never called or dropped again.
    pub(crate) fn panicked(&mut self, node: NodeId, panic: &Panic) -> Failure {
        std::mem::forget(self.cluster.server_mut(node).node.take());
        self.timers[node.slot()] = Time::MAX;
        let facts = [format!("{node} answers every event"), format!("it panicked: {}", panic.0)];
        Failure::contract("no panic", self.now(), facts)
    }
}

fn server_status<N: Node, W: Watch<N>>(world: &World<N, W>, node: NodeId) -> raftsim_node::Status {
    world.cluster.server(node).status
}

fn stuck(node: NodeId, now: Time) -> Failure {
    let rule = format!("{node} moves a deadline that has come");
    let seen = "a timeout was answered by nothing, and the deadline is still past".to_owned();
    Failure::contract("deadline moves", now, [rule, seen])
}
