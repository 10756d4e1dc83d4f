//! A log without its beginning (§7): compaction, `InstallSnapshot` and its reply.

use raftsim_node::{Bytes, Index, NodeId, Snapshot, Time};

use crate::disk::Write;
use crate::message::{InstallSnapshot, InstallSnapshotReply};
use crate::out::Out;
use crate::raft::Raft;

impl Raft {
    /// The service has folded all entries through an index.
    pub(crate) fn compact(&mut self, through: Index, data: Bytes, out: &mut Out<'_>) {
        // SN.1: only what was applied is in the service, and only what is not yet folded is news.
        if through <= self.log.base_index() || through > self.last_applied {
            out.note("SN.1 ignore: folded already, or never applied");
            return;
        }
        out.note("SN.1 fold the log into the snapshot");
        let term = self.log.term_at(through).expect("what was applied is here");
        self.keep_snapshot(Snapshot { index: through, term, data }, out);
    }

    /// Sends one follower the snapshot, which holds what its log lacks.
    pub(crate) fn install_snapshot(&mut self, to: NodeId, out: &mut Out<'_>) {
        let snapshot = self.snapshot.clone().expect("what is not in the log is in the snapshot");
        // SN.2: in one piece, and again at every heartbeat until it is answered.
        out.note("SN.2 follower is behind the log's beginning: send the snapshot");
        self.await_answer(to, Some(snapshot.index));
        self.send(to, InstallSnapshot { term: self.current_term, snapshot }, out);
    }

    /// Answers a leader that sends its snapshot.
    pub(crate) fn handle_install_snapshot_request(
        &mut self,
        from: NodeId,
        request: InstallSnapshot,
        now: Time,
        out: &mut Out<'_>,
    ) {
        // IS.1: a leader of an older term has been replaced.
        if request.term < self.current_term {
            out.note("IS.1 refuse: stale term");
            self.reply_install_snapshot(from, None, out);
            return;
        }
        if !self.follow(from, now, out) {
            return;
        }
        self.persist(out);
        let Snapshot { index, term, ref data } = request.snapshot;
        // IS.5: what is committed here is not taken back.
        // Differs: the paper compares with the snapshot that is here; commitIndex is never behind
        // that, and what is committed here needs no snapshot to get here.
        if index <= self.commit_index {
            out.note("IS.5 ignore: committed here already");
        } else {
            out.note("IS.8 snapshot is ahead: install it");
            let data = data.clone();
            self.keep_snapshot(request.snapshot, out);
            // IS.8: the service starts again from the snapshot, and so does what is applied.
            // Differs: the paper leaves the service alone where IS.6 keeps the log. Here it starts
            // again then too: what it lacks up to there has just been folded.
            self.commit_index = index;
            self.last_applied = index;
            out.restore(index, term, data);
        }
        self.reply_install_snapshot(from, Some(index), out);
    }

    /// Tells a leader how its snapshot went.
    fn reply_install_snapshot(&self, to: NodeId, match_index: Option<Index>, out: &mut Out<'_>) {
        let reply = InstallSnapshotReply { term: self.current_term, match_index };
        self.send(to, reply, out);
    }

    /// Puts a snapshot in the place of the log's beginning, in memory and on disk.
    fn keep_snapshot(&mut self, snapshot: Snapshot, out: &mut Out<'_>) {
        let stays = self.log.compact(snapshot.index, snapshot.term);
        self.snapshot = Some(snapshot.clone());
        // DU.2: log and snapshot in one write.
        if !stays {
            self.written_through = snapshot.index;
        }
        out.persist(Write::Snapshot(snapshot));
    }
}
