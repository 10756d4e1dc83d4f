//! Each bug of the second Raft, planted, is caught: by the property that should, in as many runs as its
//! row of the table allows. And what the lab's checks alone see.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;

use raftsim_explore::{Fuzz, Hunt, Judged, Runner, hunt, proves};
use raftsim_node::Node;
use raftsim_plan::{Drawing, Reach};
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use raftsim_specimens::mutant::{BUGS, Bug, BugInfo, Config, Found, Second};
use raftsim_specimens::{Post2020NoStepDown, Unclaimed};
use sim_scenarios::{Checks, LabSuite, NodePlayer, SCENARIOS};

use crate::flawed::{Flaw, Flawed};
use crate::support::{properties, runner};

/// How many plans must not find what `fuzz` is said not to find.
const VAIN_PLANS: u64 = 5_000;

fn planted(bug: Bug) -> Config {
    Config { bug: Some(bug) }
}

fn by_fuzz(bug: Bug, budget: u64) -> Hunt {
    let player = NodePlayer::<Second>::new(planted(bug));
    let drawing = Drawing { servers: 1..=7, reach: Reach::Snapshots, swarm: true };
    let fuzz = Fuzz { player: &player, node: Second::NAME, drawing: &drawing };
    hunt(&fuzz, 0, budget, proves).expect("the harness holds")
}

fn by_scenario(bug: Bug, name: &str, budget: u64) -> Hunt {
    let runner = runner::<Second>(name, planted(bug));
    hunt(&runner, 0, budget, proves).expect("the harness holds")
}

/// Each bug, and what became of the search that its row tells of.
static HUNTS: LazyLock<Vec<(&BugInfo, Hunt)>> = LazyLock::new(|| {
    for_each_bug(|info| match info.found {
        Found::Fuzz { within } => by_fuzz(info.bug, within),
        Found::Scenario { name, within } => by_scenario(info.bug, name, within),
    })
});

/// Does it for each bug, two at once; what comes of it, in the order of the bugs.
fn for_each_bug<T: Send>(work: impl Fn(&BugInfo) -> T + Sync) -> Vec<(&'static BugInfo, T)> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![]);
    let worker = || {
        while let Some(info) = BUGS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(info);
            done.lock().expect("no search panics").push((info, result));
        }
    };
    thread::scope(|scope| {
        scope.spawn(worker);
        worker();
    });
    let mut done = done.into_inner().expect("no search panics");
    done.sort_by_key(|(info, _)| info.bug);
    done
}

#[test]
fn each_bug_is_caught_by_a_property_that_should_in_the_runs_allowed() {
    let mut wrong = vec![];
    for (info, hunt) in &*HUNTS {
        match &hunt.failure {
            None => wrong.push(format!("{}: not in {} runs", info.name, hunt.runs)),
            Some(failure) if !info.falls.contains(&failure.property()) => {
                wrong.push(format!("{}, run {}: {failure}", info.name, hunt.runs));
            }
            Some(_) => {}
        }
    }
    assert_eq!(wrong, [] as [&str; 0]);
}

#[test]
fn what_needs_a_scenario_is_not_found_by_fuzz() {
    let by_fuzz = |info: &BugInfo| match info.found {
        Found::Fuzz { .. } => None,
        Found::Scenario { .. } => by_fuzz(info.bug, VAIN_PLANS).failure,
    };
    for (info, failure) in for_each_bug(by_fuzz) {
        assert_eq!(failure, None, "{} is found after all: say so in its row", info.name);
    }
}

/// First is what a run fails of: oracles that would have spoken at the same event are not asked.
#[test]
fn each_oracle_is_the_first_to_catch_a_bug_or_a_specimen() {
    let failures = HUNTS.iter().filter_map(|(_, hunt)| hunt.failure.as_ref());
    let mut first: BTreeSet<&str> = failures.map(raftsim_sim::Failure::property).collect();
    // The second Raft claims nothing: whoever breaks a claim must make it.
    let clings = properties(&runner::<Post2020NoStepDown>("reelection_3a", ()), 20);
    first.extend(clings.into_iter().map(|(property, _)| property));
    let idle = Judged::default().iter().filter(|(property, _)| !first.contains(property));
    assert_eq!(idle.collect::<Vec<_>>(), []);
}

