//! A second Raft, written from the paper and independent of the first: Figures 2 and 13, the fast
//! back-up of §5.3, and the failures of §7.
//!
//! # What it does
//!
//! - Terms, votes and entries are durable before anything is said that rests on them.
//! - A server asks again for whatever is not answered: a candidate for votes, every heartbeat
//!   interval; a leader for everything, by its heartbeats, which carry what the follower lacks.
//! - A leader has one request under way to each follower, and sends what came meanwhile when that
//!   is answered: each entry travels once on a network that loses nothing, in few messages.
//! - A refusal says where the logs differ, and the leader goes back by whole terms; what it sends
//!   until they are known to agree is empty, a probe.
//! - A snapshot travels in one piece.
//!
//! No no-op at election, and no leader steps down because nobody answers: it claims nothing.
//!
//! # Its bugs
//!
//! [`Config::bug`] turns one rule into a mistake that someone made: [`BUGS`] tells of each. A
//! comment that begins `Right:` names the rule, above the lines that keep it or break it. What goes
//! wrong between threads is not among them, as a step is one moment: index and term of a proposal read
//! apart, deadlocks, logs that are trimmed while they are read. Of a call that blocks there is a
//! stand-in, `waits-for-dead-peer`; of a log that is never let go, `never-compacts`.

mod bug;
mod candidate;
mod disk;
mod follower;
mod leader;
mod message;
mod snapshot;
mod table;

pub use bug::{BugInfo, Found, UnknownBug};
pub use disk::{Disk, Entry, Position, Write};
pub use message::{Body, Conflict, Message};
pub use table::{BUGS, Bug};

use raftsim_node::{
    Action, ActionOf, Boot, Bytes, Disk as _, Duration, Event, Index, Message as _, Node, NodeId,
    Role, Status, Term, Time,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use self::leader::Progress;
use crate::out;

type Out = out::Out<Message, Write>;

/// From one round of heartbeats to the next, and from one asking for votes to the next.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);

/// Election timeouts are this long at least: four heartbeats, so that one may be lost, and late.
const ELECTION_TIMEOUT_LEAST: Duration = Duration::from_millis(400);

/// And less than this much longer: wide enough for seven servers to time out one by one.
const ELECTION_TIMEOUT_SPREAD: Duration = Duration::from_millis(400);

/// Settings of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The one mistake that it makes, if any.
    pub bug: Option<Bug>,
}

/// A server of the second Raft.
#[derive(Clone, Debug)]
pub struct Second {
    boot: Boot,
    bug: Option<Bug>,
    rng: ChaCha8Rng,
    /// What its disk holds once the list is done: see [`Second::save`].
    held: Disk,
    /// `commitIndex`, at least the snapshot's end.
    commit: Index,
    /// `lastApplied`, at most `commit` between two steps.
    applied: Index,
    role: Role,
    leader: Option<NodeId>,
    /// As candidate: who voted for it in its term.
    votes: Vec<NodeId>,
    /// As leader: how far each server is, by its slot; its own is not used.
    peers: Vec<Progress>,
    /// As follower or candidate: when to stand for election.
    election_at: Time,
    /// As candidate: when to ask again. As leader: the next round of heartbeats.
    repeat_at: Time,
}

impl Second {
    /// The specimen's name.
    pub const NAME: &'static str = "second";

    const fn term(&self) -> Term {
        self.held.term
    }

    /// Whether it makes this mistake.
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Changes what it holds, and its disk alike.
    fn save(&mut self, write: Write, out: &mut Out) {
        self.save_unless(None, write, out);
    }

    /// The same; but the disk stays as it is with this bug.
    fn save_unless(&mut self, bug: impl Into<Option<Bug>>, write: Write, out: &mut Out) {
        self.held.write(write.clone());
        if !bug.into().is_some_and(|bug| self.has(bug)) {
            out.push(Action::Persist(write));
        }
    }

    fn send(&self, to: NodeId, body: Body, out: &mut Out) {
        out.send(to, Message { term: self.term(), body });
    }

    fn reset_election_timer(&mut self, now: Time) {
        // Right: drawn anew each time (§5.2), well above the heartbeats, well below what is borne.
        if self.has(Bug::TimeoutDrawnOnce) {
            self.rng = ChaCha8Rng::seed_from_u64(self.boot.seed);
        }
        let draw = if self.has(Bug::SameTimeout) { u32::MAX / 2 } else { self.rng.next_u32() };
        let more = (u64::from(draw) * ELECTION_TIMEOUT_SPREAD.as_nanos()) >> 32;
        let timeout = ELECTION_TIMEOUT_LEAST + Duration::from_nanos(more);
        let timeout = match self.bug {
            Some(Bug::TimeoutTooShort) => timeout / 10,
            Some(Bug::TimeoutTooLong) => timeout * 20,
            Some(_) | None => timeout,
        };
        self.election_at = now.saturating_add(timeout);
    }

