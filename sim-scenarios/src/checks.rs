//! What judges a run: everything, or what the Go lab checks and no more.

use raftsim_node::{Node, NodeId, Status, Time};
use raftsim_oracles::{Judged, Oracles};
use raftsim_sim::{Cluster, Failure, Record, Seen, Vouched, Watch};

/// What judges a run.
///
/// Whatever is chosen, the world's own contract stands: a node that panics fails, as it would in
/// Go, and so does one that floods, or acts in ways that nothing can be made of. A run takes the
/// same course either way, and with more checks it may end sooner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The scenario's own, every oracle after every event, and after the scenario the recovery
    /// phase.
    #[default]
    All,
    /// The scenario's own alone. In those that mirror the lab they are what the Go lab looks at:
    /// its polls and limits, and what its applier is given. Our applier (`applied`) is in places
    /// stricter than Go's.
    Lab,
}

/// The oracles of a run; disabled where they are not to judge.
#[derive(Clone, Debug)]
pub struct Onlookers {
    oracles: Oracles,
    enabled: bool,
}

impl Onlookers {
    /// The oracles of a cluster of `size` servers, enabled under [`Checks::All`].
    pub(crate) fn new(checks: Checks, size: usize) -> Self {
        Self { oracles: Oracles::new(size), enabled: checks == Checks::All }
    }

    /// What each oracle judged so far: nothing, if they are disabled.
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
        if self.enabled { self.oracles.observe(cluster, record) } else { Ok(()) }
    }

    #[inline]
    fn becomes(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        status: Status,
    ) -> Result<(), Failure> {
        if self.enabled { self.oracles.becomes(cluster, node, status) } else { Ok(()) }
    }

    #[inline]
    fn settled(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        before: Status,
    ) -> Result<(), Failure> {
        if self.enabled { self.oracles.settled(cluster, node, before) } else { Ok(()) }
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
        if self.enabled { self.oracles.vouched(cluster, from, to, vouched) } else { Ok(()) }
    }

    fn held(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        if self.enabled { self.oracles.held(cluster, node) } else { Ok(()) }
    }

    fn freed(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        if self.enabled { self.oracles.freed(cluster, node) } else { Ok(()) }
    }

    fn disturbed(&mut self, cluster: &Cluster<N>, until: Time) {
        if self.enabled {
            self.oracles.disturbed(cluster, until);
        }
    }

    /// Disabled oracles set no alarm.
    #[inline]
    fn alarm(&self) -> Time {
        Watch::<N>::alarm(&self.oracles)
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        debug_assert!(self.enabled, "disabled oracles set no alarm");
        self.oracles.ring(cluster)
    }
}
