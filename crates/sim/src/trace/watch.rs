//! How oracles look on: they see each record as it happens, and may end the run.

use raftsim_node::{Node, Time};

use super::record::{Record, Seen};
use crate::failure::Failure;
use crate::server::Cluster;

/// Somebody who looks on. The first failure that it returns ends the run.
pub trait Watch<N: Node>: 'static {
    /// Something happened, and is done: the cluster shows it, but for [`crate::What::Became`], whose
    /// status shows once [`crate::What::Settled`] comes.
    fn observe(
        &mut self,
        _cluster: &Cluster<N>,
        _record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// When it wants to be called though nothing happens; [`Time::MAX`] for never.
    fn alarm(&self) -> Time {
        Time::MAX
    }

    /// The time of [`Watch::alarm`] has come, after everything else of that instant. It must move
    /// the alarm on.
    fn ring(&mut self, _cluster: &Cluster<N>) -> Result<(), Failure> {
        Ok(())
    }
}

/// Nobody looks on.
impl<N: Node> Watch<N> for () {}

/// Somebody may look on.
impl<N: Node, W: Watch<N>> Watch<N> for Option<W> {
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    fn observe(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        match self {
            Some(watch) => watch.observe(cluster, record),
            None => Ok(()),
        }
    }

    #[inline]
    fn alarm(&self) -> Time {
        self.as_ref().map_or(Time::MAX, W::alarm)
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        self.as_mut().map_or(Ok(()), |watch| watch.ring(cluster))
    }
}
