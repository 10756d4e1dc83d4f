//! What judges a run: everything, or what the Go lab checks and no more.

use raftsim_node::{Node, NodeId, Status, Time};
use raftsim_oracles::{Judged, Oracles};
use raftsim_sim::{Cluster, Failure, Record, Seen, Vouched, Watch};

/// What judges a run.
///
/// Whatever is chosen, the world's own contract stands: a node that panics fails, as it would in Go,
/// and so does one that floods, or acts in ways that nothing can be made of. A run takes the same
/// course either way, and with more checks it may end sooner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The scenario's own, every oracle after every event, and behind it the recovery phase.
    #[default]
    All,
    /// The scenario's own alone. In those that mirror the lab they are what the Go lab looks at: its
    /// polls and limits, and what its applier is given. That applier is here as strict as our
    /// `applied` tells, in places stricter than in Go.
    Lab,
}

/// Who looks on while a run goes on: the oracles. Where they are not to judge, nobody tells them
/// anything.
#[derive(Clone, Debug)]
pub struct Onlookers {
    oracles: Oracles,
    are_told: bool,
}

impl Onlookers {
    /// Those that look on a cluster of `size` servers under these checks.
    pub(crate) fn new(checks: Checks, size: usize) -> Self {
        Self { oracles: Oracles::new(size), are_told: checks == Checks::All }
    }

    /// What each oracle judged so far: nothing, where they are not told.
    pub fn judged(&self) -> Judged {
        self.oracles.judged()
    }
}

impl<N: Node> Watch<N> for Onlookers {
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    fn observe(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        if self.are_told { self.oracles.observe(cluster, record) } else { Ok(()) }
    }

    #[inline]
    fn becomes(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        status: Status,
    ) -> Result<(), Failure> {
        if self.are_told { self.oracles.becomes(cluster, node, status) } else { Ok(()) }
    }

    #[inline]
    fn settled(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        before: Status,
    ) -> Result<(), Failure> {
        if self.are_told { self.oracles.settled(cluster, node, before) } else { Ok(()) }
    }

    #[expect(clippy::inline_always, reason = "every message passes here")]
    #[inline(always)]
    fn vouched(
        &mut self,
        cluster: &Cluster<N>,
        from: NodeId,
        to: NodeId,
        vouched: Vouched,
    ) -> Result<(), Failure> {
        if self.are_told { self.oracles.vouched(cluster, from, to, vouched) } else { Ok(()) }
    }

    fn held(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        if self.are_told { self.oracles.held(cluster, node) } else { Ok(()) }
    }

    fn freed(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        if self.are_told { self.oracles.freed(cluster, node) } else { Ok(()) }
    }

    fn disturbed(&mut self, cluster: &Cluster<N>, until: Time) {
        if self.are_told {
            self.oracles.disturbed(cluster, until);
        }
    }

    /// Who is told nothing waits for nothing.
    #[inline]
    fn alarm(&self) -> Time {
        Watch::<N>::alarm(&self.oracles)
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        debug_assert!(self.are_told, "who is told nothing sets no alarm");
        self.oracles.ring(cluster)
    }
}
