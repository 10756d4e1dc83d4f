//! How much time the lab gives a cluster: its limits, stretched for a node that claims to need
//! longer than the lab allows for an election.
//!
//! Every limit of the lab is at most a few of its elections long, so all of them are stretched
//! alike, by a whole number. A node that claims the lab's five seconds or less gets the lab's
//! limits.

use raftsim_node::{Claims, Duration};
use raftsim_oracles::LeaderLiveness;

/// How many times as long as the lab's the limits are for nodes with these `claims`: 1 unless they
/// claim more than five seconds for an election.
pub fn limits_times(claims: &Claims) -> u64 {
    Pace::of(std::iter::once(*claims)).times
}

/// The node's own bound for an election, and the factor that makes the lab's limits no shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    bound: Duration,
    times: u64,
}

impl Pace {
    /// The pace of servers with these claims.
    pub(crate) fn of(claims: impl Iterator<Item = Claims>) -> Self {
        let bound = LeaderLiveness::bound_of(claims);
        let times = bound.as_nanos().div_ceil(LeaderLiveness::LIMIT.as_nanos());
        Self { bound, times }
    }

    /// The time within which the node elects a leader, in a calm world.
    pub(crate) fn bound(self) -> Duration {
        self.bound
    }

    /// How many times as long as the lab's the limits are.
    pub(crate) fn times(self) -> u64 {
        self.times
    }

    /// A limit of the lab, or of ours that was made for the lab's elections, as it is for this
    /// node.
    pub(crate) fn stretch(self, limit: Duration) -> Duration {
        limit * self.times
    }
}
