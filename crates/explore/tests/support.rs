//! Made-up runs.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use raftsim_explore::{
    HarnessPanic, Judged, Quiet, Run, Runner, Shard, Story, Sweep, Tally, Twice, sweep,
};
use raftsim_node::{NodeId, Time};
use raftsim_plan::Override;
use raftsim_sim::{Fact, Failure, Kind, MessageName, Property, Recording, Row, RowTopic};

/// The numbers of jobs with which a sweep must have the same result.
pub(crate) const JOBS: [usize; 4] = [1, 2, 4, 7];

/// A runner whose closure returns the run of a seed.
pub(crate) struct Made<F>(pub(crate) F);

impl<F: Fn(u64, Recording) -> Run + Sync> Runner for Made<F> {
    fn run(&self, seed: u64, recording: Recording) -> Run {
        (self.0)(seed, recording)
    }
}

/// A run that passes. Its digest is different for each seed.
pub(crate) fn passes(seed: u64) -> Run {
    Run {
        verdict: Ok(()),
        events: 1 + seed % 7,
        virtual_time: Time::from_nanos(1000 + seed % 11),
        digest: seed,
        judged: Judged::default(),
        roles: vec![],
        unused: vec![],
        story: None,
        crash_points: 0,
        suspects: None,
    }
}

/// The same run, but it fails.
pub(crate) fn fails(seed: u64, failure: Failure) -> Run {
    Run { verdict: Err(failure), ..passes(seed) }
}

/// The failure of a seed that breaks `property`.
pub(crate) fn broken(property: &'static str, seed: u64) -> Failure {
    failure(Kind::Violation, property, seed)
}

pub(crate) fn failure(kind: Kind, property: &'static str, seed: u64) -> Failure {
    let facts = [Fact::new("it must hold"), Fact::new(format!("seed {seed} breaks it"))];
    Failure::new(kind, Property::new(property), Time::from_nanos(seed), facts)
}

/// A runner in which these seeds fail and all others pass.
pub(crate) fn failing(
    seeds: &'static [u64],
) -> Made<impl Fn(u64, Recording) -> Run + Sync + 'static> {
    Made(
        move |seed, _| {
            if seeds.contains(&seed) {
                fails(seed, broken("agreement", seed))
            } else {
                passes(seed)
            }
        },
    )
}

/// A sweep with one job, of one shard, up to the first failure.
pub(crate) fn seeds(from: u64, seeds: u64) -> Sweep {
    let (shard, twice) = (Shard::WHOLE, Twice::Sampled);
    Sweep { from, seeds, shard, jobs: 1, chunk: Sweep::CHUNK, keep_going: false, twice }
}

pub(crate) fn swept(runner: &dyn Runner, options: Sweep) -> Result<Tally, HarnessPanic> {
    sweep(runner, &options, &Quiet)
}

/// How often a sweep runs each seed if all runs pass.
pub(crate) fn ran(options: Sweep) -> BTreeMap<u64, u32> {
    let runs = Mutex::new(BTreeMap::new());
    let runner = Made(|seed, _| {
        *runs.lock().unwrap().entry(seed).or_default() += 1;
        passes(seed)
    });
    let tally = swept(&runner, options).unwrap();
    let runs = runs.into_inner().unwrap();
    assert_eq!(tally.seeds, runs.len() as u64);
    runs
}

/// The tally of a plain loop over these seeds, in order.
pub(crate) fn model(runner: &dyn Runner, seeds: &[u64], keep_going: bool) -> Tally {
    let mut tally = Tally::default();
    for &seed in seeds {
        let run = runner.run(seed, Recording::Off);
        tally.seeds += 1;
        tally.events += run.events;
        tally.virtual_time += Duration::from_nanos(run.virtual_time.as_nanos());
        let Err(failure) = run.verdict else { continue };
        tally.failed += 1;
        tally.by_chance += u64::from(failure.kind() == Kind::LabLimit { by_chance: true });
        *tally.properties.entry(failure.property()).or_default() += 1;
        tally.first_seeds.entry(failure.property()).or_insert(seed);
        tally.failures.insert(seed, failure.property());
        tally.first_failure.get_or_insert((seed, failure));
        if !keep_going {
            break;
        }
    }
    tally
}

/// A recorded run whose rows have these texts, a millisecond apart.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Story for Texts {
    fn rows(&self) -> Vec<Row> {
        let rows = self.0.iter().zip(1..).map(|(text, millis)| Row {
            time: Time::from_nanos(millis * 1_000_000),
            node: (millis > 1).then(|| NodeId::new(2)),
            life: 1,
            topic: RowTopic::Message,
            text: text.clone(),
            status: None,
            message: None,
            ends_life: false,
        });
        rows.collect()
    }

    fn fates(&self) -> BTreeMap<MessageName, Override> {
        BTreeMap::new()
    }
}
