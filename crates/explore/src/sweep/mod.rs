//! Sweeps: many seeds of one scenario, over several threads.
//!
//! | module | owns |
//! |---|---|
//! | `tally` | what a sweep counts |
//! | `done` | which seeds are done, so that a sweep can be taken up again |
//! | `work` | the threads |

mod done;
mod tally;
mod work;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use raftsim_node::Unable;
use raftsim_sim::{Failure, Samples};

use crate::run::Runner;
use crate::twice::Twice;

pub use done::{Done, Piece};
pub use tally::Tally;

/// The seeds to run, and how to run them.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// The first seed.
    pub from: u64,
    /// How many seeds the sweep has, over all shards.
    pub seeds: u64,
    /// The part of them that this sweep runs.
    pub shard: Shard,
    /// How many threads, at least 1. If the system has fewer to spare, the sweep goes on with those.
    pub jobs: usize,
    /// How many seeds a thread takes at once, at least 1: [`Sweep::CHUNK`], or fewer if the
    /// listener must know more exactly which seeds are running.
    pub chunk: u64,
    /// Whether to run all seeds even after one has failed.
    pub keep_going: bool,
    /// Which seeds to run twice.
    pub twice: Twice,
}

impl Sweep {
    /// How many seeds a thread usually takes at once.
    pub const CHUNK: u64 = 64;

    /// How many seeds its shard has.
    pub fn count(&self) -> u64 {
        let Shard { part, of } = self.shard;
        self.seeds / of + u64::from(part <= self.seeds % of)
    }

    /// The seed at a place from 0 to [`Sweep::count`].
    pub fn seed(&self, place: u64) -> u64 {
        let Shard { part, of } = self.shard;
        self.from + (part - 1) + place * of
    }

    /// The place of a seed, which [`Sweep::seed`] has there; `None` if it is not one of its shard.
    pub fn place(&self, seed: u64) -> Option<u64> {
        let Shard { part, of } = self.shard;
        let offset = seed.checked_sub(self.from).filter(|&offset| offset < self.seeds)?;
        (offset % of == part - 1).then_some(offset / of)
    }

    /// Whether the sweep ends after seeds with this tally, because one of them failed.
    fn ends_with(&self, tally: &Tally) -> bool {
        tally.failed > 0 && !self.keep_going
    }
}

/// The `part`-th of `of` equal parts: every `of`-th seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1 to `of`.
    pub part: u64,
    /// How many parts there are.
    pub of: u64,
}

impl Shard {
    /// All seeds.
    pub const WHOLE: Self = Self { part: 1, of: 1 };
}

/// A panic of the harness itself, never a failure of the node: a bug in raftsim, or something that
/// the machine cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HarnessPanic {
    /// The seed whose run panicked.
    pub seed: u64,
    /// The panic's message.
    pub message: String,
    /// Whether it is a bug: not if a node panicked with [`Unable`].
    pub is_bug: bool,
}

impl HarnessPanic {
    /// The panic with this payload, in the run of `seed`.
    fn new(seed: u64, payload: &(dyn Any + Send)) -> Self {
        let message = panic_text(payload).to_owned();
        Self { seed, message, is_bug: !payload.is::<Unable>() }
    }

    /// What it is, in a few words.
    pub fn what(&self) -> &'static str {
        if self.is_bug { "a bug in raftsim" } else { "the machine cannot run it" }
    }

    /// Returns what `run`, which runs `seed`, returns; if it panics, that panic as an error.
    pub fn caught<T>(seed: u64, run: impl FnOnce() -> T) -> Result<T, Self> {
        catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Self::new(seed, &*payload))
    }
}

/// The text of a panic with this payload.
pub fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<Unable>().map(|Unable(text)| text.as_str()));
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without text")
}

/// A listener to a sweep. Its methods are called by the threads that run the seeds.
pub trait SweepListener: Sync {
    /// What the sweep runs, for the report of a run that takes too long.
    fn what(&self) -> String {
        String::new()
    }

    /// Thread `job`, counted from 0, begins to run the seeds from `first` to `last` of its shard.
    fn begins(&self, _job: usize, _first: u64, _last: u64) {}

    /// `seeds` more seeds have been run.
    fn ran(&self, _seeds: u64) {}

    /// The run of `seed` failed. Without `keep_going` a lower seed may still fail.
    fn failed(&self, _seed: u64, _failure: &Failure) {}

    /// Whether to stop early. Every thread asks it before each seed.
    fn stops(&self) -> bool {
        false
    }

    /// A thread of the sweep has ended, and was seen doing this.
    fn sampled(&self, _samples: &Samples) {}

    /// What is done so far. It is called twice a second, and at the end of the sweep.
    fn saves(&self, _done: &Done) {}
}

/// A listener that ignores everything.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl SweepListener for Quiet {}

/// Runs the seeds, and counts those up to the lowest that fails, or all with `keep_going`. The
/// result does not depend on the number of jobs.
///
/// # Errors
/// If the harness panics: the panic at the lowest such seed, unless a lower seed failed and so
/// ended the sweep.
pub fn sweep(
    runner: &dyn Runner,
    options: &Sweep,
    listener: &dyn SweepListener,
) -> Result<Tally, HarnessPanic> {
    go_on(runner, options, Done::default(), listener).map(|done| done.tally(options))
}

/// Runs those seeds that are not `done` yet. Returns all that is done in the end: the whole sweep,
/// unless the listener stops it early.
///
/// # Errors
/// As [`sweep`].
pub fn go_on(
    runner: &dyn Runner,
    options: &Sweep,
    done: Done,
    listener: &dyn SweepListener,
) -> Result<Done, HarnessPanic> {
    work::run(runner, options, done, listener)
}
