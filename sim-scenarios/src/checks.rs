//! Who judges a run: the oracles, the invariants of a user's own and the scenario, or only what the
//! Go lab itself checks.

use std::fmt;
use std::mem;

use raftsim_node::{Node, Time};
use raftsim_oracles::Oracles;
use raftsim_sim::{Cluster, Fact, Failure, Property, Record, Seen, Watch, What, guarded_own};

use crate::HARNESS;
use crate::own::Suite;

/// The checks that judge a run.
///
/// The contract of a node is checked in any case: a node fails if it panics, as it would in Go, if
/// it floods the network, or if it breaks another rule of the contract. The checks do not change
/// the course of a run, but with more checks a run may fail earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// The scenario's own checks, every oracle and every invariant of the node's [`Suite`] after
    /// every event, and the recovery phase at the end.
    #[default]
    All,
    /// The scenario's own checks alone. In a scenario that mirrors a test of the lab, these are the
    /// checks of the Go lab: its polls and limits, and its applier. The applier is in places
    /// stricter than in Go; the module `lab::applied` says where.
    Lab,
    /// Those of [`Checks::All`], but the oracles do not read the disks, as if no disk offered a view. A
    /// failure of such a run shows at what servers send, apply and report: it is one that clients can
    /// see.
    Blind,
}

impl Checks {
    /// Who judges a cluster of `size` servers.
    ///
    /// # Errors
    /// If the code that makes an invariant panics.
    #[expect(clippy::inline_always, reason = "the oracles are large, and would be copied")]
    #[inline(always)]
    pub(crate) fn judges<N: Node>(
        self,
        size: usize,
        suite: &Suite<N>,
    ) -> Result<Judges<N>, Failure> {
        match self {
            Self::All | Self::Blind => {
                let mut invariants = vec![];
                for judge in suite.judges() {
                    invariants.push(judge?);
                }
                Ok(Judges { oracles: Oracles::new(size), oracles_judge: true, invariants })
            }
            Self::Lab => {
                let (oracles, invariants) = (Oracles::new(0), vec![]);
                Ok(Judges { oracles, oracles_judge: false, invariants })
            }
        }
    }
}

/// Who judges a run after every event: the invariants of the node's [`Suite`] and the oracles, if all
/// checks do.
///
/// Where there are no invariants, they cost nothing: they judge by `Watch::look_on`, and their
/// alarms are the oracles' ([`Oracles::ring_by`]). So there are none without oracles.
pub struct Judges<N: Node> {
    /// Oracles that do not judge have no alarm: so the time of the next one is always theirs.
    oracles: Oracles,
    oracles_judge: bool,
    invariants: Vec<Judge<N>>,
}

/// An invariant that looks on: whatever it reports, it reports as broken. Its code runs under guard: if
/// it panics, the invariant is broken too.
pub(crate) struct Judge<N: Node> {
    property: Property,
    watch: Box<dyn Watch<N>>,
}

impl<N: Node> Judges<N> {
    /// The oracles; `None` if none judges the run.
    pub fn oracles(&self) -> Option<&Oracles> {
        self.oracles_judge.then_some(&self.oracles)
    }

    /// The same, whose oracles demand a leader only while messages take no time.
    pub(crate) fn without_delays(self) -> Self {
        Self { oracles: self.oracles.without_delays(), ..self }
    }

    /// Sets the alarm to the earliest one of the invariants, if no oracle has an earlier one.
    fn rearm(&mut self, now: Time) -> Result<(), Failure> {
        let mut next = Time::MAX;
        for judge in &mut self.invariants {
            next = next.min(judge.alarm(now)?);
        }
        self.oracles.ring_by(next);
        Ok(())
    }

    /// Rings the alarms of the invariants that are due.
    #[cold]
    fn ring_invariants(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        let now = cluster.now();
        for judge in &mut self.invariants {
            if judge.alarm(now)? > now {
                continue;
            }
            judge.judges(now, |watch| watch.ring(cluster))?;
            if judge.alarm(now)? <= now {
                let facts = ["`ring` sets a later alarm", "it is still due"].map(Fact::new);
                return Err(Failure::violation(judge.property, now, facts));
            }
        }
        self.rearm(now)
    }
}

impl<N: Node> fmt::Debug for Judges<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let invariants: Vec<_> = self.invariants.iter().map(|judge| judge.property).collect();
        out.debug_struct("Judges")
            .field("oracles", &self.oracles())
            .field("invariants", &invariants)
            .finish_non_exhaustive()
    }
}

impl<N: Node> Watch<N> for Judges<N> {
    #[expect(clippy::inline_always, reason = "its callers know the kind of record")]
    #[inline(always)]
    fn observe(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        if self.oracles_judge { self.oracles.observe(cluster, record) } else { Ok(()) }
    }

    fn looks_on(&self) -> bool {
        !self.invariants.is_empty()
    }

    #[cold]
    fn look_on(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        // A run that is not recorded has no such records, and must have the same verdict.
        if matches!(record.what, What::Noted(_) | What::Printed(_)) {
            return Ok(());
        }
        let mut judges = self.invariants.iter_mut();
        judges.try_for_each(|judge| {
            judge.judges(cluster.now(), |watch| watch.observe(cluster, record))
        })?;
        self.rearm(cluster.now())
    }

    #[inline]
    fn alarm(&self) -> Time {
        Watch::<N>::alarm(&self.oracles)
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        self.oracles.ring(cluster)?;
        if self.invariants.is_empty() { Ok(()) } else { self.ring_invariants(cluster) }
    }
}

impl<N: Node> Judge<N> {
    /// The invariant of this property as `make` makes it for a run.
    ///
    /// # Errors
    /// If `make` panics.
    pub(crate) fn made(
        property: Property,
        make: &dyn Fn() -> Box<dyn Watch<N>>,
    ) -> Result<Self, Failure> {
        let watch = runs(property, Time::ZERO, "the invariant is made for a run", make)?;
        Ok(Self { property, watch })
    }

    /// Lets the invariant judge.
    fn judges(
        &mut self,
        now: Time,
        judge: impl FnOnce(&mut dyn Watch<N>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let judged =
            runs(self.property, now, "the invariant is judged", || judge(&mut *self.watch))?;
        judged.map_err(|failure| failure.breaking(self.property))
    }

    /// When it wants to ring.
    fn alarm(&self, now: Time) -> Result<Time, Failure> {
        runs(self.property, now, "the invariant has an alarm", || self.watch.alarm())
    }
}

impl<N: Node> Drop for Judge<N> {
    /// Drops the invariant. A panic in it is ignored: the run has its verdict.
    fn drop(&mut self) {
        let watch = mem::replace(&mut self.watch, Box::new(()));
        let _ = guarded_own(HARNESS, || drop(watch));
    }
}

/// Runs code of an invariant's. `rule` says what it should have done, if it panics.
fn runs<R>(
    property: Property,
    now: Time,
    rule: &str,
    run: impl FnOnce() -> R,
) -> Result<R, Failure> {
    guarded_own(HARNESS, run)
        .map_err(|panic| Failure::panicked(now, Fact::new(rule), &panic).breaking(property))
}
