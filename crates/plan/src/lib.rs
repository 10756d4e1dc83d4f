//! A run as data: its setup, the steps and their times, the fates of single messages, and the
//! expected result.
//!
//! A plan is a TOML file that people can read and write: each step and each fate is one line. A
//! plan stays valid when the code that draws random numbers changes: it names each message by its
//! link and its number there, and a replay reports the lines that had no effect.
//!
//! This crate knows what a plan contains. It does not know how a plan is played, or found.
//!
#![doc = include_str!("format.md")]

mod drawn;
mod entry;
mod file;
mod lines;
mod print;
mod seeded;
mod snapshots;
mod step;
mod text;
mod who;

use std::collections::BTreeMap;

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{Delays, Fate, Fault, LinkSettings, MessageName};

pub use drawn::{Drawing, plans};
pub use file::{Place, PlanError};
pub use raftsim_sim::text::{TextError, long_span, seconds, span, time};
pub use seeded::plan_of;
pub use snapshots::{Interval, Snapshots};
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
    /// The expected result of the run.
    pub expect: Expect,
    /// The name of the node under test.
    pub node: String,
    /// The run's seed. It decides the servers' own seeds and, unless the world is closed, the fate
    /// of each message that `fates` does not name.
    pub seed: u64,
    /// The run's digest when the plan was written. A run with the same digest is the same run.
    pub digest: Option<u64>,
    /// Whether the world is closed: a message that `fates` does not name is delivered at the least
    /// latency, and nothing is drawn for it. Then the plan lists everything that goes wrong.
    pub closed: bool,
    /// A scenario, or the plan's own steps.
    pub target: Target,
    /// The fates of single messages.
    pub fates: BTreeMap<MessageName, Override>,
}

/// The expected result of a plan's run. `replay` prints the result of the run; only tests compare
/// it with this value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The run passes. The plan is kept because a run like it broke this property, or could.
    Guards(String),
    /// The run breaks this property.
    Breaks(String),
}

/// The scenario or cluster that a plan runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A scenario: its code does the steps.
    Scenario {
        /// Its name.
        name: String,
        /// Whether the recovery phase follows.
        calm: bool,
        /// The cluster that it runs on.
        conditions: Conditions,
    },
    /// A cluster on which the plan's own steps act.
    Cluster(Schedule),
}

/// The cluster that a scenario runs on, where it is not the scenario's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// How many servers, 1 to [`Schedule::MOST`]; `None`: as many as the scenario has.
    pub servers: Option<u8>,
    /// What every link does until the recovery phase, whatever the scenario would have it do;
    /// `None`: what the scenario says.
    pub network: Option<LinkSettings>,
    /// What messages take besides, in the recovery phase too; `None`: nothing.
    pub delays: Option<Delays>,
}

/// A cluster, and the steps that act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How many servers, 1 to [`Schedule::MOST`].
    pub servers: u8,
    /// The settings of every link at first.
    pub network: LinkSettings,
    /// What messages take besides, to the end, unless the plan is closed: whatever its steps do to
    /// the network. `None`: nothing. They are those of `servers` servers.
    pub delays: Option<Delays>,
    /// What the ending demands of the cluster: a leader, or from [`Scope::Log`] on agreement on a
    /// command. Prints as `leader` or `agreement`, and `agreement` is read as [`Scope::Log`].
    pub scope: Scope,
    /// When services make snapshots.
    pub snapshots: Snapshots,
    /// How long the part with the steps lasts; then `ending` follows. No step is later.
    pub length: Duration,
    /// What follows the steps.
    pub ending: Ending,
    /// The steps, in order of time.
    pub steps: Vec<Timed>,
}

impl Schedule {
    /// The most servers that a plan may have: as many as have names.
    pub const MOST: u8 = u8::MAX;
    /// The most commands that the steps of a plan may propose, all together.
    pub const MOST_PROPOSALS: u64 = 100_000;
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
    /// The virtual time since the run began.
    pub at: Time,
    /// The step.
    pub step: Step,
}

