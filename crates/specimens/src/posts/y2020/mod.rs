//! "MIT6.824 2020 Lab2 A Raft Leader Election", a student's post on the labs of 2020: one loop that
//! sleeps 10 ms and switches on the state; with the fix that the post describes, and without.
//!
//! # What the post shows, and this module keeps
//!
//! - `run`: sleep 10 ms, then do what the state asks. A follower whose election timeout has passed
//!   only becomes a candidate; the next turn of the loop finds the candidate, and holds the
//!   election. A candidate whose election times out holds another.
//! - One moment, `electionTimeoutAt`, is the deadline of follower and candidate. An election, a
//!   granted vote and a heartbeat that is not stale reset it, and nothing else: a server that is
//!   deposed, or steps down, after it led for a while finds it long past, and stands again within
//!   two turns.
//! - `Make` leaves `electionTimeoutAt` at Go's zero time, so that a server that starts, or starts
//!   again, is a candidate at its first turn.
//! - `RequestVoteArgs` has a term and a candidate, so **votes are granted without comparing
//!   the logs**; `AppendEntriesArgs` has a term alone.
//! - Both handlers: a stale term is refused; a vote goes to the first who asks; a heartbeat makes a
//!   candidate a follower. A higher term is adopted from replies too.
//! - A leader that is not answered by a majority in time becomes a follower: `time.After` bounds
//!   the calls of a round of heartbeats. That is the fix, [`Post2020`]. Before it,
//!   [`Post2020NoStepDown`], a round lasts until labrpc has given up on its last call, which takes
//!   up to seven seconds for a peer that is down. Meanwhile no other server hears from the leader.
//!   And a leader that is cut off never notices that.
//!
//! # Not shown by the post
//!
//! These follow Figure 2, unless another reason is given:
//!
//! - A higher term makes a server a follower and clears its vote. The post's rule for all servers
//!   says only that the term is adopted. With that alone a reconnected leader would go on leading in
//!   the new leader's term, whereas the post's tests failed only once in a dozen runs.
//! - What is persisted: the term and the vote, before an answer or a request leaves.
//! - How votes are counted: as they come, while the server is a candidate of the term that it asked
//!   in. A failed request is not repeated.
//! - How the loop waits for a round of heartbeats: within its `case Leader`, so that until the
//!   round is over the server looks at no election timeout either, whatever it is by then.
//! - When a round is judged: when it is over, because all calls have returned or because
//!   `time.After` fired. A call counts if it returned true, whatever the reply says. A reply that
//!   comes later counts for nothing, but its term is looked at.
//! - The times. Heartbeats every 100 ms, the most that the lab allows, at the first turn of the
//!   loop that finds the interval over, the first round at the first turn as leader. Election
//!   timeouts of 300 to 599 ms, three heartbeats and more. Calls get 100 ms: well above the 26 ms
//!   by which labrpc delays a request at most, and no more than lies between two heartbeats.
//!
//! # The loop in virtual time
//!
//! Handling takes no time, so the turns of the loop are 10 ms apart, counted from the boot and,
//! after a round of heartbeats, from its end. The node wakes only for a turn that has something to
//! do.

mod claim;
mod message;
mod rpc;
mod shown;

pub use claim::STEPS_DOWN_WITHIN;
pub use message::{
    AppendEntriesArgs, AppendEntriesReply, Message, RequestVoteArgs, RequestVoteReply,
};

use std::collections::BTreeSet;
use std::fmt::Debug;

