//! Part 3A in RPC style, for Rafts that were written for labrpc. A skeleton: each `todo!` is a hole
//! for you to fill. The comment above it says which rules of the paper the code must keep (Figure
//! 2, §5.1 and §5.2).
//!
//! A remote function takes arguments and returns its reply. What would stand after labrpc's `Call`
//! is a function too: it gets the arguments of the call, and the reply if there is one. What waits
//! for that is in `calls`.
//!
//! `message.rs` and `disk.rs` have no holes. There is no log yet (3B), and no disk (3C).

#![allow(dead_code, unused_imports, unused_variables)] // Until no hole is left.

mod disk;
mod message;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::mem;

use disk::Saved;
use message::{AppendEntriesArgs, AppendEntriesReply, Body, Reply, Request};
use message::{RequestVoteArgs, RequestVoteReply, Rpc};
use raftsim::{Action, ActionOf, Boot, CallId, Claims, Duration, Event, Node, NodeId, Role};
use raftsim::{Status, Term, Time};

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
    /// The number of the last call.
    last_call: CallId,
    /// The calls that have not ended, and what was asked in each.
    calls: BTreeMap<CallId, Request>,
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
            last_call: CallId(0),
            calls: BTreeMap::new(),
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
            Event::CallFailed { to, call } => self.end_call(to, call, None),
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
        // call all other servers for their votes. Votes of an earlier term do not count. In a
        // cluster of one the own vote is a majority already.
        todo!("RPC: stand for election")
    }

    /// A message shows that `term` has begun, which is later than this server's.
    fn enter_term(&mut self, term: Term) {
        self.note("a later term");
        // All servers: enter the later term as a follower. Nobody has this server's vote in it yet,
        // and its leader is not known. A leader's timer was one for heartbeats: it needs an
        // election timer again. Any other server's election timer runs on.
        todo!("3A: enter a later term")
    }

    /// A candidate of this server's term, or of an earlier one, calls.
    fn request_vote(&mut self, args: RequestVoteArgs) -> RequestVoteReply {
        // RequestVote: refuse a candidate of an earlier term. Grant the vote unless another
        // candidate has it in this term; the same candidate may ask twice. To grant the vote
        // restarts the election timer, and to refuse it does not.
        todo!("RPC: answer a candidate")
    }

    /// A call for a vote has ended: with a reply, or with `None`, as when labrpc's `Call` returns
    /// false. The call may be one of an earlier term, and this server may be no candidate any more.
    fn request_vote_ended(
        &mut self,
        to: NodeId,
        asked: RequestVoteArgs,
        reply: Option<RequestVoteReply>,
    ) {
        // Candidates: with the votes of a majority this server leads. A vote counts in the term in
        // which it was asked for. If the call failed, ask again while the election lasts (§5.1).
        todo!("RPC: count a vote")
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
        // Leaders: call AppendEntries of each other server, and again in HEARTBEAT. Do not wait for
        // the replies: a call to a server that is cut off may take seconds to fail.
        todo!("RPC: send heartbeats")
    }

    /// The leader of this term was heard.
    fn follow(&mut self, leader: NodeId) {
        // Followers and candidates: restart the election timer. A candidate that hears from the
        // leader of its own term has lost, and becomes a follower.
        todo!("3A: follow the leader")
    }

    /// A leader of this server's term, or of an earlier one, calls.
    fn append_entries(&mut self, args: AppendEntriesArgs) -> AppendEntriesReply {
        // AppendEntries 1: a leader of an earlier term changes nothing here, the election timer
        // included; it learns from the reply's term that it leads no more. The leader of this term
        // is followed.
        todo!("RPC: hear a leader")
    }
}

/// Calls.
impl MyRaft {
    /// Calls a remote function of `to`.
    fn call(&mut self, to: NodeId, request: Request) {
        self.last_call.0 += 1;
        self.calls.insert(self.last_call, request.clone());
        self.send(to, Rpc { call: self.last_call, body: Body::Request(request) });
    }

    /// A call has ended: with a reply, or with `None`, as when labrpc's `Call` returns false.
    fn end_call(&mut self, to: NodeId, call: CallId, reply: Option<Reply>) {
        match (self.calls.remove(&call), reply) {
            (Some(Request::RequestVote(asked)), Some(Reply::RequestVote(reply))) => {
                self.request_vote_ended(to, asked, Some(reply));
            }
            (Some(Request::RequestVote(asked)), None) => self.request_vote_ended(to, asked, None),
            // In 3A a heartbeat's reply has nothing but a term, which is known by now. If the call
            // failed, the next heartbeat comes anyway.
            (Some(Request::AppendEntries(_)), _) => {}
            // Not this server's call, or not the reply to what it asked.
            (Some(_) | None, _) => {}
        }
    }

    fn receive(&mut self, from: NodeId, message: Rpc) {
        let term = message.sender_term();
        if term > self.current_term {
            self.enter_term(term);
        }
        let call = message.call;
        let reply = match message.body {
            Body::Request(Request::RequestVote(args)) => {
                Reply::RequestVote(self.request_vote(args))
            }
            Body::Request(Request::AppendEntries(args)) => {
                Reply::AppendEntries(self.append_entries(args))
            }
            Body::Reply(reply) => return self.end_call(from, call, Some(reply)),
        };
        self.send(from, Rpc { call, body: Body::Reply(reply) });
    }
}

/// What is ready.
impl MyRaft {
    fn call_for_vote(&mut self, to: NodeId) {
        let args = RequestVoteArgs { term: self.current_term, candidate: self.boot.id };
        self.call(to, Request::RequestVote(args));
    }

    fn call_with_heartbeat(&mut self, to: NodeId) {
        let args = AppendEntriesArgs { term: self.current_term, leader: self.boot.id };
        self.call(to, Request::AppendEntries(args));
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
