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

/// The mutations that need what the control does not do: the variants that do it, and the mutations
/// of these variants.
const BUILT_ON: &[(&[Variant], &[Mutation])] = &[
    (
        &[Variant::PreVote],
        &[
            Mutation::PreVoteHeartbeatResetsNoTimer,
            Mutation::PreVoteIgnoresLog,
            Mutation::StandsWithoutAsking,
            Mutation::IgnoresRivalPreVotes,
            Mutation::PreVotesAreVotes,
            Mutation::PreVoteRaisesTerm,
            Mutation::PreVoteRestartsTimer,
            Mutation::DropsStalePreVotes,
            Mutation::RivalIgnoresLeader,
            Mutation::RivalRefusesSnapshot,
            Mutation::PreVotesCountAsAnswers,
            Mutation::SendingCountsAsAnswer,
            Mutation::AnswersNotReset,
            Mutation::QuorumCheckForgetsLeader,
            Mutation::SnapshotMarksSilent,
        ],
    ),
    (&[Variant::Sticky], &[Mutation::ShutsOutLaterTerms]),
    (&[Variant::Pipelines], &[Mutation::WindowNeverReopens]),
    (&[Variant::EntryByEntry], &[Mutation::OverwritesOneByOne]),
    (
        &[Variant::LazyWrites],
        &[
            Mutation::CountsOwnUnwritten,
            Mutation::AcksHeldInMemory,
            Mutation::OwnWriteCommitsNothing,
            Mutation::CompactionForgetsUnwritten,
        ],
    ),
    (&[Variant::WritesCommit], &[Mutation::SkipsToWrittenCommit]),
    (&[Variant::WritesCommit, Variant::LazyWrites], &[Mutation::CommitWrittenBeforeEntries]),
    (&[Variant::LazyApply], &[Mutation::ApplierStopsAfterBatch]),
    (&[Variant::KeepsTail], &[Mutation::AppliesFromLogStart]),
];

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

    /// The variants of the control that make the mistake, together; none for the control itself.
    pub(super) fn of_variants(self) -> &'static [Variant] {
        let row = BUILT_ON.iter().find(|(_, mutations)| mutations.contains(&self));
        row.map_or(&[], |(variants, _)| variants)
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
