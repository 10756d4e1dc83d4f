//! The 6.824 Raft labs' tests, and some that the lab lacks, generic over the node.
//!
//! | module | owns |
//! |---|---|
//! | `lab` | the lab's verbs: `check_one_leader`, `disconnect`, `crash`, … |
//! | `agreement` | its verbs for the log: `start`, `one`, `wait`, … |
//! | `direct` | verbs that the lab has not: until something holds, elected among these, … |
//! | `applied` | what servers apply, and the service that takes it: the lab's applier |
//! | `calm` | the recovery phase behind every scenario |
//! | `registry` | every scenario by name: what it is, and its code |
//! | `elections` | part 3A, and what we add to it |
//! | `agree` | part 3B, the log |
//! | `persist`, `churn` | part 3C, persistence and bad networks |
//! | `snapshots` | part 3D, log compaction, and what we add to it |
//! | `figure_8` | beyond the lab: the paper's Figure 8, step by step |
//! | `stale` | beyond the lab: what comes from an earlier term, and is no longer true |
//! | `votes` | beyond the lab: votes lost in a crash, votes that arrive twice |
//! | `links` | beyond the lab: links that join some servers, or carry one way |
//! | `sizes` | beyond the lab: clusters of even size, and of one |
//! | `checks` | what judges a run: everything, or what the Go lab checks |
//! | `run` | one seed of one scenario on one node |
//! | `suite` | the Go lab's whole suite, as one run |
//! | `play` | plays plans: runs as data |
//! | [`testing`] | the `#[test]`s that [`labs!`] makes |
//!
//! A scenario is straight-line code over a [`Lab`]; each verb returns a `Result`, so that the first
//! broken property ends the run.

#![deny(clippy::float_arithmetic)]

mod checks;
mod lab;
mod macros;
mod play;
mod registry;
mod run;
mod scenarios;
mod suite;
pub mod testing;

pub use checks::Checks;
pub use lab::Lab;
pub use lab::applied::Applied;
pub use lab::log::Waited;
pub use play::NodePlayer;
pub use registry::{Claim, Part, SCENARIOS, Scenario, ScenarioInfo, scenario};
pub use run::NodeRunner;
pub use suite::LabSuite;
