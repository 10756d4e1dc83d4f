//! Runs of generated plans: a seed decides the plan, and so the whole run.

use raftsim_plan::{Drawing, Plan, Scope, plan_of, plans};
use raftsim_sim::Recording;

use crate::crash_points::CrashPoints;
use crate::run::{Player, Run, Runner};
use crate::sweep::HarnessPanic;

/// Draws the plan of each seed and plays it, so that plans can be swept like a scenario's seeds.
#[derive(Clone, Copy)]
pub struct Fuzz<'a> {
    /// What plays the plans.
    pub player: &'a dyn Player,
    /// The node's name, which the plans contain.
    pub node: &'a str,
    /// What the plans may use.
    pub drawing: &'a Drawing,
    /// Which plans are played again with a crash between two writes; none where no server crashes.
    pub crash_points: CrashPoints,
}

impl Fuzz<'_> {
    /// The plan that `seed` draws.
    pub fn drawn(&self, seed: u64) -> Plan {
        plan_of(seed, &plans(self.node, self.drawing))
    }

    /// The plan that decides about `seed`: the one that it draws; or, if that passes, the first that
    /// fails of those with a crash more. It is played again to find out which.
    pub fn plan(&self, seed: u64) -> Plan {
        let drawn = self.drawn(seed);
        if !self.plays_again(&drawn) {
            return drawn;
        }
        let played = HarnessPanic::caught(seed, || self.points().play(self.player, drawn));
        // What the machine could do once it may be unable to do again.
        played.map_or_else(|_| self.drawn(seed), |(plan, _)| plan)
    }

    /// Whether this plan, which a seed has drawn, is played again if it passes and its run has gaps.
    pub fn plays_again(&self, drawn: &Plan) -> bool {
        self.points().wants(drawn)
    }

    fn points(&self) -> CrashPoints {
        if self.drawing.scope < Scope::Disk { CrashPoints::NONE } else { self.crash_points }
    }
}

impl Runner for Fuzz<'_> {
    /// If the run is not recorded, it counts what happened in all plays of the seed.
    fn run(&self, seed: u64, recording: Recording) -> Run {
        match recording {
            Recording::Off => self.points().play(self.player, self.drawn(seed)).1,
            Recording::On => self.player.play(&self.plan(seed), recording),
        }
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
        let Self { node, drawing, crash_points, .. } = self;
        out.debug_struct("Fuzz")
            .field("node", node)
            .field("drawing", drawing)
            .field("crash_points", crash_points)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OnePlan<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OnePlan").field("plan", self.plan).finish_non_exhaustive()
    }
}
