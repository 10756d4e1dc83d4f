//! "MIT 6.824 lab3-A raft leader election", a student's post of 2025-10-26: two Go timers, polled.
//!
//! # What the post shows, and this module keeps
//!
//! - The ticker polls an election timer and a heartbeat timer, and sleeps 5 ms when neither has
//!   fired. A timer that fires in between is acted on at the next poll.
//! - `election`: all of it, the handling of a reply too. Its branch for a higher term stands inside
//!   `if reply.VoteGranted`, so that **a refusal of a higher term is ignored**, and it leaves
//!   `voteFor` alone. Votes are counted only when a reply brings one, so a cluster of one server
//!   never has a leader.
//! - `heartBeat`: all of it. It spawns one call per peer and waits for nothing. A reply of a higher
//!   term makes the server a follower without a vote and stops the heartbeats; **nothing starts the
//!   election timer**, which the leader had stopped when it was elected. Such a server waits for
//!   others, until it grants a vote or hears from a leader.
//! - Of the `RequestVote` handler, that it is Figure 2 to the letter, and two points: a leader that
//!   meets a higher term stops its heartbeats, and only a granted vote resets the election timer.
//! - The heartbeat interval of 100 ms, and the fields of `Raft` that an election touches.
//!
//! # Not shown by the post
//!
//! These follow Figure 2, unless another reason is given:
//!
//! - The lines of the `RequestVote` handler.
//! - The `AppendEntries` handler. A stale term is refused; any other makes a candidate, or a leader
//!   of a lower term, a follower and resets the election timer. As in the other handler, a leader
//!   that is deposed stops its heartbeats. A leader that hears of another in its own term, which
//!   cannot be, keeps its timers as they are.
//! - What is persisted: the term and the vote, before an answer or a request leaves.
//! - `getNewElectionTimeout`: 300 to 599 ms, three heartbeats and more.
//! - `sendHeartbeat`: `true` resets the heartbeat timer, `false` stops it.
//! - The log: there is none, only the dummy entry at index 0 that the post begins with.
//! - Which Go it was. The timers are those of Go 1.23: `Reset` and `Stop` leave no stale value in
//!   the channel. Older ones would hold one more trap, but the post shows nothing of it.
//!
//! # The ticker in virtual time
//!
//! Handling takes no time, so the polls of a life come at whole multiples of 5 ms after its boot,
//! and the node wakes only for a poll that finds a fired timer. Go's `select` picks one at random
//! where both have fired; here the election timer goes first. Both run at once only if a message
//! breaks the protocol.

mod message;
mod shown;

pub use message::{
    AppendEntriesArgs, AppendEntriesReply, Message, RequestVoteArgs, RequestVoteReply,
};

use std::fmt::Debug;

