//! Who judges a run: all oracles and the scenario, or only what the Go lab itself checks.

use raftsim_oracles::Oracles;

/// The checks that judge a run.
///
/// The contract of a node is checked in any case: a node fails if it panics, as it would in Go, if
/// it floods the network, or if it breaks another rule of the contract. The checks do not change
/// the course of a run, but with more checks a run may fail earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The scenario's own checks, every oracle after every event, and the recovery phase at the
    /// end.
    #[default]
    All,
    /// The scenario's own checks alone. In a scenario that mirrors a test of the lab, these are the
    /// checks of the Go lab: its polls and limits, and its applier. The applier is in places
    /// stricter than in Go; the module `lab::applied` says where.
    Lab,
}

impl Checks {
    /// The oracles for a cluster of `size` servers; `None` if no oracle judges.
    pub(crate) fn oracles(self, size: usize) -> Option<Oracles> {
        match self {
            Self::All => Some(Oracles::new(size)),
            Self::Lab => None,
        }
    }
}
