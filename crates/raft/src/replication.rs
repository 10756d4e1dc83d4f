//! From a proposal to an applied entry (§5.3, §5.4): `AppendEntries`, its reply, and when an entry
//! is committed.

use alloc::format;
use alloc::string::String;

use raftsim_node::{Command, Index, NodeId, ProposalId, Term, Time};

use crate::log::{Entries, Entry};
use crate::message::{Answer, AppendEntries, AppendEntriesReply};
use crate::out::Out;
use crate::raft::Raft;
use crate::role::{Progress, Role};

impl Raft {
    /// Takes a client's command, if this server leads, and refuses it otherwise.
    pub(crate) fn client_request(&mut self, id: ProposalId, command: Command, out: &mut Out<'_>) {
        let index = self.log.last_index() + 1;
        // The last index of all is never given away: code may add 1 to the index of any entry.
        if !matches!(self.role, Role::Leader { .. }) || index == Index::MAX {
            out.reject(id, self.leader());
            return;
        }
        // LE.2: a leader appends a client's command to its own log.
        // Differs: the paper's leader answers the client once the entry is applied. Here the answer
        // says at once where the entry stands, as the lab's `Start` does.
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
        // Only a leader without followers is a majority by itself.
        if self.boot.voters.len() == 1 {
            self.advance_commit_index(out);
        }
    }

    /// Sends `to` the entries that its log lacks, as far as this leader knows. Without entries the
    /// message is a heartbeat.
    ///
    /// Differs: the paper's leader sends all entries from nextIndex on. Here one batch at a time is
    /// on its way to a follower: a batch that is not answered is repeated, and nothing new is sent
    /// meanwhile.
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
        // LE.3: a leader sends each follower the entries from nextIndex on. An unanswered batch is
        // repeated and does not grow: the follower may be down.
        let last_index = self.log.last_index();
        let mut count = 0;
        follower.awaits = None;
        if next_index <= last_index {
            let through = awaits.map_or(last_index, |through| through.min(last_index));
            count = count_of(next_index, through).min(self.config.entries_at_once);
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

    /// Remembers that what was sent to `to` ends at `through` and is not answered.
    pub(crate) fn await_answer(&mut self, to: NodeId, through: Index) {
        if let Role::Leader { followers, .. } = &mut self.role {
            followers.of_mut(to).awaits = Some(through);
        }
    }

    /// Takes a leader's entries, and answers.
    pub(crate) fn handle_append_entries_request(
        &mut self,
        from: NodeId,
        request: AppendEntries,
        now: Time,
        out: &mut Out<'_>,
    ) {
        // AE.1: entries from a leader of an older term are refused.
        if request.term < self.current_term {
            out.explain(|| {
                format!("AE.1 refuse: stale term {}, mine {}", request.term, self.current_term)
            });
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
            // AE.5: the commit index rises to the leader's, but not beyond the last new entry: only
            // so far is this log known to be the leader's.
            self.commit(leader_commit.min(match_index));
        }
        self.reply_append_entries(from, answer, out);
    }

    /// Follows the leader of the current term. Returns false, and changes nothing, if this server
    /// leads that term itself.
    #[inline]
    pub(crate) fn follow(&mut self, leader: NodeId, now: Time, out: &mut Out<'_>) -> bool {
        // There cannot be two leaders in a term, so the message is not from one.
        if matches!(self.role, Role::Leader { .. }) {
            out.note("FO.1 ignore: rival leader in this server's own term");
            return false;
        }
        // CA.3: a candidate that hears from a leader of its own term becomes a follower.
        if matches!(self.role, Role::Candidate { .. }) {
            out.note("CA.3 leader heard: follow");
        }
        self.become_follower(Some(leader), now);
        true
    }

    /// Puts a leader's entries into the log, if the log has the entry before them.
    fn accept(&mut self, request: AppendEntries, out: &mut Out<'_>) -> Answer {
        let AppendEntries { prev_log_index, prev_log_term, entries, .. } = request;
        let base = self.log.base_index();
        // AE.2: the log must have the entry just before the new ones, in the same term.
        // Differs: an entry before the snapshot's last one counts as present. The snapshot stands
        // for committed entries, and those are the same in every log.
        let prev_term = self.log.term_at(prev_log_index);
        if prev_log_index >= base && prev_term != Some(prev_log_term) {
            out.explain(|| {
                let last = self.log.last_index();
                match prev_term {
                    None => format!(
                        "AE.2 refuse: no previous entry {prev_log_index}, own log ends at {last}"
                    ),
                    Some(term) => format!(
                        "AE.2 refuse: previous entry {prev_log_index}@{prev_log_term}, mine \
                         {prev_log_index}@{term}"
                    ),
                }
            });
            return self.conflict(prev_log_index, prev_term);
        }
        out.note("AE.2 accept: previous entry matches");
        if entries.is_empty() {
            return Answer::Success { match_index: prev_log_index };
        }
        let match_index = prev_log_index + entries.len() as Index;
        let new = (1..).map(|nth| prev_log_index + nth).zip(entries.iter());
        // What the snapshot stands for is not compared, but for its last entry.
        let mut new = new.filter(|&(index, _)| index >= base);
        // AE.3: from the first entry that conflicts on, this log's entries are removed. If none
        // does, nothing is removed.
        if let Some((index, _)) = new.find(|&(i, entry)| self.log.term_at(i) != Some(entry.term)) {
            if index <= self.commit_index {
                // Differs: the paper does not have this case, because no leader that keeps to it
                // sends such entries. The answer says nothing about the log.
                out.note("AE.3 ignore: entries would overwrite what is committed");
                return Answer::Stale;
            }
            out.explain(|| {
                let (last, new) = (self.log.last_index(), range(index, match_index));
                if index > last {
                    return format!("AE.4 append new entries {new}");
                }
                let own = range(index, last);
                format!("AE.3 conflict: remove own entries {own}, append new entries {new}")
            });
            // AE.4: only entries that this log does not have are appended.
            let known = usize::try_from(index - prev_log_index - 1).expect("one of the entries");
            let suffix = if known == 0 { entries } else { entries[known..].into() };
            self.append(index, suffix, out);
        }
        Answer::Success { match_index }
    }

    /// The refusal that says where the leader should go on (§5.3).
    fn conflict(&self, prev_log_index: Index, conflict_term: Option<Term>) -> Answer {
        // FB.1: a refusal reports the term of the conflicting entry and where that term begins in
        // this log, or, if the log is too short, where it ends.
        let conflict_index = match conflict_term {
            Some(_) => self.log.first_index_of_term_at(prev_log_index),
            None => self.log.last_index() + 1,
        };
        Answer::Conflict { prev_log_index, conflict_term, conflict_index }
    }

    /// Answers a leader's `AppendEntries`.
    fn reply_append_entries(&self, to: NodeId, answer: Answer, out: &mut Out<'_>) {
        let reply = AppendEntriesReply { term: self.current_term, answer };
        self.send(to, reply, out);
    }

    /// Takes a follower's reply, which is of the current term.
    #[inline]
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

    /// Remembers that the log of `from` equals this leader's through `match_index`, and sends the
    /// entries after it.
    #[inline]
    pub(crate) fn matched(&mut self, from: NodeId, match_index: Index, out: &mut Out<'_>) {
        let last_index = self.log.last_index();
        let Role::Leader { followers, .. } = &mut self.role else { return };
        let follower = followers.of_mut(from);
        if match_index > last_index {
            out.note("LE.3 ignore: index is beyond this leader's log");
            return;
        }
        if follower.awaits.is_some_and(|through| through <= match_index) {
            follower.awaits = None;
        }
        // LE.3: the follower's nextIndex and matchIndex rise. A late reply reports less than is
        // known, and changes nothing.
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

    /// Steps nextIndex back after a refusal, and sends again.
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
            out.note("FB.2 ignore: not the answer to the last request");
            return;
        }
        // FB.2: one refusal steps back over all conflicting entries of one term: to just after this
        // log's last entry of that term, or, if it has none, to the follower's first. It always
        // goes back, but not into what is known to match.
        let of_term = conflict_term.and_then(|term| self.log.last_index_of_term(term));
        let next = of_term.map_or(conflict_index, |last| last + 1);
        let next = next.min(prev_log_index).max(match_index + 1);
        out.explain(|| format!("FB.2 refused: back up, nextIndex {next_index} becomes {next}"));
        if let Role::Leader { followers, .. } = &mut self.role {
            let follower = followers.of_mut(from);
            follower.next_index = next;
            // The refusal is an answer: a new batch may be sent.
            follower.awaits = None;
        }
        self.append_entries(from, out);
    }

