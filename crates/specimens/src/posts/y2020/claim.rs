//! The claim of the post of 2020, and why its fixed version keeps it.

use raftsim_node::Duration;

use super::TURN;
use crate::posts::timing::{ELECTION_TIMEOUT_LIMIT, HEARTBEAT_INTERVAL};

/// The time within which the calls of a round must return: the post's `time.After`.
pub(super) const RPC_TIMEOUT: Duration = Duration::from_millis(100);

/// The longest time that a leader of [`super::Post2020`] goes on leading after messages of a
/// majority, itself counted, were last delivered to it.
///
/// Call that moment m: after it, fewer peers than a majority needs deliver anything. So a round of
/// heartbeats that starts after m (in the order of events) is not answered by a majority, is over
/// within the time that calls get (R), and ends the leadership. When does the first such round
/// start?
///
/// - **If the leader started a round before m**, let s < m be when the last of them did. It was
///   over by s + R, and the leadership with it, or the next round starts at the first turn that
///   finds the interval (H) over: within one turn of s + H, or one turn after the last round's end,
///   whichever is later. So the leader steps down by m + max(H, R) + one turn + R: 210 ms.
/// - **If not**, its first round fails. It won an election that started at some e, and all votes
///   but its own came after e; so e <= m. But where it takes more than one of them the first may be
///   as old as the election, and its sender silent since. It won no later than the turn that would
///   have held the next election, which is at most the limit of the election timeout (T) after e,
///   as T is whole turns. Its first round starts at that turn or earlier. So it steps down by
///   m + T + R: 700 ms. Among three servers this cannot be: there the one vote that elects is a
///   message of a majority.
///
/// The claim is the longer of the two times. It is measured by the server's clock, without pauses
/// and jumps, and with a disk that writes at once.
pub const STEPS_DOWN_WITHIN: Duration = {
    let after_a_round = longer(HEARTBEAT_INTERVAL, RPC_TIMEOUT).as_nanos() + TURN.as_nanos();
    let to_the_next = longer(Duration::from_nanos(after_a_round), ELECTION_TIMEOUT_LIMIT);
    Duration::from_nanos(to_the_next.as_nanos() + RPC_TIMEOUT.as_nanos())
};

const fn longer(one: Duration, other: Duration) -> Duration {
    if one.as_nanos() > other.as_nanos() { one } else { other }
}

// The second case depends on this.
const _: () = assert!(ELECTION_TIMEOUT_LIMIT.as_nanos().is_multiple_of(TURN.as_nanos()));
