//! A disk that shows nothing: the oracles that read logs and votes have nothing to judge.

use raftsim_node::{Digest, Disk, Snapshot, Touched};

/// The same disk, without its view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shut<D>(pub(crate) D);

impl<D: Disk> Disk for Shut<D> {
    type Write = D::Write;

    fn write(&mut self, write: D::Write) -> Touched {
        self.0.write(write)
    }

    fn state_bytes(&self) -> usize {
        self.0.state_bytes()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.0.snapshot()
    }

    fn digest(write: &D::Write, digest: &mut Digest) {
        D::digest(write, digest);
    }
}
