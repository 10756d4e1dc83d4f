//! What raftsim changes in the process that it runs in: for entry points to call, once.

use std::hint::black_box;
use std::sync::Once;

use crate::server::guard::install_hook;

/// The size in bytes of a block that is freed once: more than any run of a scenario holds.
const BLOCK: usize = 8 << 20;

/// Prepares the process for runs. Entry points (a command, a test, a benchmark) call it before their
/// first [`crate::World`]; calling it again does nothing.
///
/// - Panics of nodes are no longer printed: the run's failure reports them. All other panics go to
///   the panic hook that was installed before.
/// - glibc keeps what a run frees for the next run. It gives the free end of its heap back to the
///   system once that is larger than 128 KiB, or than twice the largest block that it ever mapped and
///   freed (mallopt(3), `M_MMAP_THRESHOLD`); a run with a long log holds more, and the next run would
///   ask for its memory again, page by page. So a large block is freed once. Nothing is ever written
///   to it, so it takes no memory.
pub fn prepare_process() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        install_hook();
        drop(black_box(Vec::<u8>::with_capacity(BLOCK)));
    });
}
