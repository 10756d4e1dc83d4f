//! How a leader keeps its place, or loses it: `AppendEntries`, its reply, and the quorum check.

use raftsim_node::{NodeId, Time};

use crate::log::Entries;
use crate::message::{AppendEntries, AppendEntriesReply};
use crate::out::Out;
use crate::raft::Raft;
use crate::role::Role;

impl Raft {
    /// A heartbeat is due: send it, unless the office is lost.
    pub(crate) fn heartbeat(&mut self, now: Time, out: &mut Out<'_>) {
        // CQ.1: a leader without a majority cannot commit, and says so by no longer leading.
        if self.config.check_quorum && !self.has_quorum(now) {
            out.note("CQ.1 quorum lost: step down");
            self.become_follower(None, now);
            return;
        }
        self.send_heartbeats(now, out);
    }

    /// Sends heartbeats to all others.
    pub(crate) fn send_heartbeats(&mut self, now: Time, out: &mut Out<'_>) {
        let due = now.saturating_add(self.config.heartbeat_interval);
        let Role::Leader { heartbeat_due, .. } = &mut self.role else {
            return;
        };
        *heartbeat_due = due;
        // LE.1: at once when elected, then again and again, so that nobody else stands.
        out.note("LE.1 heartbeat to all");
        for peer in self.boot.peers() {
            self.append_entries(peer, out);
        }
    }

    /// Sends one follower what follows its log: nothing yet, from the log's end on.
    fn append_entries(&self, to: NodeId, out: &mut Out<'_>) {
        let request = AppendEntries {
            term: self.current_term,
            prev_log_index: self.log.last_index(),
            prev_log_term: self.log.last_term(),
            entries: Entries::NONE,
            leader_commit: self.commit_index,
        };
        self.send(to, request, out);
    }

    /// Whether a majority, itself included, was heard less than an election timeout ago.
    fn has_quorum(&self, now: Time) -> bool {
        let Role::Leader { contacts, .. } = &self.role else {
            return false;
        };
        let limit = self.config.election_timeout_max();
        1 + contacts.heard_within(limit, now) >= self.boot.majority()
    }

    /// Answers a leader.
    pub(crate) fn handle_append_entries_request(
        &mut self,
        from: NodeId,
        request: &AppendEntries,
        now: Time,
        out: &mut Out<'_>,
    ) {
        // AE.1: a leader of an older term has been replaced.
        if request.term < self.current_term {
            out.note("AE.1 refuse: stale term");
            self.reply_append_entries(from, false, out);
            return;
        }
        // Two leaders in one term cannot be; one of them is lying, and it is not this one.
        if matches!(self.role, Role::Leader { .. }) {
            out.note("FO.1 ignore: rival leader in this server's own term");
            return;
        }
        // CA.3: a candidate that hears this term's leader has lost.
        if matches!(self.role, Role::Candidate { .. }) {
            out.note("CA.3 leader heard: follow");
        }
        self.become_follower(Some(from), now);
        self.persist(out);
        let success = self.accepts(request, out);
        self.reply_append_entries(from, success, out);
    }

    /// Whether this log holds what the request says, up to its last entry.
    fn accepts(&self, request: &AppendEntries, out: &mut Out<'_>) -> bool {
        // AE.2: the entry before the new ones must be here, in the same term.
        if self.log.term_at(request.prev_log_index) != Some(request.prev_log_term) {
            out.note("AE.2 refuse: no such previous entry");
            return false;
        }
        // Not built yet: what is not stored is not acknowledged.
        if !request.entries.is_empty() {
            out.note("AE.2 passed, but replication is not built yet: refuse");
            return false;
        }
        out.note("AE.2 accept: previous entry matches");
        true
    }

    /// Tells a leader how its request went.
    fn reply_append_entries(&self, to: NodeId, success: bool, out: &mut Out<'_>) {
        let reply = AppendEntriesReply { term: self.current_term, success };
        self.send(to, reply, out);
    }
}
