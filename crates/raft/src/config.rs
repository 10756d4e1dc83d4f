//! What can be set, and the lab's defaults.

use core::ops::Range;

use raftsim_node::Duration;

/// A server's settings. [`Config::default`] is what the labs ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a follower or a candidate waits before it starts an election: drawn uniformly from
    /// this range, anew at every reset (§5.2). An empty range always gives its start, which must be
    /// more than zero.
    ///
    /// Default: 400 ms up to 800 ms. The lab demands a new leader within five seconds of the old
    /// one's failure.
    ///
    /// Differs: the paper suggests 150 to 300 ms. With the lab's ten heartbeats a second that would
    /// leave room for one lost heartbeat or two.
    pub election_timeout: Range<Duration>,
    /// How long a leader is silent between heartbeats, and a candidate before it asks those again
    /// that have not answered. Must be more than zero.
    ///
    /// Default: 100 ms, for the lab allows at most ten heartbeats a second.
    pub heartbeat_interval: Duration,
    /// Whether a leader steps down when it has not heard from a majority for an election timeout
    /// (thesis §6.2).
    ///
    /// Default: yes. Without it a leader that is cut off calls itself leader until it hears of a
    /// higher term.
    pub check_quorum: bool,
    /// The most entries that one message carries. Must be more than zero.
    ///
    /// Default: 1024.
    pub entries_at_once: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            election_timeout: Duration::from_millis(400)..Duration::from_millis(800),
            heartbeat_interval: Duration::from_millis(100),
            check_quorum: true,
            entries_at_once: 1024,
        }
    }
}

impl Config {
    /// The longest election timeout that may be drawn, or a bound on it.
    pub fn election_timeout_max(&self) -> Duration {
        self.election_timeout.start.max(self.election_timeout.end)
    }

    /// Stops a server whose timers would fire for ever at one instant, or that could send nothing.
    pub(crate) fn assert_valid(&self) {
        assert!(self.election_timeout.start > Duration::ZERO, "an election timeout of zero");
        assert!(self.heartbeat_interval > Duration::ZERO, "a heartbeat interval of zero");
        assert!(self.entries_at_once > 0, "messages without entries");
    }
}
