//! Elections (§5.2, §5.4.1): asking for votes, granting them, counting them.

use raftsim_node::{Action, NodeId, Role, Term, Time};

use super::disk::{Position, Write};
use super::message::Body;
use super::{Control, HEARTBEAT_INTERVAL, Mutation, Out};

impl Control {
    /// A new term, a vote for itself, a new election timeout (Figure 2, candidates).
    pub(super) fn stand_for_election(&mut self, now: Time, out: &mut Out) {
        out.note("election timeout: candidate");
        let again = self.role == Role::Candidate;
        self.role = Role::Candidate;
        self.leader = None;
        self.leader_heard = None;
        // Right: votes of an earlier term do not count.
        let (mutation, own) = (self.mutation, self.boot.id);
        self.votes.retain(|&voter| mutation == Some(Mutation::KeepsOldVotes) && voter != own);
        self.votes.push(own);
        self.reset_election_timer(now);
        // Right: it stands again whenever the timeout passes.
        if again && self.has(Mutation::NoSecondElection) {
            self.election_at = Time::MAX;
        }
        // Right: each time in a new term.
        let more = u64::from(!(again && self.has(Mutation::StandsInSameTerm)));
        self.vote_for_itself(self.term().saturating_add(more), now, out);
        self.lead_if_elected(now, out);
    }

    /// Right: term and vote are one write, which comes before any request for a vote.
    fn vote_for_itself(&mut self, term: Term, now: Time, out: &mut Out) {
        let own = Some(self.boot.id);
        let write = Write { vote: Some((term, own)), ..Write::default() };
        if self.has(Mutation::VoteWrittenBeforeTerm) {
            self.save(Write { vote: Some((self.term(), own)), ..Write::default() }, out);
        }
        if self.has(Mutation::AsksBeforeWriting) {
            self.save_unless(Mutation::AsksBeforeWriting, write.clone(), out);
            self.ask_for_votes(now, out);
            out.push(Action::Persist(write));
            return;
        }
        self.save_unless(Mutation::OwnVoteNotPersisted, write, out);
        self.ask_for_votes(now, out);
    }

    /// Asks all servers whose votes it lacks: those that did not answer, and again those that
    /// refused, which does no harm.
    pub(super) fn ask_for_votes(&mut self, now: Time, out: &mut Out) {
        self.repeat_at = now.saturating_add(HEARTBEAT_INTERVAL);
        let last = self.own_last();
        for peer in self.boot.peers().filter(|peer| !self.votes.contains(peer)) {
            self.send(peer, Body::RequestVote { candidate: self.boot.id, last }, out);
        }
    }

    /// `RequestVote`: at most one vote in a term, and only for a candidate whose log is at least as
    /// good.
    pub(super) fn request_vote(
        &mut self,
        candidate: NodeId,
        term: Term,
        last: Position,
        now: Time,
        out: &mut Out,
    ) {
        let is_free = self.durable.voted_for.is_none_or(|voted| voted == candidate)
            || self.has(Mutation::VotesForEveryone);
        let granted = term == self.term() && is_free && self.is_up_to_date(last);
        // Right: the vote is written before it is sent.
        if self.has(Mutation::VotesBeforeWriting) {
            self.send(candidate, Body::Vote { candidate, granted }, out);
        }
        if granted && self.durable.voted_for != Some(candidate) {
            let vote = Some((term, Some(candidate)));
            self.save_unless(Mutation::VoteNotPersisted, Write { vote, ..Write::default() }, out);
        }
        // Right: only a granted vote resets the timer, and the timer goes on running.
        if granted || self.has(Mutation::AnyVoteRequestResetsTimer) {
            self.reset_election_timer(now);
        }
        if granted && self.role == Role::PreCandidate {
            self.become_follower(now);
        }
        if granted && self.has(Mutation::VoteStopsTimer) {
            self.election_at = Time::MAX;
        }
        if !self.has(Mutation::VotesBeforeWriting) {
            self.send(candidate, Body::Vote { candidate, granted }, out);
        }
    }

    /// Whether a candidate's log is at least as up to date (§5.4.1): its last term is later, or the
    /// last terms are equal and it is at least as long.
    pub(super) fn is_up_to_date(&self, last: Position) -> bool {
        // Right: the log ends where it ends now.
        let is_stale = self.has(Mutation::VotesOnStaleLogEnd);
        let own = if is_stale { self.ends[1] } else { self.own_last() };
        match self.mutation {
            Some(Mutation::NoLogCheck) => true,
            Some(Mutation::LongerLogWins) => last.index >= own.index,
            Some(Mutation::LaterTermWins) => last.term >= own.term,
            Some(Mutation::EqualLogLoses) => (last.term, last.index) > (own.term, own.index),
            Some(_) | None => (last.term, last.index) >= (own.term, own.index),
        }
    }

    /// The last entry, as elections compare it. Right: if the log is empty, the snapshot's last
    /// entry.
    pub(super) fn own_last(&self) -> Position {
        let last = self.durable.last();
        match self.mutation {
            Some(Mutation::LastIndexForgetsBase) => {
                Position { index: last.index - self.durable.base.index, ..last }
            }
            Some(Mutation::LastTermForgetsSnapshot) if self.durable.log.is_empty() => {
                Position { term: 0, ..last }
            }
            Some(_) | None => last,
        }
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
        // Right: a granted vote of this term, while the server is still a candidate in it.
        let is_late = self.has(Mutation::ElectedTooLate);
        let is_of_term = term == self.term() || is_late || self.has(Mutation::CountsOldVotes);
        let stands = self.role == Role::Candidate || is_late && self.role == Role::Follower;
        let is_vote = granted || self.has(Mutation::CountsRefusals);
        if !is_of_term || !stands || !is_vote {
            return;
        }
        // Right: voters are counted, not votes.
        if !self.votes.contains(&from) || self.has(Mutation::CountsVoteTwice) {
            self.votes.push(from);
        }
        self.lead_if_elected(now, out);
    }

    fn lead_if_elected(&mut self, now: Time, out: &mut Out) {
        // Right: more than half of all servers, including itself.
        let (votes, all) = (self.votes.len(), self.boot.voters.len());
        let is_elected = match self.mutation {
            Some(Mutation::HalfElects) => votes * 2 >= all,
            Some(Mutation::OwnVoteNotCounted) => votes > self.boot.majority(),
            Some(_) | None => votes >= self.boot.majority(),
        };
        if is_elected {
            self.become_leader(now, out);
        }
    }
}
