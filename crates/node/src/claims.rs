//! What a node claims: what it promises beyond the paper, or of its own speed.

use crate::Duration;

/// What a node promises beyond the paper. By default it promises nothing but to elect its leaders
/// as fast as the lab asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a claim of its own")]
pub struct Claims {
    /// The time, by the leader's clock, after which a leader without a majority has stepped down.
    /// It counts from the last moment by which messages from a majority (the leader included) had
    /// reached it. The paper does not ask for this.
    pub steps_down_within: Option<Duration>,
    /// Whether the log also gets entries of the Raft's own, such as a no-op at election.
    pub own_entries: bool,
    /// The time within which servers that can talk undisturbed, and whose logs end alike, elect a
    /// leader: by default the five seconds that the lab allows ([`Claims::ELECTS_WITHIN`]). A node
    /// with long election timeouts needs more. It is then judged by its own bound, and the lab's
    /// limits are stretched.
    pub elects_within: Duration,
    /// Whether a server answers a leader or a candidate of an earlier term, with its own term, so
    /// that it learns of that (Figure 2: "reply false if term < currentTerm"). Many Rafts drop such
    /// messages instead.
    pub answers_earlier_terms: bool,
    /// Whether a majority makes progress although faults stand: while each two of its servers reach
    /// each other, whatever the other servers can send in, over slow links, with slow disks, by
    /// clocks that are somewhat off. Of the other servers none reaches and hears so many that it
    /// could lead. The paper alone does not give this: a server that is cut off in one direction
    /// may depose every leader (thesis §9.6), and one that hears a leader may keep a majority from
    /// electing another.
    pub copes_with_standing_faults: bool,
    /// Whether a server stands for election only after a majority, itself included, has answered that
    /// it would vote for it (pre-vote, thesis §9.6): a server that reaches no majority, or whose log
    /// is behind, enters no new term.
    pub asks_before_standing: bool,
    /// Whether a leader and its term stay while nothing disturbs a majority that knows them: its
    /// heartbeats keep the others from standing for election, and it does not pass the leadership
    /// on. A leader sends its first heartbeats when it is elected (Figure 2), and the next ones at
    /// most a fifth of [`Claims::elects_within`] apart.
    pub keeps_its_leader: bool,
}

impl Claims {
    /// The time within which the lab asks for a new leader: 5 s.
    pub const ELECTS_WITHIN: Duration = Duration::from_secs(5);

    /// The same, and a leader without a majority steps down within `bound`.
    #[must_use]
    pub const fn stepping_down_within(self, bound: Duration) -> Self {
        Self { steps_down_within: Some(bound), ..self }
    }

    /// The same, and the log also gets entries of the Raft's own.
    #[must_use]
    pub const fn with_own_entries(self) -> Self {
        Self { own_entries: true, ..self }
    }

    /// The same, and a leader is elected within `bound`.
    #[must_use]
    pub const fn electing_within(self, bound: Duration) -> Self {
        Self { elects_within: bound, ..self }
    }

    /// The same, and messages of earlier terms are answered.
    #[must_use]
    pub const fn answering_earlier_terms(self) -> Self {
        Self { answers_earlier_terms: true, ..self }
    }

    /// The same, and a majority makes progress although faults stand.
    #[must_use]
    pub const fn coping_with_standing_faults(self) -> Self {
        Self { copes_with_standing_faults: true, ..self }
    }

    /// The same, and servers ask before they stand for election.
    #[must_use]
    pub const fn asking_before_standing(self) -> Self {
        Self { asks_before_standing: true, ..self }
    }

    /// The same, and a leader and its term stay while nothing disturbs a majority.
    #[must_use]
    pub const fn keeping_its_leader(self) -> Self {
        Self { keeps_its_leader: true, ..self }
    }
}

impl Claims {
    /// What a cluster of servers claims that claim this or `other`: what both promise.
    #[must_use]
    pub fn shared_with(self, other: Self) -> Self {
        let steps_down = self.steps_down_within.zip(other.steps_down_within);
        Self {
            steps_down_within: steps_down.map(|(one, two)| one.max(two)),
            // It is no promise: such entries must be expected.
            own_entries: self.own_entries || other.own_entries,
            elects_within: self.elects_within.max(other.elects_within),
            answers_earlier_terms: self.answers_earlier_terms && other.answers_earlier_terms,
            copes_with_standing_faults: self.copes_with_standing_faults
                && other.copes_with_standing_faults,
            asks_before_standing: self.asks_before_standing && other.asks_before_standing,
            keeps_its_leader: self.keeps_its_leader && other.keeps_its_leader,
        }
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            steps_down_within: None,
            own_entries: false,
            elects_within: Self::ELECTS_WITHIN,
            answers_earlier_terms: false,
            copes_with_standing_faults: false,
            asks_before_standing: false,
            keeps_its_leader: false,
        }
    }
}
