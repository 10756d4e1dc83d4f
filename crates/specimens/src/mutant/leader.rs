//! The leader (§5.3, §5.4.2): proposals, heartbeats, followers' answers, the commit index.

use raftsim_node::{Action, Command, Index, NodeId, ProposalId, Role, Term, Time};

use super::disk::{Entry, Position, Write};
use super::message::{Body, Conflict};
use super::{Control, HEARTBEAT_INTERVAL, Mutation, Out, Variant};

/// What a leader knows about one follower's log. Invariant: `matched < next`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// `nextIndex`.
    next: Index,
    /// `matchIndex`.
    matched: Index,
    /// The commit index that was last sent to it.
    sent_commit: Index,
    /// Whether a request is outstanding whose answer changes `matched` or `next`. So each answer
    /// leads to at most one more request, however often it arrives. After a loss the next heartbeat
    /// is sent anyway.
    waits: bool,
}

impl Control {
    /// Becomes leader (Figure 2, leaders): it knows nothing of the other servers' logs.
    pub(super) fn become_leader(&mut self, now: Time, out: &mut Out) {
        out.note("elected: leader");
        self.role = Role::Leader;
        self.leader = Some(self.boot.id);
        self.take_office(out);
        self.start_over();
        self.answers.fill(now);
        self.heartbeat(now, out);
        // In a cluster of one its own entry is committed at once.
        if self.variant == Some(Variant::NoOp) {
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
            Some(_) | None if self.variant == Some(Variant::NoOp) => {
                (from, vec![Entry { term: self.term(), command: None }])
            }
            Some(_) | None => return,
        };
        self.save(Write { log: Some(log), ..Write::default() }, out);
    }