use raftsim_node::{
    Action, ActionOf, Boot, CallId, Claims, Duration, Event, Node, Role, Status, Term, Time, Topic,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use self::claim::RPC_TIMEOUT;
use crate::posts::calls::Calls;
use crate::posts::timing::{HEARTBEAT_INTERVAL, election_timeout, first_look, last_look};
use crate::{Persister, out};

type Out = out::Out<Message>;

/// The post: `time.Sleep(10 * time.Millisecond)` at the head of the loop.
const TURN: Duration = Duration::from_millis(10);

/// A server of the post of 2020, with its fix.
pub type Post2020 = Server<true>;

/// A server of the post of 2020 before its fix. It makes the same claim as the fixed version.
pub type Post2020NoStepDown = Server<false>;

/// A server of the post of 2020. `STEPS_DOWN` is whether a leader stops waiting for calls that take
/// too long, and steps down if a majority does not answer.
pub struct Server<const STEPS_DOWN: bool> {
    boot: Boot,
    rng: ChaCha8Rng,
    state: State,
    durable: Persister,
    votes: usize,
    /// The post: `electionTimeoutAt`.
    election_timeout_at: Time,
    /// As leader: when the next round of heartbeats is due.
    heartbeat_at: Time,
    /// When the loop last turned, or its last round of heartbeats ended.
    last_turn: Time,
    /// The round of heartbeats that the loop waits for.
    round: Option<Round>,
    calls: Calls,
}

/// The post: `State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Leader,
    Candidate,
    Follower,
}

/// A round of heartbeats for which the loop waits.
#[derive(Debug)]
struct Round {
    began: Time,
    waiting: BTreeSet<CallId>,
    answered: usize,
}

impl Server<true> {
    /// The specimen's name.
    pub const NAME: &'static str = "post-2020";
}

impl Server<false> {
    /// The specimen's name.
    pub const NAME: &'static str = "post-2020-no-step-down";
}

impl<const STEPS_DOWN: bool> Server<STEPS_DOWN> {
    const fn current_term(&self) -> Term {
        self.durable.current_term
    }

    /// Skips the turns at which there was nothing to do, so that the next turn finds what changes
    /// now. A turn that is overdue still comes, at once.
    fn skip_empty_turns(&mut self, due: bool, now: Time) {
        if self.round.is_none() && !due {
            self.last_turn = last_look(self.last_turn, TURN, now);
        }
    }

    fn reset_election_timeout(&mut self, now: Time) {
        self.election_timeout_at = now.saturating_add(election_timeout(&mut self.rng));
    }

    /// The post: one turn of `run`, without a leader's wait, which ends in [`Self::end_round`].
    fn run(&mut self, now: Time, out: &mut Out) {
        self.last_turn = now;
        match self.state {
            // The post: check the timeout and convert; the election is the next turn's.
            State::Follower if now >= self.election_timeout_at => {
                out.note("election timeout: candidate from here, election at the next turn");
                self.state = State::Candidate;
            }
            State::Candidate if now >= self.election_timeout_at => self.elect_leader(now, out),
            State::Leader if now >= self.heartbeat_at => self.send_heartbeats(now, out),
            State::Follower | State::Candidate | State::Leader => {}
        }
    }

    /// The post: term, vote, timeout, requests. The term wraps around, as Go's numbers do.
    fn elect_leader(&mut self, now: Time, out: &mut Out) {
        out.note("election: a vote for itself, election timeout reset");
        let before = self.durable;
        self.durable = Persister {
            current_term: before.current_term.wrapping_add(1),
            voted_for: Some(self.boot.id),
        };
        self.votes = 1;
        self.reset_election_timeout(now);
        out.persist(before, self.durable);
        let args = RequestVoteArgs { term: self.current_term(), candidate_id: self.boot.id };
        for peer in self.boot.peers() {
            let call = self.calls.open(peer, Topic::Vote, args.term);
            out.send(peer, Message::RequestVote(call, args));
        }
        self.lead_if_elected(now, out);
    }

    fn lead_if_elected(&mut self, now: Time, out: &mut Out) {
        if self.votes < self.boot.majority() {
            out.note("not yet a majority of votes");
            return;
        }
        out.note("a majority of votes: leader, heartbeats at the next turn");
        self.state = State::Leader;
        self.heartbeat_at = now;
    }

    /// The post: one call to each peer, at once; the round then waits for them.
    fn send_heartbeats(&mut self, now: Time, out: &mut Out) {
        out.note("a round of heartbeats");
        self.heartbeat_at = now.saturating_add(HEARTBEAT_INTERVAL);
        let args = AppendEntriesArgs { term: self.current_term() };
        let mut waiting = BTreeSet::new();
        for peer in self.boot.peers() {
            let call = self.calls.open(peer, Topic::Append, args.term);
            waiting.insert(call);
            out.send(peer, Message::AppendEntries(call, args));
        }
        let alone = waiting.is_empty();
        self.round = Some(Round { began: now, waiting, answered: 0 });
        if alone {
            self.end_round(now, out);
        }
    }

