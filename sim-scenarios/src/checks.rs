//! What judges a run: everything, or what the Go lab checks and no more.

use raftsim_check::{Judged, Oracles};
use raftsim_node::{Node, NodeId, Status, Time};
use raftsim_sim::{Cluster, Failure, Record, Seen, Vouched, Watch};

/// What judges a run.
///
/// Whatever is chosen, the world's own contract stands: a node that panics fails, as it would in Go,
/// and so does one that floods, or acts in ways that nothing can be made of. A run takes the same
/// course either way, and with more checks it may end sooner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The scenario's own, every oracle after every event, and behind it the calm phase.
    #[default]
    All,
    /// The scenario's own alone. In those that mirror the lab they are what the Go lab looks at: its
    /// polls and limits, and what its applier is given. That applier is here as strict as our
    /// `applied` tells, in places stricter than in Go.
    Lab,
}

/// Who looks on while a run goes on: the oracles, or nobody. It matches where a closure would do: what
/// the oracles are told is known where it is told, which a closure hides from the compiler.
#[derive(Clone, Debug)]
pub struct Onlookers(Option<Oracles>);

impl Onlookers {
    /// Those that look on a cluster of `size` servers under these checks.
    pub(crate) fn new(checks: Checks, size: usize) -> Self {
        match checks {
            Checks::All => Self(Some(Oracles::new(size))),
            Checks::Lab => Self(None),
        }
    }

    /// What each oracle judged so far; nothing, if none looks on.
    pub fn judged(&self) -> Judged {
        self.0.as_ref().map_or_else(Judged::default, Oracles::judged)
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
        match &mut self.0 {
            Some(oracles) => oracles.observe(cluster, record),
            None => Ok(()),
        }
    }

    #[inline]
    fn becomes(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        status: Status,
    ) -> Result<(), Failure> {
        match &mut self.0 {
            Some(oracles) => oracles.becomes(cluster, node, status),
            None => Ok(()),
        }
    }

    #[inline]
    fn settled(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        before: Status,
    ) -> Result<(), Failure> {
        match &mut self.0 {
            Some(oracles) => oracles.settled(cluster, node, before),
            None => Ok(()),
        }
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
        match &mut self.0 {
            Some(oracles) => oracles.vouched(cluster, from, to, vouched),
            None => Ok(()),
        }
    }

    fn held(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        match &mut self.0 {
            Some(oracles) => oracles.held(cluster, node),
            None => Ok(()),
        }
    }

    fn freed(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        match &mut self.0 {
            Some(oracles) => oracles.freed(cluster, node),
            None => Ok(()),
        }
    }

    fn disturbed(&mut self, cluster: &Cluster<N>, until: Time) {
        if let Some(oracles) = &mut self.0 {
            oracles.disturbed(cluster, until);
        }
    }

    #[inline]
    fn alarm(&self) -> Time {
        match &self.0 {
            Some(oracles) => Watch::<N>::alarm(oracles),
            None => Time::MAX,
        }
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        match &mut self.0 {
            Some(oracles) => oracles.ring(cluster),
            None => Ok(()),
        }
    }
}
