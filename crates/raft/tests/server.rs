//! One server with its disk and its clock, and short functions that make events, messages and
//! actions.

use std::sync::Arc;

use raftsim_node::{Action, ActionOf, Boot, Bytes, Disk as _, Duration, Event, Node, NodeId};
use raftsim_node::{ProposalId, Role, Snapshot, Status, Term, Time};
use raftsim_raft::{Answer, AppendEntries, AppendEntriesReply, Config, Disk, Entries, Entry};
use raftsim_raft::{InstallSnapshot, InstallSnapshotReply, Message, PreVote, PreVoteReply, Raft};
use raftsim_raft::{RequestVote, RequestVoteReply, Vote, Write};

pub(crate) type Actions = Vec<ActionOf<Raft>>;

/// A server whose writes reach its disk and whose messages are only compared; n1 if not said
/// otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) raft: Raft,
    pub(crate) disk: Disk,
    pub(crate) now: Time,
    pub(crate) config: Config,
    pub(crate) boot: Boot,
}

impl Server {
    /// n1 of a cluster of `servers`, with an empty disk.
    pub(crate) fn new(servers: u8) -> Self {
        Self::set(1, servers, Config::default())
    }

    /// n1 of a cluster of `servers`, with `disk`.
    pub(crate) fn with_disk(servers: u8, disk: Disk) -> Self {
        Self::start(1, servers, disk, Config::default(), false)
    }

    /// Server `id` of a cluster of `servers`, with `disk` and settings.
    pub(crate) fn set_with_disk(id: u8, servers: u8, disk: Disk, config: Config) -> Self {
        Self::start(id, servers, disk, config, false)
    }

    /// n1 of a cluster of `servers`, with settings.
    pub(crate) fn with_config(servers: u8, config: Config) -> Self {
        Self::set(1, servers, config)
    }

    /// Server `id` of a cluster of `servers`, with settings.
    pub(crate) fn set(id: u8, servers: u8, config: Config) -> Self {
        Self::start(id, servers, Disk::default(), config, false)
    }

    /// n1 of a cluster of `servers`, which returns notes.
    pub(crate) fn with_notes(servers: u8) -> Self {
        Self::start(1, servers, Disk::default(), Config::default(), true)
    }

    /// Server `id` of a cluster of `servers`, with `disk`, which returns notes.
    pub(crate) fn noting(id: u8, servers: u8, disk: Disk) -> Self {
        Self::start(id, servers, disk, Config::default(), true)
    }

    /// n1 as a candidate in term 1 that has asked all others for their votes.
    pub(crate) fn candidate(servers: u8) -> Self {
        let mut server = Self::new(servers);
        server.timeout();
        assert_eq!(server.raft.status(), status(1, Role::Candidate, None));
        server
    }

    /// n1 as leader of term 1. Just enough others voted for it, at the moment at which it asked.
    pub(crate) fn leader(servers: u8) -> Self {
        Self::elected(Self::new(servers))
    }

    /// This server, elected in its next term.
    pub(crate) fn elected(mut self) -> Self {
        let commit = self.raft.status().commit.expect("our Raft reports it");
        self.timeout();
        let before = self.raft.status();
        if before.role == Role::PreCandidate {
            for voter in 2..=u8::try_from(self.boot.majority()).expect("few servers") {
                self.receive(voter, pre_voted(before.term, true));
            }
        }
        let term = self.raft.status().term;
        for voter in 2..=u8::try_from(self.boot.majority()).expect("few servers") {
            self.receive(voter, vote(term, 1));
        }
        assert_eq!(self.raft.status(), status(term, Role::Leader, Some(1)).with_commit(commit));
        self
    }