    /// Right: it knows nothing of the others, and tries the end of its own log first.
    pub(super) fn start_over(&mut self) {
        let end = self.durable.last().index + 1;
        let mutation = self.mutation;
        for peer in &mut self.peers {
            let before = *peer;
            *peer = Progress { next: end, ..Progress::default() };
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
        self.repeat_at = now.saturating_add(HEARTBEAT_INTERVAL);
        for peer in self.boot.clone().peers() {
            let Progress { next, waits, .. } = self.peers[peer.slot()];
            let is_compacted = next <= self.durable.base.index;
            // Right: it is sent to all, also to a follower that does not answer.
            match self.mutation {
                Some(Mutation::WaitsForDeadPeer) if waits => break,
                Some(Mutation::NeverProbesQuiet) if waits => {}
                Some(Mutation::LostProbeForgotten) if waits => self.send_bare_heartbeat(peer, out),
                Some(Mutation::LostSnapshotForgotten) if waits && is_compacted => {
                    self.send_bare_heartbeat(peer, out);
                }
                Some(_) | None => self.send_append(peer, out),
            }
        }
        // Right: the commit index advances whenever an answer allows it.
        if self.has(Mutation::CommitsAtHeartbeat) {
            self.advance_commit();
        }
    }

    /// Appends a command to the log: the lab's `Start`.
    pub(super) fn propose(&mut self, id: ProposalId, command: Command, out: &mut Out) {
        // Right: only a leader accepts proposals.
        let accepts = self.role == Role::Candidate && self.has(Mutation::CandidateAccepts);
        if self.role != Role::Leader && !accepts {
            out.push(Action::Reject { id, leader: self.leader });
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
        // Right: it sends the entry at once.
        if self.role == Role::Leader && !self.has(Mutation::ProposalWaits) {
            self.advance(out);
        }
    }

    /// The term of an entry that is appended now. Right: the leader's.
    fn entry_term(&mut self) -> Term {
        let (term, before) = (self.term(), self.office);
        self.office = term;
        let is_first = 0 < before && before < term;
        if is_first && self.has(Mutation::FirstEntryOfFormerOffice) { before } else { term }
    }

    /// Sends new entries to all followers whose last request has been answered.
    fn replicate(&mut self, out: &mut Out) {
        for peer in self.boot.clone().peers() {
            let Progress { next, sent_commit, waits, .. } = self.peers[peer.slot()];
            let is_news = next <= self.durable.last().index || sent_commit < self.commit;
            if is_news && !waits {
                self.send_append(peer, out);
            }
        }
    }

    /// Sends `AppendEntries` from `nextIndex` on; if that entry is compacted, the snapshot.
    fn send_append(&mut self, to: NodeId, out: &mut Out) {
        let Progress { next, matched, .. } = self.peers[to.slot()];
        assert!(
            matched < next,
            "the next entry for {to} is {next}, although its log matches through {matched}"
        );
        let is_compacted = next <= self.durable.base.index;
        // Entries are sent once the follower's log is known to agree before them. Figure 2 sends
        // them at once, and without that two mutations would have no effect.
        let sends_at_once =
            self.has(Mutation::SendsWholeLog) || self.has(Mutation::StoresAfterRefusal);
        let is_probe = next > matched + 1 && !sends_at_once;
        let body = match &self.durable.snapshot {
            // Right: the snapshot is sent instead of compacted entries.
            Some(snapshot) if is_compacted && !self.has(Mutation::NoInstallSnapshot) => {
                Body::Install(snapshot.clone())
            }
            Some(_) | None => self.entries_after(next - 1, is_probe),
        };
        let progress = &mut self.peers[to.slot()];
        progress.waits = true;
        if let Body::Append { entries, .. } = &body {
            progress.sent_commit = self.commit;
            progress.waits = is_probe || !entries.is_empty();
        }
        self.send(to, body, out);
    }

    /// The `AppendEntries` after `prev`: with all entries, or with none, to probe whether the logs
    /// agree there.
    fn entries_after(&self, prev: Index, is_probe: bool) -> Body {
        let base = self.durable.base;
        // Right: only the entries that the follower lacks.
        let prev = if self.has(Mutation::SendsWholeLog) { 0 } else { prev }.max(base.index);
        // Right: the entry before the log has the term of the snapshot's last entry.
        let is_lost = self.has(Mutation::BoundaryTermZero) && prev == base.index;
        let term = self.durable.term_at(prev).expect("`next` is at most one past the log's end");
        // Right: the first entry sent is the one after `prev`.
        let skipped = u64::from(self.has(Mutation::EntriesOffByOne) && base.index > 0);
        let entries = self.durable.from(prev + 1 + skipped);
        let entries = if is_probe { vec![] } else { entries.to_vec() };
        let prev = Position { index: prev, term: if is_lost { 0 } else { term } };
        Body::Append { prev, entries, commit: self.commit }
    }

    /// Sends an empty heartbeat. Some mutants send it to a follower whose answer is outstanding.
    fn send_bare_heartbeat(&self, to: NodeId, out: &mut Out) {
        let prev = Position::default();
        self.send(to, Body::Append { prev, entries: vec![], commit: self.commit }, out);
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
        match (result, self.mutation) {
            (Ok(through), Some(Mutation::MatchFromNext)) => {
                let next = self.peers[from.slot()].next;
                self.matches(from, next - 1 + (through - prev));
            }
            (Ok(_), Some(Mutation::MatchIsLogEnd)) => self.matches(from, self.durable.last().index),
            (Ok(through), _) => self.matches(from, through),
            (Err(conflict), _) => self.back_up(from, prev, conflict),
        }
        self.advance(out);
        // Right: only the clock decides when heartbeats are sent.
        if self.has(Mutation::HeartbeatOnAnswer) {
            self.heartbeat(now, out);
        }
    }

    /// Notes that a follower's log matches this leader's through `through`, which is computed from
    /// the request and not from the present log.
    pub(super) fn matches(&mut self, follower: NodeId, through: Index) {
        // No log matches beyond the end of this one, whatever the answer says.
        let through = through.min(self.durable.last().index);
        let progress = &mut self.peers[follower.slot()];
        progress.waits &= through <= progress.matched;
        progress.matched = progress.matched.max(through);
        progress.next = progress.next.max(progress.matched + 1);
    }

    /// Goes back to where a follower's log may agree, after an answer that it differs (§5.3).
    fn back_up(&mut self, follower: NodeId, prev: Index, conflict: Conflict) {
        if self.sink(follower, prev, conflict) {
            return;
        }
        // Right: an answer to an older request changes nothing any more.
        let Progress { next, matched, .. } = self.peers[follower.slot()];
        if prev + 1 != next || prev <= matched {
            return;
        }
        // The last entry of the follower's term, if the leader has any of that term.
        let of_term = conflict.term.and_then(|term| self.last_of(term, prev));
        let next = of_term.map_or(conflict.index, |index| index + 1);
        // Right: back by at least one entry, but never to an entry that is known to match.
        let next = match self.mutation {
            Some(Mutation::BackUpSticks) => (next + 1).max(matched + 1),
            Some(Mutation::BacksUpOneByOne) => prev,
            Some(_) | None => next.min(prev).max(matched + 1),
        };
        // Right: the next request follows at once.
        let waits = self.has(Mutation::BacksUpOneByOne);
        let progress = &mut self.peers[follower.slot()];
        *progress = Progress { next, waits, ..*progress };
    }

    /// Two mutants believe every refusal, old ones too. Returns whether this server is one of them.
    fn sink(&mut self, follower: NodeId, prev: Index, conflict: Conflict) -> bool {
        let mutation = self.mutation;
        let progress = &mut self.peers[follower.slot()];
        match mutation {
            Some(Mutation::NextSinks) => progress.next -= 1,
            Some(Mutation::NextSinksBelowMatch) => progress.next = conflict.index.min(prev).max(1),
            Some(_) | None => return false,
        }
        progress.waits = false;
        true
    }

    /// The last index before `end` that has this term.
    fn last_of(&self, term: Term, end: Index) -> Option<Index> {
        let terms = (self.durable.base.index..end).rev();
        let mut later = terms.skip_while(|&index| self.durable.term_at(index) > Some(term));
        later.next().filter(|&index| self.durable.term_at(index) == Some(term))
    }

    /// Commits the entries that a majority has, if the last of them is of this term (§5.4.2).
    fn advance_commit(&mut self) {
        // Right: the leader counts as one that has its own entries.
        let own = if self.has(Mutation::LeaderNotCounted) { 0 } else { self.durable.last().index };
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
