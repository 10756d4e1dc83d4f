//! The leader (§5.3, §5.4.2): its election, proposals, heartbeats, followers' answers, the commit
//! index.

use raftsim_node::{Action, Command, Duration, Index, NodeId, ProposalId, Role, Term, Time};

use super::disk::{Entry, Write};
use super::message::Conflict;
use super::replication::Progress;
use super::{Control, Mutation, Out};

impl Control {
    /// Becomes leader (Figure 2, leaders): it knows nothing of the other servers' logs.
    pub(super) fn become_leader(&mut self, now: Time, out: &mut Out) {
        out.note("elected: leader");
        self.role = Role::Leader;
        self.leader = Some(self.boot.id);
        self.take_office(out);
        self.start_over();
        self.past.offices += 1;
        // Right: each server has a whole timeout to answer.
        if !self.has(Mutation::AnswersNotReset) {
            self.answers.fill(now);
        }
        self.heartbeat(now, out);
        // In a cluster of one its own entry is committed at once.
        if self.policy.no_op {
            self.advance(out);
        }
    }

    /// Right: a new leader adds no entry to its log and removes none (§5.3), unless the entry is
    /// claimed and has no command (§8).
    fn take_office(&mut self, out: &mut Out) {
        let from = self.durable.last().index + 1;
        let log = match self.mutation {
            Some(Mutation::DropsTailAtElection) => (self.commit + 1, vec![]),
            Some(Mutation::NoOpAtElection) => {
                let command = Some(Command::default());
                (from, vec![Entry { term: self.term(), command }])
            }
            Some(Mutation::ReappendsTailAtElection) => {
                let tail = self.durable.from(self.commit + 1).iter();
                let term = self.term();
                (from, tail.map(|entry| Entry { term, ..entry.clone() }).collect())
            }
            Some(_) | None if self.policy.no_op => {
                (from, vec![Entry { term: self.term(), command: None }])
            }
            Some(_) | None => return,
        };
        self.save(Write { log: Some(log), ..Write::default() }, out);
    }

    /// Right: it knows nothing of the others, and tries the end of its own log first. It may try a
    /// little before it, to save a refusal.
    pub(super) fn start_over(&mut self) {
        let end = self.durable.last().index + 1;
        let first = end.saturating_sub(self.policy.guesses).max(self.durable.base.index + 1);
        let mutation = self.mutation;
        for peer in &mut self.peers {
            let before = *peer;
            *peer = Progress { next: first, ..Progress::default() };
            match mutation {
                Some(Mutation::MatchNotReset) => peer.matched = before.matched,
                Some(Mutation::NextNotReset) => peer.next = before.next.max(1),
                Some(_) | None => {}
            }
        }
    }

    /// Sends each server one message with the entries that it lacks, even if the last was not
    /// answered.
    pub(super) fn heartbeat(&mut self, now: Time, out: &mut Out) {
        if self.steps_down(now, out) {
            return;
        }
        self.repeat_at = now.saturating_add(self.heartbeat_interval());
        let loading = self.loading();
        for peer in self.boot.clone().peers() {
            let Progress { next, waits, open, .. } = self.peers[peer.slot()];
            let is_compacted = next <= self.durable.base.index;
            // Right: it is sent to all, also to a follower that does not answer.
            match self.mutation {
                Some(Mutation::WaitsForDeadPeer) if waits => break,
                Some(Mutation::NeverProbesQuiet) if waits => {}
                Some(Mutation::LostProbeForgotten) if waits => self.send_bare_heartbeat(peer, out),
                Some(_) if loading.is_some_and(|loading| loading != peer) => {}
                Some(Mutation::WindowNeverReopens) if open >= self.policy.window => {
                    self.send_heartbeat(peer, out);
                }
                Some(Mutation::LostSnapshotForgotten) if waits && is_compacted => {
                    self.send_bare_heartbeat(peer, out);
                }
                Some(_) | None if self.policy.heartbeats_apart => {
                    self.send_heartbeat(peer, out);
                    self.peers[peer.slot()].beats = true;
                }
                Some(_) | None => self.send_again(peer, out),
            }
        }
        // Right: the commit index advances whenever an answer allows it.
        if self.has(Mutation::CommitsAtHeartbeat) {
            self.advance_commit();
        }
        // Right: what was sent may not have arrived.
        if self.has(Mutation::SendingCountsAsAnswer) {
            self.answers.fill(now);
        }
    }

    /// Right: nobody waits for a snapshot but the follower that gets it. The one for which others
    /// wait.
    fn loading(&self) -> Option<NodeId> {
        if !self.has(Mutation::SnapshotBlocksHeartbeats) {
            return None;
        }
        self.boot.peers().find(|peer| {
            let Progress { next, waits, .. } = self.peers[peer.slot()];
            waits && next <= self.durable.base.index
        })
    }

