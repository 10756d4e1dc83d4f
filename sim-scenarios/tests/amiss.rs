//! Our Raft with a flaw in what it counts or remembers, which is its setting: what bending one list
//! of actions cannot express.

use std::collections::BTreeSet;

use raftsim_node::{
    Action, ActionOf, Boot, Claims, Disk as _, Event, Index, Node, NodeId, Role, Status, Term,
    Time, View,
};
use raftsim_raft::{Answer, Config, Disk, Message, Raft, RequestVoteReply, Write};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Nothing.
    #[default]
    Nothing,
    /// A candidate counts answers, not voters: one that comes twice counts twice.
    CountsReplies,
    /// Half of an even number of servers elect a leader.
    HalfElects,
    /// Half of an even number of servers commit.
    HalfCommits,
    /// A leader counts who holds entries of older terms (Figure 8).
    CountsOlderTerms,
    /// At its next heartbeat a leader takes for stored what it sent.
    AssumesDelivered,
    /// A voter compares the lengths of logs alone.
    LongerLogWins,
    /// It wins when votes arrive: nobody votes for a server that is alone.
    NeedsVotes,
    /// It commits when answers arrive: nobody answers a server that is alone.
    NeedsAnswers,
    /// It looks the last term of a snapshot up in the log, where it is no longer.
    ForgetsBoundary,
}

/// Our Raft, amiss.
pub(crate) struct Amiss {
    raft: Raft,
    wrong: Wrong,
    boot: Boot,
    last_index: Index,
    /// The last entry of the snapshot that a leader sent.
    restored: Option<Index>,
    /// The term in which it counts, and the first entry of it, once it leads.
    term: Term,
    first_own: Index,
    replies: usize,
    voters: BTreeSet<NodeId>,
    /// By slot: what each server is known to hold.
    matched: Vec<Index>,
    /// What it has called committed.
    told: Index,
}

impl Node for Amiss {
    type Config = Wrong;
    type Message = Message;
    type Disk = Disk;

    fn claims(_: &Wrong) -> Claims {
        Raft::claims(&Config::default())
    }

    fn boot(&wrong: &Wrong, boot: &Boot, disk: &Disk, now: Time) -> Self {
        Self {
            raft: Raft::boot(&Config::default(), boot, disk, now),
            wrong,
            boot: boot.clone(),
            last_index: disk.last_index(),
            restored: None,
            term: 0,
            first_own: Index::MAX,
            replies: 0,
            voters: BTreeSet::new(),
            matched: vec![0; boot.voters.len()],
            told: disk.snapshot().map_or(0, |snapshot| snapshot.index),
        }
    }

    fn step(&mut self, mut event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let is_alone = self.boot.voters.len() == 1;
        if let (Wrong::NeedsVotes, true, Event::Propose { id, .. }) = (self.wrong, is_alone, &event)
        {
            return vec![Action::Reject { id: *id, leader: None }];
        }
        let is_timeout = matches!(event, Event::Timeout);
        if let Event::Receive { from, message } = &mut event {
            self.hear(*from, message);
        }
        let mut actions = self.raft.step(event, now);
        self.follow_writes(&actions);
        self.win(&mut actions, now);
        self.commit(&mut actions, is_timeout);
        if self.wrong == Wrong::NeedsAnswers && is_alone {
            actions.retain(|action| !matches!(action, Action::Apply { .. }));
        }
        actions
    }

    fn deadline(&self) -> Option<Time> {
        self.raft.deadline()
    }

    fn status(&self) -> Status {
        let status = self.raft.status();
        if self.wrong == Wrong::NeedsVotes && self.boot.voters.len() == 1 {
            return Status::new(status.term, Role::Candidate);
        }
        let commit = status.commit.unwrap_or(0).max(self.told);
        if self.wrong == Wrong::NeedsAnswers { status } else { status.with_commit(commit) }
    }
}

