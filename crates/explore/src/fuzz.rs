//! Runs of generated plans: a seed decides the plan, and so the whole run.

use raftsim_sim::Recording;

use crate::run::{Player, Run, Runner};
use raftsim_plan::{Drawing, Plan, plan_of, plans};

/// Draws the plan of each seed and plays it, so that plans can be swept like a scenario's seeds.
#[derive(Clone, Copy)]
pub struct Fuzz<'a> {
    /// What plays the plans.
    pub player: &'a dyn Player,
    /// The node's name, which the plans contain.
    pub node: &'a str,
    /// What the plans may use.
    pub drawing: &'a Drawing,
}

impl Fuzz<'_> {
    /// The plan that `seed` draws.
    pub fn plan(&self, seed: u64) -> Plan {
        plan_of(seed, &plans(self.node, self.drawing))
    }
}

impl Runner for Fuzz<'_> {
    fn run(&self, seed: u64, recording: Recording) -> Run {
        self.player.play(&self.plan(seed), recording)
    }
}

/// A runner of one plan, which ignores the seed. With it a plan can be run twice and recorded like
/// a scenario's seed.
#[derive(Clone, Copy)]
pub struct OnePlan<'a> {
    /// What plays the plan.
    pub player: &'a dyn Player,
    /// The plan.
    pub plan: &'a Plan,
}

impl Runner for OnePlan<'_> {
    fn run(&self, _: u64, recording: Recording) -> Run {
        self.player.play(self.plan, recording)
    }
}

impl std::fmt::Debug for Fuzz<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { node, drawing, .. } = self;
        out.debug_struct("Fuzz")
            .field("node", node)
            .field("drawing", drawing)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OnePlan<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OnePlan").field("plan", self.plan).finish_non_exhaustive()
    }
}
