//! The crate `noraft` as a node of raftsim. It does no I/O: it says what to save and to send, and it
//! does not see commands, nor how a snapshot is sent.
//!
//! | module | owns |
//! |---|---|
//! | `disk` | what survives a crash |
//! | `message` | the messages, with what the crate leaves to its user |

mod disk;
mod message;

use std::collections::BTreeMap;
use std::ops::Range;

use noraft::{ClusterConfig, LogEntries, LogEntry, LogIndex, LogPosition};
use raftsim::{
    Action, ActionOf, Boot, Bytes, Claims, Command, Disk as _, Duration, Event, Index, Node,
    NodeId, Promise, ProposalId, Random, Role, Snapshot, Status, Term, Time, View as _,
};

pub use disk::{Saved, Write};
pub use message::Rpc;

const HEARTBEAT: Duration = Duration::from_millis(100);
const ELECTION: Range<Duration> = Duration::from_millis(300)..Duration::from_millis(600);

/// A server.
#[derive(Debug)]
pub struct Noraft {
    raft: noraft::Node,
    /// What is on the disk, or is in the list of actions that is being made.
    disk: Saved,
    /// The commands of entries that are not on the disk yet.
    commands: BTreeMap<Index, Command>,
    /// A snapshot that is not on the disk yet.
    snapshot: Option<Snapshot>,
    /// Through where its log has the entries of the message that it handles.
    stored: Option<Index>,
    applied: Index,
    random: Random,
    deadline: Time,
}

type Actions = Vec<ActionOf<Noraft>>;

impl Node for Noraft {
    type Config = ();
    type Message = Rpc;
    type Disk = Saved;

    fn claims((): &()) -> Claims {
        Claims::default().with_own_entries().keeping_its_leader().answering_earlier_terms()
    }

    fn boot((): &(), boot: &Boot, disk: &Saved, now: Time) -> Self {
        let voters = boot.voters.iter().map(|&it| id(it)).collect();
        let voters = ClusterConfig { voters, ..ClusterConfig::new() };
        let raft = noraft::Node::restart(
            id(boot.id),
            noraft::Term::new(disk.plain.term()),
            disk.voted_for().map(id),
            disk.log(voters),
        );
        let mut server = Self {
            raft,
            disk: disk.clone(),
            commands: BTreeMap::new(),
            snapshot: None,
            stored: None,
            applied: disk.plain.first_index() - 1,
            random: Random::new(boot.seed),
            deadline: now,
        };
        let actions = server.perform(now);
        assert!(actions.is_empty(), "a restart only sets the timer");
        server
    }

    fn step(&mut self, event: Event<Rpc>, now: Time) -> Actions {
        let mut out = vec![];
        match event {
            Event::Timeout if now >= self.deadline => self.raft.handle_election_timeout(),
            Event::Receive { message, .. } => self.receive(message),
            Event::Propose { id, command } => out.push(self.propose(id, command)),
            Event::Compact { through, snapshot } => self.compact(through, snapshot),
            Event::Campaign if !self.raft.role().is_leader() => self.raft.handle_election_timeout(),
            _ => {}
        }
        out.extend(self.perform(now));
        out
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.deadline)
    }

    fn status(&self) -> Status {
        let role = match self.raft.role() {
            noraft::Role::Follower => Role::Follower,
            noraft::Role::Candidate => Role::Candidate,
            noraft::Role::Leader => Role::Leader,
        };
        let term = self.raft.current_term().get();
        Status::new(term, role).with_commit(self.raft.commit_index().get())
    }

    fn inspect(&self) -> Option<&dyn std::fmt::Debug> {
        Some(&self.raft)
    }
}

impl Noraft {
    fn receive(&mut self, message: Rpc) {
        match message {
            Rpc::Raft { message, commands, .. } => {
                self.commands.extend(Rpc::indexed(&message, commands));
                self.raft.handle_message(&message).expect("its log fits its snapshot");
                self.stored = self.stored_of(&message);
            }
            Rpc::InstallSnapshot { from, term, snapshot } => self.install(from, term, snapshot),
        }
    }

    /// A leader's snapshot arrives. The crate wants to hear of the leader first.
    fn install(&mut self, from: NodeId, term: Term, snapshot: Snapshot) {
        let last = disk::position(snapshot.index, snapshot.known_term());
        let heartbeat = noraft::Message::AppendEntriesCall {
            from: id(from),
            term: noraft::Term::new(term),
            commit_index: LogIndex::new(0),
            entries: LogEntries::new(last),
        };
        self.raft.handle_message(&heartbeat).expect("its log fits its snapshot");
        let is_news = snapshot.index > self.raft.commit_index().get();
        let is_current = self.raft.current_term().get() == term;
        if is_news
            && is_current
            && self.raft.handle_snapshot_installed(last, self.raft.config().clone())
        {
            self.snapshot = Some(snapshot);
        }
    }

    fn propose(&mut self, id: ProposalId, command: Command) -> ActionOf<Self> {
        let position = self.raft.propose_command();
        if position == LogPosition::INVALID {
            return Action::Reject { id, leader: None };
        }
        let (index, term) = (position.index.get(), position.term.get());
        self.commands.insert(index, command);
        Action::Accept { id, index, term }
    }

    fn compact(&mut self, through: Index, snapshot: Bytes) {
        let log = self.raft.log();
        let Some((last, config)) = log.get_position_and_config(LogIndex::new(through)) else {
            return;
        };
        let config = config.clone();
        if self.raft.handle_snapshot_installed(last, config) {
            self.snapshot = Some(Snapshot::new(through, last.term.get(), snapshot));
        }
    }

