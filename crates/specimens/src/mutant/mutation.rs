//! The row of each mutation in the table, and its name.

use core::fmt;
use core::str::FromStr;

use super::Variant;
use super::table::{MUTATIONS, Mutation};

/// A mutation's row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MutationInfo {
    /// The switch.
    pub mutation: Mutation,
    /// Its name, in kebab case.
    pub name: &'static str,
    /// The mistake, in one line.
    pub wrong: &'static str,
    /// The names of the properties that a run may break first, the likeliest first.
    pub falls: &'static [&'static str],
    /// The search that finds it.
    pub found: Found,
    /// The source that made or reports the mistake.
    pub source: &'static str,
    /// The fault that reveals it.
    pub fault: &'static str,
}

/// The search that finds a mutant, from seed 0 on, and within how many runs it must. The limit is
/// about fifteen times what the median search takes, so that the test also passes if the same seeds
/// draw other plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `fuzz` with its default options.
    Fuzz {
        /// Within how many runs.
        within: u64,
    },
    /// The seeds of a scenario; `fuzz` does not find it.
    Scenario {
        /// The scenario's name.
        name: &'static str,
        /// Within how many seeds.
        within: u64,
    },
}

/// The error that no mutation has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMutation(String);

impl Mutation {
    /// Its row of the table.
    pub fn info(self) -> &'static MutationInfo {
        // The enum and the table are made from the same list.
        &MUTATIONS[self as usize]
    }

    /// The variant of the control that makes the mistake; `None` for the control itself.
    pub(super) fn of_variant(self) -> Option<Variant> {
        let asks_first = matches!(
            self,
            Self::PreVoteHeartbeatResetsNoTimer
                | Self::PreVoteIgnoresLog
                | Self::StandsWithoutAsking
                | Self::IgnoresRivalPreVotes
        );
        asks_first.then_some(Variant::PreVote)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl FromStr for Mutation {
    type Err = UnknownMutation;

    fn from_str(name: &str) -> Result<Self, UnknownMutation> {
        let found = MUTATIONS.iter().find(|info| info.name == name);
        found.map(|info| info.mutation).ok_or_else(|| UnknownMutation(name.to_owned()))
    }
}

impl fmt::Display for UnknownMutation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no mutation is named {:?}", self.0)
    }
}

impl core::error::Error for UnknownMutation {}
