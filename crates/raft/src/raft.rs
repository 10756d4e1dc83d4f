//! A server: its state, its entry points, and the rules for all servers.

use alloc::format;
use alloc::vec::Vec;
use core::fmt::Debug;

use raftsim_node::{
    self as node, ActionOf, Boot, Claims, Disk as _, Duration, Event, Index, NodeId, Snapshot,
    Status, Term, Time,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::config::Config;
use crate::disk::{Disk, Vote, Write};
use crate::log::Log;
use crate::message::Message;
use crate::out::Out;
use crate::role::{Role, VoterSet};

/// A Raft server.
///
/// Invariants, asserted at the end of every step:
///
/// 1. Once the returned actions are done, the disk holds this server's term and vote, its log and
///    its snapshot. (Log and snapshot are compared by the index at which they end.)
/// 2. The log begins just after the snapshot, and what the snapshot stands for is applied.
/// 3. Every entry that is known to be committed is applied.
/// 4. A candidate and a leader have voted for themselves.
/// 5. Every role has a timer that runs: it ends within an election timeout or a heartbeat interval.
#[derive(Clone)]
pub struct Raft {
    pub(crate) config: Config,
    pub(crate) boot: Boot,
    /// All voters but this server.
    peers: VoterSet,
    /// The latest term that this server has seen.
    pub(crate) current_term: Term,
    /// The candidate that has this server's vote in the current term.
    pub(crate) voted_for: Option<NodeId>,
    pub(crate) log: Log,
    /// What stands for the entries before the log's first.
    pub(crate) snapshot: Option<Snapshot>,
    /// The index of the last entry known to be committed.
    pub(crate) commit_index: Index,
    /// The index of the last entry handed to the service.
    pub(crate) last_applied: Index,
    pub(crate) role: Role,
    /// The term and the vote as they were written last, or as the boot read them.
    pub(crate) written: Vote,
    /// The last index of the log as it was written last, or as the boot read it.
    pub(crate) written_through: Index,
    /// No timer runs longer than this: the longest election timeout, or the heartbeat interval.
    pub(crate) longest_wait: Duration,
    /// Draws the election timeouts, and nothing else.
    rng: ChaCha8Rng,
}

impl node::Node for Raft {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    /// With `check_quorum`, a leader steps down at the first heartbeat after an election timeout
    /// without a majority: at most a heartbeat interval later. In a calm world a few election
    /// timeouts are enough to elect a leader: [`Config::elects_within`].
    fn claims(config: &Config) -> Claims {
        let claims =
            Claims::default().answering_earlier_terms().electing_within(config.elects_within());
        let claims = if config.keeps_its_leader() { claims.keeping_its_leader() } else { claims };
        let claims = if config.copes_with_standing_faults() {
            claims.coping_with_standing_faults()
        } else {
            claims
        };
        let claims = if config.pre_vote { claims.asking_before_standing() } else { claims };
        if config.check_quorum {
            claims.stepping_down_within(config.election_timeout_max() + config.heartbeat_interval)
        } else {
            claims
        }
    }

    /// # Panics
    /// When `config` has an election timeout or a heartbeat interval of zero, or allows no entries
    /// in a message.
    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        config.assert_valid();
        let written = disk.vote();
        let mut raft = Self {
            config: config.clone(),
            boot: boot.clone(),
            peers: boot.peers().collect(),
            current_term: written.current_term,
            voted_for: written.voted_for,
            log: disk.log().clone(),
            snapshot: disk.snapshot().cloned(),
            // What the snapshot stands for was committed and applied. Nothing is known of the rest.
            commit_index: disk.log().base_index(),
            last_applied: disk.log().base_index(),
            role: Role::Follower { election_deadline: now, leader: None, leader_heard: now },
            written,
            written_through: disk.log().last_index(),
            longest_wait: config.election_timeout_max().max(config.heartbeat_interval),
            rng: ChaCha8Rng::seed_from_u64(boot.seed),
        };
        raft.reset_election_timer(now);
        raft
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut actions = Vec::new();
        self.step_into(event, now, &mut actions);
        actions
    }

    fn step_into(&mut self, event: Event<Message>, now: Time, actions: &mut Vec<ActionOf<Self>>) {
        let mut out = Out::new(actions, self.boot.notes);
        match event {
            Event::Timeout => self.wake(now, &mut out),
            Event::Receive { from, message } => self.receive(from, message, now, &mut out),
            Event::Propose { id, command } => self.client_request(id, command, &mut out),
            Event::Compact { through, snapshot } => self.compact(through, snapshot, &mut out),
            Event::Campaign => self.campaign(now, &mut out),
            // Our messages are not calls. Events that a later contract adds are not known here.
            Event::CallFailed { .. } | _ => {}
        }
        self.apply(&mut out);
        self.check_invariants(now);
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.next_due())
    }

    fn status(&self) -> Status {
        let (role, leader) = match self.role {
            Role::Follower { leader, .. } => (node::Role::Follower, leader),
            Role::PreCandidate { .. } => (node::Role::PreCandidate, None),
            Role::Candidate { .. } => (node::Role::Candidate, None),
            Role::Leader { .. } => (node::Role::Leader, Some(self.boot.id)),
        };
        Status::new(self.current_term, role).with_leader(leader).with_commit(self.commit_index)
    }

    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}