    /// Appends a command to the log: the lab's `Start`.
    pub(super) fn propose(&mut self, id: ProposalId, command: Command, now: Time, out: &mut Out) {
        // Right: only a leader accepts proposals.
        let accepts = self.role == Role::Candidate && self.has(Mutation::CandidateAccepts);
        if self.role != Role::Leader && !accepts {
            self.refuse(id, now, out);
            return;
        }
        // Right: a leader accepts proposals from its first moment on.
        let is_unsettled = self.durable.term_at(self.commit + 1).is_some_and(|at| at < self.term());
        if is_unsettled && self.has(Mutation::RefusesUntilCommitted) {
            out.push(Action::Reject { id, leader: self.known_leader() });
            return;
        }
        let (term, index) = (self.term(), self.durable.last().index + 1);
        let log = Some((index, vec![Entry { term: self.entry_term(), command: Some(command) }]));
        // Right: the entry is written before it counts as stored.
        self.save_unless(Mutation::ProposalNotPersisted, Write { log, ..Write::default() }, out);
        // Right: the answer names the term of the entry.
        let earlier = u64::from(self.has(Mutation::AcceptsInEarlierTerm));
        out.push(Action::Accept { id, index, term: term - earlier });
        // Right: it commits the entry only when a majority has it.
        if self.has(Mutation::CommitsAlone) {
            self.commit = index;
        }
        if self.policy.gathers > Duration::ZERO {
            self.gather(now);
        }
        // Right: what is sent to some puts off no heartbeat to others.
        if self.has(Mutation::TrafficPostponesHeartbeats) {
            self.repeat_at = now.saturating_add(self.heartbeat_interval());
        }
        // Right: it sends the entry at once, or gathers a few. Alone it commits the entry, too.
        if self.has(Mutation::CommitsOnlyOnAnswers) {
            self.replicate(out);
        } else if self.role == Role::Leader && !self.has(Mutation::ProposalWaits) {
            self.advance(out);
        }
    }

    /// Refuses a proposal. Right: it names the leader that it knows, and no timer concerns clients.
    fn refuse(&mut self, id: ProposalId, now: Time, out: &mut Out) {
        let leader = match self.mutation {
            Some(Mutation::RefusalNamesItself) => Some(self.boot.id),
            Some(_) | None => self.known_leader(),
        };
        out.push(Action::Reject { id, leader });
        if self.has(Mutation::ProposalsRestartTimer) {
            self.reset_election_timer(now);
        }
    }

    /// The term of an entry that is appended now. Right: the leader's.
    fn entry_term(&mut self) -> Term {
        let (term, before) = (self.term(), self.office);
        self.office = term;
        let is_first = 0 < before && before < term;
        if is_first && self.has(Mutation::FirstEntryOfFormerOffice) { before } else { term }
    }

    /// The answer to `AppendEntries`.
    pub(super) fn appended(
        &mut self,
        from: NodeId,
        (asked, prev): (Term, Index),
        result: Result<Index, Conflict>,
        now: Time,
        out: &mut Out,
    ) {
        // An answer to a request of an earlier term says nothing about the present log.
        let is_old = asked != self.term() && !self.has(Mutation::BelievesOldAnswers);
        if self.role != Role::Leader || is_old {
            return;
        }
        // Right: the answer counts before the commit index is computed.
        if self.has(Mutation::CommitBeforeMatch) {
            self.advance_commit();
        }
        match (result, self.mutation) {
            (Ok(through), Some(Mutation::MatchFromNext)) => {
                let next = self.peers[from.slot()].next;
                self.matches(from, next - 1 + (through - prev));
            }
            (Ok(_), Some(Mutation::MatchIsLogEnd)) => self.matches(from, self.durable.last().index),
            (Ok(through), _) => self.matches(from, through),
            (Err(conflict), _) => self.back_up(from, prev, conflict),
        }
        if self.policy.heartbeats_apart {
            self.hear(from, out);
        }
        if self.has(Mutation::CommitBeforeMatch) {
            self.replicate(out);
        } else {
            self.advance(out);
        }
        // Right: only the clock decides when heartbeats are sent.
        if self.has(Mutation::HeartbeatOnAnswer) {
            self.heartbeat(now, out);
        }
    }

    /// Commits the entries that a majority has, if the last of them is of this term (§5.4.2).
    fn advance_commit(&mut self) {
        // Right: the leader counts as one that has its own entries, once they are written.
        let own = if self.has(Mutation::LeaderNotCounted) { 0 } else { self.written() };
        let peers = self.boot.peers().map(|peer| self.peers[peer.slot()].matched);
        let mut matched: Vec<Index> = peers.chain([own]).collect();
        matched.sort_unstable();
        // Right: the highest index that a majority has reached.
        let all = matched.len();
        let index = match self.mutation {
            Some(Mutation::HalfCommits) => matched[all - all.div_ceil(2)],
            Some(Mutation::CommonestCommits) => commonest(&matched),
            Some(Mutation::OneAnswerCommits) => matched[all.saturating_sub(2)],
            Some(_) | None => matched[all - self.boot.majority()],
        };
        // Right: an entry of an earlier term is committed only through a later one of this term.
        let is_own = self.durable.term_at(index) == Some(self.term());
        if index > self.commit && (is_own || self.has(Mutation::CommitsEarlierTerms)) {
            self.commit = index;
        }
    }

    /// Advances the commit index and sends what a follower's answer allows to all.
    pub(super) fn advance(&mut self, out: &mut Out) {
        if !self.has(Mutation::CommitsAtHeartbeat) {
            self.advance_commit();
        }
        self.replicate(out);
    }
}

/// The most frequent value; if there are several, the highest of them.
fn commonest(sorted: &[Index]) -> Index {
    let groups = sorted.chunk_by(|one, next| one == next);
    groups.max_by_key(|group| group.len()).and_then(|group| group.first()).copied().unwrap_or(0)
}
