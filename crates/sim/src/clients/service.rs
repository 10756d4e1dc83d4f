//! What consumes a server's committed entries.

use raftsim_node::{Bytes, Command, Index, Snapshot, Term};

use crate::failure::Failure;

/// The replicated service on one server, born anew at every boot of it. What it holds at boot is
/// what the disk's snapshot says. It has no clock: a failure that it reports is stamped by the world.
pub trait Service {
    /// Takes the next committed entry; may answer with a snapshot of everything through it, which
    /// the server then gets as [`raftsim_node::Event::Compact`].
    fn apply(
        &mut self,
        index: Index,
        term: Term,
        command: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure>;

    /// Replaces everything it holds by a snapshot.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure>;
}

/// A service that takes everything and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoService;

impl Service for NoService {
    fn apply(&mut self, _: Index, _: Term, _: Option<&Command>) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}
