//! Seeds that a file lists, one by one, instead of seeds in a row.

use std::collections::BTreeSet;
use std::path::Path;

use raftsim_explore::{Run, Runner, Sweep, Tally};
use raftsim_sim::Recording;
use raftsim_sim::text::foreign::quote;
use raftsim_sim::text::number;

use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::plans;

/// The seeds to run: those of a file, in order, or all from 0 on. A sweep counts places from 0; a
/// place stands for the seed there.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed(Option<Vec<u64>>);

impl Listed {
    /// The seeds that the arguments ask for.
    pub(super) fn of(args: &RunArgs) -> Result<Self, Bad> {
        args.seeds_from.as_deref().map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// Reads seeds from a file: numbers between blanks or line ends. `#` begins a comment. Each seed
    /// is run once.
    fn read(path: &Path) -> Result<Self, Bad> {
        let file = path.display().to_string();
        let text = plans::read(path)?;
        let mut seeds = BTreeSet::new();
        for (line, number_of_line) in text.lines().zip(1_u64..) {
            let words = line.split('#').next().unwrap_or_default().split_whitespace();
            for word in words {
                let seed = number(word).ok_or_else(|| {
                    let word = quote(word);
                    Bad::Usage(format!("{file}, line {number_of_line}: `{word}` is no seed"))
                })?;
                seeds.insert(seed);
            }
        }
        if seeds.is_empty() {
            return Err(Bad::Usage(format!("{file} lists no seed")));
        }
        Ok(Self(Some(seeds.into_iter().collect())))
    }

    /// How many seeds there are, if a file lists them.
    pub(super) fn count(&self) -> Option<u64> {
        self.0.as_ref().map(|seeds| seeds.len() as u64)
    }

    /// The seed at a place.
    pub(super) fn seed(&self, place: u64) -> u64 {
        let Some(seeds) = &self.0 else { return place };
        usize::try_from(place).ok().and_then(|place| seeds.get(place)).copied().unwrap_or(place)
    }

    /// The place of a seed, if it is one of those that `options` run.
    pub(super) fn place(&self, seed: u64, options: &Sweep) -> Option<u64> {
        let Some(seeds) = &self.0 else { return options.place(seed) };
        seeds.binary_search(&seed).ok().map(|place| place as u64)
    }

    /// A runner that takes places and runs the seeds there.
    pub(super) fn over<'a>(&'a self, runner: &'a dyn Runner) -> impl Runner + 'a {
        ByPlace { listed: self, runner }
    }

    /// The tally of the seeds, from that of the places.
    pub(super) fn named(&self, tally: Tally) -> Tally {
        if self.0.is_some() { tally.renamed(|place| self.seed(place)) } else { tally }
    }
}

struct ByPlace<'a> {
    listed: &'a Listed,
    runner: &'a dyn Runner,
}

impl Runner for ByPlace<'_> {
    fn run(&self, place: u64, recording: Recording) -> Run {
        self.runner.run(self.listed.seed(place), recording)
    }
}
