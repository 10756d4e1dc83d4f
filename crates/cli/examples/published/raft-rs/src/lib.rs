//! The crate `raft` of TiKV as a node of raftsim: it counts time in ticks, keeps its log in a storage
//! of its user's, and may go on while that storage writes.
//!
//! | module | owns |
//! |---|---|
//! | `message` | its messages: what they promise, and how they look |
//! | `store` | the storage that it reads: what was written, durable or not |
//! | `notes` | its log lines, as notes of the trace |

mod message;
mod notes;
mod store;

use std::collections::BTreeMap;
use std::ops::Range;

use raft::eraftpb::{self, Entry, MessageType};
use raft::{Config, RawNode, Ready, SnapshotStatus, StateRole};
use raftsim::{
    Action, ActionOf, Boot, Bytes, Claims, Command, Duration, Event, Index, Node, NodeId,
    PlainDisk, PlainWrite, ProposalId, Random, Role, Snapshot, Status, Term, Ticks, Time, Variant,
    View, Writes,
};

pub use message::Rpc;
use notes::Notes;
use store::Store;

const TICK: Duration = Duration::from_millis(10);
/// 100 ms, as the lab has it.
const HEARTBEAT: usize = 10;
/// 400 ms; a follower waits for up to twice as long.
const ELECTION: usize = 40;
/// How long an asynchronous write takes.
const WRITE: Range<Duration> = Duration::from_millis(1)..Duration::from_millis(8);

/// Which of the crate's ways are used. None of them is on by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// `Config::pre_vote` and `Config::check_quorum`.
    pub pre_vote: bool,
    /// The crate's asynchronous ready: it goes on while its writes are in progress.
    pub asynchronous: bool,
}

/// The variants of the node, by name.
pub const VARIANTS: &[Variant] = &[
    Variant { form: "pre-vote", about: "with pre-vote and check quorum" },
    Variant { form: "async", about: "goes on while its disk works" },
    Variant { form: "pre-vote,async", about: "both" },
];

/// The settings that the name of a variant means.
pub fn settings(name: &str) -> Result<Settings, String> {
    match name {
        "pre-vote" => Ok(Settings { pre_vote: true, asynchronous: false }),
        "async" => Ok(Settings { pre_vote: false, asynchronous: true }),
        "pre-vote,async" => Ok(Settings { pre_vote: true, asynchronous: true }),
        _ => Err(format!("expected pre-vote, async or pre-vote,async, not `{name}`")),
    }
}

/// A server.
pub struct RaftRs {
    raft: RawNode<Store>,
    ticks: Ticks,
    seed: u64,
    /// The term on the disk.
    term: Term,
    /// The last entry that the service has.
    applied: Index,
    /// The writes in progress, if it writes asynchronously.
    writes: Option<Writes<Written>>,
    /// To whom it has sent a snapshot and not yet reported it.
    snapshots_sent: Vec<u64>,
    notes: Option<Notes>,
}

/// A write in progress, and what waits for it.
struct Written {
    write: PlainWrite,
    /// The number of its ready; `None` if it is a compaction of our own.
    number: Option<u64>,
    messages: Vec<eraftpb::Message>,
}

type Actions = Vec<ActionOf<RaftRs>>;

impl Node for RaftRs {
    type Config = Settings;
    type Message = Rpc;
    type Disk = PlainDisk;

    fn claims(settings: &Settings) -> Claims {
        let claims = Claims::default().with_own_entries().keeping_its_leader();
        if !settings.pre_vote {
            return claims;
        }
        // A leader looks every election timeout whether it has heard from a majority since. The votes
        // that elected it may be as old as the candidate's patience, which is up to two of them.
        let bound = TICK * (3 * ELECTION + 1) as u64;
        claims.asking_before_standing().stepping_down_within(bound)
    }

    fn boot(settings: &Settings, boot: &Boot, disk: &PlainDisk, now: Time) -> Self {
        let config = Config {
            id: number(boot.id),
            election_tick: ELECTION,
            heartbeat_tick: HEARTBEAT,
            applied: disk.first_index() - 1,
            // The default is one entry a message.
            max_size_per_msg: 1 << 20,
            pre_vote: settings.pre_vote,
            check_quorum: settings.pre_vote,
            ..Config::default()
        };
        let (notes, logger) = if boot.notes { Notes::new() } else { Notes::none() };
        let store = Store::new(disk.clone(), boot.voters.iter().map(|&it| number(it)).collect());
        let raft = RawNode::new(&config, store, &logger).expect("its settings are valid");
        let mut server = Self {
            raft,
            ticks: Ticks::new(TICK, boot, now).catching_up(2 * ELECTION as u64),
            seed: boot.seed,
            term: disk.term(),
            applied: disk.first_index() - 1,
            writes: settings.asynchronous.then(|| Writes::new(WRITE, boot)),
            snapshots_sent: vec![],
            notes,
        };
        server.set_timeout();
        server
    }

