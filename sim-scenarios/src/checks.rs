//! What judges a run: everything, or what the Go lab checks and no more.

use raftsim_oracles::Oracles;

/// What judges a run.
///
/// Whatever is chosen, the world's own contract stands: a node that panics fails, as it would in
/// Go, and so does one that floods, or acts in ways that nothing can be made of. A run takes the
/// same course either way, and with more checks it may end sooner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The scenario's own, every oracle after every event, and after it the recovery phase.
    #[default]
    All,
    /// The scenario's own alone. In those that mirror the lab they are what the Go lab looks at: its
    /// polls and limits, and what its applier is given. That applier is here as strict as our
    /// `applied` module says, in places stricter than in Go.
    Lab,
}

impl Checks {
    /// The oracles that look on at a cluster of `size` servers, if any do.
    pub(crate) fn oracles(self, size: usize) -> Option<Oracles> {
        match self {
            Self::All => Some(Oracles::new(size)),
            Self::Lab => None,
        }
    }
}
