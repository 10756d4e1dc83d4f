//! The control Raft, written from the paper and independently of `raftsim-raft`: Figures 2 and 13,
//! the fast back-up of §5.3, and log compaction (§7). And its mutants: the same Raft with one known
//! bug planted.
//!
//! # What it does
//!
//! - Terms, votes and entries are written before any message is sent that depends on them.
//! - A request that is not answered is sent again. A candidate asks for votes every heartbeat
//!   interval; a leader's heartbeats carry the entries that the follower lacks.
//! - A leader has one outstanding request to each follower. When it is answered the leader sends
//!   the entries that were added meanwhile. So each entry is sent once, in few messages, on a
//!   network that loses nothing.
//! - A refusal says where the logs differ, and the leader goes back by whole terms. Until the logs
//!   are known to agree its requests are probes, without entries.
//! - A snapshot is sent in one piece.
//!
//! A new leader adds no no-op, and no leader steps down because servers do not answer. The control
//! claims that messages of earlier terms are answered, and that a leader stays while nothing
//! disturbs it. Its right variants ([`Variant`]) do what other Rafts do.
//!
//! # Its mutants
//!
//! [`Config::mutation`] replaces one rule by a mistake; [`MUTATIONS`] describes each. A comment
//! that begins with `Right:` states the rule, above the lines that follow it or break it.
//!
//! There are no mistakes between threads, because a step happens at one moment: index and term of a
//! proposal read at different times, deadlocks, a log that is trimmed while it is read. A blocking
//! call is represented by `waits-for-dead-peer`, and a log that is never freed by `never-compacts`.

mod candidate;
mod disk;
mod follower;
mod leader;
mod message;
mod mutation;
mod pre_vote;
mod row;
mod shown;
mod snapshot;
mod table;
mod variant;

pub use disk::{Disk, Entry, Position, Write};
pub use message::{Body, Conflict, Message};
pub use mutation::{Found, MutationInfo, UnknownMutation};
pub use table::{MUTATIONS, Mutation};
pub use variant::{Config, UnknownVariant, Variant};

use std::fmt::Debug;

