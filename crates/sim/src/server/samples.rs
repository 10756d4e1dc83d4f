//! Where the time of runs goes: a second thread looks now and then what the first one does.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::guard::{Call, seen_while};

/// How often a thread that makes runs was seen doing what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Anything but the node's code: the network, the clock, the scenario, the oracles.
    pub harness: u64,
    /// The node's steps, boots, deadlines and statuses.
    pub steps: u64,
    /// Copies of the node's messages and writes, and [`raftsim_node::Disk::write`].
    pub copies: u64,
    /// What the node's messages and writes feed to the digest: by default the `Debug` text of a
    /// message.
    pub digests: u64,
    /// What the oracles read of the node's disks and messages.
    pub reads: u64,
    /// The end of the node's values: their `Drop`.
    pub drops: u64,
}

impl Samples {
    /// How often the thread was seen.
    pub fn total(&self) -> u64 {
        let Self { harness, steps, copies, digests, reads, drops } = self;
        harness + steps + copies + digests + reads + drops
    }

    /// Adds the samples of another thread, or of another sweep.
    pub fn add(&mut self, other: &Self) {
        let Self { harness, steps, copies, digests, reads, drops } = other;
        self.harness += harness;
        self.steps += steps;
        self.copies += copies;
        self.digests += digests;
        self.reads += reads;
        self.drops += drops;
    }

    fn count(&mut self, seen: Option<Call>) {
        let count = match seen {
            None => &mut self.harness,
            Some(Call::Own) => &mut self.steps,
            Some(Call::Copy) => &mut self.copies,
            Some(Call::Digest) => &mut self.digests,
            Some(Call::Read) => &mut self.reads,
            Some(Call::Drop) => &mut self.drops,
        };
        *count += 1;
    }
}

/// Does `work` on this thread. Another thread looks what it does, every `pause` of real time; the
/// runs that it makes are not changed by that. Without a thread to spare there are no samples.
pub fn sampled<R>(pause: Duration, work: impl FnOnce() -> R) -> (R, Samples) {
    seen_while(|seen| {
        thread::scope(|scope| {
            // The channel is closed when the work is done, also by a panic.
            let (works, is_over) = mpsc::channel::<()>();
            let builder = thread::Builder::new().name("samples".to_owned());
            let looks = builder.spawn_scoped(scope, move || {
                let mut samples = Samples::default();
                while is_over.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    samples.count(seen());
                }
                samples
            });
            let result = work();
            drop(works);
            let samples = looks.ok().and_then(|thread| thread.join().ok());
            (result, samples.unwrap_or_default())
        })
    })
}
