//! The parts of the lab, and the claims that scenarios check.

use raftsim_node::Claims;
use raftsim_plan::Scope;

/// A part of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Leader election.
    A,
    /// The log.
    B,
    /// Persistence, and bad networks.
    C,
    /// Log compaction.
    D,
}

impl Part {
    /// All parts that have scenarios.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// The lab's name for it in the latest course years, such as `3A`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "3A",
            Self::B => "3B",
            Self::C => "3C",
            Self::D => "3D",
        }
    }

    /// How much of Raft a node has if it implements the lab up to this part.
    pub const fn scope(self) -> Scope {
        match self {
            Self::A => Scope::Elections,
            Self::B => Scope::Log,
            Self::C => Scope::Disk,
            Self::D => Scope::Snapshots,
        }
    }
}

/// Something a node may promise beyond the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// [`Claims::steps_down_within`].
    StepsDown,
    /// [`Claims::answers_earlier_terms`].
    AnswersEarlierTerms,
    /// [`Claims::asks_before_standing`].
    AsksBeforeStanding,
}

impl Claim {
    /// The method of [`Claims`] that makes it.
    pub const fn method(self) -> &'static str {
        match self {
            Self::StepsDown => "stepping_down_within",
            Self::AnswersEarlierTerms => "answering_earlier_terms",
            Self::AsksBeforeStanding => "asking_before_standing",
        }
    }

    /// Whether a node with these claims makes this one.
    pub fn is_made(self, claims: &Claims) -> bool {
        match self {
            Self::StepsDown => claims.steps_down_within.is_some(),
            Self::AnswersEarlierTerms => claims.answers_earlier_terms,
            Self::AsksBeforeStanding => claims.asks_before_standing,
        }
    }
}