    /// Commits what a majority has stored.
    pub(crate) fn advance_commit_index(&mut self, out: &mut Out<'_>) {
        let last_index = self.log.last_index();
        let Role::Leader { followers, .. } = &self.role else { return };
        let (leader, voters) = (self.boot.id, &self.boot.voters);
        let mut stored = self.commit_index;
        while stored < last_index && followers.majority_stores(leader, stored + 1, voters) {
            stored += 1;
        }
        if stored == self.commit_index {
            return;
        }
        // LE.4: an entry of the leader's own term that a majority has stored is committed, and with
        // it all entries before it. Entries of older terms are not counted by themselves (§5.4.2,
        // Figure 8).
        if self.log.term_at(stored) == Some(self.current_term) {
            out.explain(|| format!("LE.4 majority stores {stored}: commit"));
            self.commit(stored);
        }
    }

    /// Remembers that all entries through `index` are committed.
    pub(crate) fn commit(&mut self, index: Index) {
        self.commit_index = self.commit_index.max(index);
    }

    /// Hands committed entries to the service, in order.
    pub(crate) fn apply(&mut self, out: &mut Out<'_>) {
        // AS.1: every committed entry is applied, one by one, in the order of the log.
        while self.last_applied < self.commit_index {
            self.last_applied += 1;
            let entry = self
                .log
                .entry(self.last_applied)
                .expect("the log has every entry that is committed and not applied");
            out.apply(self.last_applied, entry);
        }
    }

    /// Puts `entries` into the log and on disk, the first of them at `from`.
    fn append(&mut self, from: Index, entries: Entries, out: &mut Out<'_>) {
        self.log.replace_from(from, &entries);
        // DU.2: entries are on disk before a message relies on them: the write comes first in the
        // list.
        self.written_through = from + entries.len() as Index - 1;
        out.persist_entries(from, entries);
    }

    /// What this server knows of the log of `follower`, if it leads.
    fn progress(&self, follower: NodeId) -> Option<Progress> {
        match &self.role {
            Role::Leader { followers, .. } => Some(followers.of(follower)),
            Role::Follower { .. } | Role::PreCandidate { .. } | Role::Candidate { .. } => None,
        }
    }
}

/// Entries from `first` through `last`, for people: `4`, or `4..6`.
fn range(first: Index, last: Index) -> String {
    if first == last { format!("{first}") } else { format!("{first}..{last}") }
}

/// The number of entries from `first` through `last`.
fn count_of(first: Index, last: Index) -> usize {
    usize::try_from((last + 1).saturating_sub(first)).unwrap_or(usize::MAX)
}
