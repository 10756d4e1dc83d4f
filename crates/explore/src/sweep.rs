//! Sweeps: many seeds of one scenario, over several threads.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use raftsim_node::Duration;
use raftsim_oracles::Judged;
use raftsim_sim::{Failure, Kind, Property};

use crate::run::{Run, Runner};
use crate::twice::{Twice, run_twice};
use crate::watchdog::Watchdog;

/// The seeds to run, and how to run them.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// The first seed.
    pub from: u64,
    /// How many seeds the sweep has, over all shards.
    pub seeds: u64,
    /// The part of them that this sweep runs.
    pub shard: Shard,
    /// How many threads, at least 1.
    pub jobs: usize,
    /// Whether to run all seeds even after one has failed.
    pub keep_going: bool,
    /// Which seeds to run twice.
    pub twice: Twice,
}

impl Sweep {
    /// How many seeds its shard has.
    pub fn count(&self) -> u64 {
        let Shard { part, of } = self.shard;
        self.seeds / of + u64::from(part <= self.seeds % of)
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

/// The result of a sweep. Without `keep_going` it counts the seeds up to the lowest that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many seeds were counted.
    pub seeds: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of the failures are a limit of the lab that a correct Raft may miss by chance.
    pub by_chance: u64,
    /// How many seeds broke each property.
    pub properties: BTreeMap<Property, u64>,
    /// The lowest seed that failed, and its failure.
    pub first_failure: Option<(u64, Failure)>,
    /// How many events the servers handled.
    pub events: u64,
    /// How much virtual time passed in all runs together.
    pub virtual_time: Duration,
    /// How often each oracle judged something.
    pub judged: Judged,
}

/// A panic of the harness itself: a bug in raftsim, never a failure of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HarnessPanic {
    /// The seed whose run panicked.
    pub seed: u64,
    /// The panic's message.
    pub message: String,
}

impl HarnessPanic {
    /// The panic with this payload, in the run of `seed`.
    fn new(seed: u64, payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self { seed, message: text.unwrap_or("a panic without text").to_owned() }
    }

    /// Returns what `run`, which runs `seed`, returns; if it panics, that panic as an error.
    pub fn caught<T>(seed: u64, run: impl FnOnce() -> T) -> Result<T, Self> {
        catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Self::new(seed, &*payload))
    }
}

/// A listener to the progress of a sweep.
pub trait SweepListener: Sync {
    /// `seeds` more seeds have been run.
    fn ran(&self, _seeds: u64) {}

    /// The run of `seed` has taken over ten real seconds so far.
    fn slow(&self, _seed: u64) {}
}

/// A listener that ignores everything.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl SweepListener for Quiet {}

/// How many seeds a thread takes at once.
const CHUNK: u64 = 64;

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
    let Shard { part, of } = options.shard;
    let seeds = options.count();
    let seed_at = |index: u64| options.from + (part - 1) + index * of;
    let work = Work {
        runner,
        options,
        listener,
        seeds,
        seed_at: &seed_at,
        next: AtomicU64::new(0),
        stop: AtomicU64::new(u64::MAX),
        merged: Mutex::new(Merged::default()),
        watchdog: Watchdog::new(options.jobs),
    };
    thread::scope(|scope| {
        scope.spawn(|| work.watchdog.watch(&|seed| listener.slow(seed)));
        // A guard, because the scope waits for the watchdog even when a panic leaves it.
        let _over = EndWatch(&work.watchdog);
        let worker = |number| {
            let work = &work;
            move || work.run_chunks(number)
        };
        let others: Vec<_> = (1..options.jobs).map(|number| scope.spawn(worker(number))).collect();
        worker(0)();
        for other in others {
            other.join().expect("a worker catches the panics of its runs");
        }
    });
    let merged = work.merged.into_inner().unwrap_or_else(PoisonError::into_inner);
    merged.panic.map_or(Ok(merged.tally), Err)
}

/// Ends the watchdog's watch when it is dropped.
struct EndWatch<'a>(&'a Watchdog);

