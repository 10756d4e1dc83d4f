//! `AppendEntries` at a follower (§5.3): check it, update the log, answer.

use raftsim_node::{Disk as _, Index, NodeId, Role, Term, Time};

use super::disk::{Entry, Position, Write};
use super::message::{Body, Conflict};
use super::{Control, Mutation, Out};

impl Control {
    /// `AppendEntries`, with the previous entry, the new entries, and the leader's commit index.
    pub(super) fn append(
        &mut self,
        leader: NodeId,
        term: Term,
        (prev, entries, commit): (Position, Vec<Entry>, Index),
        now: Time,
        out: &mut Out,
    ) {
        let asked = term;
        // Right: a request of an earlier term is refused, and does not reset the election timer.
        if term < self.term() && self.has(Mutation::StaleAppendResetsTimer) {
            self.reset_election_timer(now);
        }
        // Right: it is answered, so that the sender learns of the later term.
        if term < self.term() && self.has(Mutation::ShutsOutLaterTerms) {
            return;
        }
        if term < self.term() && !self.has(Mutation::AcceptsStaleAppend) {
            // The later term in the answer is the refusal; the conflict means nothing.
            let nothing = Conflict { term: None, index: prev.index };
            let result = Err(nothing);
            self.send(leader, Body::Appended { asked, prev: prev.index, result }, out);
            return;
        }
        if !self.gives_way(out) {
            return;
        }
        let is_heartbeat = entries.is_empty();
        self.follow_by(leader, is_heartbeat, now);
        // Right: a heartbeat is checked like any other request.
        let skips_check = self.has(Mutation::HeartbeatAlwaysHolds) && is_heartbeat;
        if let Some(conflict) = self.conflict(prev).filter(|_| !skips_check) {
            self.go_on_after_refusal(prev, entries, commit, out);
            self.drop_term(conflict, out);
            let result = Err(conflict);
            self.send(leader, Body::Appended { asked, prev: prev.index, result }, out);
            return;
        }
        let through = prev.index + entries.len() as u64;
        // Right: it acknowledges the entries of this message, not others that the log has.
        let end = self.durable.last().index.max(through);
        let result = Ok(if self.has(Mutation::AcksOwnEnd) { end } else { through });
        let answer = Body::Appended { asked, prev: prev.index, result };
        let is_held = self.durable.last().index >= through;
        // Right: the entries are written before they are acknowledged.
        if self.has(Mutation::AcksBeforeWriting) {
            self.send(leader, answer.clone(), out);
        }
        self.store(prev.index, entries, out);
        self.follow_commit(commit, through, is_heartbeat);
        // Right: they are acknowledged once they are on the disk, by whichever request they came.
        if is_held && self.has(Mutation::AcksHeldInMemory) {
            self.send(leader, answer, out);
        } else if !self.has(Mutation::AcksBeforeWriting) {
            self.acknowledge(leader, answer, through, out);
        }
    }

    /// Right: a server that stands for election, or would, follows the leader of its term, and keeps
    /// its vote. Returns whether it follows.
    fn gives_way(&mut self, out: &mut Out) -> bool {
        if self.role == Role::Candidate && self.has(Mutation::FollowerForgetsVote) {
            let vote = Some((self.term(), None));
            self.save(Write { vote, ..Write::default() }, out);
        }
        !(self.role == Role::PreCandidate && self.has(Mutation::RivalIgnoresLeader))
    }

    /// Right: a refusal removes no entries.
    fn drop_term(&mut self, conflict: Conflict, out: &mut Out) {
        if conflict.term.is_some() && self.has(Mutation::RefusalDropsTerm) {
            let log = Some((conflict.index, vec![]));
            self.save(Write { log, ..Write::default() }, out);
        }
    }

    /// An append request has brought a later term. Right: only a conflict removes entries.
    pub(super) fn drop_tail(&mut self, out: &mut Out) {
        let from = self.commit + 1;
        let has_tail = self.durable.last().index >= from;
        if has_tail && self.has(Mutation::DropsTailForNewLeader) {
            self.save(Write { log: Some((from, vec![])), ..Write::default() }, out);
        }
    }

    /// Right: a heartbeat restarts the election timer as entries do.
    fn follow_by(&mut self, leader: NodeId, is_heartbeat: bool, now: Time) {
        let restarts_nothing = self.has(Mutation::HeartbeatResetsNoTimer)
            || self.has(Mutation::PreVoteHeartbeatResetsNoTimer);
        if is_heartbeat && restarts_nothing {
            self.become_follower(now);
            self.leader = Some(leader);
        } else {
            self.follow(leader, now);
        }
    }

    /// Right: `min(leaderCommit, index of last new entry)` from every message, and never less than
    /// before.
    fn follow_commit(&mut self, commit: Index, through: Index, is_heartbeat: bool) {
        self.past.told = self.past.told.max(commit);
        let commit = match self.mutation {
            Some(Mutation::CommitsAsTold) => commit,
            Some(Mutation::CommitsOwnTail) => commit.min(self.durable.last().index),
            Some(Mutation::CommitsOnlyWithEntries) if is_heartbeat => return,
            Some(_) | None => commit.min(through),
        };
        let never_back = !self.has(Mutation::CommitFollowsMessages);
        self.commit = if never_back { self.commit.max(commit) } else { commit };
    }

