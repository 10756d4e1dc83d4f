//! Whose fault it is: a node's panic fails its run, a panic of the harness is never blamed on a
//! node; and what a red test says.

use std::sync::{Condvar, Mutex, PoisonError};

use raftsim_explore::{HarnessPanic, Quiet, Run, Runner, Sweep, sweep};
use raftsim_node::{ActionOf, Boot, Event, Node, Status, Time};
use raftsim_oracles::Judged;
use raftsim_raft::{Config, Disk, Message, Raft};
use raftsim_sim::{Fact, Failure, Kind, Property, Recording};

use sim_scenarios::site;

use crate::mistakes::{Mistake, Mistaken};
use crate::support::{panic_of, runner, seeds, tally};

/// A harness that panics at some seeds, and at others finds a failure.
#[derive(Default)]
struct Broken {
    panics: &'static [u64],
    fails: &'static [u64],
    /// A seed that fails waits until a later one than this was begun.
    waits_for: Option<u64>,
    highest: Mutex<u64>,
    risen: Condvar,
}

impl Runner for Broken {
    fn run(&self, seed: u64, _: Recording) -> Run {
        let mut highest = self.highest.lock().unwrap_or_else(PoisonError::into_inner);
        *highest = seed.max(*highest);
        self.risen.notify_all();
        let fails = self.fails.contains(&seed);
        while fails && self.waits_for.is_some_and(|later| *highest <= later) {
            highest = self.risen.wait(highest).unwrap_or_else(PoisonError::into_inner);
        }
        drop(highest);
        assert!(!self.panics.contains(&seed), "no seed {seed}, please");
        let facts = ["", ""].map(Fact::new);
        let failed = fails.then(|| Failure::violation(Property::new("P"), Time::ZERO, facts));
        Run {
            verdict: failed.map_or(Ok(()), Err),
            events: 1,
            virtual_time: Time::ZERO,
            digest: seed,
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
fn a_sweep_that_ended_runs_no_later_seed() {
    let broken = Broken { fails: &[70], ..Broken::default() };
    assert_eq!(tally(&broken, &seeds(500)).seeds, 71);
    assert_eq!(*broken.highest.lock().unwrap(), 70);
}

#[test]
fn seeds_that_ran_beyond_the_failure_do_not_count() {
    for jobs in [2, 4] {
        // Whoever takes the last seeds begins while the first have not failed yet.
        let broken = Broken { fails: &[10], waits_for: Some(10), ..Broken::default() };
        let ended = tally(&broken, &Sweep { jobs, ..seeds(500) });
        assert_eq!((ended.seeds, ended.failed, ended.events), (11, 1, 11));
    }
}

#[test]
fn a_panic_of_the_harness_is_returned_with_its_seed() {
    let broken = Broken { panics: &[130, 71, 400], ..Broken::default() };
    for keep_going in [false, true] {
        for jobs in [1, 2, 4] {
            let swept = sweep(&broken, &Sweep { jobs, keep_going, ..seeds(500) }, &Quiet);
            assert_eq!(
                swept,
                Err(HarnessPanic {
                    seed: 71,
                    message: "no seed 71, please".to_owned(),
                    is_bug: true
                })
            );
        }
    }
}

#[test]
fn a_panic_after_the_failure_that_ends_a_sweep_is_not_reached() {
    let broken = Broken { panics: &[80], fails: &[70], ..Broken::default() };
    for jobs in [1, 2, 4] {
        let swept = sweep(&broken, &Sweep { jobs, ..seeds(500) }, &Quiet).expect("ended before");
        assert_eq!((swept.seeds, swept.failed), (71, 1));
        let all = sweep(&broken, &Sweep { jobs, keep_going: true, ..seeds(500) }, &Quiet);
        assert_eq!(all.map_err(|panic| panic.seed), Err(80));
    }
}

#[test]
fn a_node_that_panics_fails_its_run() {
    let config = (Config::default(), Mistake::Panics);
    let tally = tally(&runner::<Mistaken>("initial_election_3a", config), &seeds(10));
    let (seed, failure) = tally.first_failure.expect("it panics");
    let broken = (failure.kind(), failure.property().name());
    assert_eq!((seed, broken), (0, (Kind::Contract, "no panic")));
    let place = failure.panic_at().expect("a panic has a place");
    assert!(place.contains("mistakes.rs:"), "{place}");
    let [node] = *failure.accused() else { panic!("one server panicked: {failure:?}") };
    let facts = [format!("{node} answers every event"), format!("it panicked: planted at {place}")];
    assert_eq!(failure.facts().each_ref().map(Fact::text), facts);
}

/// A node that claims nothing, and cannot even boot.
struct Unborn;

impl Node for Unborn {
    type Config = ();
    type Message = Message;
    type Disk = Disk;

    fn boot((): &(), _: &Boot, _: &Disk, _: Time) -> Self {
        panic!("unborn")
    }

    fn step(&mut self, _: Event<Message>, _: Time) -> Vec<ActionOf<Self>> {
        vec![]
    }

    fn deadline(&self) -> Option<Time> {
        None
    }

    fn status(&self) -> Status {
        Status::default()
    }
}

#[test]
fn a_failing_test_prints_seed_reason_servers_and_the_line_to_replay_it() {
    let report = panic_of(|| {
        sim_scenarios::testing::sweep_scenario::<Unborn>(site!("red"), "initial_election_3a");
    });
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "initial_election_3a fails at seed 0, with 3 servers");
    assert!(lines[1].contains("no panic (contract)"), "{report}");
    assert!(lines[1].contains("it panicked: unborn"), "{report}");
    assert_eq!(
        lines[2..],
        [
            "the servers then:",
            "  server  role        term  log",
            "  n1      not booted  0     empty",
            "  n2      not booted  0     empty",
            "  n3      not booted  0     empty",
            "replay it: RAFTSIM_SEED=0 cargo test -p sim-scenarios --test main harness::red -- --exact",
        ]
    );
}

#[test]
fn a_scenario_is_skipped_for_a_node_that_does_not_claim_what_it_checks() {
    // Had it been run, the node would have panicked.
    sim_scenarios::testing::sweep_scenario::<Unborn>(site!("red"), "no_leader_without_majority_3a");
}

#[test]
fn an_unknown_scenario_is_named() {
    let report =
        panic_of(|| sim_scenarios::testing::sweep_scenario::<Raft>(site!("red"), "figure_9_3a"));
    assert_eq!(report, "no scenario is named figure_9_3a");
}
