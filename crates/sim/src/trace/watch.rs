//! Watches: oracles see each record when it happens, and may end the run.

use raftsim_node::{Node, Time};

use super::record::{Record, Seen};
use crate::failure::Failure;
use crate::server::Cluster;

/// A watch sees everything that happens in a world. The first failure that it returns ends the run.
///
/// `()` watches nothing; an `Option` of a watch may be absent.
pub trait Watch<N: Node>: 'static {
    /// Sees a record. What it reports is done, and the cluster shows it, with two exceptions. The
    /// status of [`crate::What::Became`] is shown from [`crate::What::Settled`] on. A crash or a
    /// restart among the faults ([`crate::What::Fault`]) is about to begin: it is done at its
    /// [`crate::What::Crashed`] or [`crate::What::Booted`].
    ///
    /// # Errors
    /// A failure, which ends the run.
    fn observe(
        &mut self,
        _cluster: &Cluster<N>,
        _record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether `Watch::look_on` sees the records too. It is asked once, when the world is made. No
    /// invariant needs it.
    #[doc(hidden)]
    fn looks_on(&self) -> bool {
        false
    }

    /// Sees each record before [`Watch::observe`] does, in a world whose watch looks on. In any other
    /// world it costs nothing: what is not always there is judged here.
    ///
    /// # Errors
    /// A failure, which ends the run.
    #[doc(hidden)]
    fn look_on(
        &mut self,
        _cluster: &Cluster<N>,
        _record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// The time at which to call [`Watch::ring`], whether or not anything happens then;
    /// [`Time::MAX`] for never.
    fn alarm(&self) -> Time {
        Time::MAX
    }

    /// Handles the alarm: called when the time of [`Watch::alarm`] has come, after everything else
    /// of that instant. It must set a later alarm.
    ///
    /// # Errors
    /// A failure, which ends the run.
    fn ring(&mut self, _cluster: &Cluster<N>) -> Result<(), Failure> {
        Ok(())
    }
}

/// No watch.
impl<N: Node> Watch<N> for () {}

/// A watch that may be absent.
impl<N: Node, W: Watch<N>> Watch<N> for Option<W> {
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
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

    fn looks_on(&self) -> bool {
        self.as_ref().is_some_and(W::looks_on)
    }

    fn look_on(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        self.as_mut().map_or(Ok(()), |watch| watch.look_on(cluster, record))
    }

    #[inline]
    fn alarm(&self) -> Time {
        self.as_ref().map_or(Time::MAX, W::alarm)
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        self.as_mut().map_or(Ok(()), |watch| watch.ring(cluster))
    }
}
