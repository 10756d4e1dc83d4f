//! A Go package's server as a node.

use std::mem;
use std::panic::resume_unwind;
use std::sync::Arc;

use raftsim_node::{
    Action, ActionOf, Boot, Event, Message as _, Node, NodeId, ProposalId, Role, Status, Time,
};
use wasmtime::Result;

use crate::disk::{Persister, Save, seal, unseal};
use crate::failure::why;
use crate::host::Act;
use crate::program::Program;
use crate::rpc::Rpc;
use crate::server::{Rest, Server};
use crate::waits::Waits;

/// A server of a Go package. Its settings are the program; without one it cannot start.
pub struct GoRaft {
    program: Arc<Program>,
    /// None only while the server stops because of an error.
    server: Option<Server>,
    /// Whether texts of messages are wanted.
    notes: bool,
    status: Status,
    /// The names of the messages that it has sent.
    names: Vec<Arc<str>>,
    /// When it wants to be woken.
    deadline: Option<Time>,
    waits: Waits,
}

#[doc(hidden)]
impl Node for GoRaft {
    type Config = Option<Arc<Program>>;
    type Message = Rpc;
    type Disk = Persister;

    fn boot(program: &Self::Config, boot: &Boot, disk: &Persister, now: Time) -> Self {
        let program = program.clone().expect("the node has a program");
        let server = match Server::start(&program, boot.seed, now.as_nanos()) {
            Ok(server) => server,
            Err(error) => resume_unwind(Box::new(format!("Go does not start: {error}"))),
        };
        let mut node = Self {
            program,
            server: Some(server),
            notes: boot.notes,
            status: Status::default(),
            names: Vec::new(),
            deadline: None,
            waits: Waits::default(),
        };
        let (me, count) = (number(boot.id.slot()), number(boot.voters.len()));
        let rest = node.run(|server| server.boot(me, count, &disk.state, &disk.sealed));
        node.waits.begin(now.as_nanos(), rest);
        // What it printed can wait for its first event, and causes none.
        let is_printed = |act: &Act| matches!(act, Act::Output(_));
        if !node.server().host().acts.iter().all(is_printed) {
            // It reports what it did at its first event, which comes at once. It is not a leader
            // before what made it one is on its disk.
            node.status.role = Role::Follower;
            node.deadline = Some(now);
        }
        node
    }

    fn step(&mut self, event: Event<Rpc>, now: Time) -> Vec<ActionOf<Self>> {
        let mut actions = Vec::new();
        self.step_into(event, now, &mut actions);
        actions
    }

    fn step_into(&mut self, event: Event<Rpc>, now: Time, actions: &mut Vec<ActionOf<Self>>) {
        let now = now.as_nanos();
        let rest = match event {
            Event::Timeout => self.run(|server| server.timeout(now)),
            Event::Receive { message, .. } if message.is_reply() => {
                self.run(|server| server.reply(now, message.call, &message.body))
            }
            Event::Receive { from, message } => {
                let (from, name) = (number(from.slot()), message.name.as_bytes());
                self.run(|server| server.request(now, from, message.call, name, &message.body))
            }
            Event::CallFailed { call, .. } => self.run(|server| server.failed(now, call.0)),
            Event::Propose { id, command } => {
                self.run(|server| server.propose(now, id.0, &command))
            }
            Event::Compact { through, snapshot } => {
                self.run(|server| server.compact(now, through, &seal(through), &snapshot))
            }
            // The labs have no way to order an election.
            Event::Campaign | _ => return,
        };
        self.watch(now, rest);
        self.report(actions);
    }

    fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    fn status(&self) -> Status {
        self.status
    }
}