impl Amiss {
    /// Counts what a message tells, and bends what it asks.
    fn hear(&mut self, from: NodeId, message: &mut Message) {
        let Status { term, role, .. } = self.raft.status();
        if self.term != term {
            self.term = term;
            self.first_own = Index::MAX;
            self.replies = 0;
            self.voters.clear();
            self.matched.fill(0);
        }
        match message {
            Message::RequestVoteReply(reply) if reply.term == term && reply.vote_granted => {
                self.replies += 1;
                self.voters.insert(from);
            }
            Message::AppendEntriesReply(reply) if reply.term == term && role == Role::Leader => {
                if let Answer::Success { match_index } = reply.answer {
                    let matched = &mut self.matched[from.slot()];
                    *matched = match_index.max(*matched);
                }
            }
            Message::RequestVote(request) if self.wrong == Wrong::LongerLogWins => {
                let is_long = request.last_log_index >= self.last_index;
                request.last_log_term = if is_long { request.term - 1 } else { 0 };
            }
            Message::AppendEntries(request)
                if self.wrong == Wrong::ForgetsBoundary
                    && self.restored == Some(request.prev_log_index) =>
            {
                request.prev_log_term = 0;
            }
            _ => {}
        }
    }

    /// Where the log ends, and what it was restored from.
    fn follow_writes(&mut self, actions: &[ActionOf<Self>]) {
        for action in actions {
            match action {
                Action::Persist(Write::Entries { from, entries }) => {
                    self.last_index = from + entries.len() as u64 - 1;
                }
                Action::Restore { index, .. } => self.restored = Some(*index),
                _ => {}
            }
        }
    }

    /// Wins an election, if by its count it has; by votes that nobody gave.
    fn win(&mut self, actions: &mut Vec<ActionOf<Self>>, now: Time) {
        let Status { term, role, .. } = self.raft.status();
        let fresh = term != self.term;
        let (replies, voters) = if fresh { (0, 0) } else { (self.replies, self.voters.len()) };
        let wins = match self.wrong {
            Wrong::CountsReplies => replies + 1 >= self.boot.majority(),
            Wrong::HalfElects => voters + 1 >= self.half(),
            _ => false,
        };
        if !wins || role != Role::Candidate {
            return;
        }
        for from in self.boot.peers() {
            let reply = RequestVoteReply { term, vote_granted: true, candidate_id: self.boot.id };
            let message = Message::RequestVoteReply(reply);
            actions.extend(self.raft.step(Event::Receive { from, message }, now));
        }
    }

    /// Calls committed what by its count is, and tells its followers.
    fn commit(&mut self, actions: &mut [ActionOf<Self>], is_timeout: bool) {
        let Status { term, role, .. } = self.raft.status();
        if role != Role::Leader || term != self.term {
            return;
        }
        // The list by which it was elected takes nothing in.
        self.first_own = self.first_own.min(self.last_index + 1);
        let held = match self.wrong {
            Wrong::CountsOlderTerms => self.held_by(self.boot.majority()),
            Wrong::HalfCommits => self.held_by(self.half()),
            Wrong::AssumesDelivered if is_timeout => self.last_index,
            _ => return,
        };
        if held < self.first_own && self.wrong != Wrong::CountsOlderTerms {
            return;
        }
        self.told = self.told.max(held);
        for action in actions {
            if let Action::Send { message: Message::AppendEntries(request), .. } = action {
                request.leader_commit = request.leader_commit.max(self.told);
            }
        }
    }

    /// The last entry that so many servers hold, as this leader knows.
    fn held_by(&self, servers: usize) -> Index {
        let mut held = self.matched.clone();
        held[self.boot.id.slot()] = self.last_index;
        held.sort_unstable_by(|one, other| other.cmp(one));
        held[servers - 1]
    }

    /// A majority of an odd number of servers, half of an even one.
    fn half(&self) -> usize {
        self.boot.voters.len().div_ceil(2)
    }
}
