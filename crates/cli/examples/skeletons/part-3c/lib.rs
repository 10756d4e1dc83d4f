//! Part 3C: persistence. A skeleton: each `todo!` is a hole for you to fill. A hole that is called
//! `3A` or `3B` takes the code that you have. The others take new code (Figure 2, persistent
//! state).
//!
//! New in this part: all of `disk.rs`, `take_changed` in `log.rs`, `promise` in `message.rs`, and
//! what is called `3C`. `step` writes what an event changed, whatever the event was.
//!
//! `log.rs`, `message.rs` and `disk.rs` have no holes. There are no snapshots yet (3D).

#![allow(dead_code, unused_imports, unused_variables)] // Until no hole is left.

mod disk;
mod log;
mod message;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::mem;

use disk::{Saved, Vote, Write};
use log::{Entry, Log};
use message::{Answer, AppendEntries, AppendEntriesReply, RequestVote, RequestVoteReply, Rpc};
use raftsim::{Action, ActionOf, Boot, Claims, Command, Duration, Event, Index, Node, NodeId};
use raftsim::{ProposalId, Role, Status, Term, Time};

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
    log: Log,
    /// All entries through this index are committed, as far as this server knows.
    commit_index: Index,
    /// All entries through this index were handed to the service.
    last_applied: Index,
    /// Of a leader, for each other server: the first index that the leader sends it next.
    next_index: BTreeMap<NodeId, Index>,
    /// Of a leader, for each other server: through this index its log is known to be the leader's.
    match_index: BTreeMap<NodeId, Index>,
    /// The term and the vote that are on disk.
    vote_on_disk: Vote,
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

    fn boot((): &(), boot: &Boot, disk: &Saved, now: Time) -> Self {
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
            log: Log::default(),
            commit_index: 0,
            last_applied: 0,
            next_index: BTreeMap::new(),
            match_index: BTreeMap::new(),
            vote_on_disk: (0, None),
        };
        raft.load(disk);
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
            Event::Propose { id, command } => self.propose(id, command),
            _ => {}
        }
        self.write_changes();
        mem::take(&mut self.out)
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.deadline)
    }

    fn status(&self) -> Status {
        Status::new(self.current_term, self.role)
            .with_leader(self.leader)
            .with_commit(self.commit_index)
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
        // As in 3A, and RequestVote 2 (§5.4.1): refuse a candidate whose log is behind. Of two logs
        // that is behind whose last entry has the earlier term; if these terms are equal, the
        // shorter one. Logs that end alike are both up to date.
        todo!("3B: answer a candidate")
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
        // As in 3A, and Leaders: forget what was known of the others' logs in an earlier term. Each
        // nextIndex is the index after this log's last one, and each matchIndex is 0.
        todo!("3B: become leader")
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

    /// A leader of this server's term, or of an earlier one, sends entries or a heartbeat.
    fn handle_append_entries(&mut self, from: NodeId, request: AppendEntries) {
        // AppendEntries 1: as in 3A. The answer to a leader of an earlier term is `Answer::Stale`.
        // AppendEntries 2: if this log does not have the entry before the new ones, it does not
        // change, and the answer is a conflict. Its `next` lets the leader go back over many
        // entries at once (§5.3): to the log's end if the log is too short, or else to the first
        // entry of the term that conflicts.
        // AppendEntries 3 and 4: skip new entries that this log has. From the first one that it
        // does not have, remove the log's entries, and append the new ones. If none conflicts,
        // remove nothing: the request may be an old one, and what follows its entries may be
        // committed.
        // AppendEntries 5: the commit index rises to the leader's, but not beyond the last new
        // entry: what follows in this log is not known to be the leader's. For a heartbeat that is
        // the entry before.
        // Then apply, and answer through which index this log is now the leader's.
        todo!("3B: hear a leader")
    }
}

/// Replication.
impl MyRaft {
    /// A client proposes a command.
    fn propose(&mut self, id: ProposalId, command: Command) {
        // Answer with one `Action`: `Reject` if this server does not lead; or else append the
        // command to the log, and `Accept`. Do not wait until it is committed.
        // Leaders: send the entry to the others now. `speed_3b` fails if it waits for a heartbeat.
        // But send it only to those that have stored all entries before it: the others get it after
        // their next answer. To send all of them all entries at each proposal would be too much.
        // In a cluster of one, the entry is committed now.
        todo!("3B: take a command")
    }

    /// Sends `to` what its log lacks.
    fn append_entries(&mut self, to: NodeId) {
        // Leaders: send all entries from nextIndex on, with index and term of the entry before them
        // and the commit index. If there are none, this is a heartbeat.
        todo!("3B: send entries")
    }

    /// A follower of this term answers.
    fn handle_append_entries_reply(&mut self, from: NodeId, reply: AppendEntriesReply) {
        // `Stored`: matchIndex and nextIndex rise, but never fall: this may be an old answer. See
        // what is committed now, and send what the follower still lacks.
        // `Conflict`: nextIndex falls to what the follower asks for, but not to matchIndex. Send
        // again at once, if it fell; if not, this is an old answer.
        // The server may lead no more.
        todo!("3B: take a follower's answer")
    }

    /// Something may be stored by a majority now.
    fn advance_commit_index(&mut self) {
        // Leaders, last rule (§5.4.2, Figure 8): commit the last entry that a majority has stored,
        // and with it all before it; but only if the entry is of this term. An entry of an earlier
        // term that a majority has stored may still be replaced. This server counts too.
        todo!("3B: commit what a majority has stored")
    }

    /// The commit index may have risen.
    fn apply(&mut self) {
        // All servers: hand the committed entries to the service, each once and in order:
        // `Action::Apply { index, term: Some(term), command: Some(command) }`.
        todo!("3B: apply what is committed")
    }
}

/// Persistence.
impl MyRaft {
    /// This server starts: for the first time, with an empty disk, or after a crash.
    fn load(&mut self, disk: &Saved) {
        // The persistent state is what is on disk: the term, the vote and the log (`Log::new`).
        // Everything else begins anew, the commit index too: it rises when a leader is heard.
        todo!("3C: load what is on disk")
    }

    /// An event was handled: `out` has what is to be done, in order.
    fn write_changes(&mut self) {
        // Persistent state is written before an answer leaves. The server may crash between any two
        // actions, so one `Action::Persist` with all that changed is to stand before all other
        // actions of this step: the vote if it is not `vote_on_disk`, and `log.take_changed()`. If
        // nothing changed, write nothing.
        todo!("3C: write what changed")
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
            Rpc::AppendEntriesReply(reply) if is_current => {
                self.handle_append_entries_reply(from, reply);
            }
            Rpc::RequestVoteReply(_) | Rpc::AppendEntriesReply(_) => {}
        }
    }

    fn request_vote(&mut self, to: NodeId) {
        let request = RequestVote {
            term: self.current_term,
            candidate: self.boot.id,
            last_log_index: self.log.last_index(),
            last_log_term: self.log.last_term(),
        };
        self.send(to, Rpc::RequestVote(request));
    }

    fn reply_append_entries(&mut self, to: NodeId, answer: Answer) {
        let reply = AppendEntriesReply { term: self.current_term, answer };
        self.send(to, Rpc::AppendEntriesReply(reply));
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
