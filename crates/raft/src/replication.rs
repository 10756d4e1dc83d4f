//! From a proposal to an applied entry (§5.3, §5.4): `AppendEntries`, its reply, and what is
//! committed.

use raftsim_node::{Command, Index, NodeId, ProposalId, Term, Time};

use crate::log::{Entries, Entry};
use crate::message::{Answer, AppendEntries, AppendEntriesReply};
use crate::out::Out;
use crate::raft::Raft;
use crate::role::{Progress, Role};

impl Raft {
    /// A client wants a command replicated.
    pub(crate) fn client_request(&mut self, id: ProposalId, command: Command, out: &mut Out<'_>) {
        let index = self.log.last_index() + 1;
        // An index of its own must be left for whatever follows.
        if !matches!(self.role, Role::Leader { .. }) || index == Index::MAX {
            out.reject(id, self.leader());
            return;
        }
        // LE.2: into the own log first, durable before anyone hears of it.
        out.note("LE.2 append to own log");
        let term = self.current_term;
        self.append(index, Entries::from(&[Entry { term, command }][..]), out);
        out.accept(id, index, term);
        for slot in 0..self.boot.voters.len() {
            let peer = self.boot.voters[slot];
            if peer != self.boot.id && self.progress(peer).is_some_and(|it| it.awaits.is_none()) {
                self.append_entries(peer, out);
            }
        }
        self.advance_commit_index(out);
    }

    /// Sends one follower what its log lacks, as far as the leader knows; nothing is a heartbeat.
    ///
    /// Differs: the paper sends from nextIndex on whatever there is. Here one batch is all that is
    /// on its way to a follower: to who has not answered the unanswered is repeated, and no more.
    #[inline]
    pub(crate) fn append_entries(&mut self, to: NodeId, out: &mut Out<'_>) {
        let Role::Leader { followers, .. } = &mut self.role else { return };
        let follower = followers.of_mut(to);
        let Progress { next_index, awaits, .. } = *follower;
        let prev_log_index = next_index - 1;
        let Some(prev_log_term) = self.log.term_at(prev_log_index) else {
            self.install_snapshot(to, out);
            return;
        };
        // LE.3: from nextIndex on. Who has not answered may be away: it is told the same again, not
        // ever more.
        let last_index = self.log.last_index();
        let mut count = 0;
        follower.awaits = None;
        if next_index <= last_index {
            let through = awaits.map_or(last_index, |through| through.min(last_index));
            count = many(next_index, through).min(self.config.entries_at_once);
            follower.awaits = Some(prev_log_index + count as Index);
        }
        let request = || AppendEntries {
            term: self.current_term,
            prev_log_index,
            prev_log_term,
            entries: self.log.entries_from(next_index, count),
            leader_commit: self.commit_index,
        };
        self.send_made(to, request, out);
    }

    /// Notes how far what was sent to a follower reaches, until it is answered.
    pub(crate) fn await_answer(&mut self, from: NodeId, through: Option<Index>) {
        if let Role::Leader { followers, .. } = &mut self.role {
            followers.of_mut(from).awaits = through;
        }
    }

    /// Answers a leader.
    pub(crate) fn handle_append_entries_request(
        &mut self,
        from: NodeId,
        request: AppendEntries,
        now: Time,
        out: &mut Out<'_>,
    ) {
        // AE.1: a leader of an older term has been replaced.
        if request.term < self.current_term {
            out.note("AE.1 refuse: stale term");
            self.reply_append_entries(from, Answer::Stale, out);
            return;
        }
        if !self.follow(from, now, out) {
            return;
        }
        self.persist(out);
        let leader_commit = request.leader_commit;
        let answer = self.accept(request, out);
        if let Answer::Success { match_index } = answer {
            // AE.5: only what the leader is known to share is known to be committed.
            self.commit(leader_commit.min(match_index));
        }
        self.reply_append_entries(from, answer, out);
    }