impl GoRaft {
    fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("a server that has stopped gets no event")
    }

    /// Hands an event to the server, and reads what it wants and believes afterwards.
    fn run(&mut self, event: impl FnOnce(&mut Server) -> Result<Rest>) -> Rest {
        let rest = self.call(event);
        let host = self.server().host();
        let (deadline, state) = (host.deadline(), host.state);
        self.deadline = deadline.map(Time::from_nanos);
        if let Some((term, leads)) = state {
            self.status = Status::new(term, if leads { Role::Leader } else { Role::Follower });
        }
        rest
    }

    /// Calls the server. The run ends if it stops.
    fn call<T>(&mut self, call: impl FnOnce(&mut Server) -> Result<T>) -> T {
        call(self.server()).unwrap_or_else(|error| {
            self.stop(|program, server| why(&error, server.host(), program))
        })
    }

    /// Ends the run, for the reason that `why` returns.
    fn stop(&mut self, why: impl FnOnce(&Program, &Server) -> String) -> ! {
        // The instance goes first: a node that panics is never dropped.
        let server = self.server.take().expect("the server has just run");
        let why = why(&self.program, &server);
        drop(server);
        // The package's place is in the text, and no place in this file means anything.
        resume_unwind(Box::new(why))
    }

    /// Ends the run if goroutines wait for what never comes.
    fn watch(&mut self, now: u64, rest: Rest) {
        let is_idle = self.deadline.is_none();
        let Some(doubt) = self.waits.after(now, rest, is_idle) else { return };
        let report = self.call(Server::stacks);
        if let Some(why) = self.waits.judge(doubt, &report, &self.program.prefix) {
            self.stop(|_, _| why);
        }
    }

    /// Puts what the server did into `actions`.
    fn report(&mut self, actions: &mut Vec<ActionOf<Self>>) {
        let mut acts = mem::take(&mut self.server().host_mut().acts);
        for act in acts.drain(..) {
            actions.push(self.action(act));
        }
        // The list keeps its room.
        self.server().host_mut().acts = acts;
    }

    fn action(&mut self, act: Act) -> ActionOf<Self> {
        match act {
            Act::Persist { state, snapshot } => Action::Persist(Save { state, snapshot }),
            Act::Send { to, call, is_reply, term, name, body } => {
                let name = self.name(&name);
                let text = || self.program.text(is_reply, &name, &body).into();
                let text = self.notes.then(text);
                let message = Rpc { call, is_reply, name, term, body, text };
                Action::Send { to: server_at(to), message }
            }
            Act::Accept { proposal, index, term } => {
                Action::Accept { id: ProposalId(proposal), index, term }
            }
            Act::Reject { proposal } => Action::Reject { id: ProposalId(proposal), leader: None },
            Act::Apply { index, command } => Action::Apply { index, term: None, command },
            Act::Restore { index, snapshot } => {
                // A snapshot that is not one of the service's is for the service to refuse.
                let opened = unseal(&snapshot).map(|(_, data)| data);
                let snapshot = opened.unwrap_or_else(|| snapshot.into());
                Action::Restore { index, term: None, snapshot }
            }
            Act::Output(lines) => Action::Output(lines.into()),
        }
    }

    /// The name of a message, which all messages of that name share.
    fn name(&mut self, name: &[u8]) -> Arc<str> {
        if let Some(known) = self.names.iter().find(|known| known.as_bytes() == name) {
            return known.clone();
        }
        let name: Arc<str> = String::from_utf8_lossy(name).into();
        self.names.push(name.clone());
        name
    }
}

impl std::fmt::Debug for GoRaft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, deadline, .. } = self;
        out.debug_struct("GoRaft")
            .field("status", status)
            .field("deadline", deadline)
            .finish_non_exhaustive()
    }
}

/// A small number, as the program takes it.
fn number(place: usize) -> u32 {
    u32::try_from(place).expect("a cluster has at most 255 servers")
}

/// The server at a place of the list that `Make` got.
fn server_at(place: u32) -> NodeId {
    NodeId::new(u8::try_from(place + 1).expect("the shim made an end for each server"))
}
