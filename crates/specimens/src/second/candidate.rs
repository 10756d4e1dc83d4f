//! Elections (§5.2, §5.4.1): asking for votes, giving them, counting them.

use raftsim_node::{NodeId, Role, Term, Time};

use super::disk::{Position, Write};
use super::message::Body;
use super::{HEARTBEAT_INTERVAL, Out, Second};

impl Second {
    /// A new term, a vote for itself, a new election timeout (Figure 2, candidates).
    pub(super) fn stand_for_election(&mut self, now: Time, out: &mut Out) {
        out.note("election timeout: candidate");
        let vote = (self.term().saturating_add(1), Some(self.boot.id));
        self.save(Write { vote: Some(vote), ..Write::default() }, out);
        self.role = Role::Candidate;
        self.leader = None;
        self.votes = vec![self.boot.id];
        self.reset_election_timer(now);
        self.ask_for_votes(now, out);
        self.lead_if_elected(now, out);
    }

    /// Asks all whose votes it lacks: the silent, and again those who refused, which does no harm.
    pub(super) fn ask_for_votes(&mut self, now: Time, out: &mut Out) {
        self.repeat_at = now.saturating_add(HEARTBEAT_INTERVAL);
        let last = self.held.last();
        for peer in self.boot.peers().filter(|peer| !self.votes.contains(peer)) {
            self.send(peer, Body::RequestVote { candidate: self.boot.id, last }, out);
        }
    }

    /// `RequestVote`: one vote a term, for whoever's log is at least as good.
    pub(super) fn request_vote(
        &mut self,
        candidate: NodeId,
        term: Term,
        last: Position,
        now: Time,
        out: &mut Out,
    ) {
        let is_free = self.held.voted_for.is_none_or(|voted| voted == candidate);
        let granted = term == self.term() && is_free && self.is_up_to_date(last);
        if granted {
            if self.held.voted_for.is_none() {
                let vote = (term, Some(candidate));
                self.save(Write { vote: Some(vote), ..Write::default() }, out);
            }
            self.reset_election_timer(now);
        }
        self.send(candidate, Body::Vote { candidate, granted }, out);
    }

    /// Whether a candidate's log is at least as up to date (§5.4.1): the later last term, else the
    /// greater length.
    fn is_up_to_date(&self, last: Position) -> bool {
        let own = self.held.last();
        (last.term, last.index) >= (own.term, own.index)
    }

    /// The answer to `RequestVote`.
    pub(super) fn vote(
        &mut self,
        from: NodeId,
        term: Term,
        granted: bool,
        now: Time,
        out: &mut Out,
    ) {
        if term != self.term() || self.role != Role::Candidate || !granted {
            return;
        }
        if !self.votes.contains(&from) {
            self.votes.push(from);
        }
        self.lead_if_elected(now, out);
    }

    fn lead_if_elected(&mut self, now: Time, out: &mut Out) {
        if self.votes.len() >= self.boot.majority() {
            self.become_leader(now, out);
        }
    }
}
