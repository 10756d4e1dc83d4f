//! When the services of a plan's servers make snapshots.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Index, NodeId};
use raftsim_sim::text::{TextError, Words, number};

/// When services make snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Snapshots {
    /// Never. Does not print.
    #[default]
    Never,
    /// All services after the same entries: with 10 after entries 9, 19, 29, … as in the lab. At
    /// least 1. Prints as `snapshots = 10`.
    Every(u32),
    /// Each service after entries of its own; one that is not named makes none. Prints as a line for
    /// each: `n2 every 7 from 3`.
    Own(BTreeMap<NodeId, Interval>),
}

/// The entries after which a service makes a snapshot: `from`, `from + every`, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The number of entries from one snapshot to the next, at least 1.
    pub every: u32,
    /// The first of the entries, at least 1.
    pub from: u32,
}

impl Interval {
    /// Whether the service makes a snapshot after the entry at `index`.
    pub fn has(self, index: Index) -> bool {
        let since = index.checked_sub(self.from.into());
        since.is_some_and(|since| since.is_multiple_of(self.every.into()))
    }
}

impl Snapshots {
    /// After which entries the service of `node` makes a snapshot; `None`: after none.
    #[expect(clippy::inline_always, reason = "every applied entry passes here")]
    #[inline(always)]
    pub fn of(&self, node: NodeId) -> Option<Interval> {
        match self {
            Self::Never => None,
            Self::Every(every) => Some(Interval { every: *every, from: every.max(&2) - 1 }),
            Self::Own(own) => own.get(&node).copied(),
        }
    }
}

/// A server and its interval, as a line of a plan.
pub(crate) struct Line(pub(crate) NodeId, pub(crate) Interval);

impl Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(node, Interval { every, from }) = self;
        write!(out, "{node} every {every} from {from}")
    }
}

impl FromStr for Line {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, |words| {
            let node = words.server()?;
            words.require("every")?;
            let every = entries(words)?;
            words.require("from")?;
            Ok(Self(node, Interval { every, from: entries(words)? }))
        })
    }
}

/// Reads a number of entries, at least 1.
fn entries(words: &mut Words<'_>) -> Result<u32, TextError> {
    let what = "a number of entries, at least 1";
    words.value(what, |word| {
        let many = number(word).filter(|&many: &u32| many > 0);
        many.ok_or_else(|| TextError::expected(what, word))
    })
}