impl Raft {
    /// Does what the timer that is due asks for. A timeout that comes early changes nothing.
    fn wake(&mut self, now: Time, out: &mut Out<'_>) {
        if now < self.next_due() {
            return;
        }
        match self.role {
            // FO.2: for an election timeout the follower neither heard from a leader nor granted a
            // vote. It becomes a candidate.
            Role::Follower { .. } => {
                out.note("FO.2 no leader heard: stand for election");
                self.stand(now, out);
            }
            // PV.1: too few would vote for the server. It asks anew.
            Role::PreCandidate { election_deadline, .. } if election_deadline <= now => {
                self.stand(now, out);
            }
            Role::PreCandidate { .. } => self.retry_pre_vote(now, out),
            // CA.4: the election is still undecided when its timer ends. The candidate begins
            // another one.
            Role::Candidate { election_deadline, .. } if election_deadline <= now => {
                out.note("CA.4 election undecided: stand again");
                self.stand(now, out);
            }
            Role::Candidate { .. } => self.retry(now, out),
            Role::Leader { .. } => self.heartbeat(now, out),
        }
    }

    /// Begins an election at once, unless this server leads.
    fn campaign(&mut self, now: Time, out: &mut Out<'_>) {
        match self.role {
            // TN.1: a server that is ordered to stand for election begins one at once, as if its
            // election timer had ended.
            // Differs: in the thesis the order comes from the leader, here from an operator.
            // PV.1: it does not ask first, because an order is meant to depose the leader.
            Role::Follower { .. } | Role::PreCandidate { .. } | Role::Candidate { .. } => {
                out.note("TN.1 ordered to stand for election");
                self.timeout(true, now, out);
            }
            Role::Leader { .. } => out.note("TN.1 ignore: this server leads"),
        }
    }

    /// Takes a message. It may come from anyone and say anything.
    fn receive(&mut self, from: NodeId, message: Message, now: Time, out: &mut Out<'_>) {
        if !self.peers.contains(from) || !message.is_sound(from) {
            out.note("FO.1 ignore: sender is no other voter, or message is unsound");
            return;
        }
        let term = message.sender_term();
        if term > self.current_term && !self.is_protected_from(&message, now) {
            self.update_term(term, now, out);
        }
        if term == self.current_term {
            self.hear(from, &message, now);
        }
        // FO.1: a follower answers requests. Candidates and leaders answer them too, and no server
        // answers a reply.
        match message {
            Message::RequestVote(request) => {
                self.handle_request_vote_request(from, request, now, out);
            }
            Message::AppendEntries(request) => {
                self.handle_append_entries_request(from, request, now, out);
            }
            // ST.1: a reply of an older term is ignored. It says nothing about the current term.
            Message::RequestVoteReply(_)
            | Message::AppendEntriesReply(_)
            | Message::InstallSnapshotReply(_)
            | Message::PreVoteReply(_)
                if term < self.current_term =>
            {
                out.explain(|| {
                    format!("ST.1 drop: reply of older term {term}, mine {}", self.current_term)
                });
            }
            Message::RequestVoteReply(reply) => {
                self.handle_request_vote_reply(from, reply, now, out);
            }
            Message::AppendEntriesReply(reply) => {
                self.handle_append_entries_reply(from, reply.answer, out);
            }
            Message::InstallSnapshot(request) => {
                self.handle_install_snapshot_request(from, request, now, out);
            }
            Message::InstallSnapshotReply(reply) => {
                reply.match_index.into_iter().for_each(|index| self.matched(from, index, out));
            }
            Message::PreVote(request) => self.handle_pre_vote_request(from, request, now, out),
            Message::PreVoteReply(reply) => self.handle_pre_vote_reply(from, reply, now, out),
        }
        // A reply may have brought a higher term, which is persisted although nothing is sent.
        self.persist(out);
    }

    /// Enters a higher term. The caller persists it, together with the vote if it grants one.
    fn update_term(&mut self, term: Term, now: Time, out: &mut Out<'_>) {
        assert!(term > self.current_term, "terms only grow");
        // AS.2: the server enters the higher term, has not voted in it, and follows. An election
        // timer runs on, because a higher term is no sign of a leader. A leader has no election
        // timer, so it starts one.
        out.explain(|| format!("AS.2 adopt higher term {term}: follow"));
        self.current_term = term;
        self.voted_for = None;
        let election_deadline = match self.role {
            Role::Follower { election_deadline, .. }
            | Role::PreCandidate { election_deadline, .. }
            | Role::Candidate { election_deadline, .. } => election_deadline,
            Role::Leader { .. } => self.draw_election_deadline(now),
        };
        self.role = Role::Follower { leader: None, election_deadline, leader_heard: now };
    }