    /// Right: a refusal changes nothing.
    fn go_on_after_refusal(
        &mut self,
        prev: Position,
        entries: Vec<Entry>,
        commit: Index,
        out: &mut Out,
    ) {
        if self.has(Mutation::CommitsAfterRefusal) {
            self.commit = self.commit.max(commit.min(self.durable.last().index));
        }
        if self.has(Mutation::StoresAfterRefusal) {
            self.store(prev.index, entries, out);
        }
    }

    /// Notes that a leader of this term has just been heard.
    pub(super) fn follow(&mut self, leader: NodeId, now: Time) {
        self.become_follower(now);
        self.leader = Some(leader);
        self.leader_heard = Some(now);
        self.reset_election_timer(now);
    }

    /// Where the log differs from the leader's at `prev`, if it does. Entries that the snapshot
    /// covers are committed, so that the leader has the same.
    fn conflict(&self, prev: Position) -> Option<Conflict> {
        if prev.index < self.durable.base.index {
            return None;
        }
        // Right: only index 0 needs no check, as no entry comes before it.
        if self.has(Mutation::FirstEntryUnchecked) && prev.index <= 1 {
            return None;
        }
        // Right: index and term must both be the same.
        let conflict = match self.durable.term_at(prev.index) {
            Some(term) if term == prev.term || self.has(Mutation::PrevTermUnchecked) => {
                return None;
            }
            Some(term) => Conflict { term: Some(term), index: self.first_of(prev.index) },
            None if self.has(Mutation::EndIsNoConflict) => return None,
            None => Conflict { term: None, index: self.durable.last().index + 1 },
        };
        Some(conflict)
    }

    /// The first index in the log whose entry has the same term as the one at `index`.
    fn first_of(&self, index: Index) -> Index {
        let term = self.durable.term_at(index);
        // Right: only entries that are not compacted are compared.
        let forgets = self.has(Mutation::HintForgetsBase);
        let least = if forgets { 1 } else { self.durable.base.index + 1 };
        let mut first = index;
        while first > least {
            let before =
                self.durable.at(first - 1).expect("the log has all entries after its base");
            if Some(before.term) != term {
                break;
            }
            first -= 1;
        }
        first
    }

    /// Stores the entries after `prev`. Only a conflict removes entries: an old message may lack
    /// entries that the log has got since.
    fn store(&mut self, prev: Index, entries: Vec<Entry>, out: &mut Out) {
        let has = |(index, entry): &(Index, &Entry)| {
            *index <= self.durable.base.index || self.durable.term_at(*index) == Some(entry.term)
        };
        let held = (prev + 1..).zip(&entries).take_while(has).count();
        let new = (prev + 1 + held as u64, entries[held..].to_vec());
        let log = Some(new).filter(|(_, new)| !new.is_empty());
        // Right: the log changes in one write, which removes no entry that stays.
        if self.has(Mutation::StoresInTwoWrites) && !entries.is_empty() {
            self.store_in_two_writes(prev, log, out);
            return;
        }
        let Some(log) = self.bend(prev, entries, log) else { return };
        // Right: every change of the log is written.
        let overwrites =
            self.has(Mutation::OverwriteNotPersisted) && log.0 <= self.durable.last().index;
        let lost = if overwrites {
            Mutation::OverwriteNotPersisted
        } else {
            Mutation::EntriesNotPersisted
        };
        self.save_unless(lost, Write { log: Some(log), ..Write::default() }, out);
    }

    /// Stores `log`, the entries that the server lacks. But first it cuts its log after `prev`, and
    /// then it adds all that follows there.
    fn store_in_two_writes(
        &mut self,
        prev: Index,
        log: Option<(Index, Vec<Entry>)>,
        out: &mut Out,
    ) {
        let from = prev.max(self.durable.base.index) + 1;
        let mut stored = self.durable.clone();
        stored.write(Write { log, ..Write::default() });
        self.save(Write { log: Some((from, vec![])), ..Write::default() }, out);
        let rest = stored.from(from).to_vec();
        self.save(Write { log: Some((from, rest)), ..Write::default() }, out);
    }

    /// The entries after `prev` that are stored. Right: `log`, those that the server lacks. Some
    /// mutants store others.
    fn bend(
        &self,
        prev: Index,
        entries: Vec<Entry>,
        log: Option<(Index, Vec<Entry>)>,
    ) -> Option<(Index, Vec<Entry>)> {
        let (first, end) = (self.durable.base.index + 1, self.durable.last().index + 1);
        let from = |index: Index| {
            let skipped = usize::try_from(index.saturating_sub(prev + 1)).unwrap_or(usize::MAX);
            (index, entries.iter().skip(skipped).cloned().collect::<Vec<_>>())
        };
        match self.mutation {
            Some(Mutation::TruncatesAlways) => Some(from(first.max(prev + 1))),
            Some(Mutation::AppendsWithoutComparing) if !entries.is_empty() => Some((end, entries)),
            Some(Mutation::NeverTruncates) => Some(from(end)).filter(|(_, new)| !new.is_empty()),
            Some(Mutation::KeepsConflictingTail) => log.map(|(from, mut new)| {
                new.extend_from_slice(self.durable.from(from + new.len() as u64));
                (from, new)
            }),
            Some(Mutation::StoresFromBase) if prev + 1 < first => log.map(|_| (first, entries)),
            Some(_) | None => log,
        }
    }
}
