//! The fate of one message, and fates given by name: replay, shrinking and search depend on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use raftsim_node::{Digest, Duration, NodeId};

use crate::text::{ServerName, TextError, Words, number};

/// A message's name within a run: its link, and its number among the messages handed to that link
/// since the run began. The count starts at 0, includes blocked messages and goes on across
/// restarts. Prints as `n1>n2#7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageName {
    /// The sender.
    pub from: NodeId,
    /// The addressee.
    pub to: NodeId,
    /// The number of messages that were handed to this link before it.
    pub seq: u64,
}

impl fmt::Display for MessageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}>{}#{}", self.from, self.to, self.seq)
    }
}

impl Words<'_> {
    /// Reads the next word as a message's name such as `n1>n2#7`.
    pub fn message(&mut self) -> Result<MessageName, TextError> {
        self.value("a message such as n1>n2#7", message)
    }
}

fn message(text: &str) -> Result<MessageName, TextError> {
    let expected = || TextError::expected("a message such as n1>n2#7", text);
    let (ends, seq) = text.split_once('#').ok_or_else(expected)?;
    let (from, to) = ends.split_once('>').ok_or_else(expected)?;
    let from = NodeId::read(from).ok_or_else(expected)?;
    let to = NodeId::read(to).ok_or_else(expected)?;
    let seq = number(seq).ok_or_else(expected)?;
    if from == to {
        return Err(TextError::expected("a link to another server", text));
    }
    Ok(MessageName { from, to, seq })
}

/// What happens to a message. It is decided when the message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives after this time, if the life that it is for lasts until then.
    Deliver(Duration),
    /// It never arrives.
    Drop(Cause),
    /// It arrives twice, after these two times.
    Duplicate(Duration, Duration),
}

/// Why a message is dropped. Prints as traces show it, such as `link blocked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its link was blocked when it was sent.
    Blocked,
    /// Its addressee was down when it was sent.
    Down,
    /// The network lost it.
    Lost,
    /// It answers a call that is not open: the call was answered already, or has failed.
    Unasked,
}

/// The fates and failures that a run's setup gives to messages by name. Each name comes up once in
/// a run, so what was used is removed.
pub(crate) struct Overrides {
    given: BTreeMap<MessageName, Fate>,
    failures: BTreeMap<MessageName, Duration>,
    /// The messages whose fate or failure was used.
    used: BTreeSet<MessageName>,
    /// Whether all faults have stopped.
    stopped: bool,
    /// Whether fates that disturb the network are not used any more.
    ignored: bool,
}

impl Overrides {
    pub(crate) fn new(
        given: BTreeMap<MessageName, Fate>,
        failures: BTreeMap<MessageName, Duration>,
    ) -> Self {
        Self { given, failures, used: BTreeSet::new(), stopped: false, ignored: false }
    }

    /// Forgets all fates and failures that were given.
    pub(crate) fn forget(&mut self) {
        self.given.clear();
        self.failures.clear();
    }

    /// Stops all faults: from now on fates that disturb the network are not used.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
        self.ignored = true;
    }

    /// Stops all faults but the fates.
    pub(crate) fn stop_others(&mut self) {
        self.stopped = true;
    }

    pub(crate) fn have_stopped(&self) -> bool {
        self.stopped
    }

    /// The fate given to a message, if it is to be used.
    #[inline]
    pub(crate) fn of(&mut self, name: MessageName) -> Option<Fate> {
        // Most runs give no fates.
        if self.given.is_empty() { None } else { self.take(name) }
    }

    #[cold]
    fn take(&mut self, name: MessageName) -> Option<Fate> {
        let fate = self.given.get(&name).copied();
        let fate = fate.filter(|fate| fate.is_prompt() || !self.ignored)?;
        self.given.remove(&name);
        // Only a dropped message makes its call fail and so uses the failure given to this name.
        if matches!(fate, Fate::Drop(_)) {
            self.used.insert(name);
        }
        Some(fate)
    }

    /// The time that is given for the failure of this message's call, if there is one.
    pub(crate) fn failure(&mut self, name: MessageName) -> Option<Duration> {
        let failure = self.failures.remove(&name)?;
        self.used.insert(name);
        Some(failure)
    }

    /// The names that were not used, in order.
    pub(crate) fn unused(&self) -> Vec<MessageName> {
        let left: BTreeSet<_> = self.given.keys().chain(self.failures.keys()).copied().collect();
        left.difference(&self.used).copied().collect()
    }
}

impl Fate {
    /// The longest time that a message takes on a network that nothing disturbs: 50 ms. labrpc's
    /// longest latency, without its long reordering, is 26 ms.
    pub const PROMPT: Duration = Duration::from_millis(50);

    /// Whether the message arrives once, within [`Fate::PROMPT`].
    pub fn is_prompt(self) -> bool {
        matches!(self, Self::Deliver(after) if after <= Self::PROMPT)
    }

    /// The time from the sending until the last copy arrives; zero if none does.
    pub fn lasts(self) -> Duration {
        match self {
            Self::Deliver(after) => after,
            Self::Drop(_) => Duration::ZERO,
            Self::Duplicate(first, second) => first.max(second),
        }
    }

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