/// A fault to inject, or commands to propose. Prints as `crash n2 after 3 for 0.400s`. No time in a
/// plan is over 10,000 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A fault. With `lasting` it is undone after this time ([`Fault::end`]); only faults that can
    /// be undone may have it.
    Fault {
        /// The fault.
        fault: Fault<Who>,
        /// After what time it is undone; `None`: not by this step.
        lasting: Option<Duration>,
    },
    /// Propose fresh commands.
    Propose {
        /// The servers to which they are proposed.
        who: Who,
        /// How many commands each of them gets, 1 to [`Step::MOST_TIMES`].
        times: u32,
        /// The time between one command and the next; zero: all at once.
        every: Duration,
    },
}

impl Step {
    /// The most commands that one step may propose to a server.
    pub const MOST_TIMES: u32 = 1_000;
}

impl From<Fault<Who>> for Step {
    fn from(fault: Fault<Who>) -> Self {
        Self::Fault { fault, lasting: None }
    }
}

/// A message and the fate that the plan gives it. Prints as `n1>n2#7 lost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedOverride {
    /// The message's name: its link and its number there.
    pub message: MessageName,
    /// Its fate.
    pub fate: Override,
}

/// The fate that a plan gives one message, instead of the one that the network would draw. Prints
/// as `lost`, `+0.250s`, `twice +0.001s +0.020s` or `fails +3.210s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Override {
    /// The message has this fate. A drop prints as `lost`, whatever its cause, and is read as
    /// [`Cause::Lost`](raftsim_sim::Cause::Lost).
    Fate(Fate),
    /// The message does not arrive, and the call that it opens or answers fails after this time.
    Fails(Duration),
}

/// What follows the steps of a schedule. In [`Ending::Calm`] and [`Ending::Quiet`] all faults stop:
/// the members of the majority are joined pairwise, their clocks run true, and they are all up.
/// Prints as `calm n1 n2 n3, others cut`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: the run ends.
    None,
    /// The members must make progress, and agree.
    Calm(Majority),
    /// Nothing new is proposed. In the end, members that report equal commit indexes must have
    /// applied the same entries, and all must have reached the leader's.
    Quiet(Majority),
    /// The members agree, and then the leader gets a stream of commands, each of which must be
    /// applied soon. Prints as `load n1 n2 n3, others cut, lossy n2`.
    Load {
        /// The servers that go on; the network between them is reliable.
        majority: Majority,
        /// The member whose link with the leader loses one message in three to five; `None`: no
        /// link does.
        lossy: Option<NodeId>,
    },
    /// Nothing stops: every fault and the network stay as they are. These servers, in order of
    /// their numbers, must agree all the same, if they claim to cope. Prints as `stands n1 n2 n3`.
    Stands(Vec<NodeId>),
}

impl Ending {
    /// The servers that must go on, a majority; `None` if nothing follows.
    pub fn members(&self) -> Option<&[NodeId]> {
        match self {
            Self::None => None,
            Self::Calm(majority) | Self::Quiet(majority) | Self::Load { majority, .. } => {
                Some(&majority.members)
            }
            Self::Stands(members) => Some(members),
        }
    }

    /// The same, to change.
    pub(crate) fn members_mut(&mut self) -> Option<&mut Vec<NodeId>> {
        match self {
            Self::None => None,
            Self::Calm(majority) | Self::Quiet(majority) | Self::Load { majority, .. } => {
                Some(&mut majority.members)
            }
            Self::Stands(members) => Some(members),
        }
    }
}

/// The servers that go on once the faults stop, and the state of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Majority {
    /// The servers that go on, in order of their numbers, each once.
    pub members: Vec<NodeId>,
    /// The state of the other servers.
    pub others: Others,
    /// The network between the members.
    pub network: Rest,
}

/// The network once the faults stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It is reliable, but for [`Schedule::delays`]. Does not print.
    Reliable,
    /// It is the plan's own again, [`Schedule::network`]: a network that is always so is no fault.
    /// Prints as `network stands`.
    Stands,
}

/// The state of the servers outside the majority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are cut off, both ways.
    Cut,
    /// They are down.
    Dead,
}
