//! A server: its state, the way in, and the rules for all servers.

use alloc::vec::Vec;

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
#[derive(Clone, Debug)]
pub struct Raft {
    pub(crate) config: Config,
    pub(crate) boot: Boot,
    /// All voters but this server.
    peers: VoterSet,
    /// Latest term this server has seen.
    pub(crate) current_term: Term,
    /// Who got this server's vote in the current term.
    pub(crate) voted_for: Option<NodeId>,
    pub(crate) log: Log,
    /// What the log's beginning is folded into.
    pub(crate) snapshot: Option<Snapshot>,
    /// Highest entry known to be committed.
    pub(crate) commit_index: Index,
    /// Highest entry handed to the service.
    pub(crate) last_applied: Index,
    pub(crate) role: Role,
    /// The term and the vote that were written last, or that the boot read.
    pub(crate) written: Vote,
    /// The last index of the log as it was written last, or as the boot read it.
    pub(crate) written_through: Index,
    /// No timer runs longer than this: the longest election timeout, or the heartbeat interval.
    pub(crate) longest_wait: Duration,
    /// Election timeouts come from here, and nothing else does.
    rng: ChaCha8Rng,
}

impl node::Node for Raft {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    /// With `check_quorum`, a leader notices at the first heartbeat after its limit has passed.
    fn claims(config: &Config) -> Claims {
        let claims = Claims::default();
        if config.check_quorum {
            claims.stepping_down_within(config.election_timeout_max() + config.heartbeat_interval)
        } else {
            claims
        }
    }

    /// # Panics
    /// When `config` asks for a timeout or an interval of zero, or for messages without entries.
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
            // What the snapshot holds was committed and applied; of the rest nothing is known.
            commit_index: disk.log().base_index(),
            last_applied: disk.log().base_index(),
            role: Role::Follower { election_deadline: now, leader: None },
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
            // No message of ours is a call, and what a later contract may bring is not known here.
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
            Role::Candidate { .. } => (node::Role::Candidate, None),
            Role::Leader { .. } => (node::Role::Leader, Some(self.boot.id)),
        };
        Status::new(self.current_term, role).with_leader(leader).with_commit(self.commit_index)
    }
}

impl Raft {
    /// A timer may be due. Early timeouts are nobody's fault, and change nothing.
    fn wake(&mut self, now: Time, out: &mut Out<'_>) {
        if now < self.next_due() {
            return;
        }
        match self.role {
            // FO.2: no leader was heard and no vote given for an election timeout.
            Role::Follower { .. } => {
                out.note("FO.2 no leader heard: stand for election");
                self.timeout(now, out);
            }
            // CA.4: neither won nor lost in time: try again in a new term.
            Role::Candidate { election_deadline, .. } if election_deadline <= now => {
                out.note("CA.4 election undecided: stand again");
                self.timeout(now, out);
            }
            Role::Candidate { .. } => self.retry(now, out),
            Role::Leader { .. } => self.heartbeat(now, out),
        }
    }

