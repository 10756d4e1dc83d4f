//! What a leader knows of its followers' logs, what it sends them, and how it goes back where a log
//! differs (§5.3).

use raftsim_node::{Index, NodeId, Snapshot, Term};

use super::disk::Position;
use super::message::{Body, Conflict};
use super::policy::{BacksUp, CommitNews};
use super::{Control, Mutation, Out};

/// What a leader knows about one follower's log. Invariant: `matched < next`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// `nextIndex`.
    pub(super) next: Index,
    /// `matchIndex`.
    pub(super) matched: Index,
    /// The commit index that was last sent to it.
    pub(super) sent_commit: Index,
    /// Whether a request is outstanding whose answer changes `matched` or `next`. So each answer
    /// leads to at most one more request, however often it arrives. After a loss the next heartbeat
    /// is sent anyway.
    pub(super) waits: bool,
    /// With a window of several requests: the last entry that was sent to it since the last
    /// heartbeat, and how many requests with entries are outstanding. A leader with a window of
    /// one leaves both at 0.
    pub(super) sent: Index,
    pub(super) open: u32,
    /// Where heartbeats are apart: whether one was sent after all else and is not answered yet.
    pub(super) beats: bool,
}

impl Control {
    /// Sends new entries to all followers whose last request has been answered.
    pub(super) fn replicate(&mut self, out: &mut Out) {
        if self.later.gathers() {
            return;
        }
        for peer in self.boot.clone().peers() {
            let Progress { next, sent_commit, waits, .. } = self.peers[peer.slot()];
            let (has_entries, has_commit) =
                (next <= self.durable.last().index, sent_commit < self.commit_for_others());
            let is_news = match self.policy.commit_news {
                CommitNews::WithRequests => has_entries || has_commit,
                CommitNews::AtOnce | CommitNews::WithHeartbeats => has_entries,
            };
            if has_commit && self.policy.commit_news == CommitNews::AtOnce {
                self.send_heartbeat(peer, out);
            }
            // Right: what is not answered is not sent again before the next heartbeat.
            if is_news && (!waits || self.has(Mutation::SendsUnansweredAgain)) {
                self.send_append(peer, out);
            }
            if self.policy.window > 1 {
                self.fill_window(peer, out);
            }
        }
    }

    /// With a window: sends entries that were added while a request is outstanding, in requests of
    /// their own.
    fn fill_window(&mut self, to: NodeId, out: &mut Out) {
        let Progress { next, matched, sent, open, .. } = self.peers[to.slot()];
        let is_known = next == matched + 1 && next > self.durable.base.index;
        let has_more = next <= sent && sent < self.durable.last().index;
        if is_known && has_more && open < self.policy.window {
            self.send_append(to, out);
        }
    }

    /// Sends a heartbeat with the entries that the follower lacks. What is outstanding is given up
    /// for lost.
    pub(super) fn send_again(&mut self, to: NodeId, out: &mut Out) {
        // Right: what was lost takes no place in the window.
        let leaks = self.has(Mutation::WindowNeverReopens);
        let progress = &mut self.peers[to.slot()];
        (progress.sent, progress.open) = (0, if leaks { progress.open } else { 0 });
        if self.policy.commit_news == CommitNews::WithHeartbeats {
            progress.sent_commit = self.commit;
        }
        self.send_append(to, out);
    }

    /// Sends a message without entries, which moves none: it shows that the leader is there, and
    /// what is committed of the entries that are known to match.
    pub(super) fn send_heartbeat(&mut self, to: NodeId, out: &mut Out) {
        let matched = self.peers[to.slot()].matched;
        let known = self.durable.term_at(matched).map(|term| Position { index: matched, term });
        let (prev, commit) = (known.unwrap_or_default(), self.commit);
        self.peers[to.slot()].sent_commit = commit;
        self.send(to, Body::Append { prev, entries: vec![], commit }, out);
    }

    /// Sends `AppendEntries` from `nextIndex` on; if that entry is compacted, the snapshot.
    fn send_append(&mut self, to: NodeId, out: &mut Out) {
        let Progress { next, matched, sent, sent_commit, .. } = self.peers[to.slot()];
        assert!(
            matched < next,
            "the next entry for {to} is {next}, although its log matches through {matched}"
        );
        let is_compacted = next <= self.durable.base.index;
        // Entries are sent once the follower's log is known to agree before them. Figure 2 sends
        // them at once, and without that two mutations would have no effect.
        let sends_at_once = self.policy.guesses > 0
            || self.has(Mutation::SendsWholeLog)
            || self.has(Mutation::StoresAfterRefusal);
        let is_probe = next > matched + 1 && !sends_at_once;
        let from = if is_probe { next } else { next.max(sent + 1) };
        let commit = match self.policy.commit_news {
            CommitNews::WithRequests | CommitNews::AtOnce => self.commit_for_others(),
            CommitNews::WithHeartbeats => sent_commit,
        };
        let body = match &self.durable.snapshot {
            // Right: the snapshot is sent instead of compacted entries.
            Some(snapshot)
                if (is_compacted || self.prefers(snapshot, next))
                    && !self.has(Mutation::NoInstallSnapshot) =>
            {
                Body::Install(snapshot.clone())
            }
            Some(_) | None => self.entries_after(from - 1, is_probe, commit),
        };
        let has_window = self.policy.window > 1;
        let progress = &mut self.peers[to.slot()];
        progress.beats = false;
        progress.waits = true;
        if let Body::Append { prev, entries, .. } = &body {
            progress.sent_commit = commit;
            progress.waits = is_probe || !entries.is_empty();
            if has_window && !entries.is_empty() {
                progress.sent = prev.index + entries.len() as Index;
                progress.open += 1;
            }
        }
        self.send(to, body, out);
    }

