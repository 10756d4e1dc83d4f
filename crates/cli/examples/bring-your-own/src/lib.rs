//! A small Raft of your own: leader election after the paper's Figure 2, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Debug;

use raftsim::{
    Action, ActionOf, Boot, Disk, Duration, Event, Message, Node, NodeId, Role, Status, Term, Time,
    Touched,
};

const HEARTBEAT: Duration = Duration::from_millis(100);

#[derive(Clone, Debug)]
pub enum Rpc {
    RequestVote { term: Term },
    Vote { term: Term, granted: bool },
    Heartbeat { term: Term },
}

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        matches!(self, Self::Vote { .. })
    }

    fn size(&self) -> usize {
        16
    }

    fn term(&self) -> Option<Term> {
        let (Self::RequestVote { term } | Self::Vote { term, .. } | Self::Heartbeat { term }) =
            self;
        Some(*term)
    }

    /// What an arrow shows when a run is drawn (`replay --html`).
    fn label(&self) -> Option<String> {
        let label = match self {
            Self::RequestVote { .. } => "vote?",
            Self::Vote { granted: true, .. } => "yes",
            Self::Vote { granted: false, .. } => "no",
            Self::Heartbeat { .. } => "beat",
        };
        Some(label.to_owned())
    }
}

/// What survives a crash. Each write replaces all of it, as with the Go labs' `Persister`.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    term: Term,
    voted_for: Option<NodeId>,
}

impl Disk for Saved {
    type Write = Self;

    fn write(&mut self, write: Self) -> Touched {
        *self = write;
        Touched::ALL
    }

    fn state_bytes(&self) -> usize {
        16
    }
}

#[derive(Debug)]
pub struct MyRaft {
    boot: Boot,
    random: u64,
    saved: Saved,
    role: Role,
    votes: BTreeSet<NodeId>,
    deadline: Time,
}

type Actions = Vec<ActionOf<MyRaft>>;

impl Node for MyRaft {
    type Config = ();
    type Message = Rpc;
    type Disk = Saved;

    fn boot((): &(), boot: &Boot, disk: &Saved, now: Time) -> Self {
        let (boot, saved) = (boot.clone(), disk.clone());
        let (random, votes) = (boot.seed | 1, BTreeSet::new());
        let mut raft = Self { boot, random, saved, role: Role::Follower, votes, deadline: now };
        raft.reset_timer(now);
        raft
    }

    fn step(&mut self, event: Event<Rpc>, now: Time) -> Actions {
        match event {
            Event::Timeout if now < self.deadline => vec![],
            Event::Timeout if self.role == Role::Leader => self.heartbeat(now),
            Event::Timeout => self.stand_for_election(now),
            Event::Receive { from, message } => self.receive(from, message, now),
            Event::Propose { id, .. } => vec![Action::Reject { id, leader: None }],
            _ => vec![],
        }
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.deadline)
    }

    fn status(&self) -> Status {
        Status::new(self.saved.term, self.role)
    }

    /// What `replay --at` and `step` show of its memory.
    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}

impl MyRaft {
    fn stand_for_election(&mut self, now: Time) -> Actions {
        self.role = Role::Candidate;
        self.saved = Saved { term: self.saved.term + 1, voted_for: Some(self.boot.id) };
        self.votes.clear();
        self.reset_timer(now);
        let mut actions = vec![Action::Persist(self.saved.clone())];
        // A line of the trace, for you: sweeps ask for none.
        if self.boot.notes {
            actions.push(Action::note("stands for election"));
        }
        actions.extend(self.send_all(&Rpc::RequestVote { term: self.saved.term }));
        // In a cluster of one, its own vote is a majority.
        actions.extend(self.count_vote(self.boot.id, now));
        actions
    }

    fn count_vote(&mut self, from: NodeId, now: Time) -> Actions {
        self.votes.insert(from);
        if self.votes.len() < self.boot.majority() {
            return vec![];
        }
        self.role = Role::Leader;
        self.heartbeat(now)
    }

    fn heartbeat(&mut self, now: Time) -> Actions {
        self.deadline = now + HEARTBEAT;
        self.send_all(&Rpc::Heartbeat { term: self.saved.term }).collect()
    }

    fn receive(&mut self, from: NodeId, message: Rpc, now: Time) -> Actions {
        let mut actions = vec![];
        let term = message.term().expect("each message has a term");
        if term > self.saved.term {
            if self.role == Role::Leader {
                self.reset_timer(now);
            }
            self.role = Role::Follower;
            self.saved = Saved { term, voted_for: None };
            actions.push(Action::Persist(self.saved.clone()));
        }
        let is_current = term == self.saved.term;
        match message {
            Rpc::RequestVote { .. } => {
                let granted = is_current && self.saved.voted_for.is_none_or(|it| it == from);
                if granted {
                    self.saved.voted_for = Some(from);
                    self.reset_timer(now);
                    actions.push(Action::Persist(self.saved.clone()));
                }
                let vote = Rpc::Vote { term: self.saved.term, granted };
                actions.push(Action::Send { to: from, message: vote });
            }
            Rpc::Vote { granted, .. } if is_current && granted && self.role == Role::Candidate => {
                actions.extend(self.count_vote(from, now));
            }
            Rpc::Heartbeat { .. } if is_current => {
                self.role = Role::Follower;
                self.reset_timer(now);
            }
            Rpc::Vote { .. } | Rpc::Heartbeat { .. } => {}
        }
        actions
    }

    fn send_all(&self, message: &Rpc) -> impl Iterator<Item = Action<Rpc, Saved>> {
        self.boot.peers().map(|to| Action::Send { to, message: message.clone() })
    }

    /// Draws a new election timeout, 300 to 600 ms, from the seed of this life (xorshift).
    fn reset_timer(&mut self, now: Time) {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.deadline = now + Duration::from_millis(300 + self.random % 300);
    }
}