    /// A message arrived, from whomever, saying whatever.
    fn receive(&mut self, from: NodeId, message: Message, now: Time, out: &mut Out<'_>) {
        if !self.peers.contains(from) || !message.is_sound(from) {
            out.note("FO.1 ignore: not another voter's own word, or unsound");
            return;
        }
        let term = message.sender_term();
        if term > self.current_term {
            self.update_term(term, now, out);
        }
        if term == self.current_term {
            self.hear(from, now);
        }
        // FO.1: a follower answers requests; and so does every other role.
        match message {
            Message::RequestVote(request) => {
                self.handle_request_vote_request(from, request, now, out);
            }
            Message::AppendEntries(request) => {
                self.handle_append_entries_request(from, request, now, out);
            }
            // ST.1: a reply of an older term says nothing about this one.
            Message::RequestVoteReply(_)
            | Message::AppendEntriesReply(_)
            | Message::InstallSnapshotReply(_)
                if term < self.current_term =>
            {
                out.note("ST.1 drop: reply of an older term");
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
        }
        // A term that came with a reply is kept too, although nothing answers it.
        self.persist(out);
    }

    /// Adopts a higher term. The caller persists, once it is known whether a vote goes with it.
    fn update_term(&mut self, term: Term, now: Time, out: &mut Out<'_>) {
        assert!(term > self.current_term, "terms only grow");
        // AS.2: the vote was the old term's, and so was the role. A running election timer runs on:
        // a rival's term is no sign of a leader. A leader had none, and gets one.
        out.note("AS.2 adopt higher term: follow");
        self.current_term = term;
        self.voted_for = None;
        let election_deadline = match self.role {
            Role::Follower { election_deadline, .. }
            | Role::Candidate { election_deadline, .. } => election_deadline,
            Role::Leader { .. } => self.draw_election_deadline(now),
        };
        self.role = Role::Follower { leader: None, election_deadline };
    }

    /// Notes that a message of the current term came from a peer.
    fn hear(&mut self, from: NodeId, now: Time) {
        match &mut self.role {
            Role::Follower { .. } => {}
            // CQ.1: what a candidate hears counts for the leader that it becomes.
            Role::Candidate { contacts, .. } | Role::Leader { contacts, .. } => {
                contacts.hear(from, now);
            }
        }
    }

    /// Writes term and vote, together, if either is new.
    pub(crate) fn persist(&mut self, out: &mut Out<'_>) {
        // DU.1: in the list before whatever acts on it.
        let vote = self.vote();
        if self.written != vote {
            out.persist(Write::Vote(vote));
            self.written = vote;
        }
    }

    /// Sends a message, which may speak of nothing that is not written.
    pub(crate) fn send(&self, to: NodeId, message: impl Into<Message>, out: &mut Out<'_>) {
        self.send_made(to, || message, out);
    }

    /// Sends the message that `make` makes: in its place in the list, so that it is not moved.
    pub(crate) fn send_made<M: Into<Message>>(
        &self,
        to: NodeId,
        make: impl FnOnce() -> M,
        out: &mut Out<'_>,
    ) {
        // DU.1: no message leaves ahead of the write that it stands on.
        assert!(self.written == self.vote(), "written before sent");
        out.send(to, make);
    }

    /// Gives up whatever it was, in the same term, and waits a fresh election timeout.
    pub(crate) fn become_follower(&mut self, leader: Option<NodeId>, now: Time) {
        let deadline = self.draw_election_deadline(now);
        match &mut self.role {
            // Every heartbeat comes here: who follows already has no other role to drop.
            Role::Follower { leader: known, election_deadline } => {
                (*known, *election_deadline) = (leader, deadline);
            }
            Role::Candidate { .. } | Role::Leader { .. } => {
                self.role = Role::Follower { leader, election_deadline: deadline };
            }
        }
    }

    /// Starts a follower's wait for an election again.
    pub(crate) fn reset_election_timer(&mut self, now: Time) {
        let deadline = self.draw_election_deadline(now);
        match &mut self.role {
            Role::Follower { election_deadline, .. } => *election_deadline = deadline,
            Role::Candidate { .. } | Role::Leader { .. } => {}
        }
    }

    /// When an election timer that starts now ends.
    pub(crate) fn draw_election_deadline(&mut self, now: Time) -> Time {
        // ET.1: drawn anew every time, so that servers which tied once part the next time.
        let shortest = self.config.election_timeout.start;
        let span = self.config.election_timeout_max() - shortest;
        // The high half of the product is uniform over the span, near enough (no nanosecond is
        // likelier than another by more than one draw in 2^64), and takes one draw, always.
        let product = u128::from(self.rng.next_u64()) * u128::from(span.as_nanos());
        let extra = u64::try_from(product >> 64).expect("the high half has 64 bits");
        now.saturating_add(shortest).saturating_add(Duration::from_nanos(extra))
    }

    /// When the next timer ends.
    pub(crate) fn next_due(&self) -> Time {
        match self.role {
            Role::Follower { election_deadline: due, .. }
            | Role::Candidate { retry_due: due, .. }
            | Role::Leader { heartbeat_due: due, .. } => due,
        }
    }

    /// Who leads the current term, as far as this server knows.
    pub(crate) fn leader(&self) -> Option<NodeId> {
        match self.role {
            Role::Follower { leader, .. } => leader,
            Role::Candidate { .. } => None,
            Role::Leader { .. } => Some(self.boot.id),
        }
    }

    /// The term and the vote in it, as they are to be on disk.
    pub(crate) const fn vote(&self) -> Vote {
        Vote { current_term: self.current_term, voted_for: self.voted_for }
    }
}
