//! What is said of each bug, and their names.

use core::fmt;
use core::str::FromStr;

use super::table::{BUGS, Bug};

/// A bug, as a table tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BugInfo {
    /// The switch.
    pub bug: Bug,
    /// Its name, in kebab case.
    pub name: &'static str,
    /// What goes wrong.
    pub wrong: &'static str,
    /// The properties that fall first, the likeliest before the others, as failing runs name them.
    pub falls: &'static [&'static str],
    /// What finds it.
    pub found: Found,
    /// Who made the mistake, or who tells of it.
    pub source: &'static str,
    /// The fault that shows it.
    pub fault: &'static str,
}

/// What finds a bug from seed 0 on, and how many runs must do. They are some fifteen times as many as
/// the median search takes, so that another draw of the same plans does as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `fuzz`, as it is by default.
    Fuzz {
        /// How many runs must do.
        within: u64,
    },
    /// A scenario's seeds; `fuzz` does not find it.
    Scenario {
        /// The scenario.
        name: &'static str,
        /// How many seeds must do.
        within: u64,
    },
}

/// No bug has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBug(String);

impl Bug {
    /// Its row of the table.
    pub fn info(self) -> &'static BugInfo {
        // The table is made of the same list as the enum.
        &BUGS[self as usize]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl FromStr for Bug {
    type Err = UnknownBug;

    fn from_str(name: &str) -> Result<Self, UnknownBug> {
        let found = BUGS.iter().find(|info| info.name == name);
        found.map(|info| info.bug).ok_or_else(|| UnknownBug(name.to_owned()))
    }
}

impl fmt::Display for UnknownBug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no bug is named {:?}", self.0)
    }
}

impl core::error::Error for UnknownBug {}