    fn start(id: u8, servers: u8, disk: Disk, config: Config, notes: bool) -> Self {
        let voters: Arc<[NodeId]> = (1..=servers).map(NodeId::new).collect();
        let boot = Boot::new(NodeId::new(id), voters, 41 + u64::from(id)).with_notes(notes);
        let now = Time::ZERO + Duration::from_millis(7);
        let raft = Raft::boot(&config, &boot, &disk, now);
        Self { raft, disk, now, config, boot }
    }

    /// Boots the server again, with what is on its disk.
    pub(crate) fn restart(&mut self) {
        self.boot.seed += 1;
        self.raft = Raft::boot(&self.config, &self.boot, &self.disk, self.now);
    }

    /// Takes one event, and does the writes that it leads to.
    pub(crate) fn step(&mut self, event: Event<Message>) -> Actions {
        let actions = self.raft.step(event, self.now);
        for action in &actions {
            self.obey(action);
        }
        actions
    }

    /// Does one action, if it is a write.
    pub(crate) fn obey(&mut self, action: &Action<Message, Write>) {
        if let Action::Persist(write) = action {
            self.disk.write(write.clone());
        }
    }

    /// Receives a message from server `from`.
    pub(crate) fn receive(&mut self, from: u8, message: Message) -> Actions {
        self.step(Event::Receive { from: NodeId::new(from), message })
    }

    /// Waits until the deadline, and takes the timeout.
    pub(crate) fn timeout(&mut self) -> Actions {
        self.now = self.now.max(self.deadline());
        let actions = self.step(Event::Timeout);
        assert!(self.deadline() > self.now, "a timer that ended is set again");
        actions
    }

