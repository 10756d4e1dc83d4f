//! When a server stands for election, and when it sends again.

use raftsim_node::{Duration, Role, Time};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Control, Mutation, Policy};

impl Control {
    pub(super) fn reset_election_timer(&mut self, now: Time) {
        // Right: drawn anew each time (§5.2), well above the heartbeat interval, and well below the
        // time within which a leader is demanded.
        if self.has(Mutation::TimeoutDrawnOnce) {
            self.rng = ChaCha8Rng::seed_from_u64(self.boot.seed);
        }
        let draw = if self.has(Mutation::SameTimeout) { u32::MAX / 2 } else { self.rng.next_u32() };
        let timeout = drawn(self.policy.timeout_least, self.policy.timeout_spread, draw);
        let timeout = match self.mutation {
            Some(Mutation::TimeoutTooShort) => timeout / 10,
            Some(Mutation::TimeoutTooLong) => timeout * 20,
            Some(Mutation::BackOffNeverEnds) => timeout * (1_u64 << self.past.stood.min(6)),
            Some(_) | None => timeout,
        };
        self.election_at = now.saturating_add(timeout);
    }

    /// The time to the next round of heartbeats, or of requests for votes.
    pub(super) fn heartbeat_interval(&mut self) -> Duration {
        let Policy { heartbeat_least: least, heartbeat_spread: spread, .. } = self.policy;
        // Right: a leader has one timer, and what is not answered waits for it.
        match self.mutation {
            Some(Mutation::HeartbeatTimersPileUp) if self.role == Role::Leader => {
                return least / u64::from(self.past.offices);
            }
            Some(Mutation::RetriesAtOnce) if self.peers.iter().any(|peer| peer.waits) => {
                return Duration::from_millis(1);
            }
            Some(_) | None => {}
        }
        if spread == Duration::ZERO { least } else { drawn(least, spread, self.rng.next_u32()) }
    }
}

/// A time of at least `least`, which `draw` makes longer by less than `spread`.
pub(super) fn drawn(least: Duration, spread: Duration, draw: u32) -> Duration {
    least + Duration::from_nanos((u64::from(draw) * spread.as_nanos()) >> 32)
}