/// The properties by which seeds fail under all checks, and under the lab's.
fn both(name: &str, bug: Bug) -> [Vec<&'static str>; 2] {
    [Checks::All, Checks::Lab].map(|checks| {
        let runner = runner::<Second>(name, planted(bug)).with_checks(checks);
        properties(&runner, 50).into_iter().map(|(property, _)| property).collect()
    })
}

#[test]
fn what_the_lab_does_not_look_at_passes_under_its_checks() {
    let cases = [
        ("reelection_3a", Bug::LeadsOnInLaterTerm, "Election Safety"),
        ("many_elections_3a", Bug::CountsRefusals, "Election Safety"),
        ("many_elections_3a", Bug::VotesForEveryone, "one vote per term"),
        ("persist1_3c", Bug::LeadsAfterRestart, "Election Safety"),
    ];
    for (name, bug, property) in cases {
        assert_eq!(both(name, bug), [vec![property], vec![]], "{bug}, {name}");
    }
}

/// By which properties the first seeds of a scenario fail under the lab's checks.
fn under_the_labs<N: Node>(name: &str, config: N::Config, seeds: u64) -> Vec<&'static str> {
    let runner = runner::<N>(name, config).with_checks(Checks::Lab);
    properties(&runner, seeds).into_iter().map(|(property, _)| property).collect()
}

#[test]
fn the_labs_own_checks_are_alive_under_its_checks() {
    let cases = [
        ("initial_election_3a", Bug::EqualLogLoses, "check_one_leader"),
        ("basic_agree_3b", Bug::NoOpAtElection, "index"),
        ("leader_failure_3b", Bug::LeaderNotCounted, "one"),
        ("fail_no_agree_3b", Bug::CommitsAlone, "check_no_agreement"),
        ("rpc_bytes_3b", Bug::SendsWholeLog, "RPC bytes"),
        ("count_3b", Bug::TimeoutTooShort, "RPC count"),
        ("figure_8_3c", Bug::CommitsAllAtBoot, "State Machine Safety"),
        ("snapshot_install_3d", Bug::RestoreNotTold, "applied in order and once"),
        ("snapshot_basic_3d", Bug::NeverCompacts, "log size"),
    ];
    for (name, bug, property) in cases {
        assert_eq!(under_the_labs::<Second>(name, planted(bug), 64), [property], "{bug}, {name}");
    }
    let clings = under_the_labs::<Unclaimed<Post2020NoStepDown>>("reelection_3a", (), 300);
    assert_eq!(clings, ["check_no_leader"]);
}

#[test]
fn the_contract_stands_under_the_labs_checks() {
    assert_eq!(under_the_labs::<Flawed>("basic_agree_3b", Flaw::Panics, 2), ["no panic"]);
    let floods = planted(Bug::HeartbeatOnAnswer);
    assert_eq!(under_the_labs::<Second>("basic_agree_3b", floods, 1), ["no flood"]);
}

#[test]
fn a_run_takes_the_same_course_under_either_checks_and_none_judges_under_the_labs() {
    for info in SCENARIOS.iter().filter(|info| info.mirrors.is_some()) {
        let run = |checks| {
            let runner = runner::<Raft>(info.name, raftsim_raft::Config::default());
            runner.with_recovery(false).with_checks(checks).run(7, Recording::Off)
        };
        let [all, lab] = [Checks::All, Checks::Lab].map(run);
        assert_eq!((all.digest, all.events), (lab.digest, lab.events), "{}", info.name);
        assert!(all.judged.iter().any(|(_, times)| times > 0), "{}", info.name);
        assert!(lab.judged.iter().all(|(_, times)| times == 0), "{}", info.name);
    }
}

#[test]
fn a_suite_is_each_of_the_labs_tests_once_and_ends_with_the_first_that_fails() {
    let suite = |bug| LabSuite::<Second>::new(&Config { bug }).run(3, Recording::Off);
    let tests = || SCENARIOS.iter().filter(|info| info.mirrors.is_some());
    let alone = tests().map(|info| {
        let runner = runner::<Second>(info.name, Config::default()).with_checks(Checks::Lab);
        runner.run(3, Recording::Off).events
    });
    let whole = suite(None);
    assert_eq!(whole.verdict, Ok(()));
    assert_eq!(whole.events, alone.sum::<u64>());
    let broken = suite(Some(Bug::EqualLogLoses));
    assert_eq!(broken.verdict.map_err(|failure| failure.property()), Err("check_one_leader"));
    assert!(broken.events < whole.events / 10);
}
