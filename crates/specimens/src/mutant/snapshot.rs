//! Compaction (§7, Figure 13): compacting the log, and installing a leader's snapshot.

use raftsim_node::{Action, Bytes, Index, NodeId, Role, Snapshot, Term, Time};

use super::disk::{Position, Write};
use super::message::Body;
use super::{Control, Mutation, Out};

impl Control {
    /// The service has made a snapshot of the entries up to `through`: the lab's `Snapshot`.
    pub(super) fn compact(&mut self, through: Index, data: Bytes, out: &mut Out) {
        if through <= self.durable.base.index || through > self.applied {
            return;
        }
        // Right: compacted entries are dropped.
        if self.has(Mutation::NeverCompacts) {
            return;
        }
        let Some(term) = self.durable.term_at(through) else { return };
        // Right: it drops the entries through `through`, and no later one.
        let more = u64::from(self.has(Mutation::CompactsOneMore));
        let base = Some(Position { index: through + more, term });
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
            // The later term in the answer is the refusal: nothing is acknowledged.
            self.send(leader, Body::Installed { asked: term, through: 0 }, out);
            return;
        }
        self.follow(leader, now);
        let through = snapshot.index;
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
        let base = Some(Position { index, term });
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
        } else {
            self.save(Write { vote, base, log, snapshot }, out);
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
            Some(_) | None => self.matches(from, through),
        }
        self.advance(out);
    }
}
