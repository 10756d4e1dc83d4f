//! One seed is one run: again, recorded, on any number of threads, in any number of shards. And a
//! node that is not deterministic is found out.

use std::sync::atomic::{AtomicU64, Ordering};

use raftsim_explore::{Run, Runner, Shard, Sweep, Tally, Twice, run_twice};
use raftsim_node::{Boot, Time};
use raftsim_oracles::Judged;
use raftsim_raft::{Config, Raft};
use raftsim_sim::{Fact, Failure, Kind, Property, Recording, Row};
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::mistakes::{ForgetsTimer, Mistake, Mistaken};
use crate::support::{config_for, many, on_raft, runner, seeds, tally};

/// Everything that a run came to, but for its story.
fn outcome(
    runner: &dyn Runner,
    seed: u64,
    recording: Recording,
) -> impl PartialEq + std::fmt::Debug {
    let run = runner.run(seed, recording);
    (run.verdict, run.events, run.virtual_time, run.digest, run.judged)
}

#[test]
fn a_seed_is_the_same_run_again_and_recorded() {
    for info in SCENARIOS {
        let runner = on_raft(info.name);
        for seed in 0..many(info, 100, 20) {
            let first = outcome(&runner, seed, Recording::Off);
            assert_eq!(first, outcome(&runner, seed, Recording::Off), "{} {seed}", info.name);
            assert_eq!(first, outcome(&runner, seed, Recording::On), "{} {seed}", info.name);
        }
    }
}

#[test]
fn a_story_is_the_same_again() {
    for info in SCENARIOS {
        let rows = || -> Vec<Row> {
            on_raft(info.name).run(7, Recording::On).story.expect("it was recorded").rows()
        };
        let first = rows();
        assert!(first.len() > 100, "{} has a story of {} lines", info.name, first.len());
        assert_eq!(first, rows(), "{}", info.name);
        assert!(on_raft(info.name).run(7, Recording::Off).story.is_none(), "{}", info.name);
    }
}

#[test]
fn every_seed_and_every_scenario_is_a_run_of_its_own() {
    let digests = |info: &'static ScenarioInfo| {
        let seeds = 0..many(info, 200, 40);
        seeds.map(move |seed| on_raft(info.name).run(seed, Recording::Off).digest)
    };
    let mut all: Vec<u64> = SCENARIOS.iter().flat_map(digests).collect();
    let runs = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), runs);
}

/// A sweep of which some seeds fail, by two properties, none of the first few dozen among them.
fn some_fail() -> impl Runner {
    let config = (Config::default(), ForgetsTimer::default());
    runner::<Tweaked<Raft, ForgetsTimer>>("many_elections_3a", config)
}

#[test]
fn a_tally_does_not_depend_on_the_jobs() {
    for keep_going in [false, true] {
        let options = |jobs| Sweep { from: 100, jobs, keep_going, ..seeds(500) };
        let alone = tally(&some_fail(), &options(1));
        assert!(alone.failed > 0, "a sweep without failures shows little");
        for jobs in [2, 4] {
            assert_eq!(tally(&some_fail(), &options(jobs)), alone, "{jobs} jobs");
        }
    }
}

#[test]
fn a_sweep_ends_at_its_lowest_failing_seed_unless_it_keeps_going() {
    let all = tally(&some_fail(), &Sweep { jobs: 2, keep_going: true, ..seeds(300) });
    let (first, failure) = all.first_failure.clone().expect("some fail");
    assert_eq!((all.seeds, all.passed()), (300, 300 - all.failed));
    assert_eq!(all.properties.values().sum::<u64>(), all.failed);
    for jobs in [1, 2, 4] {
        let ended = tally(&some_fail(), &Sweep { jobs, ..seeds(300) });
        assert_eq!((ended.seeds, ended.failed), (first + 1, 1));
        assert_eq!(ended.properties, [(failure.property(), 1)].into_iter().collect());
        assert_eq!(ended.first_failure, Some((first, failure.clone())));
    }
}

/// What several sweeps came to together.
fn together(parts: [Tally; 3]) -> Tally {
    let mut sum = Tally::default();
    for part in parts {
        sum.seeds += part.seeds;
        sum.failed += part.failed;
        sum.by_chance += part.by_chance;
        sum.events += part.events;
        sum.virtual_time += part.virtual_time;
        sum.judged.add(part.judged);
        for (property, times) in part.properties {
            *sum.properties.entry(property).or_default() += times;
        }
        for (property, seed) in part.first_seeds {
            let first = sum.first_seeds.entry(property).or_insert(seed);
            *first = seed.min(*first);
        }
        sum.failures.extend(part.failures);
        let firsts = [sum.first_failure, part.first_failure];
        sum.first_failure = firsts.into_iter().flatten().min_by_key(|&(seed, _)| seed);
    }
    sum
}

