//! How a leader keeps its place, or loses it: heartbeats and the quorum check.

use raftsim_node::Time;

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
        let due = self.heartbeat_due(now);
        let Role::Leader { heartbeat_due, .. } = &mut self.role else {
            return;
        };
        *heartbeat_due = due;
        // LE.1: at once when elected, then again and again, so that nobody else stands. RT.1: what
        // was sent and not answered is sent again.
        out.note("LE.1 heartbeat to all");
        for slot in 0..self.boot.voters.len() {
            let peer = self.boot.voters[slot];
            if peer != self.boot.id {
                self.append_entries(peer, out);
            }
        }
    }

    /// When the heartbeat or the retry after one at `now` is due.
    pub(crate) fn heartbeat_due(&self, now: Time) -> Time {
        now.saturating_add(self.config.heartbeat_interval)
    }

    /// Whether a majority, itself included, was heard less than an election timeout ago.
    fn has_quorum(&self, now: Time) -> bool {
        let Role::Leader { contacts, .. } = &self.role else {
            return false;
        };
        let limit = self.config.election_timeout_max();
        1 + contacts.heard_within(limit, now) >= self.boot.majority()
    }
}
