//! Memory between runs: what one frees, the next one uses.

use std::hint::black_box;
use std::sync::Once;

/// How large a block is freed once, in bytes: more than any run of a scenario holds.
const BLOCK: usize = 8 << 20;

/// Lets the process keep what a run frees.
///
/// glibc gives the free end of its heap back to the system once that is larger than 128 KiB, or
/// than twice the largest block that it ever mapped and freed (mallopt(3), `M_MMAP_THRESHOLD`). A
/// run with a long log holds more: the next one would ask for its memory again, page by page. So
/// such a block is freed first. Nobody writes to it: it takes no memory.
pub(crate) fn keep_memory() {
    static KEEP: Once = Once::new();
    KEEP.call_once(|| drop(black_box(Vec::<u8>::with_capacity(BLOCK))));
}