    /// Lets `millis` milliseconds pass, without a timeout.
    pub(crate) fn wait(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    pub(crate) fn deadline(&self) -> Time {
        self.raft.deadline().expect("some timer always runs")
    }

    /// Whether the deadline can be that of an election timer that starts now.
    pub(crate) fn has_fresh_election_timer(&self) -> bool {
        let range = &self.config.election_timeout;
        range.contains(&self.deadline().since(self.now))
    }
}

/// The status of a server that has committed nothing.
pub(crate) fn status(term: Term, role: Role, leader: Option<u8>) -> Status {
    Status::new(term, role).with_leader(leader.map(NodeId::new)).with_commit(0)
}

pub(crate) fn persist(current_term: Term, voted_for: Option<u8>) -> Action<Message, Write> {
    Action::Persist(Write::Vote(Vote { current_term, voted_for: voted_for.map(NodeId::new) }))
}

/// The write of `entries`, the first at index `from`.
pub(crate) fn persist_entries(from: u64, entries: &[Entry]) -> Action<Message, Write> {
    Action::Persist(Write::Entries { from, entries: Entries::from(entries) })
}

/// The write of a snapshot.
pub(crate) fn persist_snapshot(index: u64, term: Term, data: &str) -> Action<Message, Write> {
    Action::Persist(Write::Snapshot(Snapshot::new(index, term, Bytes::from(data))))
}

/// The action that hands the entry at `index` to the service.
pub(crate) fn apply(index: u64, entry: &Entry) -> Action<Message, Write> {
    Action::Apply { index, term: Some(entry.term), command: Some(entry.command.clone()) }
}

/// A client's proposal with the number 5.
pub(crate) fn propose(command: &str) -> Event<Message> {
    Event::Propose { id: ProposalId(5), command: Bytes::from(command) }
}

/// The acceptance of that proposal.
pub(crate) fn accept(index: u64, term: Term) -> Action<Message, Write> {
    Action::Accept { id: ProposalId(5), index, term }
}

pub(crate) fn send(to: u8, message: Message) -> Action<Message, Write> {
    Action::Send { to: NodeId::new(to), message }
}

/// The request of a candidate whose log is empty.
pub(crate) fn request_vote(term: Term, candidate: u8) -> Message {
    request_vote_with_log(term, candidate, 0, 0)
}

pub(crate) fn request_vote_with_log(
    term: Term,
    candidate: u8,
    last_log_index: u64,
    last_log_term: Term,
) -> Message {
    let candidate_id = NodeId::new(candidate);
    Message::RequestVote(RequestVote {
        term,
        candidate_id,
        last_log_index,
        last_log_term,
        disrupts: false,
    })
}

/// The request of a candidate that was ordered to stand, and whose log is empty.
pub(crate) fn ordered_vote(term: Term, candidate: u8) -> Message {
    let Message::RequestVote(request) = request_vote(term, candidate) else {
        panic!("a request for a vote")
    };
    Message::RequestVote(RequestVote { disrupts: true, ..request })
}

/// The question of a server whose log is empty.
pub(crate) fn pre_vote(term: Term) -> Message {
    pre_vote_with_log(term, 0, 0)
}

pub(crate) fn pre_vote_with_log(term: Term, last_log_index: u64, last_log_term: Term) -> Message {
    Message::PreVote(PreVote { term, last_log_index, last_log_term })
}

/// The answer to it.
pub(crate) fn pre_voted(term: Term, vote_granted: bool) -> Message {
    Message::PreVoteReply(PreVoteReply { term, vote_granted })
}

/// A granted vote.
pub(crate) fn vote(term: Term, candidate: u8) -> Message {
    let candidate_id = NodeId::new(candidate);
    Message::RequestVoteReply(RequestVoteReply { term, vote_granted: true, candidate_id })
}

/// A refused vote.
pub(crate) fn no_vote(term: Term, candidate: u8) -> Message {
    let candidate_id = NodeId::new(candidate);
    Message::RequestVoteReply(RequestVoteReply { term, vote_granted: false, candidate_id })
}

/// A heartbeat of a leader whose log is empty.
pub(crate) fn heartbeat(term: Term) -> Message {
    append(term, 0, 0, &[])
}

pub(crate) fn append(
    term: Term,
    prev_log_index: u64,
    prev_log_term: Term,
    entries: &[Entry],
) -> Message {
    append_committing(term, prev_log_index, prev_log_term, entries, 0)
}

pub(crate) fn append_committing(
    term: Term,
    prev_log_index: u64,
    prev_log_term: Term,
    entries: &[Entry],
    leader_commit: u64,
) -> Message {
    let entries = Entries::from(entries);
    Message::AppendEntries(AppendEntries {
        term,
        prev_log_index,
        prev_log_term,
        entries,
        leader_commit,
    })
}

fn answered(term: Term, answer: Answer) -> Message {
    Message::AppendEntriesReply(AppendEntriesReply { term, answer })
}

/// The reply of a follower whose log matches through `match_index`.
pub(crate) fn matched(term: Term, match_index: u64) -> Message {
    answered(term, Answer::Success { match_index })
}

/// The reply to a request of an older term.
pub(crate) fn stale(term: Term) -> Message {
    answered(term, Answer::Stale)
}

/// The reply of a follower whose log does not match at `prev_log_index`.
pub(crate) fn conflict(
    term: Term,
    prev_log_index: u64,
    conflict_term: Option<Term>,
    conflict_index: u64,
) -> Message {
    answered(term, Answer::Conflict { prev_log_index, conflict_term, conflict_index })
}

/// A leader's snapshot.
pub(crate) fn install(term: Term, index: u64, last_term: Term, data: &str) -> Message {
    let snapshot = Snapshot::new(index, last_term, Bytes::from(data));
    Message::InstallSnapshot(InstallSnapshot { term, snapshot })
}

/// The reply to a snapshot.
pub(crate) fn installed(term: Term, match_index: Option<u64>) -> Message {
    Message::InstallSnapshotReply(InstallSnapshotReply { term, match_index })
}

/// One entry of each of these terms, in order.
pub(crate) fn entries(terms: &[Term]) -> Vec<Entry> {
    terms
        .iter()
        .map(|&term| Entry { term, command: format!("in {term}").as_str().into() })
        .collect()
}