    /// Follows the leader of the current term. Says whether it may: no leader follows another.
    #[inline]
    pub(crate) fn follow(&mut self, leader: NodeId, now: Time, out: &mut Out<'_>) -> bool {
        // Two leaders in one term cannot be; one of them is lying, and it is not this one.
        if matches!(self.role, Role::Leader { .. }) {
            out.note("FO.1 ignore: rival leader in this server's own term");
            return false;
        }
        // CA.3: a candidate that hears this term's leader has lost.
        if matches!(self.role, Role::Candidate { .. }) {
            out.note("CA.3 leader heard: follow");
        }
        self.become_follower(Some(leader), now);
        true
    }

    /// Takes a leader's entries in, if they follow what is here.
    fn accept(&mut self, request: AppendEntries, out: &mut Out<'_>) -> Answer {
        let AppendEntries { prev_log_index, prev_log_term, entries, .. } = request;
        let base = self.log.base_index();
        // AE.2: the entry before the new ones must be here, in the same term.
        // Differs: one before the snapshot's last passes, whatever its term. What is folded is
        // committed: there every log is the same.
        let prev_term = self.log.term_at(prev_log_index);
        if prev_log_index >= base && prev_term != Some(prev_log_term) {
            out.note("AE.2 refuse: no such previous entry");
            return self.conflict(prev_log_index, prev_term);
        }
        out.note("AE.2 accept: previous entry matches");
        if entries.is_empty() {
            return Answer::Success { match_index: prev_log_index };
        }
        let match_index = prev_log_index + entries.len() as Index;
        let new = (1..).map(|nth| prev_log_index + nth).zip(entries.iter());
        let mut new = new.filter(|&(index, _)| index > base);
        // AE.3: what is here already stays; from the first entry that is not, the leader's entries
        // take the place of this log's.
        if let Some((index, _)) = new.find(|&(i, entry)| self.log.term_at(i) != Some(entry.term)) {
            if index <= self.commit_index {
                // Differs: no leader that keeps to the paper asks for this. It gets an answer from
                // which it learns nothing.
                out.note("AE.3 ignore: no leader overwrites what is committed");
                return Answer::Stale;
            }
            out.note(if index > self.log.last_index() {
                "AE.4 append what is new"
            } else {
                "AE.3 conflict: cut off, append what is new"
            });
            // AE.4: those alone that are not here.
            let known = usize::try_from(index - prev_log_index - 1).expect("one of the entries");
            let suffix = if known == 0 { entries } else { entries[known..].into() };
            self.append(index, suffix, out);
        }
        Answer::Success { match_index }
    }

    /// Says where a leader should go on: §5.3's fast back-up.
    fn conflict(&self, prev_log_index: Index, conflict_term: Option<Term>) -> Answer {
        // FB.1: the first index of the conflicting term, or the end of a log that is too short.
        let conflict_index = match conflict_term {
            Some(_) => self.log.first_index_of_term_at(prev_log_index),
            None => self.log.last_index() + 1,
        };
        Answer::Conflict { prev_log_index, conflict_term, conflict_index }
    }

    /// Tells a leader how its request went.
    fn reply_append_entries(&self, to: NodeId, answer: Answer, out: &mut Out<'_>) {
        let reply = AppendEntriesReply { term: self.current_term, answer };
        self.send(to, reply, out);
    }

    /// Hears how a follower's log took a request of the current term.
    pub(crate) fn handle_append_entries_reply(
        &mut self,
        from: NodeId,
        answer: Answer,
        out: &mut Out<'_>,
    ) {
        match answer {
            Answer::Stale => {}
            Answer::Success { match_index } => self.matched(from, match_index, out),
            Answer::Conflict { prev_log_index, conflict_term, conflict_index } => {
                self.back_up(from, prev_log_index, conflict_term, conflict_index, out);
            }
        }
    }

