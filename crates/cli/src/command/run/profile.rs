//! Into what the time of a sweep went. It is known from samples: another thread looked, every 20 ms,
//! what the threads of the sweep did.

use std::sync::{Mutex, PoisonError};

use raftsim_explore::{HarnessPanic, Runner, Sweep, SweepListener, Tally, sweep};
use raftsim_sim::Samples;
use serde::Serialize;
use sim_scenarios::costs;
use sim_scenarios::terminal::complain;

use super::{Swept, once_more};
use crate::command::bad::Bad;
use crate::command::out;
use crate::command::progress::Watcher;

/// Into what a scenario's time went, in samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Profile {
    /// With all checks.
    pub(super) all: Samples,
    /// How many samples were the harness's when the same seeds ran without oracles; 0 if they did
    /// not.
    pub(super) harness_alone: u64,
}

/// A [`Profile`] as JSON, in samples.
#[derive(Serialize)]
pub(super) struct ProfileJson {
    steps: u64,
    copies: u64,
    digests: u64,
    oracles: u64,
    world: u64,
}

impl Profile {
    /// The oracles' part, with what they read of the node's values, and the rest of the harness.
    fn oracles_and_world(&self) -> (u64, u64) {
        let world = self.harness_alone.min(self.all.harness);
        (self.all.harness - world + self.all.reads, world)
    }

    pub(super) fn object(&self) -> ProfileJson {
        let Samples { steps, copies, digests, drops, .. } = self.all;
        let (oracles, world) = self.oracles_and_world();
        ProfileJson { steps, copies: copies + drops, digests, oracles, world }
    }
}

/// Runs the seeds of a `tally` again without oracles. Returns how many samples were the harness's.
pub(super) fn without_oracles(
    runner: &dyn Runner,
    options: &Sweep,
    tally: &Tally,
    watcher: &Watcher<'_>,
) -> Result<u64, HarnessPanic> {
    let listener = Listener { watcher, samples: Mutex::default() };
    sweep(runner, &once_more(options, tally), &listener)?;
    Ok(listener.samples.into_inner().unwrap_or_else(PoisonError::into_inner).harness)
}

/// Listens to a sweep that is made for its samples alone.
struct Listener<'a> {
    watcher: &'a Watcher<'a>,
    samples: Mutex<Samples>,
}

impl SweepListener for Listener<'_> {
    fn what(&self) -> String {
        self.watcher.what()
    }

    fn stops(&self) -> bool {
        self.watcher.stops()
    }

    fn sampled(&self, samples: &Samples) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).add(samples);
    }
}

/// Prints the profile of each scenario that was run, in percent of its samples.
pub(super) fn print(results: &[Swept]) -> Result<(), Bad> {
    let name = results.iter().map(|swept| swept.info.name.len()).max().unwrap_or(0).max(8);
    let columns = ["steps", "copies", "digests", "oracles", "world", "samples"];
    let line = |first: &str, cells: [String; 6]| {
        let cells = cells.map(|cell| format!("  {cell:>7}")).concat();
        out::line(&format!(" {first:<name$}{cells}"))
    };
    out::line("\nof the time, in percent:")?;
    line("scenario", columns.map(str::to_owned))?;
    for Swept { info, profile, .. } in results.iter().filter(|swept| swept.tally.is_ok()) {
        let ProfileJson { steps, copies, digests, oracles, world } = profile.object();
        let total = profile.all.total();
        let percent = |part: u64| match (part * 100).checked_div(total) {
            Some(percent) => percent.to_string(),
            None => "-".to_owned(),
        };
        let [steps, copies, digests, oracles, world] =
            [steps, copies, digests, oracles, world].map(percent);
        line(info.name, [steps, copies, digests, oracles, world, total.to_string()])?;
    }
    Ok(())
}

/// Says so if a sweep spent most of its time in copies and digests of the node's values.
pub(super) fn complain_of_costs(results: &[Swept]) {
    let mut sum = Samples::default();
    for swept in results {
        sum.add(&swept.profile.all);
    }
    if let Some(line) = costs::line(&sum) {
        complain(format_args!("{line}"));
    }
}
