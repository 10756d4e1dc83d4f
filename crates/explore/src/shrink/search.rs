//! The search: the smallest plan so far, the candidates that were played, the runs left. Only this
//! module plays plans; the other modules decide which candidates it is offered.

use std::collections::BTreeSet;

use raftsim_node::{Digest, Time};
use raftsim_sim::{Failure, Recording, property};

use super::signature::Signature;
use super::{ShrinkError, ShrinkProgress};
use crate::run::{Player, Run};
use crate::watchdog::watched;
use raftsim_plan::{Expect, Plan};

/// The smallest plan so far that fails as the first did, and the candidates that were played.
pub(super) struct Search<'a> {
    player: &'a dyn Player,
    progress: &'a dyn ShrinkProgress,
    signature: Signature,
    best: Plan,
    /// How the best plan's run fails.
    failure: Failure,
    /// The digest of the best plan's run.
    digest: u64,
    /// The digests of all plans that were played. A plan only ever replaces one that is less simple
    /// in some respect, so one that was replaced need not be tried again.
    tried: BTreeSet<u64>,
    budget: u64,
    /// How many runs of the budget are not available to candidates.
    reserve: u64,
    runs: u64,
    is_spent: bool,
}

impl<'a> Search<'a> {
    /// Begins with a plan, which must fail, and in the same way when it is played again. So many runs
    /// of the budget were played before.
    pub(super) fn begin(
        player: &'a dyn Player,
        plan: &Plan,
        (runs, budget): (u64, u64),
        progress: &'a dyn ShrinkProgress,
    ) -> Result<Self, ShrinkError> {
        let run = || watched(plan.seed, || player.play(plan, Recording::Off));
        let (first, second) = (run(), run());
        if (first.digest, &first.verdict) != (second.digest, &second.verdict) {
            return Err(ShrinkError::Unsteady { one: first.verdict, other: second.verdict });
        }
        let signature = first.signature().ok_or(ShrinkError::Passes)?;
        let failure = first.verdict.err().ok_or(ShrinkError::Passes)?;
        if failure.property() == property::DETERMINISTIC {
            return Err(ShrinkError::Unsteady { one: Err(failure), other: second.verdict });
        }
        let expect = Expect::Breaks(failure.property().name().to_owned());
        let best = Plan { expect, digest: None, ..plan.clone() };
        let runs = runs + 2;
        progress.played(runs, &best);
        Ok(Self {
            player,
            progress,
            signature,
            tried: BTreeSet::from([name(&best)]),
            best,
            failure,
            digest: first.digest,
            budget,
            reserve: 0,
            runs,
            is_spent: false,
        })
    }

    /// The smallest plan so far.
    pub(super) fn best(&self) -> &Plan {
        &self.best
    }

    /// When the best plan's run fails.
    pub(super) fn failed(&self) -> Time {
        self.failure.time()
    }

    /// How many runs were played.
    pub(super) fn runs(&self) -> u64 {
        self.runs
    }

    /// Reserves `runs` runs of the budget: the candidates that follow may not use them.
    pub(super) fn keep(&mut self, runs: u64) {
        self.reserve = runs;
        self.is_spent = false;
    }

    /// Whether a candidate was refused since [`Search::keep`], because no runs were left or the
    /// listener stopped the search.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Plays a candidate, made from the best plan. If it fails in the same way it becomes the best
    /// plan, and the result is true. No candidate is played twice.
    pub(super) fn takes(&mut self, candidate: impl FnOnce(&Plan) -> Plan) -> bool {
        // If no runs are left, the candidate need not be made.
        if self.is_spent {
            return false;
        }
        let candidate = candidate(&self.best);
        if self.tried.contains(&name(&candidate)) {
            return false;
        }
        if self.runs + self.reserve >= self.budget || self.progress.stops() {
            self.is_spent = true;
            return false;
        }
        self.replace(candidate).is_ok()
    }

    /// Plays a plan, whatever the budget. If it fails in the same way it becomes the best plan; if
    /// not, the error is its verdict.
    pub(super) fn replace(&mut self, plan: Plan) -> Result<(), Result<(), Failure>> {
        self.tried.insert(name(&plan));
        let run = self.play(&plan, Recording::Off);
        let is_alike = run.signature().as_ref() == Some(&self.signature);
        let verdict = match run.verdict {
            Err(failure) if is_alike => {
                (self.best, self.failure, self.digest) = (plan, failure, run.digest);
                Ok(())
            }
            other @ (Ok(()) | Err(_)) => Err(other),
        };
        self.progress.played(self.runs, &self.best);
        verdict
    }

    /// Plays the best plan once more, recorded, whatever the budget.
    pub(super) fn record(&mut self) -> Result<Run, ShrinkError> {
        let run = self.play(&self.best.clone(), Recording::On);
        self.progress.played(self.runs, &self.best);
        let verdict = Err(self.failure.clone());
        if (run.digest, &run.verdict) != (self.digest, &verdict) {
            return Err(ShrinkError::Unsteady { one: verdict, other: run.verdict });
        }
        Ok(run)
    }

    fn play(&mut self, plan: &Plan, recording: Recording) -> Run {
        self.runs += 1;
        watched(plan.seed, || self.player.play(plan, recording))
    }
}

/// The digest that identifies a plan among the candidates.
fn name(plan: &Plan) -> u64 {
    let mut digest = Digest::new();
    digest.debug(plan);
    digest.value()
}
