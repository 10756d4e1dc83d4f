//! The timing that both specimens share: the constants that neither post settles, and the moments
//! at which a polling loop looks.

use raftsim_node::{Duration, Time};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// From one round of heartbeats to the next. The lab allows ten a second.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);

/// The shortest election timeout: three heartbeat intervals. The paper's 150 ms would not do, as
/// the lab slows the heartbeats down and asks for timeouts to match.
const ELECTION_TIMEOUT_LEAST: Duration = Duration::from_millis(300);

/// No election timeout is as long as this. Twice the shortest, as in the paper: several elections
/// fit into the five seconds that the lab allows.
pub(crate) const ELECTION_TIMEOUT_LIMIT: Duration = Duration::from_millis(600);

/// A new election timeout: whole milliseconds, all that are in the range alike.
pub(crate) fn election_timeout(rng: &mut ChaCha8Rng) -> Duration {
    let choices = (ELECTION_TIMEOUT_LIMIT - ELECTION_TIMEOUT_LEAST).as_millis();
    ELECTION_TIMEOUT_LEAST + Duration::from_millis((u64::from(rng.next_u32()) * choices) >> 32)
}

/// The first moment, not before `time`, at which a loop looks that has looked at `origin` and does
/// so every `period` since.
pub(crate) fn first_look(origin: Time, period: Duration, time: Time) -> Time {
    let looks = time.since(origin).as_nanos().div_ceil(period.as_nanos());
    origin.saturating_add(Duration::from_nanos(looks.saturating_mul(period.as_nanos())))
}

/// The last moment before `time` at which that loop looks; `origin` if there is none.
pub(crate) fn last_look(origin: Time, period: Duration, time: Time) -> Time {
    let looks = time.since(origin).as_nanos().saturating_sub(1) / period.as_nanos();
    origin.saturating_add(Duration::from_nanos(looks * period.as_nanos()))
}