impl Drop for EndWatch<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The state that the threads share.
struct Work<'a> {
    runner: &'a dyn Runner,
    options: &'a Sweep,
    listener: &'a dyn SweepListener,
    seeds: u64,
    seed_at: &'a (dyn Fn(u64) -> u64 + Sync),
    /// The first index that no thread has taken.
    next: AtomicU64,
    /// Seeds at this index and after it do not count any more.
    stop: AtomicU64,
    merged: Mutex<Merged>,
    watchdog: Watchdog,
}

/// The chunks merged so far, in order. A chunk that is finished early waits here for those before
/// it.
#[derive(Default)]
struct Merged {
    tally: Tally,
    /// The first index of the next chunk to merge.
    next: u64,
    early: BTreeMap<u64, Chunk>,
    /// Whether a chunk was merged that ends the sweep: later ones do not count.
    ended: bool,
    panic: Option<HarnessPanic>,
}

#[derive(Default)]
struct Chunk {
    tally: Tally,
    ends_sweep: bool,
    panic: Option<HarnessPanic>,
}

impl Work<'_> {
    fn run_chunks(&self, worker: usize) {
        loop {
            let begin = self.next.fetch_add(CHUNK, Ordering::Relaxed);
            if begin >= self.seeds || begin >= self.stop.load(Ordering::Relaxed) {
                self.watchdog.rest(worker);
                return;
            }
            let end = (begin + CHUNK).min(self.seeds);
            let chunk = self.run_chunk(worker, begin, end);
            self.listener.ran(end - begin);
            let mut merged = self.merged.lock().unwrap_or_else(PoisonError::into_inner);
            merged.early.insert(begin, chunk);
            merged.merge();
        }
    }

    fn run_chunk(&self, worker: usize, begin: u64, end: u64) -> Chunk {
        let mut chunk = Chunk::default();
        for index in begin..end {
            let seed = (self.seed_at)(index);
            self.watchdog.begin(worker, seed);
            match HarnessPanic::caught(seed, || run_twice(self.runner, seed, self.options.twice)) {
                Ok(run) => chunk.tally.count(seed, run),
                Err(panic) => chunk.panic = Some(panic),
            }
            let failed = chunk.tally.failed > 0 && !self.options.keep_going;
            if failed || chunk.panic.is_some() {
                chunk.ends_sweep = true;
                self.stop.fetch_min(index + 1, Ordering::Relaxed);
                break;
            }
        }
        chunk
    }
}

impl Merged {
    fn merge(&mut self) {
        while let Some(chunk) = self.early.remove(&self.next) {
            self.next += CHUNK;
            if self.ended {
                continue;
            }
            self.ended = chunk.ends_sweep;
            self.panic = chunk.panic;
            self.tally.add(chunk.tally);
        }
    }
}

impl Tally {
    /// How many seeds passed.
    pub fn passed(&self) -> u64 {
        self.seeds - self.failed
    }

    /// Counts one run.
    fn count(&mut self, seed: u64, run: Run) {
        self.seeds += 1;
        self.events += run.events;
        self.virtual_time = self.virtual_time + Duration::from_nanos(run.virtual_time.as_nanos());
        self.judged.add(run.judged);
        let Err(failure) = run.verdict else { return };
        self.failed += 1;
        self.by_chance += u64::from(failure.kind() == Kind::LabLimit { by_chance: true });
        *self.properties.entry(failure.property()).or_default() += 1;
        self.first_failure.get_or_insert((seed, failure));
    }

    /// Adds the tally of later seeds.
    pub fn add(&mut self, later: Self) {
        self.seeds += later.seeds;
        self.failed += later.failed;
        self.by_chance += later.by_chance;
        self.events += later.events;
        self.virtual_time = self.virtual_time + later.virtual_time;
        for (property, times) in later.properties {
            *self.properties.entry(property).or_default() += times;
        }
        self.judged.add(later.judged);
        if self.first_failure.is_none() {
            self.first_failure = later.first_failure;
        }
    }
}
