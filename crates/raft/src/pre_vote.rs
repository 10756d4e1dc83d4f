//! Before an election: a server asks whether it would win (thesis §9.6). And whom a server protects
//! from candidates: the leader that it hears (thesis §4.2.3).

use alloc::format;

use raftsim_node::{NodeId, Time};

use crate::message::{Message, PreVote, PreVoteReply};
use crate::out::Out;
use crate::raft::Raft;
use crate::role::{Role, VoterSet};

impl Raft {
    /// Begins an election; with pre-vote, only once a majority would vote for this server.
    pub(crate) fn stand(&mut self, now: Time, out: &mut Out<'_>) {
        if self.config.pre_vote {
            self.become_pre_candidate(now, out);
        } else {
            self.timeout(false, now, out);
        }
    }

    /// Asks all others whether they would vote for this server.
    #[cold]
    fn become_pre_candidate(&mut self, now: Time, out: &mut Out<'_>) {
        // PV.1: the server asks before it begins an election. Until a majority would vote for it, it
        // keeps its term and its vote.
        out.note("PV.1 ask the others whether they would vote for this server");
        let election_deadline = self.draw_election_deadline(now);
        self.role = Role::PreCandidate {
            retry_due: self.heartbeat_due(now).min(election_deadline),
            election_deadline,
            votes: VoterSet::of(self.boot.id),
        };
        self.ask_for_pre_votes(out);
        // In a cluster of one, its own vote is a majority.
        self.count_pre_votes(now, out);
    }

    /// Asks every voter anew that has not said that it would vote for this server. One that refused
    /// because it had a leader may have lost it since.
    #[cold]
    pub(crate) fn retry_pre_vote(&mut self, now: Time, out: &mut Out<'_>) {
        let due = self.heartbeat_due(now);
        let Role::PreCandidate { retry_due, election_deadline, .. } = &mut self.role else {
            return;
        };
        *retry_due = due.min(*election_deadline);
        // RT.1: a request that is not answered is repeated, and here also one that is refused.
        out.note("RT.1 repeat requests that are not granted");
        self.ask_for_pre_votes(out);
    }

    /// Asks the voters whose pre-votes this server lacks.
    fn ask_for_pre_votes(&self, out: &mut Out<'_>) {
        let Role::PreCandidate { votes, .. } = &self.role else {
            return;
        };
        let request = PreVote {
            term: self.current_term,
            last_log_index: self.log.last_index(),
            last_log_term: self.log.last_term(),
        };
        for peer in self.boot.peers().filter(|&peer| !votes.contains(peer)) {
            self.send(peer, request, out);
        }
    }

    /// Answers the question whether this server would vote for `from`. No timer is restarted.
    #[cold]
    pub(crate) fn handle_pre_vote_request(
        &mut self,
        from: NodeId,
        request: PreVote,
        now: Time,
        out: &mut Out<'_>,
    ) {
        let vote_granted = self.would_grant(request, now, out);
        self.persist(out);
        self.send(from, PreVoteReply { term: self.current_term, vote_granted }, out);
    }

    /// Whether this server would vote for the sender of `request` in the next term.
    fn would_grant(&self, request: PreVote, now: Time, out: &mut Out<'_>) -> bool {
        // PV.2: the server would grant its vote if it has no leader, the next term would be new to
        // it, and its log is not more up-to-date than the sender's. Its vote in the current term
        // does not matter, because the next term has another.
        if self.hears_leader(now) {
            out.note("PV.2 refuse: there is a leader");
            return false;
        }
        // The refusal has this server's term, in which the sender may ask again.
        if request.term < self.current_term {
            out.explain(|| {
                format!("PV.2 refuse: stale term {}, mine {}", request.term, self.current_term)
            });
            return false;
        }
        if !self.log.is_matched_by(request.last_log_index, request.last_log_term) {
            out.explain(|| {
                let PreVote { last_log_index, last_log_term, .. } = request;
                let (last, term) = (self.log.last_index(), self.log.last_term());
                format!(
                    "PV.2 refuse: sender's log ends at {last_log_index}@{last_log_term}, mine at \
                     {last}@{term}"
                )
            });
            return false;
        }
        out.note("PV.2 grant: no leader, log is up-to-date");
        true
    }

    /// Takes the answer of a voter, which is of the current term.
    #[cold]
    pub(crate) fn handle_pre_vote_reply(
        &mut self,
        from: NodeId,
        reply: PreVoteReply,
        now: Time,
        out: &mut Out<'_>,
    ) {
        let Role::PreCandidate { votes, .. } = &mut self.role else {
            out.note("PV.1 ignore: asks no longer");
            return;
        };
        if !reply.vote_granted {
            out.note("PV.1 pre-vote refused");
            return;
        }
        // A late answer to the same question, asked earlier in this term, counts as well: a
        // pre-vote is no promise, and at worst the election fails.
        votes.insert(from);
        out.explain(|| {
            let (votes, majority) = (votes.len(), self.boot.majority());
            format!("PV.1 pre-vote counted: {votes}, of {majority} that it needs")
        });
        self.count_pre_votes(now, out);
    }

    /// Begins an election, if a majority would vote for this server.
    fn count_pre_votes(&mut self, now: Time, out: &mut Out<'_>) {
        let Role::PreCandidate { votes, .. } = &self.role else {
            return;
        };
        if votes.len() >= self.boot.majority() {
            out.note("PV.1 majority: stand for election");
            self.timeout(false, now, out);
        }
    }

    /// Whether this server, because it has a leader, does not enter the later term that `message`
    /// brings.
    #[cold]
    pub(crate) fn is_protected_from(&self, message: &Message, now: Time) -> bool {
        match message {
            // PV.2: who only asks is refused without a change of the term.
            Message::PreVote(_) => self.hears_leader(now),
            Message::RequestVote(request) => self.protects_leader(request.disrupts, now),
            Message::RequestVoteReply(_)
            | Message::AppendEntries(_)
            | Message::AppendEntriesReply(_)
            | Message::InstallSnapshot(_)
            | Message::InstallSnapshotReply(_)
            | Message::PreVoteReply(_) => false,
        }
    }

    /// Whether this server refuses all candidates, other than those that disrupt, because it has a
    /// leader.
    pub(crate) fn protects_leader(&self, disrupts: bool, now: Time) -> bool {
        // LP.1: a server that heard from a leader within the shortest election timeout neither
        // enters a candidate's term nor votes for it.
        // LP.2: an order to stand for election is obeyed although there is a leader.
        self.config.protect_leader && !disrupts && self.hears_leader(now)
    }

    /// Whether this server leads, or heard from the leader of its term less than the shortest
    /// election timeout ago.
    ///
    /// After a restart it knows no leader. Elections stay safe, and at worst a leader is deposed.
    fn hears_leader(&self, now: Time) -> bool {
        match self.role {
            Role::Follower { leader: Some(_), leader_heard, .. } => {
                now.since(leader_heard) < self.config.election_timeout.start
            }
            Role::Follower { leader: None, .. }
            | Role::PreCandidate { .. }
            | Role::Candidate { .. } => false,
            Role::Leader { .. } => true,
        }
    }
}
