//! What Raft leaves open, as data: the settings in which right Rafts differ. The default is the
//! control, as the head of [`super`] describes it.

use raftsim_node::{Claims, Duration, Index};

/// How a server does what Raft leaves open. Every policy is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Policy {
    /// The least election timeout.
    pub timeout_least: Duration,
    /// Election timeouts exceed the least by less than this.
    pub timeout_spread: Duration,
    /// The least time from one round of heartbeats, or of requests for votes, to the next.
    pub heartbeat_least: Duration,
    /// That time exceeds the least by less than this, drawn anew each time.
    pub heartbeat_spread: Duration,

    /// A server stands for election only if a majority would vote for it (thesis §9.6).
    pub asks_first: bool,
    /// A leader steps down if too few followers answer it for the longest election timeout (thesis
    /// §6.2).
    pub steps_down: bool,
    /// A server that hears its leader does not enter the later term of a candidate (thesis §4.2.3).
    pub is_sticky: bool,
    /// A server restarts its election timer in each later term.
    pub restarts_in_later_terms: bool,
    /// A candidate restarts its election timer when it gets a vote.
    pub restarts_at_votes: bool,
    /// A candidate writes its new term first, and its vote in a second write.
    pub writes_vote_alone: bool,
    /// When a candidate asks again for the votes that it lacks.
    pub asks_again: AsksAgain,
    /// Only one server may stand for election in each term: the term, divided by the number of
    /// servers, leaves the server's slot.
    pub has_own_terms: bool,
    /// A server answers messages of earlier terms (Figure 2).
    pub answers_stale: bool,
    /// A server says which server leads: to clients that it refuses, and in its status.
    pub names_leader: bool,

    /// A new leader appends an entry without a command (§8).
    pub no_op: bool,
    /// A heartbeat has no entries and moves no entry's request: what is outstanding is sent again
    /// when a heartbeat is answered.
    pub heartbeats_apart: bool,
    /// When a leader sends a new commit index.
    pub commit_news: CommitNews,
    /// For how long a leader gathers proposals before it sends them.
    pub gathers: Duration,
    /// How many requests with entries a leader may have outstanding to each follower.
    pub window: u32,
    /// How many entries a message has at most.
    pub entries_at_once: usize,
    /// How a leader goes back after a refusal.
    pub backs_up: BacksUp,
    /// How many of its last entries a new leader sends before it knows whether the logs agree. If
    /// there are any, each request has entries from `nextIndex` on, as in Figure 2.
    pub guesses: Index,
    /// A follower that lacks at least this many of the entries that the snapshot covers gets the
    /// snapshot, even if the log still has them.
    pub snapshot_from: Index,

    /// When entries are written.
    pub writes: Writes,
    /// The commit index is on the disk too. It need not be.
    pub writes_commit: bool,
    /// How long after they are committed entries are applied. Zero: in the same step.
    pub applies_after: Duration,
    /// How many entries are applied in one step, if they are not applied at once.
    pub applies_at_once: usize,
    /// How many entries of those that a snapshot covers the log keeps.
    pub keeps: Index,
    /// A log of fewer entries is not compacted.
    pub compacts_from: usize,
}

/// When a candidate asks again for the votes that it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsksAgain {
    /// Every heartbeat interval.
    EachHeartbeat,
    /// After times that are drawn anew each time: up to two heartbeat intervals.
    AtRandom,
    /// Never: it stands for election again when its timer ends.
    Never,
}

/// When a leader sends a new commit index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitNews {
    /// With the next request, which follows at once unless another is outstanding.
    WithRequests,
    /// At once, in a message of its own.
    AtOnce,
    /// With the next heartbeat. Until then requests repeat the commit index of the last one.
    WithHeartbeats,
}

/// How a leader goes back after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BacksUp {
    /// By whole terms, with the follower's hint (§5.3).
    ByTerms,
    /// By one entry, as in Figure 2, within this many last entries; further back by whole terms,
    /// because the lab demands that a long log is corrected quickly.
    ByOne(Index),
    /// Half of the way to the last entry that is known to match.
    ByHalves,
}

/// When entries are written to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// In the step that stores them, in one write.
    AtOnce,
    /// In the step that stores them, each in a write of its own.
    EntryByEntry,
    /// This much later, in one write. Until then a follower does not acknowledge them and a leader
    /// does not count itself; but a leader sends them already (thesis §10.2.1). Before anything
    /// else is written, they are.
    After(Duration),
}

/// How late a heartbeat may be on a network that nothing disturbs.
const LATE: Duration = Duration::from_millis(52);

impl Policy {
    /// The control's.
    pub const CONTROL: Self = Self {
        // Four heartbeats, so that one may be lost and another late.
        timeout_least: Duration::from_millis(400),
        // Enough for seven servers to time out one by one.
        timeout_spread: Duration::from_millis(400),
        heartbeat_least: Duration::from_millis(100),
        heartbeat_spread: Duration::ZERO,
        asks_first: false,
        steps_down: false,
        is_sticky: false,
        restarts_in_later_terms: false,
        restarts_at_votes: false,
        writes_vote_alone: false,
        asks_again: AsksAgain::EachHeartbeat,
        has_own_terms: false,
        answers_stale: true,
        names_leader: true,
        no_op: false,
        heartbeats_apart: false,
        commit_news: CommitNews::WithRequests,
        gathers: Duration::ZERO,
        window: 1,
        entries_at_once: usize::MAX,
        backs_up: BacksUp::ByTerms,
        guesses: 0,
        snapshot_from: Index::MAX,
        writes: Writes::AtOnce,
        writes_commit: false,
        applies_after: Duration::ZERO,
        applies_at_once: usize::MAX,
        keeps: 0,
        compacts_from: 0,
    };

    /// Every election timeout is shorter than this.
    pub(super) fn longest_timeout(&self) -> Duration {
        self.timeout_least + self.timeout_spread
    }

    /// What a server with this policy promises.
    pub(super) fn claims(&self) -> Claims {
        let mut claims = Claims::default();
        // Five election timeouts: each may end in a split vote, and that five in a row do is
        // unlikely.
        let within = self.longest_timeout() * 5;
        if within > claims.elects_within {
            claims = claims.electing_within(within);
        }
        let shortest = self.timeout_least.min(claims.elects_within / 5);
        let slowest = self.heartbeat_least + self.heartbeat_spread;
        if slowest + LATE < shortest {
            claims = claims.keeping_its_leader();
        }
        if self.answers_stale {
            claims = claims.answering_earlier_terms();
        }
        if self.steps_down {
            // Elected after an election timeout at most, it counts another one for each voter.
            claims = claims.stepping_down_within(self.longest_timeout() * 2 + slowest);
        }
        if self.asks_first {
            claims = claims.asking_before_standing();
        }
        // A message may take a fiftieth of that time, and is answered within an election timeout.
        if self.asks_first && self.steps_down && self.timeout_least > claims.elects_within / 25 {
            claims = claims.coping_with_standing_faults();
        }
        if self.no_op {
            claims = claims.with_own_entries();
        }
        claims
    }

    /// Whether a server puts off anything until after the step, or has something to do at its end.
    pub(super) fn puts_off(&self) -> bool {
        matches!(self.writes, Writes::After(_))
            || self.writes_commit
            || self.applies_after > Duration::ZERO
            || self.gathers > Duration::ZERO
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::CONTROL
    }
}
