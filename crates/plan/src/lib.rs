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

mod drawn;
mod entry;
mod file;
mod lines;
mod seeded;
mod step;
mod text;
mod who;

use std::collections::BTreeMap;

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{Fate, Fault, LinkSettings, MessageName};

pub use drawn::{Drawing, plans};
pub use file::{Place, PlanError};
pub use raftsim_sim::text::{TextError, seconds, span, time};
pub use seeded::plan_of;
pub use who::Who;

/// A run as data. Prints as a plan file, and is read from one.
///
/// ```
/// use raftsim_plan::{Plan, PlanError};
///
/// let text = r#"guards = "Election Safety"
/// node = "raft"
/// seed = 42
/// servers = 3
/// network = "unreliable"
/// demands = "agreement"
/// length = "3.000s"
/// ending = "calm n1 n2 n3, others cut"
/// steps = [
///   "1.000s isolate leader for 0.500s",
///   "2.000s propose leader",
/// ]
/// "#;
/// let plan: Plan = text.parse()?;
/// assert_eq!(plan.to_string(), text);
/// assert_eq!(plan.steps()[0].to_string(), "1.000s isolate leader for 0.500s");
///
/// let error = text.replace("isolate", "isolat").parse::<Plan>().unwrap_err();
/// assert_eq!(error.to_string(), "line 10: no step is named `isolat` (did you mean `isolate`?)");
/// # Ok::<(), PlanError>(())
/// ```
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
    pub network: LinkSettings,
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

/// Something done to the cluster, or asked of it. Prints as `crash n2 after 3 for 0.400s`; no time in
/// a plan is over 10,000 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A fault. With `lasting` it is undone after this time ([`Fault::end`]); only faults that can be
    /// undone may have it.
    Fault {
        /// What is done.
        fault: Fault<Who>,
        /// Until it is undone.
        lasting: Option<Duration>,
    },
    /// Propose fresh commands.
    Propose {
        /// The servers to which they are proposed.
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

impl From<Fault<Who>> for Step {
    fn from(fault: Fault<Who>) -> Self {
        Self::Fault { fault, lasting: None }
    }
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