    /// Performs the actions of the crate: one write, then the messages; then applies what is
    /// committed.
    fn perform(&mut self, now: Time) -> Actions {
        let mut out = vec![];
        let (mut write, mut sent) = (Write::default(), vec![]);
        let restored = self.snapshot.clone().filter(|it| it.index > self.applied);
        write.plain.snapshot = self.snapshot.take();
        while let Some(action) = self.raft.actions_mut().next() {
            match action {
                noraft::Action::SetElectionTimeout => self.set_timer(now),
                noraft::Action::SaveCurrentTerm | noraft::Action::SaveVotedFor => {
                    let term = self.raft.current_term().get();
                    let voted_for = self.raft.voted_for().map(node);
                    write.voted_for = Some(voted_for);
                    write.plain.vote = Some(self.disk.vote(term, voted_for));
                }
                noraft::Action::AppendLogEntries(entries) => {
                    let first = entries.prev_position().index.get() + 1;
                    let log = entries.iter_with_positions().map(|(position, entry)| {
                        let index = position.index.get();
                        let command = (entry == LogEntry::Command).then(|| self.command(index));
                        (position.term.get(), command)
                    });
                    write.plain.log = Some((first, log.collect()));
                }
                noraft::Action::BroadcastMessage(message) => {
                    sent.extend(self.raft.peers().map(|to| (to, Some(message.clone()))));
                }
                noraft::Action::SendMessage(to, message) => sent.push((to, Some(message))),
                noraft::Action::InstallSnapshot(to) => sent.push((to, None)),
            }
        }
        // Where its log differs from the leader's, the crate drops entries in memory and asks for no
        // write: the disk would lose them with the next one, when the server may lead itself.
        let next = self.raft.log().last_position().index.get() + 1;
        if write.plain.log.is_none()
            && write.plain.snapshot.is_none()
            && next <= self.disk.plain.last_index()
        {
            write.plain.log = Some((next, vec![]));
        }
        self.commands.clear();
        if !write.plain.is_empty() || write.voted_for.is_some() {
            self.disk.write(write.clone());
            out.push(Action::Persist(write));
        }
        if let Some(Snapshot { index, term, data }) = restored {
            self.applied = index;
            out.push(Action::Restore { index, term, snapshot: data });
        }
        for (to, message) in sent {
            out.extend(self.addressed(to, message));
        }
        self.stored = None;
        self.apply(&mut out);
        out
    }

    fn set_timer(&mut self, now: Time) {
        let span =
            if self.raft.role().is_leader() { HEARTBEAT } else { self.random.between(ELECTION) };
        self.deadline = now + span;
    }

    /// The command of the entry at `index`: a new one, or one that the disk has.
    fn command(&self, index: Index) -> Command {
        let on_disk = || self.disk.plain.entry(index).and_then(|(_, command)| command.cloned());
        let command = self.commands.get(&index).cloned().or_else(on_disk);
        command.expect("the entry came with its command")
    }

    /// The message for `to`; without one the snapshot.
    fn addressed(
        &self,
        to: noraft::NodeId,
        message: Option<noraft::Message>,
    ) -> Option<ActionOf<Self>> {
        let to = node(to);
        let message = match message {
            Some(message) => {
                let commands = match &message {
                    noraft::Message::AppendEntriesCall { entries, .. } => {
                        let commands = entries.iter_with_positions();
                        let commands = commands.filter(|(_, entry)| *entry == LogEntry::Command);
                        commands.map(|(it, _)| self.command(it.index.get())).collect()
                    }
                    _ => vec![],
                };
                let promise = self.promise(to, &message);
                Rpc::Raft { message, commands, promise }
            }
            None => Rpc::InstallSnapshot {
                from: node(self.raft.id()),
                term: self.raft.current_term().get(),
                snapshot: self.disk.snapshot()?.clone(),
            },
        };
        Some(Action::Send { to, message })
    }

    /// Through where the log has the entries of a message from the leader of this term; `None` if it
    /// has not. An answer to the leader of an earlier term acknowledges nothing in this one.
    fn stored_of(&self, message: &noraft::Message) -> Option<Index> {
        let noraft::Message::AppendEntriesCall { term, entries, .. } = message else { return None };
        let last = entries.last_position();
        let is_stored =
            *term == self.raft.current_term() && self.raft.log().entries().contains(last);
        is_stored.then_some(last.index.get())
    }

    fn promise(&self, to: NodeId, message: &noraft::Message) -> Option<Promise> {
        match message {
            noraft::Message::RequestVoteCall { from, .. } => {
                Some(Promise::Vote { candidate: node(*from) })
            }
            // To the server that leads its term a server may give a second vote, which nobody counts.
            noraft::Message::RequestVoteReply { vote_granted: true, .. } => {
                let is_first = self.disk.plain.voted_for() == Some(to);
                is_first.then_some(Promise::Vote { candidate: to })
            }
            // The answer is where the log ends. It acknowledges what the leader has too.
            noraft::Message::AppendEntriesReply { .. } => {
                self.stored.map(|through| Promise::Stored { through })
            }
            _ => None,
        }
    }

    fn apply(&mut self, out: &mut Actions) {
        while self.applied < self.raft.commit_index().get() {
            self.applied += 1;
            let (term, command) =
                self.disk.plain.entry(self.applied).expect("it is committed, and so written");
            let (term, command) = (Some(term), command.cloned());
            out.push(Action::Apply { index: self.applied, term, command });
        }
    }
}

fn id(node: NodeId) -> noraft::NodeId {
    noraft::NodeId::new(node.number().into())
}

fn node(id: noraft::NodeId) -> NodeId {
    NodeId::new(u8::try_from(id.get()).expect("it is a server of the cluster"))
}
