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
//! disturbs it.
//!
//! # Its variants
//!
//! Raft leaves much open, and right Rafts differ in it. [`Policy`] has each choice as a field; each
//! [`Variant`] makes some of them otherwise than the control. Variants can be combined.
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
mod later;
mod leader;
mod message;
mod mutation;
mod node;
mod past;
mod policy;
mod pre_vote;
mod replication;
mod row;
mod shown;
mod snapshot;
mod table;
mod timers;
mod variant;

pub use disk::{Disk, Entry, Position, Write};
pub use message::{Body, Conflict, Message};
pub use mutation::{Found, MutationInfo, UnknownMutation};
pub use policy::{AsksAgain, BacksUp, CommitNews, Policy, Writes};
pub use table::{MUTATIONS, Mutation};
pub use variant::{Config, UnknownVariant, VARIANTS, Variant, VariantInfo};

use raftsim_node::{Action, Boot, Bytes, Disk as _, Index, Message as _, NodeId, Role, Term, Time};
use rand_chacha::ChaCha8Rng;

use self::later::Later;
use self::past::Past;
use self::replication::Progress;
use crate::out;

type Out = out::Out<Message, Write>;

/// A server of the control Raft.
#[derive(Clone)]
pub struct Control {
    boot: Boot,
    policy: Policy,
    mutation: Option<Mutation>,
    rng: ChaCha8Rng,
    /// The state of its disk once the actions of this step are done, and the entries that are
    /// written later: see [`Control::save`].
    durable: Disk,
    /// Whether its policy puts off anything, and what it does.
    puts_off: bool,
    later: Later,
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
    past: Past,
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

    /// Changes the server's state, and its disk in the same way; entries perhaps later.
    fn save(&mut self, write: Write, out: &mut Out) {
        self.save_unless(None, write, out);
    }

    /// The same; but a server with this `mutation` leaves its disk as it is.
    fn save_unless(&mut self, mutation: impl Into<Option<Mutation>>, write: Write, out: &mut Out) {
        let is_lost = mutation.into().is_some_and(|mutation| self.has(mutation));
        if self.policy.writes != Writes::AtOnce {
            self.save_otherwise(write, is_lost, out);
            return;
        }
        self.durable.write(write.clone());
        if !is_lost {
            out.push(Action::Persist(write));
        }
    }

    fn send(&self, to: NodeId, body: Body, out: &mut Out) {
        out.send(to, Message { term: self.term(), body });
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
        // Right: nobody is known to lead in the new term.
        if !self.has(Mutation::KeepsLeaderInLaterTerm) {
            self.leader = None;
        }
        self.leader_heard = None;
        self.become_follower(now);
        if self.policy.restarts_in_later_terms {
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
            (Some(Mutation::SkipsToWrittenCommit), _) => self.applied = self.commit,
            (Some(Mutation::AppliesFromLogStart), _) => {
                self.commit = self.durable.base.index;
                self.applied = self.commit;
            }
            (Some(Mutation::BootDropsTail), _) => self.durable.drop_from(self.commit + 1),
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
            Role::Follower if self.beats_on() && now >= self.repeat_at => self.beat_on(now, out),
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
        if self.policy.is_sticky && self.is_disturbed_by(&message, now) {
            out.note("a leader is heard: candidate ignored");
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
        if term < self.term() && !self.policy.answers_stale {
            out.note("message of an earlier term dropped");
            return;
        }
        // Right: only its answers show that a server hears its leader.
        let is_answer = match body {
            Body::Appended { .. } | Body::Installed { .. } => term == self.term(),
            Body::PreVote { .. } => self.has(Mutation::PreVotesCountAsAnswers),
            Body::RequestVote { .. }
            | Body::Vote { .. }
            | Body::PreVoted { .. }
            | Body::Append { .. }
            | Body::Install(_) => false,
        };
        if is_answer {
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

    /// Whether a message would depose a leader that this server hears, or is.
    fn is_disturbed_by(&self, message: &Message, now: Time) -> bool {
        let is_request = matches!(message.body, Body::RequestVote { .. });
        is_request && message.term > self.term() && self.hears_leader(now)
    }

    /// The leader, as others are to know it.
    fn known_leader(&self) -> Option<NodeId> {
        self.leader.filter(|_| self.policy.names_leader)
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

    /// Applies the committed entries through this index (Figure 2, all servers).
    fn apply_through(&mut self, through: Index, out: &mut Out) {
        while self.applied < through {
            let index = self.applied + 1;
            let Some(Entry { term, command }) = self.durable.at(index).cloned() else { break };
            self.applied = index;
            out.push(Action::Apply { index, term: Some(term), command });
        }
    }
}
