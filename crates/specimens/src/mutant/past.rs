//! What some mutants remember, and do in a later office or after it. No rule of Raft needs it.

use raftsim_node::{Index, Role, Time};

use super::{Control, Mutation, Out};

/// What happened in this life.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    /// How often it stood for election.
    pub(super) stood: u32,
    /// How often it was elected.
    pub(super) offices: u32,
    /// The highest commit index that a leader has sent to it.
    pub(super) told: Index,
}

impl Control {
    /// Right: heartbeats end with the office. Whether it sends them although it leads no more.
    pub(super) fn beats_on(&self) -> bool {
        let has_led = self.role == Role::Follower && self.past.offices > 0;
        has_led && self.has(Mutation::HeartbeatsAfterOffice)
    }

    /// Sends them.
    pub(super) fn beat_on(&mut self, now: Time, out: &mut Out) {
        self.repeat_at = now.saturating_add(self.heartbeat_interval());
        for peer in self.boot.clone().peers() {
            self.send_bare_heartbeat(peer, out);
        }
    }
}
