//! What people see of a server's memory: everything but the random generator.

use std::fmt;

use super::Post2025;

impl fmt::Debug for Post2025 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Post2025")
            .field("id", &self.boot.id)
            .field("voters", &self.boot.voters)
            .field("booted", &self.booted)
            .field("state", &self.state)
            .field("durable", &self.durable)
            .field("votes", &self.votes)
            .field("election_timer", &self.election_timer)
            .field("heartbeat_timer", &self.heartbeat_timer)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}
