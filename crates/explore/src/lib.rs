//! Many runs: seeds swept in parallel, their results merged in the order of the seeds, so that a
//! sweep reports the same for any number of jobs.
//!
//! A run is anything that a seed decides ([`Runner`]), or a plan ([`Player`]). A plan whose run
//! fails can be shrunk. This crate does not know what is in a run. It refuses to read a clock:
//! progress and elapsed time are the entry points' business.

#![deny(clippy::float_arithmetic)]

mod fuzz;
mod hunt;
mod run;
mod shrink;
mod sweep;
mod twice;
mod watchdog;

pub use fuzz::{Fuzz, OnePlan};
pub use hunt::{Hunt, HuntStats, hunt, proves};
pub use raftsim_oracles::{Judged, Shown};
pub use run::{Player, Run, Runner, Story};
pub use shrink::{ShrinkError, ShrinkProgress, Shrunk, Signature, shrink, story};
pub use sweep::{HarnessPanic, Progress, Quiet, Shard, Sweep, Tally, sweep};
pub use twice::{Twice, run_twice};
