//! The 6.824 Raft labs' tests, and some that the lab lacks, generic over the node.
//!
//! | module | owns |
//! |---|---|
//! | `lab` | the lab's verbs: `check_one_leader`, `disconnect`, `crash`, … |
//! | `agreement` | its verbs for the log: `start`, `one`, `wait`, … |
//! | `applied` | what servers apply, and the service that takes it: the lab's applier |
//! | `calm` | the calm phase behind every scenario |
//! | `registry` | every scenario by name: what it is, and its code |
//! | `elections` | part 3A, and what we add to it |
//! | `agree` | part 3B, the log |
//! | `persist`, `churn` | part 3C, persistence and bad networks |
//! | `snapshots` | part 3D, log compaction |
//! | `run` | one seed of one scenario on one node |
//! | [`testing`] | the `#[test]`s that [`labs!`] makes |
//!
//! A scenario is straight-line code over a [`Lab`]; each verb returns a `Result`, so that the first
//! broken property ends the run.

#![deny(clippy::float_arithmetic)]

mod agree;
mod agreement;
mod applied;
mod calm;
mod churn;
mod elections;
mod lab;
mod macros;
mod persist;
mod registry;
mod run;
mod snapshots;
pub mod testing;

pub use agreement::Waited;
pub use applied::Applied;
pub use lab::Lab;
pub use registry::{Claim, Part, SCENARIOS, Scenario, ScenarioInfo, scenario};
pub use run::NodeRunner;
