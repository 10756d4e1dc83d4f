//! Services: what consumes a server's committed entries.

use raftsim_node::{Bytes, Command, Index, Snapshot, Term};

use crate::failure::Failure;

/// The replicated service on one server. It is made anew at every boot of the server, and then
/// restores the disk's snapshot, if there is one. It has no clock: the world sets the time of a
/// failure that it returns.
pub trait Service {
    /// Consumes the next committed entry. Its `term` is `None` if the node does not know it, and
    /// `command` is `None` for an entry without a command. It may return a snapshot of everything
    /// through that entry, which the server then gets as [`raftsim_node::Event::Compact`].
    ///
    /// # Errors
    /// A failure, which ends the run.
    fn apply(
        &mut self,
        index: Index,
        term: Option<Term>,
        command: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure>;

    /// Replaces its whole state by that of a snapshot.
    ///
    /// # Errors
    /// A failure, which ends the run.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure>;
}

/// A service that ignores every entry and never makes a snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoService;

impl Service for NoService {
    fn apply(
        &mut self,
        _: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}
