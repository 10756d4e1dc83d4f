//! The 6.824 Raft labs' tests, and some that the lab lacks, generic over the node.
//!
//! | module | owns |
//! |---|---|
//! | `lab` | the lab's verbs: `check_one_leader`, `disconnect`, `start`, … |
//! | `registry` | every scenario by name: what it is, and its code |
//! | `elections` | part 3A, and what we add to it |
//! | `run` | one seed of one scenario on one node |
//! | [`testing`] | the `#[test]`s that [`labs!`] makes |
//!
//! A scenario is straight-line code over a [`Lab`]; each verb returns a `Result`, so that the first
//! broken property ends the run.

#![deny(clippy::float_arithmetic)]

mod elections;
mod lab;
mod macros;
mod registry;
mod run;
pub mod testing;

pub use lab::Lab;
pub use registry::{Claim, Part, SCENARIOS, Scenario, ScenarioInfo, scenario};
pub use run::NodeRunner;