#[test]
fn three_shards_are_the_whole() {
    // 500 seeds do not divide by three.
    let options = |shard| Sweep { from: 9, shard, jobs: 2, keep_going: true, ..seeds(500) };
    let whole = tally(&some_fail(), &options(Shard::WHOLE));
    let part = |part| tally(&some_fail(), &options(Shard { part, of: 3 }));
    let parts = [part(1), part(2), part(3)];
    assert_eq!([&parts[0], &parts[1], &parts[2]].map(|part| part.seeds), [167, 167, 166]);
    assert!(whole.failed > 0, "a sweep without failures shows little");
    assert_eq!(together(parts), whole);
}

#[test]
fn a_list_of_the_nodes_own_makes_the_same_run_as_the_harnesss_list() {
    for info in SCENARIOS {
        // Our Raft fills the list that it is given; around it, `Mistaken` returns one.
        let nothing = (config_for(info.name), Mistake::Nothing);
        let (given, own) = (on_raft(info.name), runner::<Mistaken>(info.name, nothing));
        for seed in 0..5 {
            let first = outcome(&given, seed, Recording::On);
            assert_eq!(first, outcome(&own, seed, Recording::On), "{} {seed}", info.name);
        }
    }
}

/// Counts the lives of all runs: what no run may see.
static LIVES: AtomicU64 = AtomicU64::new(0);

/// Our Raft, its random numbers seeded from how many lives there were before it.
#[derive(Clone, Default)]
struct Drifts;

impl Tweak<Raft> for Drifts {
    fn boot(&self, boot: &Boot) -> Boot {
        let seed = LIVES.fetch_add(1, Ordering::SeqCst);
        Boot::new(boot.id, boot.voters.clone(), seed).with_notes(boot.notes)
    }
}

/// Where two stories part, as the report should tell it.
fn parting(one: &[Row], other: &[Row]) -> Failure {
    let place = one.iter().zip(other).position(|(a, b)| a != b).expect("they part");
    let shown = |row: &Row| {
        let node = row.node.map_or("world".to_owned(), |node| node.to_string());
        format!("`{} {node} {}`", row.time, row.text)
    };
    let fact = |text: String, row: &Row| {
        Fact::new(text).at(row.time).by(row.node.expect("it is a server's"))
    };
    let facts = [
        fact(format!("in one run record {place} is {}", shown(&one[place])), &one[place]),
        fact(format!("in another it is {}", shown(&other[place])), &other[place]),
    ];
    let property = Property::new("the node is not deterministic");
    Failure::new(Kind::Contract, property, one[place].time, facts)
}

#[test]
fn a_node_that_draws_from_elsewhere_is_reported_with_the_first_record_that_differs() {
    // One test alone uses this node: the counter is its own.
    let runner = runner::<Tweaked<Raft, Drifts>>("initial_election_3a", Default::default());
    let rows = || runner.run(5, Recording::On).story.expect("it was recorded").rows();
    // Both runs that differ come first; the two recorded ones are of lives 6 to 8, and 9 to 11.
    LIVES.store(6, Ordering::SeqCst);
    let expected = parting(&rows(), &rows());
    LIVES.store(0, Ordering::SeqCst);
    assert_eq!(run_twice(&runner, 5, Twice::All).verdict, Err(expected.clone()));
    assert_eq!(LIVES.load(Ordering::SeqCst), 12, "four runs of three servers");

    // Sampled, a seed that passes is run once, but for one in 64.
    LIVES.store(0, Ordering::SeqCst);
    assert_eq!(run_twice(&runner, 5, Twice::Sampled).verdict, Ok(()));
    assert_eq!(LIVES.load(Ordering::SeqCst), 3, "one run of three servers");
    let sampled = tally(&runner, &Sweep { from: 1, ..seeds(100) });
    assert_eq!((sampled.seeds, sampled.failed), (64, 1));
    let (seed, failure) = sampled.first_failure.expect("it failed");
    assert_eq!((seed, failure.property()), (64, expected.property()));
}

/// A run that always fails, and never twice with the same digest.
struct Fickle(AtomicU64);

impl Runner for Fickle {
    fn run(&self, _: u64, _: Recording) -> Run {
        let facts = ["once", "and again"].map(Fact::new);
        Run {
            verdict: Err(Failure::violation(Property::new("P"), Time::ZERO, facts)),
            events: 0,
            virtual_time: Time::ZERO,
            digest: self.0.fetch_add(1, Ordering::SeqCst),
            judged: Judged::default(),
            roles: vec![],
            unused: vec![],
            story: None,
            crash_points: 0,
            suspects: None,
        }
    }
}

#[test]
fn a_seed_that_fails_is_always_run_again() {
    let facts = ["one run's digest is 0000000000000000", "another's is 0000000000000001"];
    let property = Property::new("the node is not deterministic");
    let expected = Failure::contract(property, Time::ZERO, facts.map(Fact::new));
    let run = run_twice(&Fickle(AtomicU64::new(0)), 1, Twice::Sampled);
    assert_eq!(run.verdict, Err(expected));
}