use raftsim_node::{
    Action, ActionOf, Boot, Bytes, Claims, Disk as _, Duration, Event, Index, Message as _, Node,
    NodeId, Role, Status, Term, Time,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use self::leader::Progress;
use crate::out;

type Out = out::Out<Message, Write>;

/// The time from one round of heartbeats, or of requests for votes, to the next.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);

/// The least election timeout: four heartbeats, so that one may be lost and another late.
const ELECTION_TIMEOUT_LEAST: Duration = Duration::from_millis(400);

/// Election timeouts exceed the least by less than this: enough for seven servers to time out one
/// by one.
const ELECTION_TIMEOUT_SPREAD: Duration = Duration::from_millis(400);

/// A server of the control Raft.
#[derive(Clone)]
pub struct Control {
    boot: Boot,
    variant: Option<Variant>,
    mutation: Option<Mutation>,
    rng: ChaCha8Rng,
    /// The state of its disk once the actions of this step are done: see [`Control::save`].
    durable: Disk,
    /// `commitIndex`, which is at least the index of the snapshot's last entry.
    commit: Index,
    /// `lastApplied`, at most `commit` between two steps.
    applied: Index,
    role: Role,
    leader: Option<NodeId>,
    /// Where its log ended before this step and before the last.
    ends: [Position; 2],
    /// When it last heard from a leader of its term.
    leader_heard: Option<Time>,
    /// As candidate: the servers that voted for it in its term. With pre-vote, before: those that
    /// would.
    votes: Vec<NodeId>,
    /// The term in which it last appended an entry of its own in this life; 0 if it has not.
    office: Term,
    /// As leader: what it knows about each server's log, by slot; its own slot is not used.
    peers: Vec<Progress>,
    /// As leader: when each server last answered it, by slot; at first, when it was elected.
    answers: Vec<Time>,
    /// As follower or candidate: when to stand for election.
    election_at: Time,
    /// As candidate: when to ask for votes again. As leader: when the next heartbeats are due.
    repeat_at: Time,
}

impl Control {
    /// The specimen's name.
    pub const NAME: &'static str = "control";

    /// The prefix of a mutant's name, such as `mutant:votes-for-everyone`.
    pub const MUTANT: &'static str = "mutant:";

    /// For tests: a server in the same state that makes no mistake from now on.
    #[doc(hidden)]
    #[must_use]
    pub fn righted(&self) -> Self {
        Self { mutation: None, ..self.clone() }
    }

    const fn term(&self) -> Term {
        self.durable.term
    }

    /// Whether it makes this mistake.
    fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Changes the server's state, and its disk in the same way.
    fn save(&mut self, write: Write, out: &mut Out) {
        self.save_unless(None, write, out);
    }

    /// The same; but a server with this `mutation` leaves its disk as it is.
    fn save_unless(&mut self, mutation: impl Into<Option<Mutation>>, write: Write, out: &mut Out) {
        self.durable.write(write.clone());
        if !mutation.into().is_some_and(|mutation| self.has(mutation)) {
            out.push(Action::Persist(write));
        }
    }

    fn send(&self, to: NodeId, body: Body, out: &mut Out) {
        out.send(to, Message { term: self.term(), body });
    }

    fn reset_election_timer(&mut self, now: Time) {
        // Right: drawn anew each time (§5.2), well above the heartbeat interval, and well below the
        // time within which a leader is demanded.
        if self.has(Mutation::TimeoutDrawnOnce) {
            self.rng = ChaCha8Rng::seed_from_u64(self.boot.seed);
        }
        let draw = if self.has(Mutation::SameTimeout) { u32::MAX / 2 } else { self.rng.next_u32() };
        let more = (u64::from(draw) * ELECTION_TIMEOUT_SPREAD.as_nanos()) >> 32;
        let timeout = ELECTION_TIMEOUT_LEAST + Duration::from_nanos(more);
        let timeout = match self.mutation {
            Some(Mutation::TimeoutTooShort) => timeout / 10,
            Some(Mutation::TimeoutTooLong) => timeout * 20,
            Some(_) | None => timeout,
        };
        self.election_at = now.saturating_add(timeout);
    }

    /// Adopts a later term, as a follower that has not voted in it (§5.1). There is no other way to
    /// a later term but to stand for election.
    fn adopt_term(&mut self, term: Term, now: Time, out: &mut Out) {
        out.note("a later term: follower");
        // Right: a vote belongs to one term.
        let voted_for = self.durable.voted_for.filter(|_| self.has(Mutation::KeepsVoteInLaterTerm));
        let vote = Some((term, voted_for));
        // Right: the term is written before any message of that term is sent.
        self.save_unless(Mutation::TermNotPersisted, Write { vote, ..Write::default() }, out);
        // Right: a server that learns of a later term becomes a follower.
        if self.has(Mutation::LeadsOnInLaterTerm) && self.role == Role::Leader {
            return;
        }
        self.leader = None;
        self.leader_heard = None;
        self.become_follower(now);
        if self.variant == Some(Variant::NoOp) {
            self.reset_election_timer(now);
        }
    }

    fn become_follower(&mut self, now: Time) {
        // A leader's election timer does not run.
        if self.role == Role::Leader {
            self.reset_election_timer(now);
            // Right: it runs again from here on.
            if self.has(Mutation::DeposedTimerStops) {
                self.election_at = Time::MAX;
            }
        }
        self.role = Role::Follower;
    }

    /// Right: a server starts as a follower with the state of its disk. The entries that its
    /// snapshot covers are committed and applied.
    fn boot_as_mutant(&mut self) {
        match (self.mutation, &mut self.durable.snapshot) {
            (Some(Mutation::SnapshotNotLoaded), Some(snapshot)) => snapshot.data = Bytes::default(),
            (Some(Mutation::AppliesFromZero), _) => (self.commit, self.applied) = (0, 0),
            (Some(Mutation::CommitsAllAtBoot), _) => self.commit = self.durable.last().index,
            (Some(Mutation::LeadsAfterRestart), _)
                if self.durable.voted_for == Some(self.boot.id) =>
            {
                self.role = Role::Leader;
                self.start_over();
            }
            _ => {}
        }
    }

    fn timeout(&mut self, now: Time, out: &mut Out) {
        match self.role {
            Role::Leader if now >= self.repeat_at => self.heartbeat(now, out),
            Role::Follower | Role::PreCandidate | Role::Candidate if now >= self.election_at => {
                self.leader_is_missing(now, out);
            }
            Role::PreCandidate if now >= self.repeat_at => self.ask_for_pre_votes(now, out),
            Role::Candidate if now >= self.repeat_at => self.ask_for_votes(now, out),
            Role::Leader | Role::Candidate | Role::Follower | Role::PreCandidate | _ => {
                out.note("woken early: nothing to do");
            }
        }
    }

    /// An operator orders the server to stand for election: as if its timeout had come.
    fn campaign(&mut self, now: Time, out: &mut Out) {
        if self.role == Role::Leader {
            out.note("ordered to stand for election: it leads already");
        } else {
            self.stand_for_election(now, out);
        }
    }

    fn receive(&mut self, from: NodeId, message: Message, now: Time, out: &mut Out) {
        if !self.boot.peers().any(|peer| peer == from) {
            out.note("message ignored: not from a peer");
            return;
        }
        // Right: a later term is adopted from every message, before the message is handled.
        let is_later = message.term > self.term() && !self.is_deaf_to(&message);
        let is_earlier = message.term < self.term() && self.has(Mutation::AdoptsEarlierTerm);
        if is_later || is_earlier {
            self.adopt_term(message.term, now, out);
            if matches!(message.body, Body::Append { .. }) {
                self.drop_tail(out);
            }
        }
        let Message { term, body } = message;
        if term < self.term() && self.variant == Some(Variant::DropsStale) {
            out.note("message of an earlier term dropped");
            return;
        }
        if term == self.term() && matches!(body, Body::Appended { .. } | Body::Installed { .. }) {
            self.note_answer(from, now);
        }
        match body {
            Body::RequestVote { last, .. } => self.request_vote(from, term, last, now, out),
            Body::Vote { granted, .. } => self.vote(from, term, granted, now, out),
            Body::PreVote { next, last } => self.pre_vote(from, next, last, now, out),
            Body::PreVoted { next, granted } => self.pre_voted(from, next, granted, now, out),
            Body::Append { prev, entries, commit } => {
                self.append(from, term, (prev, entries, commit), now, out);
            }
            Body::Appended { asked, prev, result } => {
                self.appended(from, (asked, prev), result, now, out);
            }
            Body::Install(snapshot) => self.install(from, term, snapshot, now, out),
            Body::Installed { asked, through } => self.installed(from, asked, through, out),
        }
    }

    /// Whether a message's later term is not adopted.
    fn is_deaf_to(&self, message: &Message) -> bool {
        match (self.mutation, &message.body) {
            (Some(Mutation::IgnoresTermOfReplies), _) => message.is_reply(),
            (Some(Mutation::AdoptsTermAfterLogCheck), Body::RequestVote { last, .. }) => {
                !self.is_up_to_date(*last)
            }
            // An election that is only planned concerns no term: its term may never come about.
            (_, Body::PreVote { .. } | Body::PreVoted { granted: true, .. }) => true,
            _ => false,
        }
    }

    /// Applies the committed entries (Figure 2, all servers).
    fn apply(&mut self, out: &mut Out) {
        while self.applied < self.commit {
            let index = self.applied + 1;
            let Some(Entry { term, command }) = self.durable.at(index).cloned() else { break };
            self.applied = index;
            out.push(Action::Apply { index, term: Some(term), command });
        }
    }
}

impl Node for Control {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    fn claims(config: &Config) -> Claims {
        config.claims()
    }

    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let mut server = Self {
            boot: boot.clone(),
            variant: config.variant,
            mutation: config.mutation,
            rng: ChaCha8Rng::seed_from_u64(boot.seed),
            durable: disk.clone(),
            commit: disk.base.index,
            applied: disk.base.index,
            role: Role::Follower,
            leader: None,
            ends: [disk.last(); 2],
            leader_heard: None,
            votes: Vec::new(),
            office: 0,
            peers: vec![Progress::default(); boot.voters.len()],
            answers: vec![now; boot.voters.len()],
            election_at: now,
            repeat_at: now,
        };
        server.reset_election_timer(now);
        server.boot_as_mutant();
        server
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut out = Out::new(self.boot.notes);
        self.ends = [self.own_last(), self.ends[0]];
        match event {
            Event::Timeout => self.timeout(now, &mut out),
            Event::Receive { from, message } => self.receive(from, message, now, &mut out),
            Event::Propose { id, command } => self.propose(id, command, &mut out),
            Event::Compact { through, snapshot } => self.compact(through, snapshot, &mut out),
            Event::Campaign => self.campaign(now, &mut out),
            // None of its messages is a call.
            Event::CallFailed { .. } | _ => {}
        }
        self.apply(&mut out);
        out.into_actions()
    }

    fn deadline(&self) -> Option<Time> {
        Some(match self.role {
            Role::Leader => self.repeat_at,
            Role::PreCandidate | Role::Candidate => self.repeat_at.min(self.election_at),
            Role::Follower | _ => self.election_at,
        })
        .filter(|&at| at < Time::MAX)
    }

    fn status(&self) -> Status {
        Status::new(self.term(), self.role).with_leader(self.leader).with_commit(self.commit)
    }

    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}
