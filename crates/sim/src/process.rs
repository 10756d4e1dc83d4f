//! What raftsim changes in its process, once, when an entry point asks for it; and how far the run
//! of a thread has come, for the process's other threads.

use std::cell::OnceCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

use raftsim_node::Time;

use crate::server::guard::install_hook;

thread_local! {
    /// See [`run_clock`].
    static RUN_CLOCK: OnceCell<Arc<AtomicU64>> = const { OnceCell::new() };
}

/// The virtual time, in nanoseconds, that the present run of this thread has reached. It is set
/// once in a virtual second, so that a run pays nothing for it. Other threads may read it: a
/// watchdog that reports a run which takes too long.
pub fn run_clock() -> Arc<AtomicU64> {
    RUN_CLOCK.with(|clock| clock.get_or_init(Arc::default).clone())
}

/// The run of this thread has reached `now`.
pub(crate) fn reached(now: Time) {
    RUN_CLOCK.with(|clock| {
        if let Some(clock) = clock.get() {
            clock.store(now.as_nanos(), Ordering::Relaxed);
        }
    });
}

/// The size in bytes of a block that is freed once: more than the memory of any scenario's run.
const BLOCK: usize = 8 << 20;

/// Prepares the process for runs. Entry points (a command, a test, a benchmark) call it before
/// their first [`crate::World`]; calling it again does nothing.
///
/// - Panics of nodes are no longer printed: the run's failure reports them. All other panics go to
///   the panic hook that was installed before.
/// - glibc keeps the memory that a run frees for the next run. By default it returns the free end
///   of its heap to the system once that exceeds 128 KiB, or twice the largest block that it ever
///   mapped and freed (mallopt(3), `M_MMAP_THRESHOLD`). A run with a long log needs more, and the
///   next run would request its memory again, page by page. So a large block is freed once here.
///   Nothing is ever written to the block, so it takes no memory.
pub fn prepare_process() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        install_hook();
        drop(black_box(Vec::<u8>::with_capacity(BLOCK)));
    });
}