use raftsim_node::{
    Action, ActionOf, Boot, Duration, Event, Index, Node, NodeId, Role, Status, Term, Time, Topic,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::posts::calls::Calls;
use crate::posts::timing::{HEARTBEAT_INTERVAL, election_timeout, first_look};
use crate::{Persister, out};

type Out = out::Out<Message>;

/// The post: `time.Sleep(5 * time.Millisecond)` where neither timer has fired.
const TICK: Duration = Duration::from_millis(5);

/// The post: `log: make([]LogEntry, 1)`, the dummy entry alone.
const LAST_LOG_INDEX: Index = 0;
/// The dummy entry's term.
const LAST_LOG_TERM: Term = 0;

/// A server of the post of 2025.
pub struct Post2025 {
    boot: Boot,
    booted: Time,
    rng: ChaCha8Rng,
    state: Role,
    durable: Persister,
    /// The post: `votes`, a local variable of each election.
    votes: usize,
    /// When the election timer fires or fired, unless it is stopped or was read.
    election_timer: Option<Time>,
    /// The same for the heartbeat timer.
    heartbeat_timer: Option<Time>,
    calls: Calls,
}

impl Post2025 {
    /// The specimen's name.
    pub const NAME: &'static str = "post-2025";

    const fn current_term(&self) -> Term {
        self.durable.current_term
    }

    /// When the ticker finds a timer fired.
    fn polled(&self, timer: Option<Time>) -> Option<Time> {
        timer.map(|fires| first_look(self.booted, TICK, fires))
    }

    /// Whether the ticker, which looks now, finds a timer fired.
    fn has_fired(&self, timer: Option<Time>, now: Time) -> bool {
        self.polled(timer).is_some_and(|poll| poll <= now)
    }

    fn reset_election_timer(&mut self, now: Time) {
        self.election_timer = Some(now.saturating_add(election_timeout(&mut self.rng)));
    }

    /// The post: one poll of `ticker`, and those that follow without a sleep.
    fn ticker(&mut self, now: Time, out: &mut Out) {
        if self.has_fired(self.election_timer, now) {
            self.election_timer = None;
            self.election(now, out);
        }
        if self.has_fired(self.heartbeat_timer, now) {
            self.heartbeat_timer = None;
            if self.state == Role::Leader {
                out.note("heartbeat timer fired: next round");
                self.send_heartbeat(true, now);
                self.heart_beat(out);
            } else {
                out.note("heartbeat timer fired, but not a leader: no heartbeat");
            }
        }
    }

    /// The post: `election`. The term wraps around, as Go's numbers do.
    fn election(&mut self, now: Time, out: &mut Out) {
        out.note("election timeout: stand for election, election timer reset");
        let before = self.durable;
        self.state = Role::Candidate;
        self.durable = Persister {
            current_term: before.current_term.wrapping_add(1),
            voted_for: Some(self.boot.id),
        };
        self.votes = 1;
        self.reset_election_timer(now);
        out.persist(before, self.durable);
        let args = RequestVoteArgs {
            term: self.current_term(),
            candidate_id: self.boot.id,
            last_log_index: LAST_LOG_INDEX,
            last_log_term: LAST_LOG_TERM,
        };
        for peer in self.boot.peers() {
            let call = self.calls.open(peer, Topic::Vote, args.term);
            out.send(peer, Message::RequestVote(call, args));
        }
    }

    /// The post: what `election` does with the reply to a request made in term `asked_in`.
    fn handle_request_vote_reply(
        &mut self,
        asked_in: Term,
        reply: RequestVoteReply,
        now: Time,
        out: &mut Out,
    ) {
        if self.current_term() != asked_in || self.state != Role::Candidate {
            out.note("reply ignored: no longer a candidate of that term");
            return;
        }
        if reply.vote_granted {
            self.votes += 1;
            if self.votes >= self.boot.majority() {
                out.note("a majority of votes: leader, election timer stopped, heartbeats started");
                self.state = Role::Leader;
                self.election_timer = None;
                self.send_heartbeat(true, now);
                self.heart_beat(out);
            } else if reply.term > self.current_term() {
                // The post: the term and the state change here, `voteFor` does not.
                out.note("vote of a higher term: follower of that term, vote kept as it was");
                let before = self.durable;
                self.durable.current_term = reply.term;
                self.state = Role::Follower;
                out.persist(before, self.durable);
            } else {
                out.note("vote counted, not yet a majority");
            }
        } else if reply.term > self.current_term() {
            // The post: nothing, for its check of the term stands among the granted votes.
            out.note("vote refused in a higher term: ignored");
        } else {
            out.note("vote refused");
        }
    }

    /// The post: `sendHeartbeat`, by name; see the list of what is not shown.
    fn send_heartbeat(&mut self, on: bool, now: Time) {
        self.heartbeat_timer = on.then(|| now.saturating_add(HEARTBEAT_INTERVAL));
    }

    /// The post: `heartBeat`. Its goroutines look again whether the server still leads; as they run
    /// at this same instant, it does.
    fn heart_beat(&mut self, out: &mut Out) {
        let args = AppendEntriesArgs {
            term: self.current_term(),
            leader_id: self.boot.id,
            prev_log_index: LAST_LOG_INDEX,
            prev_log_term: LAST_LOG_TERM,
            leader_commit: 0,
        };
        for peer in self.boot.peers() {
            let call = self.calls.open(peer, Topic::Append, args.term);
            out.send(peer, Message::AppendEntries(call, args));
        }
    }

    /// The post: what `heartBeat` does with a reply, whatever the server is by then.
    fn handle_append_entries_reply(&mut self, reply: AppendEntriesReply, now: Time, out: &mut Out) {
        if reply.term <= self.current_term() {
            return;
        }
        out.note(match self.election_timer {
            Some(_) => "heartbeat answered in a higher term: follower, heartbeats stopped",
            None => {
                "heartbeat answered in a higher term: follower, heartbeats stopped, and no \
                 election timer runs"
            }
        });
        let before = self.durable;
        self.durable = Persister { current_term: reply.term, voted_for: None };
        self.state = Role::Follower;
        out.persist(before, self.durable);
        self.send_heartbeat(false, now);
    }

    /// Handles the higher term of a request: adopts it as a follower. A leader stops its
    /// heartbeats, as the post describes for `RequestVote`.
    fn convert_to_follower(&mut self, term: Term, now: Time, out: &mut Out) {
        if self.state == Role::Leader {
            out.note("leader met a higher term: follower, heartbeats stopped");
            self.send_heartbeat(false, now);
        } else {
            out.note("higher term: follower of it");
        }
        self.durable = Persister { current_term: term, voted_for: None };
        self.state = Role::Follower;
    }

    /// The post: Figure 2 to the letter, and the election timer reset only by a granted vote.
    fn request_vote(
        &mut self,
        args: RequestVoteArgs,
        now: Time,
        out: &mut Out,
    ) -> RequestVoteReply {
        let before = self.durable;
        if args.term > self.current_term() {
            self.convert_to_follower(args.term, now, out);
        }
        let free = self.durable.voted_for.is_none_or(|voted_for| voted_for == args.candidate_id);
        let up_to_date =
            (args.last_log_term, args.last_log_index) >= (LAST_LOG_TERM, LAST_LOG_INDEX);
        let vote_granted = if args.term < self.current_term() {
            out.note("vote refused: stale term");
            false
        } else if !free {
            out.note("vote refused: voted for another in this term");
            false
        } else if up_to_date {
            out.note("vote granted: election timer reset");
            self.durable.voted_for = Some(args.candidate_id);
            self.reset_election_timer(now);
            true
        } else {
            out.note("vote refused: the candidate's log is behind");
            false
        };
        out.persist(before, self.durable);
        RequestVoteReply {
            term: self.current_term(),
            vote_granted,
            candidate_id: args.candidate_id,
        }
    }

    /// Not shown: Figure 2's `AppendEntries`, with no entries.
    fn append_entries(
        &mut self,
        args: AppendEntriesArgs,
        now: Time,
        out: &mut Out,
    ) -> AppendEntriesReply {
        if args.term < self.current_term() {
            out.note("heartbeat refused: stale term");
            return AppendEntriesReply { term: self.current_term(), success: false };
        }
        let before = self.durable;
        if args.term > self.current_term() {
            self.convert_to_follower(args.term, now, out);
        }
        if self.state == Role::Candidate {
            out.note("a leader of this term: follower");
            self.state = Role::Follower;
        }
        if self.state != Role::Leader {
            out.note("heartbeat: election timer reset");
            self.reset_election_timer(now);
        }
        out.persist(before, self.durable);
        let success = (args.prev_log_index, args.prev_log_term) == (LAST_LOG_INDEX, LAST_LOG_TERM);
        AppendEntriesReply { term: self.current_term(), success }
    }

    fn receive(&mut self, from: NodeId, message: Message, now: Time, out: &mut Out) {
        if !self.boot.peers().any(|peer| peer == from) {
            out.note("message ignored: not from a peer");
            return;
        }
        match message {
            Message::RequestVote(call, args) => {
                let reply = self.request_vote(args, now, out);
                out.send(from, Message::RequestVoteReply(call, reply));
            }
            Message::RequestVoteReply(call, reply) => {
                match self.calls.answer(from, call, Topic::Vote) {
                    Some(asked_in) => self.handle_request_vote_reply(asked_in, reply, now, out),
                    None => out.note("reply ignored: no such call is open"),
                }
            }
            Message::AppendEntries(call, args) => {
                let reply = self.append_entries(args, now, out);
                out.send(from, Message::AppendEntriesReply(call, reply));
            }
            Message::AppendEntriesReply(call, reply) => {
                match self.calls.answer(from, call, Topic::Append) {
                    Some(_) => self.handle_append_entries_reply(reply, now, out),
                    None => out.note("reply ignored: no such call is open"),
                }
            }
        }
    }
}

#[doc(hidden)]
impl Node for Post2025 {
    type Config = ();
    type Message = Message;
    type Disk = Persister;

    /// The post: a follower whose election timer runs and whose heartbeat timer is stopped.
    fn boot(_config: &(), boot: &Boot, disk: &Persister, now: Time) -> Self {
        let mut server = Self {
            boot: boot.clone(),
            booted: now,
            rng: ChaCha8Rng::seed_from_u64(boot.seed),
            state: Role::Follower,
            durable: *disk,
            votes: 0,
            election_timer: None,
            heartbeat_timer: None,
            calls: Calls::default(),
        };
        server.reset_election_timer(now);
        server
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut out = Out::new(self.boot.notes);
        match event {
            Event::Timeout => self.ticker(now, &mut out),
            Event::Receive { from, message } => self.receive(from, message, now, &mut out),
            // The post: where `Call` returns false the goroutine ends.
            Event::CallFailed { to, call } => match self.calls.fail(to, call) {
                Some(_) => out.note("call failed: not tried again"),
                None => out.note("failure ignored: no such call is open"),
            },
            // It only elects leaders. Nothing is gained by naming the leader, which rejects
            // proposals too.
            Event::Propose { id, .. } => out.push(Action::Reject { id, leader: None }),
            Event::Compact { .. } | _ => {}
        }
        out.into_actions()
    }

    fn deadline(&self) -> Option<Time> {
        let polls = [self.polled(self.election_timer), self.polled(self.heartbeat_timer)];
        polls.into_iter().flatten().min()
    }

    /// A server knows no leader but itself: the Go struct has no field for another.
    fn status(&self) -> Status {
        let leader = (self.state == Role::Leader).then_some(self.boot.id);
        Status::new(self.current_term(), self.state).with_leader(leader)
    }

    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}
