//! What becomes of one message. Replay, shrinking and search all stand on this.

use std::collections::BTreeMap;
use std::fmt;

use raftsim_node::{Digest, Duration, NodeId};

/// A message's name within a run: the `n`-th message handed to a directed link since the run
/// began, from 0, blocked ones counted too, across restarts. Prints as `n1>n2#7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageName {
    /// Who sent it.
    pub from: NodeId,
    /// Whom it is for.
    pub to: NodeId,
    /// How many were handed to this link before it.
    pub n: u64,
}

impl fmt::Display for MessageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}>{}#{}", self.from, self.to, self.n)
    }
}

/// What becomes of a message, decided when it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives after this long, if its addressee's life lasts.
    Deliver(Duration),
    /// It never arrives.
    Drop(Cause),
    /// It arrives twice, after these two spans.
    Duplicate(Duration, Duration),
}

/// Why a message never arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its link was blocked when it was sent.
    Blocked,
    /// Its addressee was down when it was sent.
    Down,
    /// The network lost it.
    Lost,
    /// It answers a call that waits for no answer.
    Unasked,
}

/// The fates that a run's setup gives to messages of its choice.
pub(crate) struct Fates(pub(crate) BTreeMap<MessageName, Fate>);

impl Fates {
    /// The fate given to a message.
    #[inline]
    pub(crate) fn of(&self, name: MessageName) -> Option<Fate> {
        // Most runs choose none.
        if self.0.is_empty() { None } else { self.look_up(name) }
    }

    #[cold]
    fn look_up(&self, name: MessageName) -> Option<Fate> {
        self.0.get(&name).copied()
    }
}

impl Fate {
    /// Feeds the fate to a run's digest.
    pub(crate) fn digest(self, digest: &mut Digest) {
        match self {
            // The tag shares the word of a span: 2^61 ns are 73 years.
            Self::Deliver(after) => digest.word(after.as_nanos() << 3),
            Self::Drop(cause) => digest.word((cause as u64) << 3 | 1),
            Self::Duplicate(first, second) => {
                digest.word(first.as_nanos() << 3 | 2);
                digest.word(second.as_nanos());
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Blocked => "link blocked",
            Self::Down => "addressee down",
            Self::Lost => "lost",
            Self::Unasked => "call no longer waits",
        })
    }
}
