//! Many runs: sweeps of seeds in parallel, generated plans, and the shrinking of plans that fail.
//!
//! | module | owns |
//! |---|---|
//! | `run` | one run: what decides it ([`Runner`], [`Player`]), its result, its recording |
//! | `twice` | the check that a seed run twice is the same run |
//! | `sweep` | many seeds over several threads; the result is the same for any number of threads |
//! | `watchdog` | the report of runs that take too long by real time |
//! | `fuzz` | runs of generated plans |
//! | `crash_points` | plans that are played again with a crash between two writes |
//! | `hunt` | how many runs a search takes until one fails |
//! | `rate` | how often limits are missed, compared with a right Raft |
//! | `turning` | where the odds of a failing run turn |
//! | `shrink` | from a plan that fails to the smallest one that fails in the same way |
//!
//! A run is decided by a seed ([`Runner`]) or by a plan ([`Player`]). This crate does not know what
//! happens in a run. Only the watchdog and the saving of sweeps wait by real time; progress bars and
//! elapsed times are left to the entry points.

#![deny(clippy::float_arithmetic)]

mod compare;
mod crash_points;
mod fuzz;
mod hunt;
mod measures;
mod rate;
mod run;
mod shrink;
mod sweep;
mod turning;
mod twice;
mod watchdog;

pub use compare::{Costs, Excess};
pub use crash_points::CrashPoints;
pub use fuzz::{Fuzz, OnePlan};
pub use hunt::{Hunt, HuntStats, Hunting, hunt, proves};
pub use measures::{Happened, Measured, Measures, Measuring, Values};
pub use raftsim_oracles::{Judged, NotJudged, Seen, Shown};
pub use rate::{Chance, Rate, Rates, misses};
pub use run::{Brancher, Inspection, Inspector, Player, Run, Runner, Story};
pub use shrink::{ShrinkError, ShrinkProgress, Shrunk, Signature, short_story, shrink, story};
pub use sweep::{
    Done, HarnessPanic, Piece, Quiet, Shard, Sweep, SweepListener, Tally, go_on, panic_text, sweep,
};
pub use turning::{Afterwards, Branches, Share, Turn, Turning};
pub use twice::{Twice, run_twice};
pub use watchdog::{SlowRun, name_runs, watch_runs, watched};
