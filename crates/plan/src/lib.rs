//! A run as data: what it is set up with, what is done to it and when, what becomes of single
//! messages, and what it is expected to do.
//!
//! A plan is a TOML file for people, each step and each fate one readable line. It outlives changes
//! of the code that draws: messages are told by their names, and what no longer applies is
//! reported.
//!
//! This crate knows what a plan says. It does not know how one is played, or found.
//!
#![doc = include_str!("format.md")]

mod atom;
mod drawn;
mod entry;
mod file;
mod lines;
mod network;
mod seeded;
mod span;
mod step;
mod text;
mod words;

use std::collections::BTreeMap;

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{Fate, MessageName, Rate, Ratio};

pub use drawn::{Drawing, plans};
pub use file::{Place, PlanError};
pub use seeded::plan_of;
pub use span::{seconds, span, time};
pub use words::TextError;

/// A run as data. Prints as a plan file, and is read from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is expected to do.
    pub expect: Expect,
    /// The name of the node under test.
    pub node: String,
    /// The run's seed: from it come the servers' own seeds and, unless the world is closed, what
    /// the network does to messages that no fate names.
    pub seed: u64,
    /// The run's digest when the plan was written: the same means the very same run.
    pub digest: Option<u64>,
    /// Whether nothing is drawn for messages: one that no fate names is delivered at the least
    /// latency, so that what the plan lists is the whole adversity.
    pub closed: bool,
    /// What runs.
    pub subject: Subject,
    /// What becomes of single messages.
    pub fates: BTreeMap<MessageName, Override>,
}

/// What a plan is expected to do. Replaying it tells what it does; comparing the two is for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// To hold, where this property was once broken, or is at stake.
    Guards(String),
    /// To break this property.
    Breaks(String),
}

/// What a plan runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A scenario: its code does the steps.
    Scenario {
        /// Its name.
        name: String,
        /// Whether the calm phase follows.
        calm: bool,
    },
    /// A cluster to which the plan's own steps are done.
    Cluster(Schedule),
}

/// A cluster, and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How many servers, 1 to [`Schedule::MOST`].
    pub servers: u8,
    /// What every link does at first.
    pub network: Network,
    /// What the ending asks of the cluster: a leader, or from [`Scope::Log`] on agreement on a
    /// command. Prints as `leader` or `agreement`, and `agreement` is read as [`Scope::Log`].
    pub scope: Scope,
    /// Services make a snapshot after so many entries, not 0; `None`: never.
    pub snapshots: Option<u32>,
    /// How long the steps have; what follows is `ending`.
    pub length: Duration,
    /// What follows.
    pub ending: Ending,
    /// What is done, in order of time.
    pub steps: Vec<Timed>,
}

impl Schedule {
    /// The most servers that a plan may have.
    pub const MOST: u8 = 9;
}

/// How much of Raft a node has, as the lab's parts build it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Elections alone: the network may do anything, no server crashes, nothing is proposed.
    Elections,
    /// The log too: commands are proposed.
    Log,
    /// Disks too: servers crash and return.
    Disk,
    /// All of it: logs are compacted.
    Snapshots,
}

/// A step and its time. Prints as `1.250s partition n1 n2 | n3 n4 n5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// When, since the run began.
    pub at: Time,
    /// What is done.
    pub step: Step,
}

/// Something done to the cluster. Where a step says for how long (`lasting`), it is undone then.
/// Prints as `crash n2 after 3 for 0.400s`; no time in a plan is over 10,000 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Cut all links between servers of different groups, mend all within; who is not named is
    /// alone. One group or more, none empty, nobody twice.
    Partition(Vec<Vec<NodeId>>),
    /// Cut all links of a server.
    Isolate {
        /// Whose.
        who: Who,
        /// Until it is joined again.
        lasting: Option<Duration>,
    },
    /// Mend the links between a server and all others that are not isolated.
    Join(Who),
    /// Cut links, one way.
    Block {
        /// Which.
        links: Links,
        /// Until they are mended again.
        lasting: Option<Duration>,
    },
    /// Mend links, one way.
    Unblock(Links),
    /// Mend every link.
    Heal,
    /// Cut links one by one, then mend them one by one in another order (swizzle-clogging).
    Swizzle {
        /// In the order of cutting, none twice.
        cut: Vec<Link>,
        /// The same links, in the order of mending.
        mend: Vec<Link>,
        /// The time between one and the next.
        every: Duration,
    },
    /// Change what every link does.
    Network(Network),
    /// Change what some links do.
    Link(Links, Network),
    /// End a server's life.
    Crash {
        /// Whose.
        who: Who,
        /// Not now, but behind so many actions of its next list.
        after: Option<u32>,
        /// Until it is started again.
        lasting: Option<Duration>,
    },
    /// Start a server that is down.
    Restart(Who),
    /// Stop a server's process: messages wait, timers fire late.
    Pause {
        /// Whose.
        who: Who,
        /// Until it goes on.
        lasting: Option<Duration>,
    },
    /// Let a paused server go on.
    Resume(Who),
    /// Make each of a server's writes take this long.
    Disk {
        /// Whose.
        who: Who,
        /// Zero: at once.
        latency: Duration,
    },
    /// Make a server's clock run at this rate.
    Clock {
        /// Whose.
        who: Who,
        /// Of its time to the world's.
        rate: Rate,
    },
    /// Make a server's clock jump forward.
    Jump {
        /// Whose.
        who: Who,
        /// How far.
        ahead: Duration,
    },
    /// Make a server's clock jump to its deadline.
    Expire(Who),
    /// Propose fresh commands.
    Propose {
        /// To whom.
        who: Who,
        /// How many, 1 to [`Step::MOST_TIMES`].
        times: u32,
        /// The time between one and the next; zero: all at once.
        every: Duration,
    },
}