    /// The commit index that followers get. Right: the leader's, whoever is behind.
    fn commit_for_others(&self) -> Index {
        if !self.has(Mutation::CommitWaitsForSlowest) {
            return self.commit;
        }
        let matched = self.boot.peers().map(|peer| self.peers[peer.slot()].matched);
        matched.fold(self.commit, Index::min)
    }

    /// Whether a follower that lacks the entries from `next` on gets the snapshot although the log
    /// still has them.
    fn prefers(&self, snapshot: &Snapshot, next: Index) -> bool {
        let lacks = (snapshot.index + 1).saturating_sub(next);
        lacks >= self.policy.snapshot_from
    }

    /// The `AppendEntries` after `prev`: with the entries that follow, or with none, to probe
    /// whether the logs agree there.
    fn entries_after(&self, prev: Index, is_probe: bool, commit: Index) -> Body {
        let base = self.durable.base;
        // Right: only the entries that the follower lacks.
        let prev = if self.has(Mutation::SendsWholeLog) { 0 } else { prev }.max(base.index);
        // Right: the entry before the log has the term of the snapshot's last entry.
        let is_lost = self.has(Mutation::BoundaryTermZero) && prev == base.index;
        let term = self.durable.term_at(prev).expect("`next` is at most one past the log's end");
        // Right: the first entry sent is the one after `prev`.
        let skipped = u64::from(self.has(Mutation::EntriesOffByOne) && base.index > 0);
        let entries = self.durable.from(prev + 1 + skipped);
        let most = if is_probe { 0 } else { self.policy.entries_at_once };
        let entries = entries[..entries.len().min(most)].to_vec();
        let prev = Position { index: prev, term: if is_lost { 0 } else { term } };
        Body::Append { prev, entries, commit }
    }

    /// Sends an empty heartbeat. Some mutants send it to a follower whose answer is outstanding.
    pub(super) fn send_bare_heartbeat(&self, to: NodeId, out: &mut Out) {
        let prev = Position::default();
        self.send(to, Body::Append { prev, entries: vec![], commit: self.commit }, out);
    }

    /// Where heartbeats are apart: a follower answers. If nothing was sent to it since the last
    /// heartbeat, what it lacks is sent again.
    pub(super) fn hear(&mut self, follower: NodeId, out: &mut Out) {
        let last = self.durable.last().index;
        let progress = &mut self.peers[follower.slot()];
        if progress.beats && progress.matched < last {
            (progress.sent, progress.open) = (0, 0);
            self.send_append(follower, out);
        }
    }

    /// Notes that a follower's log matches this leader's through `through`, which is computed from
    /// the request and not from the present log.
    pub(super) fn matches(&mut self, follower: NodeId, through: Index) {
        // No log matches beyond the end of this one, whatever the answer says.
        let through = through.min(self.durable.last().index);
        let progress = &mut self.peers[follower.slot()];
        let is_news = through > progress.matched;
        progress.waits &= !is_news;
        progress.matched = progress.matched.max(through);
        progress.next = progress.next.max(progress.matched + 1);
        // With a window other requests may still be outstanding.
        if is_news && progress.sent > 0 {
            progress.waits = progress.sent > through;
            progress.open = progress.open.saturating_sub(1);
        }
    }

    /// Goes back to where a follower's log may agree, after an answer that it differs (§5.3).
    pub(super) fn back_up(&mut self, follower: NodeId, prev: Index, conflict: Conflict) {
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
            Some(_) | None => match self.policy.backs_up {
                BacksUp::ByOne(near) if self.durable.last().index < prev + near => prev,
                BacksUp::ByTerms | BacksUp::ByOne(_) => next.min(prev).max(matched + 1),
                BacksUp::ByHalves => prev.midpoint(matched) + 1,
            },
        };
        // Right: the next request follows at once.
        let waits = self.has(Mutation::BacksUpOneByOne);
        let progress = &mut self.peers[follower.slot()];
        *progress = Progress { next, waits, sent: 0, open: 0, ..*progress };
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
}
