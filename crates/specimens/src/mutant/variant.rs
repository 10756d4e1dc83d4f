//! The right variants of the control Raft: what published Rafts do otherwise than Figure 2, and may.

use core::fmt;
use core::str::FromStr;

use raftsim_node::{Claims, Duration};

use super::{ELECTION_TIMEOUT_LEAST, ELECTION_TIMEOUT_SPREAD, HEARTBEAT_INTERVAL, Mutation};

/// Settings of a server. The default is the control itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What it does otherwise than Figure 2, rightly.
    pub variant: Option<Variant>,
    /// The mistake that it makes; `None` for the control and its variants, which make none.
    pub mutation: Option<Mutation>,
}

impl Config {
    /// The settings of the mutant with this mutation, or of the control.
    pub fn of(mutation: impl Into<Option<Mutation>>) -> Self {
        let mutation = mutation.into();
        Self { variant: mutation.and_then(Mutation::of_variant), mutation }
    }

    /// What a server with these settings promises.
    pub(super) fn claims(self) -> Claims {
        let drops = Claims::default().keeping_its_leader();
        let claims = drops.answering_earlier_terms();
        match self.variant {
            // Elected after an election timeout at most, it counts another one for each voter.
            Some(Variant::PreVote) => claims
                .stepping_down_within(LONGEST_TIMEOUT * 2 + HEARTBEAT_INTERVAL)
                .coping_with_standing_faults()
                .asking_before_standing(),
            Some(Variant::NoOp) => claims.with_own_entries(),
            Some(Variant::DropsStale) => drops,
            None => claims,
        }
    }
}

/// Every election timeout is shorter than this.
pub(super) const LONGEST_TIMEOUT: Duration =
    Duration::from_nanos(ELECTION_TIMEOUT_LEAST.as_nanos() + ELECTION_TIMEOUT_SPREAD.as_nanos());

/// A right variant of the control Raft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// A server stands for election only if a majority would vote for it (thesis §9.6). A leader
    /// steps down if too few followers answer it for an election timeout (thesis §6.2); without
    /// that, its followers would keep it although it can commit nothing.
    PreVote,
    /// A new leader appends an entry without a command, so that it can commit the entries of
    /// earlier terms at once (§8). And a server restarts its election timer in each later term.
    NoOp,
    /// A server does not answer messages of earlier terms. The sender hears of the later term when
    /// it is asked, or when its own election timer ends.
    DropsStale,
}

impl Variant {
    /// All variants.
    pub const ALL: [Self; 3] = [Self::PreVote, Self::NoOp, Self::DropsStale];

    /// Its name, in kebab case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreVote => "pre-vote",
            Self::NoOp => "no-op",
            Self::DropsStale => "drops-stale",
        }
    }
}

/// The error that no variant has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariant(String);

impl FromStr for Variant {
    type Err = UnknownVariant;

    fn from_str(name: &str) -> Result<Self, UnknownVariant> {
        let found = Self::ALL.into_iter().find(|variant| variant.name() == name);
        found.ok_or_else(|| UnknownVariant(name.to_owned()))
    }
}

impl fmt::Display for UnknownVariant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no variant is named {:?}", self.0)
    }
}

impl core::error::Error for UnknownVariant {}
