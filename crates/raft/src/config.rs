//! A server's settings, and their defaults for the lab.

use core::ops::Range;

use raftsim_node::{Claims, Duration};

/// A server's settings. [`Config::default`] is what the labs ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a follower or a candidate waits before it begins an election. Each timeout is drawn
    /// uniformly from this range (§5.2). An empty range always gives its start. The start must be
    /// more than zero.
    ///
    /// Default: 400 ms to 800 ms. The lab asks for a new leader within five seconds after the old
    /// one fails.
    ///
    /// Differs: the paper suggests 150 to 300 ms (§9.3). With the lab's ten heartbeats a second,
    /// one or two lost heartbeats would then begin an election.
    pub election_timeout: Range<Duration>,
    /// The time between a leader's heartbeats, and between a candidate's requests to a voter that
    /// does not answer. Must be more than zero.
    ///
    /// Default: 100 ms. The lab allows at most ten heartbeats a second.
    pub heartbeat_interval: Duration,
    /// Whether a leader steps down when it has not heard from a majority for an election timeout
    /// (thesis §6.2).
    ///
    /// Default: true. Without it, a leader that is cut off from the others stays leader until it
    /// hears of a higher term.
    pub check_quorum: bool,
    /// Whether a server begins an election only if a majority would vote for it (thesis §9.6).
    ///
    /// Default: false. With it, a server that was cut off comes back in the term in which it left,
    /// and does not depose the leader.
    pub pre_vote: bool,
    /// Whether a server that has a leader, which it heard less than the shortest election timeout
    /// ago, refuses its vote to every candidate and does not enter the candidate's term (thesis
    /// §4.2.3).
    ///
    /// Default: false. It needs `check_quorum`, as `pre_vote` does: otherwise a leader that has lost
    /// its majority can keep a few followers forever, and without these no other server may win.
    pub protect_leader: bool,
    /// The largest number of entries in one message. Must be more than zero.
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
            pre_vote: false,
            protect_leader: false,
            entries_at_once: 1024,
        }
    }
}

impl Config {
    /// An upper bound on election timeouts: the end of the range, or its start if the range is
    /// empty.
    pub fn election_timeout_max(&self) -> Duration {
        self.election_timeout.start.max(self.election_timeout.end)
    }

    /// The time within which a leader is elected in a calm world: five of the longest election
    /// timeouts, or the lab's five seconds if that is longer. Each timeout of a server may end in a
    /// split vote. That five in a row do is unlikely if the range is wide enough: its end should be
    /// at least a fifth above its start.
    pub fn elects_within(&self) -> Duration {
        let longest = self.election_timeout_max().as_nanos();
        Duration::from_nanos(longest.saturating_mul(5)).max(Claims::ELECTS_WITHIN)
    }

    /// Whether heartbeats keep followers from standing for election, also if one of them is as late
    /// as a message may be on a network that nothing disturbs: by 50 ms.
    pub fn keeps_its_leader(&self) -> bool {
        const LATE: Duration = Duration::from_millis(52);
        let shortest = self.election_timeout.start.min(self.elects_within() / 5);
        self.heartbeat_interval.as_nanos().saturating_add(LATE.as_nanos()) < shortest.as_nanos()
    }

    /// Whether a majority makes progress although faults stand (thesis §6.2 and §9.6): no server
    /// deposes a leader that others still hear, and no leader without a majority is kept. Messages
    /// that take a fiftieth of [`Config::elects_within`] must be answered within an election timeout.
    pub fn copes_with_standing_faults(&self) -> bool {
        let there_and_back = Duration::from_nanos(self.elects_within().as_nanos() / 25);
        let is_patient = self.election_timeout.start > there_and_back;
        self.pre_vote && self.protect_leader && self.check_quorum && is_patient
    }

    /// Panics if the settings would make timers end at one instant forever, or let no entry be
    /// sent.
    pub(crate) fn assert_valid(&self) {
        assert!(self.election_timeout.start > Duration::ZERO, "the election timeout is zero");
        assert!(self.heartbeat_interval > Duration::ZERO, "the heartbeat interval is zero");
        assert!(self.entries_at_once > 0, "a message may carry no entries");
    }
}
