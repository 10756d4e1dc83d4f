//! One seed is one run: in a sweep, however many jobs, and in a replay.

use std::collections::BTreeMap;
use std::sync::Mutex;

use raftsim_explore::{Judged, Quiet, Run, Runner, Shard, Sweep, Twice, sweep};
use raftsim_sim::Recording;
use serde_json::Value;

use crate::support::{names, raftsim, runner};

const SEEDS: std::ops::Range<u64> = 3..70;

/// Notes what each seed came to.
struct Spy<R> {
    runner: R,
    seen: Mutex<BTreeMap<u64, (String, u64)>>,
    judged: Mutex<Judged>,
}

impl<R: Runner> Runner for Spy<R> {
    fn run(&self, seed: u64, recording: Recording) -> Run {
        let run = self.runner.run(seed, recording);
        let what = (format!("{:016x}", run.digest), run.events);
        if let Some(before) = self.seen.lock().unwrap().insert(seed, what.clone()) {
            assert_eq!(before, what);
        } else {
            self.judged.lock().unwrap().add(run.judged);
        }
        run
    }
}

/// The digest and the events of each seed of a sweep, and what was judged in it.
fn swept(name: &str, jobs: usize) -> (BTreeMap<u64, (String, u64)>, Judged) {
    let spy = Spy { runner: runner(name), seen: Mutex::default(), judged: Mutex::default() };
    let options = Sweep {
        from: SEEDS.start,
        seeds: SEEDS.end - SEEDS.start,
        shard: Shard::WHOLE,
        jobs,
        chunk: Sweep::CHUNK,
        keep_going: false,
        twice: Twice::Sampled,
    };
    let tally = sweep(&spy, &options, &Quiet).unwrap();
    let judged = spy.judged.into_inner().unwrap();
    assert_eq!((tally.failed, tally.judged), (0, judged));
    (spy.seen.into_inner().unwrap(), judged)
}

#[test]
fn a_seed_has_one_digest_in_sweeps_of_any_jobs_and_in_replays() {
    for name in names() {
        let (alone, judged) = swept(name, 1);
        assert_eq!(alone.keys().copied().collect::<Vec<_>>(), SEEDS.collect::<Vec<_>>());
        assert_eq!(swept(name, 4), (alone.clone(), judged));
        for seed in [3, 42, 64] {
            let object = raftsim(&format!("replay {name} --seed {seed} --json")).json(0).remove(0);
            let (digest, events) = &alone[&seed];
            assert_eq!(
                (&object["digest"], &object["events"]),
                (&Value::from(digest.as_str()), &(*events).into())
            );
        }
    }
}

#[test]
fn no_two_seeds_are_the_same_run() {
    for name in names() {
        let (runs, _) = swept(name, 2);
        let digests: std::collections::BTreeSet<_> = runs.values().collect();
        assert_eq!(digests.len(), runs.len(), "{name}");
    }
}
