//! How a leader stays leader, or steps down: heartbeats and the quorum check.

use raftsim_node::Time;

use crate::out::Out;
use crate::raft::Raft;
use crate::role::Role;

impl Raft {
    /// Sends the heartbeats that are due, unless the leader has lost its majority.
    pub(crate) fn heartbeat(&mut self, now: Time, out: &mut Out<'_>) {
        // CQ.1: a leader steps down when it has not heard from a majority for an election timeout.
        // It could not commit anything.
        if self.config.check_quorum && !self.has_quorum(now) {
            out.note("CQ.1 quorum lost: step down");
            self.become_follower(None, now);
            return;
        }
        self.send_heartbeats(now, out);
    }

    /// Sends heartbeats to all other servers.
    pub(crate) fn send_heartbeats(&mut self, now: Time, out: &mut Out<'_>) {
        let due = self.heartbeat_due(now);
        let Role::Leader { heartbeat_due, .. } = &mut self.role else {
            return;
        };
        *heartbeat_due = due;
        // LE.1: a leader sends heartbeats as soon as it is elected and then at every interval, so
        // that no other server begins an election.
        // RT.1: what was sent and is not answered is repeated: heartbeats carry it.
        out.note("LE.1 heartbeat to all");
        for slot in 0..self.boot.voters.len() {
            let peer = self.boot.voters[slot];
            if peer != self.boot.id {
                self.append_entries(peer, out);
            }
        }
    }

    /// When the heartbeat or the retry after the one at `now` is due.
    pub(crate) fn heartbeat_due(&self, now: Time) -> Time {
        now.saturating_add(self.config.heartbeat_interval)
    }

    /// Whether this leader has heard from a majority, itself included, less than the longest
    /// election timeout ago.
    fn has_quorum(&self, now: Time) -> bool {
        let Role::Leader { contacts, .. } = &self.role else {
            return false;
        };
        let limit = self.config.election_timeout_max();
        1 + contacts.heard_within(limit, now) >= self.boot.majority()
    }
}
