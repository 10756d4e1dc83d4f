//! What a sweep counts.

use std::collections::BTreeMap;
use std::time::Duration;

use raftsim_oracles::Judged;
use raftsim_sim::{Failure, Kind, Property};

use crate::run::Run;

/// The result of a sweep. Without `keep_going` it counts the seeds up to the lowest that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many seeds were counted.
    pub seeds: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of the failures are a limit of the lab that a correct Raft may miss by chance.
    pub by_chance: u64,
    /// How many seeds broke each property.
    pub properties: BTreeMap<Property, u64>,
    /// The lowest seed that broke each property.
    pub first_seeds: BTreeMap<Property, u64>,
    /// Seeds that failed, and the property that each broke: the lowest of them, at most
    /// [`Tally::LISTED`].
    pub failures: BTreeMap<u64, Property>,
    /// The lowest seed that failed, and its failure.
    pub first_failure: Option<(u64, Failure)>,
    /// How many further plays its runs count: [`Run::crash_points`].
    pub crash_points: u64,
    /// How many events the servers handled.
    pub events: u64,
    /// How much virtual time passed in all runs together. It has the range of the standard
    /// library's type: seeds enough for a few centuries are swept within hours.
    pub virtual_time: Duration,
    /// How often each oracle judged something.
    pub judged: Judged,
    /// The lowest seed in which a leader did not stay in a calm world, though no node claims that it
    /// does; how many there were is in `judged`.
    pub first_warned: Option<u64>,
}

impl Tally {
    /// How many of the seeds that failed are listed at most.
    pub const LISTED: usize = 10_000;

    /// How many seeds passed.
    pub fn passed(&self) -> u64 {
        self.seeds - self.failed
    }

    /// The same tally, in which each seed has the name that `name` gives it; names are in the order
    /// of the seeds.
    #[must_use]
    pub fn renamed(self, name: impl Fn(u64) -> u64) -> Self {
        let named = |(seed, value)| (name(seed), value);
        Self {
            first_seeds: self.first_seeds.into_iter().map(|(it, seed)| (it, name(seed))).collect(),
            failures: self.failures.into_iter().map(|(seed, it)| (name(seed), it)).collect(),
            first_failure: self.first_failure.map(named),
            first_warned: self.first_warned.map(&name),
            ..self
        }
    }

    /// Counts one run.
    pub(super) fn count(&mut self, seed: u64, run: Run) {
        self.seeds += 1;
        self.crash_points += run.crash_points;
        self.events += run.events;
        self.virtual_time += Duration::from_nanos(run.virtual_time.as_nanos());
        self.judged.add(run.judged);
        if run.judged.warned() > 0 {
            self.first_warned.get_or_insert(seed);
        }
        let Err(failure) = run.verdict else { return };
        self.failed += 1;
        self.by_chance += u64::from(failure.kind() == Kind::LabLimit { by_chance: true });
        *self.properties.entry(failure.property()).or_default() += 1;
        self.first_seeds.entry(failure.property()).or_insert(seed);
        self.list(seed, failure.property());
        self.first_failure.get_or_insert((seed, failure));
    }

    /// Lists a seed that failed, after all that are listed, if there is room.
    fn list(&mut self, seed: u64, property: Property) {
        if self.failures.len() < Self::LISTED {
            self.failures.insert(seed, property);
        }
    }

    /// The run of `seed`, which was counted, is another one in another process. That is reported
    /// before any other failure, whose run might be another one too.
    pub fn differs(&mut self, seed: u64, failure: Failure) {
        let is_new = self.failures.insert(seed, failure.property()).is_none();
        self.failed = (self.failed + u64::from(is_new)).min(self.seeds);
        *self.properties.entry(failure.property()).or_default() += 1;
        self.first_seeds.insert(failure.property(), seed);
        self.first_failure = Some((seed, failure));
    }

    /// Adds the tally of later seeds. Sums that come from a file may be of any size: they end at
    /// the largest number.
    pub fn add(&mut self, later: Self) {
        self.seeds += later.seeds;
        self.failed += later.failed;
        self.by_chance += later.by_chance;
        self.crash_points = self.crash_points.saturating_add(later.crash_points);
        self.events = self.events.saturating_add(later.events);
        self.virtual_time = self.virtual_time.saturating_add(later.virtual_time);
        for (property, times) in later.properties {
            *self.properties.entry(property).or_default() += times;
        }
        for (property, seed) in later.first_seeds {
            self.first_seeds.entry(property).or_insert(seed);
        }
        for (seed, property) in later.failures {
            self.list(seed, property);
        }
        self.judged.add(later.judged);
        self.first_warned = self.first_warned.or(later.first_warned);
        if self.first_failure.is_none() {
            self.first_failure = later.first_failure;
        }
    }
}
