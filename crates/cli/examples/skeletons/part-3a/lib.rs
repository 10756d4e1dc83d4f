//! Part 3A: leader election and heartbeats. A skeleton: each `todo!` is a hole for you to fill. The
//! comment above it says which rules of the paper the code must keep (Figure 2, §5.1 and §5.2).
//!
//! `message.rs` and `disk.rs` have no holes. There is no log yet (3B), and no disk (3C).

#![allow(dead_code, unused_imports, unused_variables)] // Until no hole is left.

mod disk;
mod message;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::mem;

use disk::Saved;
use message::{AppendEntries, AppendEntriesReply, RequestVote, RequestVoteReply, Rpc};
use raftsim::{Action, ActionOf, Boot, Claims, Duration, Event, Node, NodeId, Role, Status};
use raftsim::{Term, Time};

/// The time between two heartbeats. The lab allows ten a second.
const HEARTBEAT: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct MyRaft {
    boot: Boot,
    /// The state of the random numbers.
    random: u64,
    /// The time of this step.
    now: Time,
    /// What this step does, in order: `step` returns it.
    out: Vec<ActionOf<Self>>,
    /// When the timer ends: a leader's until the next heartbeats, any other's until an election.
    deadline: Time,
    current_term: Term,
    /// The vote in this term.
    voted_for: Option<NodeId>,
    role: Role,
    /// The leader of this term, once it was heard.
    leader: Option<NodeId>,
    /// Who voted for this candidate in this term.
    votes: BTreeSet<NodeId>,
}

impl Node for MyRaft {
    type Config = ();
    type Message = Rpc;
    type Disk = Saved;

    /// What the oracles may demand beyond the paper's safety: while nothing disturbs a majority,
    /// its leader and the term stay; and a request of an earlier term is answered.
    fn claims((): &()) -> Claims {
        Claims::default().keeping_its_leader().answering_earlier_terms()
    }

    fn boot((): &(), boot: &Boot, _disk: &Saved, now: Time) -> Self {
        let mut raft = Self {
            boot: boot.clone(),
            random: boot.seed | 1,
            now,
            out: vec![],
            deadline: now,
            current_term: 0,
            voted_for: None,
            role: Role::Follower,
            leader: None,
            votes: BTreeSet::new(),
        };
        raft.reset_election_timer();
        raft
    }

    fn step(&mut self, event: Event<Rpc>, now: Time) -> Vec<ActionOf<Self>> {
        self.now = now;
        match event {
            Event::Timeout if now < self.deadline => {}
            Event::Timeout if self.role == Role::Leader => self.send_heartbeats(),
            Event::Timeout => self.stand_for_election(),
            Event::Receive { from, message } => self.receive(from, message),
            Event::Propose { id, .. } => self.act(Action::Reject { id, leader: self.leader }),
            _ => {}
        }
        mem::take(&mut self.out)
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.deadline)
    }

    fn status(&self) -> Status {
        Status::new(self.current_term, self.role).with_leader(self.leader)
    }

    /// What `replay --at` and `step` show of the memory.
    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}

/// Elections.
impl MyRaft {
    /// The election timer has ended: no leader was heard, or no candidate has won.
    fn stand_for_election(&mut self) {
        self.note("stands for election");
        // Candidates: enter the next term, vote for this server, restart the election timer, and
        // ask all other servers for their votes. Votes of an earlier term do not count. In a
        // cluster of one the own vote is a majority already.
        todo!("3A: stand for election")
    }

    /// A message shows that `term` has begun, which is later than this server's.
    fn enter_term(&mut self, term: Term) {
        self.note("a later term");
        // All servers: enter the later term as a follower. Nobody has this server's vote in it yet,
        // and its leader is not known. A leader's timer was one for heartbeats: it needs an
        // election timer again. Any other server's election timer runs on.
        todo!("3A: enter a later term")
    }

    /// A candidate of this server's term, or of an earlier one, asks for its vote.
    fn handle_request_vote(&mut self, from: NodeId, request: RequestVote) {
        // RequestVote: refuse a candidate of an earlier term. Grant the vote unless another
        // candidate has it in this term; the same candidate may ask twice. To grant the vote
        // restarts the election timer, and to refuse it does not. Answer in both cases.
        todo!("3A: answer a candidate")
    }

    /// A voter of this term answers.
    fn handle_request_vote_reply(&mut self, from: NodeId, reply: RequestVoteReply) {
        // Candidates: with the votes of a majority this server leads. Count voters, not answers:
        // one may arrive twice. One may also come when the election is over.
        todo!("3A: count a vote")
    }

    /// A majority has voted for this candidate.
    fn become_leader(&mut self) {
        self.note("leads");
        // Leaders: this server leads this term, and `status` reports it. Send heartbeats at once,
        // so that nobody else stands for election.
        todo!("3A: become leader")
    }
}

/// Heartbeats.
impl MyRaft {
    /// A leader was elected, or its timer has ended.
    fn send_heartbeats(&mut self) {
        // Leaders: send an AppendEntries to each other server, and again in HEARTBEAT.
        todo!("3A: send heartbeats")
    }

    /// The leader of this term was heard.
    fn follow(&mut self, leader: NodeId) {
        // Followers and candidates: restart the election timer. A candidate that hears from the
        // leader of its own term has lost, and becomes a follower.
        todo!("3A: follow the leader")
    }

    /// A leader of this server's term, or of an earlier one, sends a heartbeat.
    fn handle_append_entries(&mut self, from: NodeId, request: AppendEntries) {
        // AppendEntries 1: a leader of an earlier term changes nothing here, the election timer
        // included. The leader of this term is followed. Answer in both cases: the leader of an
        // earlier term learns from the answer's term that it leads no more.
        todo!("3A: hear a leader")
    }
}

/// What is ready.
impl MyRaft {
    fn receive(&mut self, from: NodeId, message: Rpc) {
        let term = message.sender_term();
        if term > self.current_term {
            self.enter_term(term);
        }
        // A reply of an earlier term says nothing about this one.
        let is_current = term == self.current_term;
        match message {
            Rpc::RequestVote(request) => self.handle_request_vote(from, request),
            Rpc::RequestVoteReply(reply) if is_current => {
                self.handle_request_vote_reply(from, reply);
            }
            Rpc::AppendEntries(request) => self.handle_append_entries(from, request),
            Rpc::RequestVoteReply(_) | Rpc::AppendEntriesReply(_) => {}
        }
    }

    fn request_vote(&mut self, to: NodeId) {
        let request = RequestVote { term: self.current_term, candidate: self.boot.id };
        self.send(to, Rpc::RequestVote(request));
    }

    fn append_entries(&mut self, to: NodeId) {
        let request = AppendEntries { term: self.current_term };
        self.send(to, Rpc::AppendEntries(request));
    }

    fn send(&mut self, to: NodeId, message: Rpc) {
        self.act(Action::Send { to, message });
    }

    fn act(&mut self, action: ActionOf<Self>) {
        self.out.push(action);
    }

    /// A line of the trace for you, such as `# leads`. Sweeps ask for no notes: they cost nothing.
    fn note(&mut self, why: &str) {
        if self.boot.notes {
            self.act(Action::note(why));
        }
    }

    /// All other servers.
    fn peers(&self) -> Vec<NodeId> {
        self.boot.peers().collect()
    }

    /// Lets the timer end in 300 to 600 ms, drawn from the seed of this life (xorshift).
    fn reset_election_timer(&mut self) {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.deadline = self.now + Duration::from_millis(300 + self.random % 300);
    }
}
