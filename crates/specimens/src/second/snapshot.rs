//! Compaction (§7, Figure 13): folding the log, and taking a leader's snapshot.

use raftsim_node::{Action, Bytes, Index, NodeId, Role, Snapshot, Term, Time};

use super::disk::{Position, Write};
use super::message::Body;
use super::{Out, Second};

impl Second {
    /// The service has folded the entries through an index: the lab's `Snapshot`.
    pub(super) fn compact(&mut self, through: Index, data: Bytes, out: &mut Out) {
        if through <= self.held.base.index || through > self.applied {
            return;
        }
        let Some(term) = self.held.term_at(through) else { return };
        let base = Some(Position { index: through, term });
        let snapshot = Some(Snapshot { index: through, term, data });
        self.save(Write { base, snapshot, ..Write::default() }, out);
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
            // The term alone says no, and nothing is acknowledged.
            self.send(leader, Body::Installed { asked: term, through: 0 }, out);
            return;
        }
        self.follow(leader, now);
        let through = snapshot.index;
        // What is committed here is more than an old snapshot knows.
        if through > self.commit {
            self.replace_by(snapshot, out);
        }
        self.send(leader, Body::Installed { asked: term, through }, out);
    }

    /// Log and snapshot change in one write. Entries behind the snapshot stay if they follow its
    /// last (Figure 13, 6).
    fn replace_by(&mut self, snapshot: Snapshot, out: &mut Out) {
        let Snapshot { index, term, ref data } = snapshot;
        let data = data.clone();
        let follows = self.held.term_at(index) == Some(term);
        let log = (!follows).then(|| (index + 1, vec![]));
        let base = Some(Position { index, term });
        self.save(Write { base, log, snapshot: Some(snapshot), ..Write::default() }, out);
        self.commit = index;
        self.applied = index;
        out.push(Action::Restore { index, term, snapshot: data });
    }

    /// The answer to `InstallSnapshot`.
    pub(super) fn installed(&mut self, from: NodeId, asked: Term, through: Index, out: &mut Out) {
        if self.role != Role::Leader || asked != self.term() {
            return;
        }
        self.matches(from, through);
        self.advance(out);
    }
}
