//! Elections (§5.2, §5.4.1): asking for votes, granting them, counting them.

use raftsim_node::{Action, Duration, NodeId, Role, Term, Time};
use rand_chacha::rand_core::Rng;

use super::disk::{Position, Write};
use super::message::Body;
use super::policy::AsksAgain;
use super::timers::drawn;
use super::{Control, Mutation, Out};

impl Control {
    /// A new term, a vote for itself, a new election timeout (Figure 2, candidates).
    pub(super) fn stand_for_election(&mut self, now: Time, out: &mut Out) {
        out.note("election timeout: candidate");
        let again = self.role == Role::Candidate;
        // Right: a server that would vote has not voted yet.
        let keeps = self.has(Mutation::KeepsOldVotes)
            || self.has(Mutation::PreVotesAreVotes) && self.role == Role::PreCandidate;
        self.role = Role::Candidate;
        self.past.stood += 1;
        self.leader = None;
        self.leader_heard = None;
        // Right: votes of an earlier term do not count.
        let own = self.boot.id;
        self.votes.retain(|&voter| keeps && voter != own);
        self.votes.push(own);
        self.reset_election_timer(now);
        // Right: it stands again whenever the timeout passes.
        if again && self.has(Mutation::NoSecondElection) {
            self.election_at = Time::MAX;
        }
        // Right: each time in a new term.
        let stays = again && self.has(Mutation::StandsInSameTerm);
        let term = if stays { self.term() } else { self.next_term() };
        self.vote_for_itself(term, now, out);
        self.lead_if_elected(now, out);
    }

    /// The term in which it stands for election next. With terms of its own that is the next term
    /// in which no other server may.
    pub(super) fn next_term(&self) -> Term {
        let next = self.term().saturating_add(1);
        if !self.policy.has_own_terms {
            return next;
        }
        let (servers, slot) = (self.boot.voters.len() as Term, self.boot.id.slot() as Term);
        next.saturating_add((slot + servers - next % servers) % servers)
    }

    /// Right: term and vote are on the disk before any request for a vote is sent. They may be two
    /// writes, if the first leaves the vote open: after a crash between them the server has not
    /// voted in the term, and nobody has heard that it would.
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
        if self.policy.writes_vote_alone {
            self.save(Write { vote: Some((term, None)), ..Write::default() }, out);
        }
        self.save_unless(Mutation::OwnVoteNotPersisted, write, out);
        self.ask_for_votes(now, out);
    }

    /// Asks all servers whose votes it lacks: those that did not answer, and again those that
    /// refused, which does no harm.
    pub(super) fn ask_for_votes(&mut self, now: Time, out: &mut Out) {
        self.repeat_at = self.asks_again_at(now);
        let last = self.own_last();
        // Right: all at once, as one of them may be down.
        let most = if self.has(Mutation::AsksOneByOne) { 1 } else { usize::MAX };
        for peer in self.boot.peers().filter(|peer| !self.votes.contains(peer)).take(most) {
            self.send(peer, Body::RequestVote { candidate: self.boot.id, last }, out);
        }
    }

    /// When to ask again for the votes that are lacking.
    pub(super) fn asks_again_at(&mut self, now: Time) -> Time {
        let interval = self.heartbeat_interval();
        match self.policy.asks_again {
            AsksAgain::EachHeartbeat => now.saturating_add(interval),
            AsksAgain::AtRandom => {
                let most = interval * 2;
                now.saturating_add(drawn(Duration::ZERO, most, self.rng.next_u32()))
            }
            AsksAgain::Never => Time::MAX,
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
        // Right: a candidate is no leader yet.
        if granted && self.has(Mutation::NamesItsCandidate) {
            self.leader = Some(candidate);
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
            self.take_refusal(term, now, out);
            return;
        }
        // Right: voters are counted, not votes.
        if !self.votes.contains(&from) || self.has(Mutation::CountsVoteTwice) {
            self.votes.push(from);
            if self.policy.restarts_at_votes {
                self.reset_election_timer(now);
            }
        }
        self.lead_if_elected(now, out);
        if self.role == Role::Candidate && self.has(Mutation::AsksOneByOne) {
            self.ask_for_votes(now, out);
        }
    }

    /// Right: a candidate that is refused waits, for other votes or the end of its timeout.
    fn take_refusal(&mut self, term: Term, now: Time, out: &mut Out) {
        if self.role != Role::Candidate || term != self.term() {
            return;
        }
        match self.mutation {
            Some(Mutation::StandsAgainWhenRefused) => self.stand_for_election(now, out),
            Some(Mutation::AsksAgainWhenRefused) => self.ask_for_votes(now, out),
            Some(_) | None => {}
        }
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
