//! What protects leaders, and what deposes them: a server asks before it stands for election
//! (thesis §9.6), and a leader that too few servers answer steps down (thesis §6.2). Variants do so.

use raftsim_node::{NodeId, Role, Term, Time};

use super::disk::Position;
use super::message::Body;
use super::{Control, Mutation, Out};

impl Control {
    /// The election timeout has passed.
    pub(super) fn leader_is_missing(&mut self, now: Time, out: &mut Out) {
        // Right: whoever claims to ask first does so.
        if !self.policy.asks_first || self.has(Mutation::StandsWithoutAsking) {
            self.stand_for_election(now, out);
            return;
        }
        out.note("election timeout: would the others vote for this server?");
        self.role = Role::PreCandidate;
        self.leader = None;
        self.leader_heard = None;
        self.votes = vec![self.boot.id];
        self.reset_election_timer(now);
        self.ask_for_pre_votes(now, out);
        self.stand_if_preferred(now, out);
    }

    /// Asks all servers that have not said that they would vote for this one.
    pub(super) fn ask_for_pre_votes(&mut self, now: Time, out: &mut Out) {
        self.repeat_at = self.asks_again_at(now);
        let (next, last) = (self.next_term(), self.own_last());
        for peer in self.boot.peers().filter(|peer| !self.votes.contains(peer)) {
            self.send(peer, Body::PreVote { next, last }, out);
        }
    }

    /// Would this server vote for `candidate` in the term `next`? The answer changes nothing here.
    pub(super) fn pre_vote(
        &mut self,
        candidate: NodeId,
        next: Term,
        last: Position,
        now: Time,
        out: &mut Out,
    ) {
        // Right: a rival is answered as anybody is.
        let is_rival = matches!(self.role, Role::PreCandidate | Role::Candidate);
        if is_rival && self.has(Mutation::IgnoresRivalPreVotes) {
            return;
        }
        // Right: a server of an earlier term is answered too, and so learns of the later one.
        if next <= self.term() && self.has(Mutation::DropsStalePreVotes) {
            return;
        }
        // Right: nobody enters the term of an election that is only planned.
        if next > self.term() && self.has(Mutation::PreVoteRaisesTerm) {
            self.adopt_term(next, now, out);
        }
        let is_free =
            next == self.term() && self.durable.voted_for.is_none_or(|voted| voted == candidate);
        let is_up_to_date = self.is_up_to_date(last) || self.has(Mutation::PreVoteIgnoresLog);
        // Right: a server that hears its leader wants no other. One whose log is better would not
        // vote for this candidate.
        let granted = (next > self.term() || is_free) && !self.hears_leader(now) && is_up_to_date;
        // Right: the answer promises nothing, so that it changes no timer.
        if granted && self.has(Mutation::PreVoteRestartsTimer) {
            self.reset_election_timer(now);
        }
        self.send(candidate, Body::PreVoted { next, granted }, out);
    }

    /// Whether this server leads, or heard from its leader within the least election timeout.
    pub(super) fn hears_leader(&self, now: Time) -> bool {
        let is_fresh = |heard: Time| now.since(heard) < self.policy.timeout_least;
        self.role == Role::Leader || self.leader_heard.is_some_and(is_fresh)
    }

    /// The answer to `PreVote`.
    pub(super) fn pre_voted(
        &mut self,
        from: NodeId,
        next: Term,
        granted: bool,
        now: Time,
        out: &mut Out,
    ) {
        let is_asked = self.role == Role::PreCandidate && next == self.next_term();
        if is_asked && granted && !self.votes.contains(&from) {
            self.votes.push(from);
            self.stand_if_preferred(now, out);
        }
    }

    fn stand_if_preferred(&mut self, now: Time, out: &mut Out) {
        if self.votes.len() >= self.boot.majority() {
            self.stand_for_election(now, out);
        }
    }

    /// As leader: notes that a server has answered it.
    pub(super) fn note_answer(&mut self, from: NodeId, now: Time) {
        if self.role == Role::Leader {
            self.answers[from.slot()] = now;
        }
    }

    /// Steps down if a majority has not answered for the longest election timeout; returns whether
    /// it did.
    pub(super) fn steps_down(&mut self, now: Time, out: &mut Out) -> bool {
        if !self.policy.steps_down {
            return false;
        }
        let longest = self.policy.longest_timeout();
        let is_fresh = |peer: &NodeId| now.since(self.answers[peer.slot()]) < longest;
        // Right: the leader is one of the majority.
        let own = usize::from(!self.has(Mutation::QuorumCheckForgetsLeader));
        if own + self.boot.peers().filter(is_fresh).count() >= self.boot.majority() {
            return false;
        }
        out.note("too few answer: follower");
        self.leader = None;
        self.become_follower(now);
        true
    }
}
