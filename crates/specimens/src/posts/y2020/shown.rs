//! What people see of a server's memory: everything but the random generator.

use std::fmt;

use super::Server;

impl<const STEPS_DOWN: bool> fmt::Debug for Server<STEPS_DOWN> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Post2020")
            .field("id", &self.boot.id)
            .field("voters", &self.boot.voters)
            .field("steps_down", &STEPS_DOWN)
            .field("state", &self.state)
            .field("durable", &self.durable)
            .field("votes", &self.votes)
            .field("election_timeout_at", &self.election_timeout_at)
            .field("heartbeat_at", &self.heartbeat_at)
            .field("last_turn", &self.last_turn)
            .field("round", &self.round)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}