    /// The only way to a later term: into it goes a follower who has not voted (§5.1).
    fn adopt_term(&mut self, term: Term, now: Time, out: &mut Out) {
        out.note("a later term: follower");
        // Right: a vote is one term's.
        let voted_for = self.held.voted_for.filter(|_| self.has(Bug::KeepsVoteInLaterTerm));
        let vote = Some((term, voted_for));
        // Right: written before anything is said in that term.
        self.save_unless(Bug::TermNotPersisted, Write { vote, ..Write::default() }, out);
        // Right: whoever learns of a later term is a follower.
        if self.has(Bug::LeadsOnInLaterTerm) && self.role == Role::Leader {
            return;
        }
        self.leader = None;
        self.become_follower(now);
    }

    fn become_follower(&mut self, now: Time) {
        // A leader's election timer does not run.
        if self.role == Role::Leader {
            self.reset_election_timer(now);
            // Right: it runs from here on.
            if self.has(Bug::DeposedTimerStops) {
                self.election_at = Time::MAX;
            }
        }
        self.role = Role::Follower;
    }

    /// Right: a server starts as a follower, with its disk's state, and knows as committed and
    /// applied what its snapshot stands for.
    fn boot_with_bug(&mut self) {
        match (self.bug, &mut self.held.snapshot) {
            (Some(Bug::SnapshotNotLoaded), Some(snapshot)) => snapshot.data = Bytes::default(),
            (Some(Bug::AppliesFromZero), _) => (self.commit, self.applied) = (0, 0),
            (Some(Bug::CommitsAllAtBoot), _) => self.commit = self.held.last().index,
            (Some(Bug::LeadsAfterRestart), _) if self.held.voted_for == Some(self.boot.id) => {
                self.role = Role::Leader;
                self.start_over();
            }
            _ => {}
        }
    }

    fn timeout(&mut self, now: Time, out: &mut Out) {
        match self.role {
            Role::Leader if now >= self.repeat_at => self.heartbeat(now, out),
            Role::Follower | Role::Candidate if now >= self.election_at => {
                self.stand_for_election(now, out);
            }
            Role::Candidate if now >= self.repeat_at => self.ask_for_votes(now, out),
            Role::Leader | Role::Candidate | Role::Follower | Role::PreCandidate | _ => {
                out.note("woken early: nothing to do");
            }
        }
    }

    fn receive(&mut self, from: NodeId, message: Message, now: Time, out: &mut Out) {
        if !self.boot.peers().any(|peer| peer == from) {
            out.note("message ignored: not from a peer");
            return;
        }
        // Right: a later term is adopted from whatever message, before that is looked at.
        let is_later = message.term > self.term() && !self.is_deaf_to(&message);
        let is_earlier = message.term < self.term() && self.has(Bug::AdoptsEarlierTerm);
        if is_later || is_earlier {
            self.adopt_term(message.term, now, out);
        }
        let Message { term, body } = message;
        match body {
            Body::RequestVote { last, .. } => self.request_vote(from, term, last, now, out),
            Body::Vote { granted, .. } => self.vote(from, term, granted, now, out),
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

    /// Whether a bug hides a message's later term.
    fn is_deaf_to(&self, message: &Message) -> bool {
        match (self.bug, &message.body) {
            (Some(Bug::IgnoresTermOfReplies), _) => message.is_reply(),
            (Some(Bug::AdoptsTermAfterLogCheck), Body::RequestVote { last, .. }) => {
                !self.is_up_to_date(*last)
            }
            _ => false,
        }
    }

    /// Applies what is committed (Figure 2, all servers).
    fn apply(&mut self, out: &mut Out) {
        while self.applied < self.commit {
            let index = self.applied + 1;
            let Some(Entry { term, command }) = self.held.at(index).cloned() else { break };
            self.applied = index;
            out.push(Action::Apply { index, term, command: Some(command) });
        }
    }
}

impl Node for Second {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let mut server = Self {
            boot: boot.clone(),
            bug: config.bug,
            rng: ChaCha8Rng::seed_from_u64(boot.seed),
            held: disk.clone(),
            commit: disk.base.index,
            applied: disk.base.index,
            role: Role::Follower,
            leader: None,
            votes: Vec::new(),
            peers: vec![Progress::default(); boot.voters.len()],
            election_at: now,
            repeat_at: now,
        };
        server.reset_election_timer(now);
        server.boot_with_bug();
        server
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut out = Out::new(self.boot.notes);
        match event {
            Event::Timeout => self.timeout(now, &mut out),
            Event::Receive { from, message } => self.receive(from, message, now, &mut out),
            Event::Propose { id, command } => self.propose(id, command, &mut out),
            Event::Compact { through, snapshot } => self.compact(through, snapshot, &mut out),
            // None of its messages is a call.
            Event::CallFailed { .. } | _ => {}
        }
        self.apply(&mut out);
        out.into_actions()
    }

    fn deadline(&self) -> Option<Time> {
        Some(match self.role {
            Role::Leader => self.repeat_at,
            Role::Candidate => self.repeat_at.min(self.election_at),
            Role::Follower | Role::PreCandidate | _ => self.election_at,
        })
        .filter(|&at| at < Time::MAX)
    }

    fn status(&self) -> Status {
        Status::new(self.term(), self.role).with_leader(self.leader).with_commit(self.commit)
    }
}