    /// A follower holds everything through `match_index`.
    #[inline]
    pub(crate) fn matched(&mut self, from: NodeId, match_index: Index, out: &mut Out<'_>) {
        let last_index = self.log.last_index();
        let Role::Leader { followers, .. } = &mut self.role else { return };
        let follower = followers.of_mut(from);
        if match_index > last_index {
            out.note("LE.3 ignore: what this leader never had");
            return;
        }
        if follower.awaits.is_some_and(|through| through <= match_index) {
            follower.awaits = None;
        }
        // LE.3: late answers tell what is known already, and move nothing back.
        let is_news = match_index > follower.match_index;
        if is_news {
            follower.match_index = match_index;
            follower.next_index = follower.next_index.max(match_index + 1);
        }
        let lacks = follower.awaits.is_none() && follower.next_index <= last_index;
        if is_news {
            self.advance_commit_index(out);
        }
        if lacks {
            self.append_entries(from, out);
        }
    }

    /// A follower's log does not match: go back to where it may.
    fn back_up(
        &mut self,
        from: NodeId,
        prev_log_index: Index,
        conflict_term: Option<Term>,
        conflict_index: Index,
        out: &mut Out<'_>,
    ) {
        let Some(Progress { next_index, match_index, .. }) = self.progress(from) else { return };
        if prev_log_index.checked_add(1) != Some(next_index) || prev_log_index <= match_index {
            out.note("FB.2 ignore: not the last question's answer");
            return;
        }
        // FB.2: behind this log's own last entry of that term, if it has one; else before all that
        // the follower has of it. Always back, and never behind what is known to match.
        let of_term = conflict_term.and_then(|term| self.log.last_index_of_term(term));
        let next = of_term.map_or(conflict_index, |last| last + 1);
        out.note("FB.2 refused: back up");
        if let Role::Leader { followers, .. } = &mut self.role {
            let follower = followers.of_mut(from);
            follower.next_index = next.min(prev_log_index).max(match_index + 1);
            // What was refused is answered: all that it lacks may go.
            follower.awaits = None;
        }
        self.append_entries(from, out);
    }

    /// Commits what a majority holds.
    pub(crate) fn advance_commit_index(&mut self, out: &mut Out<'_>) {
        let last_index = self.log.last_index();
        let Role::Leader { followers, .. } = &mut self.role else { return };
        let (leader, voters) = (self.boot.id, &self.boot.voters);
        let next = self.commit_index + 1;
        if next > last_index || !followers.majority_stores(leader, next, voters) {
            return;
        }
        let stored = followers.stored_by_majority(leader, last_index, voters);
        // LE.4: only entries of the own term are committed by counting (§5.4.2, Figure 8); what
        // stands before them is then committed too.
        if self.log.term_at(stored) == Some(self.current_term) {
            out.note("LE.4 majority holds it: commit");
            self.commit(stored);
        }
    }

    /// Learns that everything through `index` is committed.
    pub(crate) fn commit(&mut self, index: Index) {
        self.commit_index = self.commit_index.max(index);
    }

    /// Hands what is committed to the service, in order.
    pub(crate) fn apply(&mut self, out: &mut Out<'_>) {
        // AS.1: lastApplied follows commitIndex.
        while self.last_applied < self.commit_index {
            self.last_applied += 1;
            let entry = self.log.entry(self.last_applied).expect("what is committed is here");
            out.apply(self.last_applied, entry);
        }
    }

    /// Puts entries into log and disk.
    fn append(&mut self, from: Index, entries: Entries, out: &mut Out<'_>) {
        self.log.replace_from(from, &entries);
        // DU.2: in the list before whatever tells of them.
        self.written_through = from + entries.len() as Index - 1;
        out.persist_entries(from, entries);
    }

    /// What this leader knows of a follower's log.
    fn progress(&self, follower: NodeId) -> Option<Progress> {
        match &self.role {
            Role::Leader { followers, .. } => Some(followers.of(follower)),
            Role::Follower { .. } | Role::Candidate { .. } => None,
        }
    }
}

/// How many entries these are, both included.
fn many(first: Index, last: Index) -> usize {
    usize::try_from((last + 1).saturating_sub(first)).unwrap_or(usize::MAX)
}
