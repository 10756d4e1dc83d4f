//! Reports runs that take too long by real time, whichever command makes them. It can only report
//! them: a `step` that never returns cannot be stopped from another thread.
//!
//! Every run is made within [`watched`]. The threads that make runs are listed process-wide; an
//! entry point that wants reports calls [`watch_runs`] once.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use raftsim_node::Time;
use raftsim_sim::run_clock;

/// How often the watchdog looks, and after how many looks at the same run it reports that run. It
/// reports it again after twice as many, and so on.
const LOOK: Duration = Duration::from_secs(1);
const PATIENCE: u64 = 10;

/// A run that takes long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowRun {
    /// What the thread said that it runs: see [`name_runs`].
    pub what: String,
    /// The run's seed.
    pub seed: u64,
    /// For how many real seconds it has been running.
    pub seconds: u64,
    /// The virtual time that it has reached, to the second.
    pub virtual_time: Time,
}

/// What one thread runs, as the watchdog sees it.
#[derive(Debug)]
struct Thread {
    what: Mutex<String>,
    /// How many runs the thread has begun; 0 while it makes none.
    run: AtomicU64,
    seed: AtomicU64,
    /// See [`run_clock`].
    clock: Arc<AtomicU64>,
}

static THREADS: Mutex<Vec<Weak<Thread>>> = Mutex::new(vec![]);

thread_local! {
    static THIS: OnceCell<Arc<Thread>> = const { OnceCell::new() };
}

/// Does something with this thread's entry, which is made when it is first needed.
fn with_this<R>(use_it: impl FnOnce(&Thread) -> R) -> R {
    THIS.with(|this| {
        use_it(this.get_or_init(|| {
            let thread = Arc::new(Thread {
                what: Mutex::default(),
                run: AtomicU64::new(0),
                seed: AtomicU64::new(0),
                clock: run_clock(),
            });
            let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
            threads.retain(|other| other.strong_count() > 0);
            threads.push(Arc::downgrade(&thread));
            thread
        }))
    })
}

/// Says what this thread runs from now on: a scenario and a node, for example.
pub fn name_runs(what: &str) {
    with_this(|this| {
        what.clone_into(&mut this.what.lock().unwrap_or_else(PoisonError::into_inner));
    });
}

/// Makes a run, of `seed`, which the watchdog may report.
pub fn watched<R>(seed: u64, run: impl FnOnce() -> R) -> R {
    /// Ends the watch, also when a panic leaves the run.
    struct Watch<'a>(&'a Thread, u64);

    impl Drop for Watch<'_> {
        fn drop(&mut self) {
            self.0.run.store(self.1, Ordering::Release);
        }
    }

    with_this(|this| {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        this.seed.store(seed, Ordering::Relaxed);
        this.clock.store(0, Ordering::Relaxed);
        let outer = this.run.swap(RUNS.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Release);
        let _watch = Watch(this, outer);
        run()
    })
}

/// Starts the watchdog: from now on, `report` is called for each run that has been running for ten
/// real seconds, and again whenever that time has doubled. Only the first call has an effect.
pub fn watch_runs(report: impl Fn(&SlowRun) + Send + 'static) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without a thread to spare nothing is watched.
        let _ = thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
            let mut looks = vec![];
            loop {
                thread::park_timeout(LOOK);
                look(&mut looks, &report);
            }
        });
    });
}

/// How often the watchdog has seen a thread in the same run.
struct Looks {
    thread: Weak<Thread>,
    run: u64,
    times: u64,
}

/// Looks at all threads once.
fn look(looks: &mut Vec<Looks>, report: &dyn Fn(&SlowRun)) {
    looks.retain(|it| it.thread.strong_count() > 0);
    for known in THREADS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        if !looks.iter().any(|it| it.thread.ptr_eq(known)) {
            looks.push(Looks { thread: known.clone(), run: 0, times: 0 });
        }
    }
    for Looks { thread, run, times } in looks {
        let Some(thread) = thread.upgrade() else { continue };
        let now = thread.run.load(Ordering::Acquire);
        *times = if now == *run { *times + 1 } else { 0 };
        *run = now;
        if now > 0 && times.is_multiple_of(PATIENCE) && (*times / PATIENCE).is_power_of_two() {
            report(&SlowRun {
                what: thread.what.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                seed: thread.seed.load(Ordering::Relaxed),
                seconds: *times * LOOK.as_secs(),
                virtual_time: Time::from_nanos(thread.clock.load(Ordering::Relaxed)),
            });
        }
    }
}
