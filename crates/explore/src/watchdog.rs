//! Reports runs that take too long by real time. It can only report them: a `step` that never
//! returns cannot be stopped from another thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often the watchdog looks, and at which look at the same run it reports it.
const LOOK: Duration = Duration::from_secs(1);
const PATIENCE: u32 = 10;

/// Which seed each worker runs, as the watchdog sees it.
#[derive(Debug)]
pub(crate) struct Watchdog {
    /// By worker: a count of the runs it began (0: at rest), and the seed.
    workers: Vec<(AtomicU64, AtomicU64)>,
    over: Mutex<bool>,
    wake: Condvar,
}

impl Watchdog {
    pub(crate) fn new(workers: usize) -> Self {
        let workers = (0..workers).map(|_| (AtomicU64::new(0), AtomicU64::new(0))).collect();
        Self { workers, over: Mutex::new(false), wake: Condvar::new() }
    }

    /// A worker begins a run.
    pub(crate) fn begin(&self, worker: usize, seed: u64) {
        let (count, running) = &self.workers[worker];
        running.store(seed, Ordering::Relaxed);
        count.fetch_add(1, Ordering::Release);
    }

    /// A worker has nothing left to run.
    pub(crate) fn rest(&self, worker: usize) {
        self.workers[worker].0.store(0, Ordering::Release);
    }

    /// All work is done.
    pub(crate) fn end(&self) {
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    /// Watches until all work is done. Calls `report` once for each seed whose run takes over ten
    /// seconds.
    pub(crate) fn watch(&self, report: &dyn Fn(u64)) {
        let mut looks = vec![(0, 0); self.workers.len()];
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        while !*over {
            over = self.wake.wait_timeout(over, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            for ((count, seed), (seen, times)) in self.workers.iter().zip(&mut looks) {
                let now = count.load(Ordering::Acquire);
                *times = if now == *seen { *times + 1 } else { 0 };
                *seen = now;
                if *times == PATIENCE && now > 0 {
                    report(seed.load(Ordering::Relaxed));
                }
            }
        }
    }
}
