//! From a timeout to a leader (§5.2): `RequestVote`, its reply, and counting the votes.

use alloc::format;
use core::mem;

use raftsim_node::{NodeId, Time};

use crate::message::{RequestVote, RequestVoteReply};
use crate::out::Out;
use crate::raft::Raft;
use crate::role::{Contacts, Followers, Role, VoterSet};

impl Raft {
    /// Begins an election: this server becomes a candidate in the next term, by an order if
    /// `ordered`.
    pub(crate) fn timeout(&mut self, ordered: bool, now: Time, out: &mut Out<'_>) {
        let Some(term) = self.current_term.checked_add(1) else {
            // It waits on as a follower. With the same deadline the timer would be due forever.
            out.note("CA.1 refuse: there is no term after the last");
            self.become_follower(self.leader(), now);
            return;
        };
        // CA.1: the candidate enters the next term, votes for itself, restarts its election timer
        // and asks all others for their votes.
        out.explain(|| format!("CA.1 new term {term}, vote for self, ask the others"));
        self.current_term = term;
        self.voted_for = Some(self.boot.id);
        let election_deadline = self.draw_election_deadline(now);
        self.role = Role::Candidate {
            retry_due: self.heartbeat_due(now).min(election_deadline),
            election_deadline,
            // LP.2: the candidate says that it was ordered to stand, where leaders are protected.
            disrupts: ordered && self.config.protect_leader,
            votes: VoterSet::of(self.boot.id),
            answered: VoterSet::default(),
            contacts: Contacts::default(),
        };
        self.persist(out);
        for peer in self.boot.peers() {
            self.request_vote(peer, out);
        }
        // In a cluster of one, its own vote is a majority.
        self.count_votes(now, out);
    }

    /// Repeats the request to every voter that has not answered in this term.
    pub(crate) fn retry(&mut self, now: Time, out: &mut Out<'_>) {
        let due = self.heartbeat_due(now);
        let Role::Candidate { retry_due, election_deadline, answered, .. } = &mut self.role else {
            return;
        };
        *retry_due = due.min(*election_deadline);
        let answered = *answered;
        // RT.1: a request that is not answered is repeated. It may be lost, or its reply may. Asking
        // twice does no harm.
        out.note("RT.1 repeat unanswered requests");
        for peer in self.boot.peers().filter(|&peer| !answered.contains(peer)) {
            self.request_vote(peer, out);
        }
    }

    /// Asks `to` for its vote.
    #[inline]
    fn request_vote(&self, to: NodeId, out: &mut Out<'_>) {
        let Role::Candidate { disrupts, .. } = self.role else {
            return;
        };
        let request = RequestVote {
            term: self.current_term,
            candidate_id: self.boot.id,
            last_log_index: self.log.last_index(),
            last_log_term: self.log.last_term(),
            disrupts,
        };
        self.send(to, request, out);
    }

    /// Answers a candidate's request for this server's vote.
    pub(crate) fn handle_request_vote_request(
        &mut self,
        from: NodeId,
        request: RequestVote,
        now: Time,
        out: &mut Out<'_>,
    ) {
        let vote_granted = self.grants(from, request, now, out);
        if vote_granted {
            self.voted_for = Some(from);
            self.reset_election_timer(now);
        }
        self.persist(out);
        let reply = RequestVoteReply { term: self.current_term, vote_granted, candidate_id: from };
        self.send(from, reply, out);
    }

    /// Whether `candidate` gets this server's vote.
    fn grants(
        &self,
        candidate: NodeId,
        request: RequestVote,
        now: Time,
        out: &mut Out<'_>,
    ) -> bool {
        // RV.1: a candidate of an older term is refused.
        if request.term < self.current_term {
            out.explain(|| {
                format!("RV.1 refuse: stale term {}, mine {}", request.term, self.current_term)
            });
            return false;
        }
        if self.protects_leader(request.disrupts, now) {
            out.note("LP.1 refuse: there is a leader");
            return false;
        }
        // RV.2: the vote is granted if no other candidate has it in this term and this server's log
        // is not more up-to-date than the candidate's.
        if let Some(other) = self.voted_for.filter(|&other| other != candidate) {
            out.explain(|| format!("RV.2 refuse: voted for {other}"));
            return false;
        }
        if !self.log.is_matched_by(request.last_log_index, request.last_log_term) {
            out.explain(|| {
                let RequestVote { last_log_index, last_log_term, .. } = request;
                let (last, term) = (self.log.last_index(), self.log.last_term());
                format!(
                    "RV.2 refuse: candidate's log ends at {last_log_index}@{last_log_term}, mine at \
                     {last}@{term}"
                )
            });
            return false;
        }
        out.note("RV.2 grant: vote is free, log is up-to-date");
        true
    }

    /// Takes a voter's reply, which is of the current term.
    pub(crate) fn handle_request_vote_reply(
        &mut self,
        from: NodeId,
        reply: RequestVoteReply,
        now: Time,
        out: &mut Out<'_>,
    ) {
        let Role::Candidate { votes, answered, .. } = &mut self.role else {
            out.note("CA.2 ignore: not a candidate");
            return;
        };
        answered.insert(from);
        if reply.vote_granted && reply.candidate_id == self.boot.id {
            votes.insert(from);
            out.explain(|| {
                let (votes, majority) = (votes.len(), self.boot.majority());
                format!("CA.2 vote counted: {votes}, of {majority} that it needs")
            });
            self.count_votes(now, out);
        } else {
            out.note("CA.2 vote refused");
        }
    }

    /// Becomes leader, if a majority has voted for this candidate.
    #[inline]
    fn count_votes(&mut self, now: Time, out: &mut Out<'_>) {
        let Role::Candidate { votes, contacts, .. } = &mut self.role else {
            return;
        };
        // CA.2: a candidate with the votes of a majority of all servers becomes leader. Each voter
        // counts once, however often its reply arrives.
        if votes.len() >= self.boot.majority() {
            out.note("CA.2 majority: lead");
            let contacts = mem::take(contacts);
            self.become_leader(contacts, now, out);
        }
    }

    /// Becomes leader and says so to all others.
    fn become_leader(&mut self, contacts: Contacts, now: Time, out: &mut Out<'_>) {
        assert!(self.voted_for == Some(self.boot.id), "a leader has voted for itself");
        let followers = Followers::unknown(&self.boot.voters, self.log.last_index());
        self.role = Role::Leader { contacts, followers, heartbeat_due: now };
        self.send_heartbeats(now, out);
    }
}