    fn step(&mut self, event: Event<Rpc>, now: Time) -> Actions {
        let mut out = vec![];
        self.complete_writes(now, &mut out);
        for _ in 0..self.ticks.due(now) {
            if self.raft.tick() {
                self.handle_ready(now, &mut out);
            }
        }
        match event {
            // An error says that a message comes from nobody in the cluster, or is not one.
            Event::Receive { message: Rpc(message), .. } => drop(self.raft.step(message)),
            Event::Propose { id, command } => out.push(self.propose(id, &command)),
            Event::Compact { through, snapshot } => self.compact(through, snapshot, now, &mut out),
            Event::Campaign => self.raft.campaign().expect("it is no proposal"),
            _ => {}
        }
        self.handle_ready(now, &mut out);
        out
    }

    fn deadline(&self) -> Option<Time> {
        let raft = &self.raft.raft;
        let election = raft.randomized_election_timeout().saturating_sub(raft.election_elapsed);
        let left = if raft.state != StateRole::Leader {
            election
        } else {
            let quorum = raft.election_timeout().saturating_sub(raft.election_elapsed);
            quorum.min(raft.heartbeat_timeout().saturating_sub(raft.heartbeat_elapsed()))
        };
        let tick = self.ticks.at(left as u64);
        let write = self.writes.as_ref().and_then(Writes::deadline);
        Some(write.map_or(tick, |write| write.min(tick)))
    }

    /// Never ahead of the disk: while a later term is being written, the server is still a follower
    /// of the earlier one.
    fn status(&self) -> Status {
        let raft = &self.raft.raft;
        let is_durable = raft.term == self.term;
        let role = match raft.state {
            _ if !is_durable => Role::Follower,
            StateRole::Follower => Role::Follower,
            StateRole::PreCandidate => Role::PreCandidate,
            StateRole::Candidate => Role::Candidate,
            StateRole::Leader => Role::Leader,
        };
        let commit = raft.raft_log.committed.min(raft.raft_log.persisted);
        Status::new(self.term, role).with_leader(self.leader()).with_commit(commit)
    }

    fn inspect(&self) -> Option<&dyn std::fmt::Debug> {
        Some(self)
    }
}

impl RaftRs {
    /// The leader of the term that is durable.
    fn leader(&self) -> Option<NodeId> {
        let raft = &self.raft.raft;
        node(raft.leader_id).filter(|_| raft.term == self.term)
    }

    fn propose(&mut self, id: ProposalId, command: &Command) -> ActionOf<Self> {
        // A follower would forward it. And a server that is alone leads before its term is durable.
        let raft = &self.raft.raft;
        let leads = raft.state == StateRole::Leader && raft.term == self.term;
        if !leads || self.raft.propose(vec![], command.to_vec()).is_err() {
            return Action::Reject { id, leader: self.leader() };
        }
        let raft = &self.raft.raft;
        Action::Accept { id, index: raft.raft_log.last_index(), term: raft.term }
    }

    fn compact(&mut self, through: Index, snapshot: Bytes, now: Time, out: &mut Actions) {
        // A leader's snapshot may have taken the place of these entries, and still be on its way to the
        // disk: the service does not know it yet.
        if through < self.raft.raft.raft_log.first_index() {
            return;
        }
        let term = self.raft.raft.raft_log.term(through).expect("the log has it");
        let snapshot = Some(Snapshot::new(through, term, snapshot));
        let write = PlainWrite { snapshot, ..PlainWrite::default() };
        self.raft.mut_store().write(write.clone());
        let written = Written { write, number: None, messages: vec![] };
        if self.writes.is_some() {
            self.begin(written, now, out)
        } else {
            self.persist(written, out)
        }
    }

    /// Handles what the Raft has ready, until there is nothing more.
    fn handle_ready(&mut self, now: Time, out: &mut Actions) {
        self.set_timeout();
        while self.raft.has_ready() {
            let mut ready = self.raft.ready();
            // A leader's messages need not wait.
            self.send(ready.take_messages(), out);
            self.apply(ready.take_committed_entries(), out);
            let messages = ready.take_persisted_messages();
            let written =
                Written { write: write_of(&ready), number: Some(ready.number()), messages };
            self.raft.mut_store().write(written.write.clone());
            if self.writes.is_some() {
                self.raft.advance_append_async(ready);
                self.begin(written, now, out);
            } else {
                self.persist(written, out);
                let mut light = self.raft.advance_append(ready);
                self.send(light.take_messages(), out);
                self.apply(light.take_committed_entries(), out);
            }
            self.advance_applied();
            self.report_snapshots();
            self.set_timeout();
        }
        if let Some(notes) = &self.notes {
            let notes = notes.take().into_iter().map(|note| Action::note(&note));
            out.splice(0..0, notes);
        }
    }

