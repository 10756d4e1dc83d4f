//! What becomes of one message. Replay, shrinking and search all stand on this.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use raftsim_node::{Digest, Duration, Node, NodeId};

use crate::trace::watch::Watch;
use crate::world::World;

/// A message's name within a run: the `seq`-th message handed to a directed link since the run
/// began, from 0, blocked ones counted too, across restarts. Prints as `n1>n2#7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageName {
    /// Who sent it.
    pub from: NodeId,
    /// Whom it is for.
    pub to: NodeId,
    /// How many were handed to this link before it.
    pub seq: u64,
}

impl fmt::Display for MessageName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}>{}#{}", self.from, self.to, self.seq)
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

/// What a run's setup gives to messages of its choice. Each name happens once in a run: what was
/// used is taken out.
pub(crate) struct Overrides {
    given: BTreeMap<MessageName, Fate>,
    failures: BTreeMap<MessageName, Duration>,
    /// Whose fate or failure applied.
    used: BTreeSet<MessageName>,
    /// From now on fates that disturb the network are void.
    stopped: bool,
}

impl Overrides {
    pub(crate) fn new(
        given: BTreeMap<MessageName, Fate>,
        failures: BTreeMap<MessageName, Duration>,
    ) -> Self {
        Self { given, failures, used: BTreeSet::new(), stopped: false }
    }

    /// The fate given to a message.
    #[inline]
    pub(crate) fn of(&mut self, name: MessageName) -> Option<Fate> {
        // Most runs choose none.
        if self.given.is_empty() { None } else { self.take(name) }
    }

    #[cold]
    fn take(&mut self, name: MessageName) -> Option<Fate> {
        let fate = self.given.get(&name).copied();
        let fate = fate.filter(|fate| fate.is_prompt() || !self.stopped)?;
        self.given.remove(&name);
        // A call fails of what is lost alone.
        if matches!(fate, Fate::Drop(_)) {
            self.used.insert(name);
        }
        Some(fate)
    }

    /// How long the call takes to fail of which this message is part, if that is given.
    pub(crate) fn failure(&mut self, name: MessageName) -> Option<Duration> {
        let failure = self.failures.remove(&name)?;
        self.used.insert(name);
        Some(failure)
    }

    /// The names that were not used.
    fn unused(&self) -> Vec<MessageName> {
        let left: BTreeSet<_> = self.given.keys().chain(self.failures.keys()).copied().collect();
        left.difference(&self.used).copied().collect()
    }
}

impl Fate {
    /// The longest that a message takes on a network which nothing disturbs.
    pub const PROMPT: Duration = Duration::from_millis(50);

    /// Whether the message arrives once, within [`Fate::PROMPT`].
    pub fn is_prompt(self) -> bool {
        matches!(self, Self::Deliver(after) if after <= Self::PROMPT)
    }

    /// How long after it was sent the last copy of the message arrives; at once, if none does.
    fn lasts(self) -> Duration {
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

impl<N: Node, W: Watch<N>> World<N, W> {
    /// The names to which the setup gave fates or failures that never applied so far, in order.
    pub fn unused(&self) -> Vec<MessageName> {
        self.fates.unused()
    }

    /// Begins a phase in which all faults stop. From now on given fates that are no delivery within
    /// [`Fate::PROMPT`] are void: they count as unused, and what becomes of such a message is drawn;
    /// and a swizzle goes on no longer.
    pub fn stop_faults(&mut self) {
        self.fates.stopped = true;
    }

    /// Whether all faults have stopped.
    pub(crate) fn faults_stopped(&self) -> bool {
        self.fates.stopped
    }

    /// A given fate is used: whoever looks on is told, if links do not treat messages so.
    #[cold]
    pub(crate) fn use_given(&mut self, fate: Fate) -> Fate {
        if !fate.is_prompt() {
            self.cluster.disturbed = true;
            let until = self.now().saturating_add(fate.lasts());
            self.watch.disturbed(&self.cluster, until);
        }
        fate
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