    /// Remembers that `message`, of the current term, came from `from`.
    fn hear(&mut self, from: NodeId, message: &Message, now: Time) {
        match &mut self.role {
            Role::Follower { .. } | Role::PreCandidate { .. } => {}
            // CQ.1: a leader counts the voters it has heard from, also those from its candidacy. One
            // that asks for pre-votes does not hear this leader.
            Role::Candidate { contacts, .. } | Role::Leader { contacts, .. } => {
                if !matches!(message, Message::PreVote(_)) {
                    contacts.hear(from, now);
                }
            }
        }
    }

    /// Writes the term and the vote, together, if either has changed.
    pub(crate) fn persist(&mut self, out: &mut Out<'_>) {
        // DU.1: term and vote are on disk before a message relies on them: the write comes first
        // in the list.
        let vote = self.vote();
        if self.written != vote {
            out.persist(Write::Vote(vote));
            self.written = vote;
        }
    }

    /// Sends `message`. The term and the vote must be written.
    pub(crate) fn send(&self, to: NodeId, message: impl Into<Message>, out: &mut Out<'_>) {
        self.send_made(to, || message, out);
    }

    /// Sends the message that `make` returns, which is made in its place in the list. So a large
    /// message is never moved.
    pub(crate) fn send_made<M: Into<Message>>(
        &self,
        to: NodeId,
        make: impl FnOnce() -> M,
        out: &mut Out<'_>,
    ) {
        // DU.1: term and vote are on disk before a message relies on them.
        assert!(self.written == self.vote(), "written before sent");
        out.send(to, make);
    }

    /// Becomes a follower in the current term, with a fresh election timer.
    pub(crate) fn become_follower(&mut self, leader: Option<NodeId>, now: Time) {
        let deadline = self.draw_election_deadline(now);
        match &mut self.role {
            // Every heartbeat comes here: a follower keeps its role, so that no other is dropped.
            Role::Follower { leader: known, election_deadline, leader_heard } => {
                (*known, *election_deadline, *leader_heard) = (leader, deadline, now);
            }
            Role::PreCandidate { .. } | Role::Candidate { .. } | Role::Leader { .. } => {
                self.role =
                    Role::Follower { leader, election_deadline: deadline, leader_heard: now };
            }
        }
    }

    /// Restarts a follower's election timer. A server that asked for pre-votes follows.
    pub(crate) fn reset_election_timer(&mut self, now: Time) {
        let deadline = self.draw_election_deadline(now);
        match &mut self.role {
            Role::Follower { election_deadline, .. } => *election_deadline = deadline,
            Role::PreCandidate { .. } => {
                self.role =
                    Role::Follower { leader: None, election_deadline: deadline, leader_heard: now };
            }
            Role::Candidate { .. } | Role::Leader { .. } => {}
        }
    }

    /// When an election timer that starts at `now` ends.
    pub(crate) fn draw_election_deadline(&mut self, now: Time) -> Time {
        // ET.1: each election timeout is drawn at random, so that servers whose votes were split
        // do not time out together again.
        let shortest = self.config.election_timeout.start;
        let span = self.config.election_timeout_max() - shortest;
        // The high half of the product is nearly uniform over the span: no nanosecond is likelier
        // than another by more than one draw in 2^64. It always takes one draw.
        let product = u128::from(self.rng.next_u64()) * u128::from(span.as_nanos());
        let extra = u64::try_from(product >> 64).expect("the high half has 64 bits");
        now.saturating_add(shortest).saturating_add(Duration::from_nanos(extra))
    }

    /// When the next timer ends.
    pub(crate) fn next_due(&self) -> Time {
        match self.role {
            Role::Follower { election_deadline: due, .. }
            | Role::PreCandidate { retry_due: due, .. }
            | Role::Candidate { retry_due: due, .. }
            | Role::Leader { heartbeat_due: due, .. } => due,
        }
    }

    /// The leader of the current term, if this server knows it.
    pub(crate) fn leader(&self) -> Option<NodeId> {
        match self.role {
            Role::Follower { leader, .. } => leader,
            Role::PreCandidate { .. } | Role::Candidate { .. } => None,
            Role::Leader { .. } => Some(self.boot.id),
        }
    }

    /// The term and the vote in it.
    pub(crate) const fn vote(&self) -> Vote {
        Vote { current_term: self.current_term, voted_for: self.voted_for }
    }
}