    /// Begins an asynchronous write. If there is nothing to write, nor to wait for, it is complete.
    fn begin(&mut self, written: Written, now: Time, out: &mut Actions) {
        let writes = self.writes.as_mut().expect("it writes asynchronously");
        if written.write.is_empty() && writes.deadline().is_none() {
            self.complete(written, out);
        } else {
            writes.begin(written, now);
        }
    }

    fn complete_writes(&mut self, now: Time, out: &mut Actions) {
        while let Some(written) = self.writes.as_mut().and_then(|writes| writes.complete(now)) {
            self.complete(written, out);
            self.handle_ready(now, out);
        }
    }

    /// An asynchronous write is durable.
    fn complete(&mut self, written: Written, out: &mut Actions) {
        let number = written.number;
        self.persist(written, out);
        if let Some(number) = number {
            self.raft.on_persist_ready(number);
        }
        self.advance_applied();
    }

    /// Makes a write durable, and sends what waited for it.
    fn persist(&mut self, written: Written, out: &mut Actions) {
        let Written { write, number, messages } = written;
        if let Some((term, _)) = write.vote {
            self.term = term;
        }
        // The service knows a snapshot that it made itself.
        let received = write.snapshot.clone().filter(|_| number.is_some());
        if !write.is_empty() {
            out.push(Action::Persist(write));
        }
        if let Some(Snapshot { index, term, data }) = received {
            self.applied = index;
            out.push(Action::Restore { index, term, snapshot: data });
        }
        self.send(messages, out);
    }

    fn apply(&mut self, entries: Vec<Entry>, out: &mut Actions) {
        for entry in entries {
            self.applied = entry.index;
            let (term, command) = store::plain(&entry);
            out.push(Action::Apply { index: entry.index, term: Some(term), command });
        }
    }

    /// Reports to the Raft what the service has. Its own `advance_apply` takes a snapshot for applied
    /// that is still being written, and panics.
    fn advance_applied(&mut self) {
        if self.applied > self.raft.raft.raft_log.applied {
            self.raft.advance_apply_to(self.applied);
        }
    }

    fn send(&mut self, messages: Vec<eraftpb::Message>, out: &mut Actions) {
        for message in messages {
            let to = node(message.to).expect("it has an addressee");
            if message.get_msg_type() == MessageType::MsgSnapshot {
                self.snapshots_sent.push(message.to);
            }
            out.push(Action::Send { to, message: Rpc(message) });
        }
    }

    /// The Raft waits to hear what became of a snapshot. That is not known here. So it is reported as
    /// failed: then it is sent again at the next heartbeat, unless its answer has come by then.
    fn report_snapshots(&mut self) {
        for to in std::mem::take(&mut self.snapshots_sent) {
            self.raft.report_snapshot(to, SnapshotStatus::Failure);
        }
    }

    /// The crate draws election timeouts from a source of its own, whenever its term or its role
    /// changes. They are drawn from the life's seed instead: one for each term and role.
    fn set_timeout(&mut self) {
        let raft = &mut self.raft.raft;
        let mut random = Random::new(self.seed ^ (raft.term << 8) ^ raft.state as u64);
        let more = random.below(ELECTION as u64);
        raft.set_randomized_election_timeout(ELECTION + more as usize);
    }
}

impl std::fmt::Debug for RaftRs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let raft = &self.raft.raft;
        out.debug_struct("RaftRs")
            .field("term", &raft.term)
            .field("vote", &raft.vote)
            .field("state", &raft.state)
            .field("leader_id", &raft.leader_id)
            .field("committed", &raft.raft_log.committed)
            .field("persisted", &raft.raft_log.persisted)
            .field("applied", &raft.raft_log.applied)
            .field("last_index", &raft.raft_log.last_index())
            .field("election_elapsed", &raft.election_elapsed)
            .field("randomized_election_timeout", &raft.randomized_election_timeout())
            .field("progress", &raft.prs().iter().collect::<BTreeMap<_, _>>())
            .finish_non_exhaustive()
    }
}

fn number(node: NodeId) -> u64 {
    node.number().into()
}

/// The server with this number; the Raft has 0 for none.
fn node(number: u64) -> Option<NodeId> {
    u8::try_from(number).ok().filter(|&number| number > 0).map(NodeId::new)
}

/// What a ready has to be written. The commit index need not be.
fn write_of(ready: &Ready) -> PlainWrite {
    let vote = ready.hs().filter(|_| ready.must_sync());
    let entries = ready.entries();
    let log = entries.first().map(|it| (it.index, entries.iter().map(store::plain).collect()));
    let snapshot = Some(ready.snapshot()).filter(|it| !it.is_empty()).map(|it| {
        let metadata = it.get_metadata();
        Snapshot::new(metadata.index, metadata.term, Bytes::from(&it.data[..]))
    });
    PlainWrite { vote: vote.map(|it| (it.term, node(it.vote))), snapshot, log }
}
