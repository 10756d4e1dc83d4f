//! The description of each mutation, and its name.

use core::fmt;
use core::str::FromStr;

use super::table::{MUTATIONS, Mutation};

/// A mutation's row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MutationInfo {
    /// The switch.
    pub mutation: Mutation,
    /// Its name, in kebab case.
    pub name: &'static str,
    /// What goes wrong.
    pub wrong: &'static str,
    /// The properties that fall first, the likeliest before the others, as failing runs name them.
    pub falls: &'static [&'static str],
    /// What finds it.
    pub found: Found,
    /// Who made the mistake, or who reports it.
    pub source: &'static str,
    /// The fault that shows it.
    pub fault: &'static str,
}

/// What finds a mutant from seed 0 on, and within how many runs it must. The limit is about fifteen
/// times what the median search takes, so that another draw of the same plans passes as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `fuzz`, as it is by default.
    Fuzz {
        /// Within how many runs.
        within: u64,
    },
    /// A scenario's seeds; `fuzz` does not find it.
    Scenario {
        /// The scenario.
        name: &'static str,
        /// Within how many seeds.
        within: u64,
    },
}

/// No mutation has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMutation(String);

impl Mutation {
    /// Its row of the table.
    pub fn info(self) -> &'static MutationInfo {
        // The table is made of the same list as the enum.
        &MUTATIONS[self as usize]
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