impl Step {
    /// The most commands that one step may propose.
    pub const MOST_TIMES: u32 = 1_000;
}

/// To whom something is done, resolved when it is done. Prints as `n3`, `leader` or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// This server.
    Node(NodeId),
    /// Whoever leads then, in the highest term; nobody if none does.
    Leader,
    /// Every server.
    All,
}

/// Directed links, from each of some servers to each of some others: resolved when something is done
/// to them. Prints as `n1>n2`, `leader>all` or `all>n3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// The senders.
    pub from: Who,
    /// The addressees: the senders themselves are left out.
    pub to: Who,
}

impl From<Link> for Links {
    fn from(Link { from, to }: Link) -> Self {
        Self { from: Who::Node(from), to: Who::Node(to) }
    }
}

/// A directed link. Prints as `n1>n2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The sender.
    pub from: NodeId,
    /// The addressee, another one.
    pub to: NodeId,
}

/// What links do to messages. Prints as `unreliable reordering`, or as its [`Weather`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// labrpc's: reliable, unreliable, with long reordering, or both.
    Labrpc {
        /// Messages are delayed, and one in ten is lost.
        unreliable: bool,
        /// Two replies in three are late.
        reordering: bool,
    },
    /// One's own, for requests and replies alike.
    Own(Weather),
}

/// What a link does to messages, as shares of them. Prints as
/// `loss 1/10 twice 1/20 late 1/3 latency 0.001s..0.030s`, without the parts that are zero; nothing
/// at all is `clear`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// How many are lost.
    pub loss: Ratio,
    /// How many arrive twice.
    pub twice: Ratio,
    /// How many are late, as labrpc's: by 200 to 2,199 ms.
    pub late: Ratio,
    /// The least and the most that the others take; at most [`Weather::MOST_APART`].
    pub latency: (Duration, Duration),
}

impl Weather {
    /// Nothing: every message arrives once, at once.
    pub const CLEAR: Self = Self {
        loss: Ratio::ZERO,
        twice: Ratio::ZERO,
        late: Ratio::ZERO,
        latency: (Duration::ZERO, Duration::ZERO),
    };

    /// The farthest that the least and the most latency may lie apart.
    pub const MOST_APART: Duration = Duration::from_secs(4);
}

/// A message and what becomes of it. Prints as `n1>n2#7 lost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedOverride {
    /// Which message.
    pub message: MessageName,
    /// What becomes of it.
    pub given: Override,
}

/// What becomes of one message: an override by name. Prints as `lost`, `+0.250s`,
/// `twice +0.001s +0.020s` or `fails +3.210s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Override {
    /// It meets this fate. Whatever the cause of a drop, the text is `lost`, and is read as
    /// [`Cause::Lost`](raftsim_sim::Cause::Lost).
    Fate(Fate),
    /// The call that it opens, or answers, fails after this long: it arrives no more than it would
    /// otherwise, or is lost.
    Fails(Duration),
}

/// What follows the steps of a schedule. All faults stop: these servers, a majority, are joined
/// pairwise over a reliable network, their clocks run true, and they are all up. Prints as
/// `calm n1 n2 n3, others cut`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: the run ends.
    None,
    /// They must make progress, and agree.
    Calm(Majority),
    /// Nothing new is proposed: where they tell equal commit indexes they must have applied the same.
    Quiet(Majority),
}

impl Ending {
    /// Who is left, if anything follows.
    pub fn majority(&self) -> Option<&Majority> {
        match self {
            Self::None => None,
            Self::Calm(majority) | Self::Quiet(majority) => Some(majority),
        }
    }
}

/// Who is left once the faults stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Majority {
    /// These, in order, none twice.
    pub members: Vec<NodeId>,
    /// What becomes of the others.
    pub others: Others,
}

/// What becomes of those outside the majority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are cut off, both ways.
    Cut,
    /// They are dead.
    Dead,
}
