//! The threads of a sweep: each takes a chunk of seeds, runs them, and hands in what they gave.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use raftsim_sim::sampled;

use super::{Done, HarnessPanic, Piece, Sweep, SweepListener, Tally};
use crate::run::Runner;
use crate::twice::run_twice;
use crate::watchdog::name_runs;

/// How often the threads hand in what they have, and the listener may save it.
const SAVE: Duration = Duration::from_millis(500);

/// How often another thread looks what each of them does: seldom enough to cost nothing.
const LOOK: Duration = Duration::from_millis(20);

/// Runs the seeds that are not `done`: see [`super::go_on`].
pub(super) fn run(
    runner: &dyn Runner,
    options: &Sweep,
    done: Done,
    listener: &dyn SweepListener,
) -> Result<Done, HarnessPanic> {
    let gaps = done.gaps(options);
    // Without a failure so far there is no such end, and nothing beyond the count to run.
    let stop = gaps.last().map_or(0, |&(_, end)| end);
    let left: u64 = gaps.iter().map(|(begin, end)| end - begin).sum();
    let chunks = usize::try_from(left.div_ceil(options.chunk)).unwrap_or(usize::MAX);
    let shared = Shared { done, gaps: gaps.into_iter().rev().collect(), panics: BTreeMap::new() };
    let work = Work {
        runner,
        options,
        listener,
        stop: AtomicU64::new(stop),
        saves: AtomicU64::new(0),
        shared: Mutex::new(shared),
        over: Mutex::new(false),
        wake: Condvar::new(),
    };
    thread::scope(|scope| {
        // A guard, because the scope waits for the clerk even when a panic leaves it.
        let _over = End(&work);
        let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
        let _ = spawn("save").spawn_scoped(scope, || work.save_again_and_again());
        let others: Vec<_> = (1..options.jobs.min(chunks))
            .map_while(|job| {
                let work = &work;
                spawn("sweep").spawn_scoped(scope, move || work.run_chunks(job)).ok()
            })
            .collect();
        work.run_chunks(0);
        for other in others {
            other.join().expect("a thread catches the panics of its runs");
        }
    });
    let Shared { done, panics, .. } =
        work.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    listener.saves(&done);
    let end = done.pieces().find(|(_, piece)| options.ends_with(&piece.tally));
    let end = end.map_or(u64::MAX, |(_, piece)| piece.end);
    match panics.into_iter().next() {
        Some((place, panic)) if place < end => Err(panic),
        Some(_) | None => Ok(done),
    }
}

/// The state that the threads share.
struct Work<'a> {
    runner: &'a dyn Runner,
    options: &'a Sweep,
    listener: &'a dyn SweepListener,
    /// Seeds at this place and after it do not count any more.
    stop: AtomicU64,
    /// How many times the threads were asked to hand in what they have.
    saves: AtomicU64,
    shared: Mutex<Shared>,
    over: Mutex<bool>,
    wake: Condvar,
}

struct Shared {
    done: Done,
    /// The places that no thread has taken: by gap, the first place and the one after the last; the
    /// last gap first.
    gaps: Vec<(u64, u64)>,
    /// By place: the panics of the harness.
    panics: BTreeMap<u64, HarnessPanic>,
}

/// Ends the work of [`Work::save_again_and_again`] when it is dropped.
struct End<'a>(&'a Work<'a>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        *self.0.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.wake.notify_all();
    }
}

impl Work<'_> {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_again_and_again(&self) {
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        while !*over {
            let waited = self.wake.wait_timeout(over, SAVE);
            let (ended, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            over = ended;
            if !timeout.timed_out() {
                continue;
            }
            // This is what the threads handed in when they were asked last.
            self.listener.saves(&self.shared().done);
            self.saves.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes the next chunk: the place of its first seed, and the one after its last.
    fn take(&self) -> Option<(u64, u64)> {
        let gaps = &mut self.shared().gaps;
        let (begin, end) = gaps.pop()?;
        if begin >= self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let taken = end.min(begin.saturating_add(self.options.chunk));
        if taken < end {
            gaps.push((taken, end));
        }
        Some((begin, taken))
    }

    fn run_chunks(&self, job: usize) {
        let ((), samples) = sampled(LOOK, || self.run_all_chunks(job));
        self.listener.sampled(&samples);
    }

    fn run_all_chunks(&self, job: usize) {
        name_runs(&self.listener.what());
        while let Some((begin, end)) = self.take() {
            let seed = |place| self.options.seed(place);
            self.listener.begins(job, seed(begin), seed(end - 1));
            let ended = self.run_chunk(begin, end);
            self.listener.ran(end - begin);
            if ended == Ended::Stopped {
                return;
            }
        }
    }

    fn run_chunk(&self, begin: u64, end: u64) -> Ended {
        let mut piece = Unsaved { begin, tally: Tally::default() };
        let mut saves = self.saves.load(Ordering::Relaxed);
        for place in begin..end {
            if self.listener.stops() {
                self.hand_in(&mut piece, place);
                return Ended::Stopped;
            }
            let seed = self.options.seed(place);
            match HarnessPanic::caught(seed, || run_twice(self.runner, seed, self.options.twice)) {
                Ok(run) => {
                    if let Err(failure) = &run.verdict {
                        self.listener.failed(seed, failure);
                    }
                    piece.tally.count(seed, run);
                }
                Err(panic) => {
                    self.stop.fetch_min(place + 1, Ordering::Relaxed);
                    self.hand_in(&mut piece, place);
                    self.shared().panics.insert(place, panic);
                    return Ended::Whole;
                }
            }
            if self.options.ends_with(&piece.tally) {
                self.stop.fetch_min(place + 1, Ordering::Relaxed);
                self.hand_in(&mut piece, place + 1);
                return Ended::Whole;
            }
            let asked = self.saves.load(Ordering::Relaxed);
            if asked != saves {
                saves = asked;
                self.hand_in(&mut piece, place + 1);
            }
        }
        self.hand_in(&mut piece, end);
        Ended::Whole
    }

    /// Hands in what the seeds before the place `end` gave, from the last time on.
    fn hand_in(&self, piece: &mut Unsaved, end: u64) {
        let begin = std::mem::replace(&mut piece.begin, end);
        if begin < end {
            let tally = std::mem::take(&mut piece.tally);
            self.shared().done.add(self.options, begin, Piece { end, tally });
        }
    }
}

/// What a thread has run and not handed in.
struct Unsaved {
    begin: u64,
    tally: Tally,
}

/// How a chunk ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// All its seeds were run, or those up to the one that ends the sweep.
    Whole,
    /// The listener stopped it.
    Stopped,
}
