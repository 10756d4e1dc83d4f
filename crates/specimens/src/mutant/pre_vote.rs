//! [`super::Variant::PreVote`]: a server asks before it stands for election (thesis §9.6), and a
//! leader that too few servers answer steps down (thesis §6.2).

use raftsim_node::{NodeId, Role, Term, Time};

use super::disk::Position;
use super::message::Body;
use super::variant::LONGEST_TIMEOUT;
use super::{Control, ELECTION_TIMEOUT_LEAST, HEARTBEAT_INTERVAL, Mutation, Out, Variant};

impl Control {
    /// The election timeout has passed.
    pub(super) fn leader_is_missing(&mut self, now: Time, out: &mut Out) {
        // Right: whoever claims to ask first does so.
        let asks_first = self.variant == Some(Variant::PreVote);
        if !asks_first || self.has(Mutation::StandsWithoutAsking) {
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
        self.repeat_at = now.saturating_add(HEARTBEAT_INTERVAL);
        let (next, last) = (self.term().saturating_add(1), self.own_last());
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
        let is_free =
            next == self.term() && self.durable.voted_for.is_none_or(|voted| voted == candidate);
        let is_up_to_date = self.is_up_to_date(last) || self.has(Mutation::PreVoteIgnoresLog);
        // Right: a server that hears its leader wants no other. One whose log is better would not
        // vote for this candidate.
        let granted = (next > self.term() || is_free) && !self.hears_leader(now) && is_up_to_date;
        self.send(candidate, Body::PreVoted { next, granted }, out);
    }

    /// Whether this server leads, or heard from its leader within the least election timeout.
    fn hears_leader(&self, now: Time) -> bool {
        let is_fresh = |heard: Time| now.since(heard) < ELECTION_TIMEOUT_LEAST;
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
        let is_asked = self.role == Role::PreCandidate && next == self.term().saturating_add(1);
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
        if self.variant != Some(Variant::PreVote) {
            return false;
        }
        let is_fresh = |peer: &NodeId| now.since(self.answers[peer.slot()]) < LONGEST_TIMEOUT;
        if 1 + self.boot.peers().filter(is_fresh).count() >= self.boot.majority() {
            return false;
        }
        out.note("too few answer: follower");
        self.leader = None;
        self.become_follower(now);
        true
    }
}
