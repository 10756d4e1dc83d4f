//! A leader's work (§5.3, §5.4.2): proposals, heartbeats, followers' answers, the commit index.

use raftsim_node::{Action, Command, Index, NodeId, ProposalId, Role, Term, Time};

use super::disk::{Entry, Position, Write};
use super::message::{Body, Conflict};
use super::{HEARTBEAT_INTERVAL, Out, Second};

/// How far a leader is with one follower. Invariant: `matched < next`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// `nextIndex`.
    next: Index,
    /// `matchIndex`.
    matched: Index,
    /// The commit index that it was last sent.
    told: Index,
    /// A request is under way. One that is lost is made good by the next heartbeat.
    waits: bool,
}

impl Second {
    /// Elected (Figure 2, leaders): nothing is known of the others' logs.
    pub(super) fn become_leader(&mut self, now: Time, out: &mut Out) {
        out.note("elected: leader");
        self.role = Role::Leader;
        self.leader = Some(self.boot.id);
        let next = self.held.last().index + 1;
        self.peers.fill(Progress { next, ..Progress::default() });
        self.heartbeat(now, out);
    }

    /// One message to everyone, with what each of them lacks, whether the last was answered or not.
    pub(super) fn heartbeat(&mut self, now: Time, out: &mut Out) {
        self.repeat_at = now.saturating_add(HEARTBEAT_INTERVAL);
        for peer in self.boot.clone().peers() {
            self.send_append(peer, out);
        }
    }

    /// A command for the log: the lab's `Start`.
    pub(super) fn propose(&mut self, id: ProposalId, command: Command, out: &mut Out) {
        if self.role != Role::Leader {
            out.push(Action::Reject { id, leader: self.leader });
            return;
        }
        let (term, index) = (self.term(), self.held.last().index + 1);
        let entries = vec![Entry { term, command }];
        self.save(Write { log: Some((index, entries)), ..Write::default() }, out);
        out.push(Action::Accept { id, index, term });
        self.advance(out);
    }

    /// Sends news to everyone who waits for no answer.
    fn replicate(&mut self, out: &mut Out) {
        for peer in self.boot.clone().peers() {
            let Progress { next, told, waits, .. } = self.peers[peer.slot()];
            let is_news = next <= self.held.last().index || told < self.commit;
            if is_news && !waits {
                self.send_append(peer, out);
            }
        }
    }

    /// `AppendEntries` from `nextIndex` on; the snapshot, where the log begins behind that.
    fn send_append(&mut self, to: NodeId, out: &mut Out) {
        let progress = &mut self.peers[to.slot()];
        progress.waits = true;
        let prev = progress.next - 1;
        let body = match (self.held.term_at(prev), &self.held.snapshot) {
            (None, Some(snapshot)) => Body::Install(snapshot.clone()),
            (term, _) => {
                progress.told = self.commit;
                let prev = Position { index: prev, term: term.unwrap_or_default() };
                let entries = self.held.from(progress.next).to_vec();
                Body::Append { prev, entries, commit: self.commit }
            }
        };
        self.send(to, body, out);
    }

    /// The answer to `AppendEntries`.
    pub(super) fn appended(
        &mut self,
        from: NodeId,
        asked: Term,
        prev: Index,
        result: Result<Index, Conflict>,
        out: &mut Out,
    ) {
        // An answer of an earlier term says nothing of what the log has become.
        if self.role != Role::Leader || asked != self.term() {
            return;
        }
        match result {
            Ok(through) => self.matches(from, through),
            Err(conflict) => self.back_up(from, prev, conflict),
        }
        self.advance(out);
    }

    /// A follower's log is this leader's through `through`: by the request, not by what has become
    /// of the log since.
    pub(super) fn matches(&mut self, follower: NodeId, through: Index) {
        let progress = &mut self.peers[follower.slot()];
        progress.waits = false;
        progress.matched = progress.matched.max(through);
        progress.next = progress.next.max(progress.matched + 1);
    }

    /// A follower's log differs: go back to where they may agree (§5.3).
    fn back_up(&mut self, follower: NodeId, prev: Index, conflict: Conflict) {
        // The answer to an older request, which has been acted upon.
        if prev + 1 != self.peers[follower.slot()].next {
            return;
        }
        // The last entry of the follower's term, if the leader has any of that term.
        let of_term = conflict.term.and_then(|term| self.last_of(term, prev));
        let next = of_term.map_or(conflict.index, |index| index + 1);
        let progress = &mut self.peers[follower.slot()];
        progress.waits = false;
        progress.next = next.min(prev).max(progress.matched + 1);
    }

    /// The last index before `end` that has this term.
    fn last_of(&self, term: Term, end: Index) -> Option<Index> {
        let terms = (self.held.base.index..end).rev();
        let mut later = terms.skip_while(|&index| self.held.term_at(index) > Some(term));
        later.next().filter(|&index| self.held.term_at(index) == Some(term))
    }

    /// Commits what a majority holds, if it is of this term (§5.4.2).
    fn advance_commit(&mut self) {
        let own = self.held.last().index;
        let peers = self.boot.peers().map(|peer| self.peers[peer.slot()].matched);
        let mut matched: Vec<Index> = peers.chain([own]).collect();
        matched.sort_unstable();
        let index = matched[matched.len() - self.boot.majority()];
        if index > self.commit && self.held.term_at(index) == Some(self.term()) {
            self.commit = index;
        }
    }

    /// Tells everyone what a follower's answer brought.
    pub(super) fn advance(&mut self, out: &mut Out) {
        self.advance_commit();
        self.replicate(out);
    }
}
