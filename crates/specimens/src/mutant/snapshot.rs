//! Compaction (§7, Figure 13): compacting the log, and installing a leader's snapshot.

use raftsim_node::{Action, Bytes, Index, NodeId, Role, Snapshot, Term, Time};

use super::disk::{Position, Write};
use super::message::Body;
use super::{Control, Mutation, Out};

impl Control {
    /// The service has made a snapshot of the entries up to `through`: the lab's `Snapshot`.
    pub(super) fn compact(&mut self, through: Index, data: Bytes, out: &mut Out) {
        if through <= self.durable.covered() || through > self.applied {
            return;
        }
        // A short log may wait for the next snapshot, which covers more.
        if self.durable.log.len() < self.policy.compacts_from {
            return;
        }
        if self.keeps_all(through) {
            return;
        }
        let Some(term) = self.durable.term_at(through) else { return };
        // Right: it drops the entries through `through`, and no later one.
        let more = u64::from(self.has(Mutation::CompactsOneMore));
        let base = if self.policy.keeps == 0 {
            Position { index: through + more, term }
        } else {
            self.kept_base(through)
        };
        let log = self.has(Mutation::CompactionDropsLog).then(|| (through + 1, vec![]));
        let snapshot = Some(Snapshot::new(through, term, data));
        // Right: log and snapshot change in one write.
        if self.has(Mutation::CompactsInTwoWrites) {
            self.save(Write { base, ..Write::default() }, out);
            self.save(Write { snapshot, ..Write::default() }, out);
            return;
        }
        self.save(Write { base, log, snapshot, ..Write::default() }, out);
    }

    /// Right: compacted entries are dropped, whoever lacks them.
    fn keeps_all(&self, through: Index) -> bool {
        let is_lacking = |peer: NodeId| self.peers[peer.slot()].matched < through;
        match self.mutation {
            Some(Mutation::NeverCompacts) => true,
            Some(Mutation::LeaderNeverCompacts) => self.role == Role::Leader,
            Some(Mutation::CompactsBehindSlowest) => {
                self.role == Role::Leader && self.boot.peers().any(is_lacking)
            }
            Some(_) | None => false,
        }
    }

    /// Where the log begins if it keeps some of the entries through `through`.
    fn kept_base(&self, through: Index) -> Position {
        let before = self.durable.base;
        let index = through.saturating_sub(self.policy.keeps).max(before.index);
        let term = self.durable.term_at(index).expect("the log has all entries after its base");
        Position { index, term }
    }

    /// `InstallSnapshot`.
    pub(super) fn install(
        &mut self,
        leader: NodeId,
        term: Term,
        snapshot: Snapshot,
        now: Time,
        out: &mut Out,
    ) {
        if term < self.term() {
            // Right: the later term in the answer is the refusal, and nothing is acknowledged.
            let acks = self.has(Mutation::AcksRefusedSnapshot);
            let through = if acks { snapshot.index } else { 0 };
            self.send(leader, Body::Installed { asked: term, through }, out);
            return;
        }
        // Right: a server that would stand for election follows whoever leads in its term.
        if self.role == Role::PreCandidate && self.has(Mutation::RivalRefusesSnapshot) {
            return;
        }
        self.follow(leader, now);
        let through = snapshot.index;
        // Right: it is answered even if it has nothing new.
        if through <= self.commit && self.has(Mutation::OldSnapshotUnanswered) {
            return;
        }
        // Right: the snapshot is written before it is acknowledged.
        if self.has(Mutation::InstallAckedFirst) {
            self.send(leader, Body::Installed { asked: term, through }, out);
        }
        // Right: a snapshot that covers only committed entries is not installed.
        if through > self.commit || self.has(Mutation::InstallsOldSnapshot) {
            self.replace_by(snapshot, out);
        } else if self.has(Mutation::AppliedRolledBack) {
            // Right: an old snapshot changes nothing.
            self.applied = through.max(self.durable.base.index);
        }
        if !self.has(Mutation::InstallAckedFirst) {
            self.send(leader, Body::Installed { asked: term, through }, out);
        }
    }

    /// Log and snapshot change in one write. Entries after the snapshot stay if they follow its
    /// last (Figure 13, 6).
    fn replace_by(&mut self, snapshot: Snapshot, out: &mut Out) {
        let (index, term, data) = (snapshot.index, snapshot.known_term(), snapshot.data.clone());
        let stays = match self.mutation {
            Some(Mutation::InstallDropsLog) => false,
            Some(Mutation::InstallKeepsLog) => true,
            Some(_) | None => self.durable.term_at(index) == Some(term),
        };
        let log = (!stays).then(|| (index + 1, vec![]));
        let base = Position { index, term };
        // Right: a snapshot does not change term and vote.
        let vote = match self.mutation {
            Some(Mutation::InstallResetsVote) => Some((self.term(), None)),
            Some(Mutation::InstallTakesTerm) => Some((term, None)),
            Some(_) | None => None,
        };
        let snapshot = Some(snapshot);
        // Right: one write.
        if self.has(Mutation::InstallsInTwoWrites) {
            self.save(Write { base, log, ..Write::default() }, out);
            self.save(Write { snapshot, ..Write::default() }, out);
        } else if self.has(Mutation::InstallsSnapshotFirst) {
            self.save(Write { snapshot, ..Write::default() }, out);
            self.save(Write { base, log, ..Write::default() }, out);
        } else {
            self.save(Write { vote, base, log, snapshot, ..Write::default() }, out);
        }
        self.commit = index;
        // Right: the service gets the snapshot, which becomes its state.
        if !self.has(Mutation::AppliedNotRaised) {
            self.applied = index;
        }
        if !self.has(Mutation::RestoreNotTold) {
            out.push(Action::Restore { index, term: Some(term), snapshot: data });
        }
    }

    /// The answer to `InstallSnapshot`.
    pub(super) fn installed(&mut self, from: NodeId, asked: Term, through: Index, out: &mut Out) {
        if self.role != Role::Leader || asked != self.term() {
            return;
        }
        match self.mutation {
            // Right: the follower's log matches through the end of the snapshot, no further and no
            // less.
            Some(Mutation::SnapshotMatchesAll) => self.matches(from, self.durable.last().index),
            Some(Mutation::SnapshotAnswerIgnored) => {}
            Some(Mutation::SnapshotAckedOneShort) => self.matches(from, through.saturating_sub(1)),
            // Right: a follower that took a snapshot has answered.
            Some(Mutation::SnapshotMarksSilent) => {
                self.answers[from.slot()] = Time::ZERO;
                self.matches(from, through);
            }
            Some(_) | None => self.matches(from, through),
        }
        self.advance(out);
    }
}
