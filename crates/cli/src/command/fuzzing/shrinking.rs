//! The plans that fail, shrunk if that is possible.

use raftsim_explore::{Fuzz, HarnessPanic, ShrinkError, Shrunk, Tally};
use raftsim_plan::Plan;
use raftsim_sim::{Property, property};

use super::kept::Kept;
use crate::command::args::FuzzArgs;
use crate::command::bad::Bad;
use crate::command::out;
use crate::command::pages;
use crate::command::progress::Watch;
use crate::command::shrink::{self, Budget};
use crate::command::stop::Stop;

/// The plan of the lowest seed that broke a property.
pub(super) struct FailingPlan {
    pub(super) seed: u64,
    pub(super) property: Property,
    pub(super) shrinking: Shrinking,
    /// Its file; `None` if that cannot be written.
    pub(super) file: Option<String>,
    /// Its run as a page, beside that file; `None` if nobody asks for it, or it cannot be written.
    pub(super) page: Option<String>,
}

/// Shrinks the first plan that broke each property, that of the lowest seed first.
pub(super) fn all(
    args: &FuzzArgs,
    program: &str,
    search: &Fuzz<'_>,
    tally: &Tally,
    kept: &Kept<'_>,
    watch: &Watch<'_>,
) -> Result<Vec<FailingPlan>, HarnessPanic> {
    kept.keep_only(&tally.first_seeds);
    let mut firsts: Vec<(u64, Property)> =
        tally.first_seeds.iter().map(|(&property, &seed)| (seed, property)).collect();
    firsts.sort_unstable();
    let mut plans = vec![];
    for (seed, property) in firsts {
        let plan = kept.plan(seed, property);
        // A smaller plan may end the process.
        watch.clear_crumb();
        watch.begins(0, "fuzz", seed, seed);
        let shrinking = Shrinking::of(args, search, plan, property, watch.stop)?;
        let file = kept.replace(seed, shrinking.plan(), plans.is_empty());
        let page = match &file {
            Some(file) if args.html => shrinking.page(search, file, program)?,
            Some(_) | None => None,
        };
        plans.push(FailingPlan { seed, property, shrinking, file, page });
    }
    Ok(plans)
}

/// A plan that fails, shrunk if that was possible.
pub(super) enum Shrinking {
    Shrunk(Box<Shrunk>),
    /// The reason why not, and the plan as it was drawn.
    NotShrunk(String, Box<Plan>),
}

impl Shrinking {
    /// Shrinks a plan that breaks this property.
    fn of(
        args: &FuzzArgs,
        search: &Fuzz<'_>,
        plan: Plan,
        property: Property,
        stop: &Stop,
    ) -> Result<Self, HarnessPanic> {
        let plan = Box::new(plan);
        // Its runs differ from each other, so that a smaller plan's run can be compared with none.
        if property == property::DETERMINISTIC {
            return Ok(Self::NotShrunk(property.to_string(), plan));
        }
        if stop.is_asked() {
            return Ok(Self::NotShrunk("the command was stopped".to_owned(), plan));
        }
        if args.budget == 0 {
            return Ok(Self::NotShrunk("the budget is 0".to_owned(), plan));
        }
        let budget = Budget { runs: args.budget, time: None };
        let shrunk = shrink::within(&budget, search.player, &plan, stop)?;
        Ok(match shrunk {
            Ok(shrunk) => Self::Shrunk(Box::new(shrunk)),
            Err(
                error @ (ShrinkError::Passes
                | ShrinkError::Unsteady { .. }
                | ShrinkError::Closing { .. }),
            ) => Self::NotShrunk(error.to_string(), plan),
        })
    }

    /// Writes the page of its run beside the plan's `file`.
    fn page(
        &self,
        search: &Fuzz<'_>,
        file: &str,
        program: &str,
    ) -> Result<Option<String>, HarnessPanic> {
        match self {
            Self::Shrunk(shrunk) => Ok(pages::write_shrunk_beside(file, shrunk, program)),
            Self::NotShrunk(_, plan) => {
                pages::write_played_beside(file, search.player, plan, program)
            }
        }
    }

    pub(super) fn plan(&self) -> &Plan {
        match self {
            Self::Shrunk(shrunk) => &shrunk.plan,
            Self::NotShrunk(_, plan) => plan,
        }
    }

    pub(super) fn print(&self) -> Result<(), Bad> {
        match self {
            Self::Shrunk(shrunk) => shrink::print(shrunk),
            Self::NotShrunk(why, _) => Ok(out::line(&format!("not shrunk: {why}"))?),
        }
    }
}
