//! A log without its beginning (§7): compaction, `InstallSnapshot` and its reply.

use alloc::format;

use raftsim_node::{Bytes, Index, NodeId, Snapshot, Time};

use crate::disk::Write;
use crate::message::{InstallSnapshot, InstallSnapshotReply};
use crate::out::Out;
use crate::raft::Raft;

impl Raft {
    /// Lets the service's snapshot, of all entries through `through`, take the place of the log's
    /// beginning.
    pub(crate) fn compact(&mut self, through: Index, data: Bytes, out: &mut Out<'_>) {
        // SN.1: a snapshot takes the place of entries that are applied. One that ends before the
        // log begins brings nothing new.
        if through <= self.log.base_index() || through > self.last_applied {
            out.note("SN.1 ignore: compacted already, or not applied");
            return;
        }
        out.explain(|| format!("SN.1 compact the log through {through}"));
        let term = self
            .log
            .term_at(through)
            .expect("the log has every entry from its beginning through the last applied");
        self.keep_snapshot(Snapshot::new(through, term, data), out);
    }

    /// Sends `to` the snapshot, which stands for entries that its log lacks.
    pub(crate) fn install_snapshot(&mut self, to: NodeId, out: &mut Out<'_>) {
        let snapshot =
            self.snapshot.clone().expect("a snapshot stands for entries before the log's first");
        // SN.2: a follower that needs entries which are no longer in the log is sent the snapshot:
        // in one piece, and again at every heartbeat until it is answered.
        out.explain(|| {
            let last = snapshot.index;
            format!("SN.2 follower needs compacted entries: send the snapshot through {last}")
        });
        self.await_answer(to, snapshot.index);
        self.send(to, InstallSnapshot { term: self.current_term, snapshot }, out);
    }

    /// Takes a leader's snapshot, and answers.
    pub(crate) fn handle_install_snapshot_request(
        &mut self,
        from: NodeId,
        request: InstallSnapshot,
        now: Time,
        out: &mut Out<'_>,
    ) {
        // IS.1: a snapshot from a leader of an older term is refused.
        if request.term < self.current_term {
            out.explain(|| {
                format!("IS.1 refuse: stale term {}, mine {}", request.term, self.current_term)
            });
            self.reply_install_snapshot(from, None, out);
            return;
        }
        if !self.follow(from, now, out) {
            return;
        }
        self.persist(out);
        let Snapshot { index, term, ref data } = request.snapshot;
        // IS.5: the snapshot takes the place of one that ends at a smaller index.
        // Differs: the paper compares it with this server's snapshot, we with its commit index,
        // which is never smaller. What is committed here needs no snapshot, and is not taken back.
        if index <= self.commit_index {
            out.note("IS.5 ignore: committed here already");
        } else {
            out.explain(|| format!("IS.8 snapshot through {index} is ahead: install it"));
            let data = data.clone();
            self.keep_snapshot(request.snapshot, out);
            // IS.8: the service restarts from the snapshot.
            // Differs: where entries stay in the log (IS.6), the paper leaves the service alone.
            // Here it restarts then too: entries that it has not applied are no longer in the log.
            self.commit_index = index;
            self.last_applied = index;
            out.restore(index, term, data);
        }
        self.reply_install_snapshot(from, Some(index), out);
    }

    /// Answers a leader's `InstallSnapshot`.
    fn reply_install_snapshot(&self, to: NodeId, match_index: Option<Index>, out: &mut Out<'_>) {
        let reply = InstallSnapshotReply { term: self.current_term, match_index };
        self.send(to, reply, out);
    }

    /// Puts `snapshot` in the place of the log's beginning, in memory and on disk.
    fn keep_snapshot(&mut self, snapshot: Snapshot, out: &mut Out<'_>) {
        let stays = self.log.compact(snapshot.index, snapshot.known_term());
        self.snapshot = Some(snapshot.clone());
        // DU.2: log and snapshot are on disk before a message relies on them: in one write.
        if !stays {
            self.written_through = snapshot.index;
        }
        out.persist(Write::Snapshot(snapshot));
    }
}