    /// A heartbeat's call has returned, with an answer or without.
    fn call_returned(&mut self, call: CallId, answered: bool, now: Time, out: &mut Out) {
        let Some(round) = self.round.as_mut().filter(|round| round.waiting.contains(&call)) else {
            out.note("a call of a round that is over");
            return;
        };
        round.waiting.remove(&call);
        round.answered += usize::from(answered);
        if round.waiting.is_empty() {
            self.end_round(now, out);
        } else {
            out.note("the round still waits for a call");
        }
    }

    /// All calls of the round have returned, or `time.After` has fired: the loop turns again.
    fn end_round(&mut self, now: Time, out: &mut Out) {
        let Some(round) = self.round.take() else { return };
        self.last_turn = now;
        // The post: without the answers of a majority in time, the leader becomes a follower.
        let heard = round.answered + 1;
        if STEPS_DOWN && self.state == State::Leader && heard < self.boot.majority() {
            out.note("the round is over without the answers of a majority: step down");
            self.state = State::Follower;
        } else {
            out.note("the round is over");
        }
    }
}

#[doc(hidden)]
impl<const STEPS_DOWN: bool> Node for Server<STEPS_DOWN> {
    type Config = ();
    type Message = Message;
    type Disk = Persister;

    /// [`STEPS_DOWN_WITHIN`], kept or not.
    fn claims(_config: &()) -> Claims {
        Claims::default().stepping_down_within(STEPS_DOWN_WITHIN)
    }

    /// The post: a follower; the election timeout is the zero time.
    fn boot(_config: &(), boot: &Boot, disk: &Persister, now: Time) -> Self {
        Self {
            boot: boot.clone(),
            rng: ChaCha8Rng::seed_from_u64(boot.seed),
            state: State::Follower,
            durable: *disk,
            votes: 0,
            election_timeout_at: Time::ZERO,
            heartbeat_at: Time::ZERO,
            last_turn: now,
            round: None,
            calls: Calls::default(),
        }
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut out = Out::new(self.boot.notes);
        let due = self.deadline().is_some_and(|deadline| deadline <= now);
        self.skip_empty_turns(due, now);
        match event {
            Event::Timeout if !due => out.note("woken early: nothing to do"),
            Event::Timeout if self.round.is_some() => {
                out.note("time.After fired: the calls still open are given up");
                self.end_round(now, &mut out);
            }
            Event::Timeout => self.run(now, &mut out),
            Event::Receive { from, message } => self.receive(from, message, now, &mut out),
            Event::CallFailed { to, call } => self.call_failed(to, call, now, &mut out),
            // It only elects leaders. Nothing is gained by naming the leader, which rejects
            // proposals too.
            Event::Propose { id, .. } => out.push(Action::Reject { id, leader: None }),
            Event::Compact { .. } | _ => {}
        }
        out.into_actions()
    }

    /// The time at which `time.After` ends a round; if there is no round, the first turn of the
    /// loop at which there is something to do. Without the fix a round has no such end.
    fn deadline(&self) -> Option<Time> {
        if let Some(round) = &self.round {
            return STEPS_DOWN.then(|| round.began.saturating_add(RPC_TIMEOUT));
        }
        let due = match self.state {
            State::Follower | State::Candidate => self.election_timeout_at,
            State::Leader => self.heartbeat_at,
        };
        Some(first_look(self.last_turn, TURN, due.max(self.last_turn.saturating_add(TURN))))
    }

    /// A server knows no leader but itself: `AppendEntriesArgs` names none.
    fn status(&self) -> Status {
        let (role, leader) = match self.state {
            State::Follower => (Role::Follower, None),
            State::Candidate => (Role::Candidate, None),
            State::Leader => (Role::Leader, Some(self.boot.id)),
        };
        Status::new(self.current_term(), role).with_leader(leader)
    }

    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}
