//! The timing that both specimens share: constants that neither post gives, and the times at which
//! a polling loop polls.

use raftsim_node::{Duration, Time};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// The time from one round of heartbeats to the next. The lab allows ten a second.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(100);

/// The shortest election timeout: three heartbeat intervals. The paper's 150 ms would be too short,
/// because the lab allows only ten heartbeats a second.
const ELECTION_TIMEOUT_LEAST: Duration = Duration::from_millis(300);

/// Election timeouts are shorter than this: twice the shortest, as in the paper. Several elections
/// fit into the five seconds that the lab allows.
pub(crate) const ELECTION_TIMEOUT_LIMIT: Duration = Duration::from_millis(600);

/// Draws a new election timeout: whole milliseconds, uniform in the range.
pub(crate) fn election_timeout(rng: &mut ChaCha8Rng) -> Duration {
    let choices = (ELECTION_TIMEOUT_LIMIT - ELECTION_TIMEOUT_LEAST).as_millis();
    ELECTION_TIMEOUT_LEAST + Duration::from_millis((u64::from(rng.next_u32()) * choices) >> 32)
}

/// The first poll at `time` or later, of a loop that polls at `origin` and then every `period`.
pub(crate) fn first_look(origin: Time, period: Duration, time: Time) -> Time {
    let looks = time.since(origin).as_nanos().div_ceil(period.as_nanos());
    origin.saturating_add(Duration::from_nanos(looks.saturating_mul(period.as_nanos())))
}

/// The last poll of that loop before `time`; `origin` if there is none.
pub(crate) fn last_look(origin: Time, period: Duration, time: Time) -> Time {
    let looks = time.since(origin).as_nanos().saturating_sub(1) / period.as_nanos();
    origin.saturating_add(Duration::from_nanos(looks * period.as_nanos()))
}
