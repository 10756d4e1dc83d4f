//! The tests of the 6.824 Raft labs, and scenarios that the lab lacks, generic over the node.
//!
//! | module | owns |
//! |---|---|
//! | `lab` | the verbs of the lab's tester: `check_one_leader`, `disconnect`, `crash`, … |
//! | `lab::cluster` | how large the cluster is, and whether it has one network throughout |
//! | `lab::log` | its verbs for the log: `start`, `one`, `wait`, … |
//! | `lab::direct` | verbs that the lab lacks: `until`, `elected`, … |
//! | `lab::applied` | what servers apply, and the service that checks it: the lab's applier |
//! | `lab::luck` | elections that take long by mere luck |
//! | `lab::pace` | the lab's limits, stretched for a node that claims to need longer |
//! | `lab::probe` | a second try on a reliable network, after a limit was missed |
//! | `lab::recovery` | the recovery phase after every scenario |
//! | `scenarios::elections` | part 3A, and two scenarios of ours |
//! | `scenarios::agreement` | part 3B, and one scenario of ours |
//! | `scenarios::persistence`, `churn` | part 3C |
//! | `scenarios::snapshots` | part 3D, and one scenario of ours |
//! | `scenarios::beyond` | scenarios that the lab lacks |
//! | `beyond::figure_8` | the paper's Figure 8, step by step |
//! | `beyond::stale` | messages and answers from an earlier term |
//! | `beyond::votes` | votes lost in a crash, votes that arrive twice |
//! | `beyond::links` | links that join only some servers, or carry messages one way |
//! | `beyond::sizes` | clusters of even size, and of one server |
//! | `info` | what is known of a scenario without its code, and under which conditions it runs |
//! | `scenario` | what a scenario is: its description and its code |
//! | `registry` | every built-in scenario by name |
//! | `own` | scenarios and invariants of a user's own |
//! | `checks` | who judges a run: all oracles and invariants, or only what the Go lab checks |
//! | `run` | one seed of one scenario on one node |
//! | `suite` | the Go lab's whole suite, as one run |
//! | `play` | plays plans on a node |
//! | [`costs`] | where the time of a sweep went |
//! | [`crumb`] | which seeds a process is running, in a file that outlives it |
//! | [`pages`] | recorded runs as pages |
//! | [`kept`] | plans that are kept in files |
//! | `settings` | a node's settings between runs |
//! | [`shell`] | names as words of a command to paste |
//! | [`terminal`] | standard error, which may be unwritable |
//! | [`testing`], `macros` | the tests that [`labs!`], [`fuzz!`] and [`regressions!`] make |
//!
//! A scenario is straight-line code over a [`Lab`]. Each verb returns a `Result`, so that the first
//! broken property ends the run.

#![deny(clippy::float_arithmetic)]

/// Files of the crates whose code runs below a user's own: by them a panic of theirs is known
/// ([`raftsim_sim::guarded_own`]).
const HARNESS: &[&str] = &[raftsim_sim::SOURCE, raftsim_oracles::SOURCE, file!()];

mod checks;
pub mod costs;
pub mod crumb;
mod info;
pub mod kept;
mod lab;
mod macros;
mod own;
pub mod pages;
mod part;
mod play;
#[doc(hidden)]
pub mod registry;
mod run;
mod scenario;
mod scenarios;
mod settings;
pub mod shell;
mod suite;
pub mod terminal;
pub mod testing;

pub use checks::{Checks, Judges};
pub use info::ScenarioInfo;
pub use lab::Lab;
pub use lab::applied::Applied;
pub use lab::log::Waited;
pub use lab::pace::limits_times;
pub use own::Suite;
pub use part::{Claim, Part};
pub use play::NodePlayer;
pub use registry::{SCENARIOS, scenario};
pub use run::NodeRunner;
pub use scenario::Scenario;
pub use settings::Settings;
pub use suite::LabSuite;
