//! Each mutant of the control Raft is caught: by a property that its row of the table names, in as
//! many runs as that row allows. And what the lab's checks alone see.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;

use raftsim_explore::{CrashPoints, Fuzz, Hunt, Hunting, Judged, Quiet, Run, Runner, hunt, proves};
use raftsim_node::{Node, NodeId};
use raftsim_plan::{Drawing, Scope};
use raftsim_raft::Raft;
use raftsim_sim::{Property, Recording, property};
use raftsim_specimens::mutant::{Config, Control, Found, MUTATIONS, Mutation, MutationInfo};
use raftsim_specimens::{Post2020NoStepDown, Unclaimed};
use sim_scenarios::{Checks, LabSuite, NodePlayer, NodeRunner, SCENARIOS, Settings, scenario};

use crate::mistakes::{Mistake, Mistaken};
use crate::support::{properties, runner};

/// How many plans must not find what `fuzz` is said not to find.
const FRUITLESS_PLANS: u64 = 5_000;

fn mutant(mutation: Mutation) -> Config {
    Config::of(mutation)
}

fn by_fuzz(mutation: Mutation, budget: u64) -> Hunt {
    let player = NodePlayer::<Control>::new(mutant(mutation));
    let stands = Control::claims(&mutant(mutation)).copes_with_standing_faults;
    let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands };
    let (node, crash_points) = (Control::NAME, CrashPoints::USUAL);
    let fuzz = Fuzz { player: &player, node, drawing: &drawing, crash_points };
    search(&fuzz, budget)
}

fn by_scenario(mutation: Mutation, name: &str, budget: u64) -> Hunt {
    let runner = runner::<Control>(name, mutant(mutation));
    search(&runner, budget)
}

fn search(runner: &dyn Runner, budget: u64) -> Hunt {
    let hunting = Hunting { from: 0, made: 0, budget };
    let hunt =
        hunt(runner, hunting, |_, failure| Ok(proves(failure)), &Quiet).expect("the harness holds");
    hunt.expect("nobody stops it")
}

/// Each mutation, and the result of the search that its row names.
static HUNTS: LazyLock<Vec<(&MutationInfo, Hunt)>> = LazyLock::new(|| {
    for_each(|info| match info.found {
        Found::Fuzz { within } => by_fuzz(info.mutation, within),
        Found::Scenario { name, within } => by_scenario(info.mutation, name, within),
    })
});

/// Does `work` for each mutation, two at once; the results in the order of the mutations.
fn for_each<T: Send>(work: impl Fn(&MutationInfo) -> T + Sync) -> Vec<(&'static MutationInfo, T)> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![]);
    let worker = || {
        while let Some(info) = MUTATIONS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = work(info);
            done.lock().expect("no search panics").push((info, result));
        }
    };
    thread::scope(|scope| {
        scope.spawn(worker);
        worker();
    });
    let mut done = done.into_inner().expect("no search panics");
    done.sort_by_key(|(info, _)| info.mutation);
    done
}

#[test]
fn each_property_of_a_mutants_row_is_one_that_runs_are_judged_by() {
    let names: BTreeSet<&str> = property::ALL.iter().map(|property| property.name()).collect();
    for info in MUTATIONS {
        let unknown: Vec<_> = info.falls.iter().filter(|name| !names.contains(*name)).collect();
        assert_eq!(unknown, [] as [&&str; 0], "{}", info.name);
    }
}

#[test]
fn each_mutant_is_caught_by_a_property_of_its_row_in_the_runs_allowed() {
    let mut wrong = vec![];
    for (info, hunt) in &*HUNTS {
        match hunt.property {
            None => wrong.push(format!("{}: not in {} runs", info.name, hunt.runs)),
            Some(property) if !info.falls.contains(&property.name()) => {
                wrong.push(format!("{}, run {}: {property}", info.name, hunt.runs));
            }
            Some(_) => {}
        }
    }
    assert_eq!(wrong, [] as [&str; 0]);
}

#[test]
fn mutants_that_need_a_scenario_are_not_found_by_fuzz() {
    let by_fuzz = |info: &MutationInfo| match info.found {
        Found::Fuzz { .. } => None,
        Found::Scenario { .. } => by_fuzz(info.mutation, FRUITLESS_PLANS).property,
    };
    for (info, property) in for_each(by_fuzz) {
        assert_eq!(property, None, "{} is found after all: say so in its row", info.name);
    }
}

/// A run reports the first oracle that fails: those after it are not asked about the same event.
#[test]
fn each_oracle_is_the_first_to_catch_a_mutant_or_a_specimen() {
    let properties_found = HUNTS.iter().filter_map(|(_, hunt)| hunt.property);
    let mut first: BTreeSet<&str> = properties_found.map(Property::name).collect();
    // The control Raft claims nothing, and only a node that makes a claim can break it.
    let clings = properties(&runner::<Post2020NoStepDown>("reelection_3a", ()), 20);
    first.extend(clings.into_iter().map(|(property, _)| property));
    let unexercised =
        Judged::default().iter().filter(|(property, _)| !first.contains(property.name()));
    assert_eq!(unexercised.collect::<Vec<_>>(), []);
}

/// The properties that seeds break under all checks, and under the lab's.
fn both(name: &str, mutation: Mutation) -> [Vec<&'static str>; 2] {
    [Checks::All, Checks::Lab].map(|checks| {
        let runner = runner::<Control>(name, mutant(mutation)).with_checks(checks);
        properties(&runner, 50).into_iter().map(|(property, _)| property).collect()
    })
}

#[test]
fn bugs_that_the_lab_does_not_check_pass_under_its_checks() {
    let cases = [
        ("reelection_3a", Mutation::LeadsOnInLaterTerm, "Election Safety"),
        ("many_elections_3a", Mutation::CountsRefusals, "Election Safety"),
        ("many_elections_3a", Mutation::VotesForEveryone, "one vote per term"),
        ("persist1_3c", Mutation::LeadsAfterRestart, "Election Safety"),
    ];
    for (name, mutation, property) in cases {
        assert_eq!(both(name, mutation), [vec![property], vec![]], "{mutation}, {name}");
    }
}

/// By which properties the first seeds of a scenario fail under the lab's checks.
fn under_the_labs<N: Node>(name: &str, config: N::Config, seeds: u64) -> Vec<&'static str> {
    let runner = runner::<N>(name, config).with_checks(Checks::Lab);
    properties(&runner, seeds).into_iter().map(|(property, _)| property).collect()
}

#[test]
fn a_bug_that_only_the_disk_shows_is_seen_at_its_consequence_without_the_disks() {
    let runner = runner::<Control>("many_elections_3a", mutant(Mutation::VotesForEveryone));
    let blind = runner.with_checks(Checks::Blind);
    let broken = properties(&blind, 50).into_iter().map(|(property, _)| property);
    assert_eq!(broken.collect::<Vec<_>>(), ["Election Safety"]);
    let plain = run_of(Checks::All, 7);
    let blind = run_of(Checks::Blind, 7);
    assert_eq!((plain.digest, &plain.verdict), (blind.digest, &blind.verdict));
    let judged = |run: &Run, name| {
        run.judged.iter().any(|(property, times)| property.name() == name && times > 0)
    };
    for (name, from_disk) in
        [("one vote per term", true), ("Leader Completeness", true), ("Election Safety", false)]
    {
        assert!(judged(&plain, name), "{name}");
        assert_eq!(judged(&blind, name), !from_disk, "{name}");
    }
}

/// A seed of a scenario on our Raft, under these checks.
fn run_of(checks: Checks, seed: u64) -> Run {
    let runner = runner::<Raft>("persist2_3c", raftsim_raft::Config::default());
    runner.with_checks(checks).run(seed, Recording::Off)
}

/// A cluster in which one server alone has a bug.
fn one_wrong(wrong: u8) -> Settings<Config> {
    Settings::each(move |server| {
        let mutation = (server.number() == wrong).then_some(Mutation::VotesForEveryone);
        Config::of(mutation)
    })
}

#[test]
fn servers_may_differ_in_their_settings_in_scenarios_and_in_plans() {
    let info = scenario("many_elections_3a").expect("it is in the registry");
    let runner = NodeRunner::<Control>::sharing(info, one_wrong(5));
    let failure = (0..50).find_map(|seed| runner.run(seed, Recording::Off).verdict.err());
    let failure = failure.expect("one of the seeds lets it vote twice");
    assert_eq!(failure.property().name(), "one vote per term");
    assert_eq!(failure.accused(), [NodeId::new(5)]);
    let player = NodePlayer::<Control>::sharing(one_wrong(2));
    let (swarm, stands) = (true, false);
    let drawing = Drawing { servers: 3..=3, scope: Scope::Elections, swarm, stands };
    let crash_points = CrashPoints::NONE;
    let fuzz = Fuzz { player: &player, node: "control", drawing: &drawing, crash_points };
    let failure = (0..500).find_map(|seed| fuzz.run(seed, Recording::Off).verdict.err());
    assert_eq!(failure.expect("one of the plans lets it vote twice").accused(), [NodeId::new(2)]);
}

#[test]
fn the_labs_own_checks_are_alive_under_its_checks() {
    let cases = [
        ("initial_election_3a", Mutation::EqualLogLoses, "check_one_leader"),
        ("basic_agree_3b", Mutation::NoOpAtElection, "index"),
        ("leader_failure_3b", Mutation::LeaderNotCounted, "one"),
        ("fail_no_agree_3b", Mutation::CommitsAlone, "check_no_agreement"),
        ("rpc_bytes_3b", Mutation::SendsWholeLog, "RPC bytes"),
        ("count_3b", Mutation::TimeoutTooShort, "RPC count"),
        ("figure_8_3c", Mutation::CommitsAllAtBoot, "State Machine Safety"),
        ("snapshot_install_3d", Mutation::RestoreNotTold, "applied in order and once"),
        ("snapshot_basic_3d", Mutation::NeverCompacts, "log size"),
    ];
    for (name, mutation, property) in cases {
        assert_eq!(
            under_the_labs::<Control>(name, mutant(mutation), 64),
            [property],
            "{mutation}, {name}"
        );
    }
    let clings = under_the_labs::<Unclaimed<Post2020NoStepDown>>("reelection_3a", (), 300);
    assert_eq!(clings, ["check_no_leader"]);
}

#[test]
fn the_contract_stands_under_the_labs_checks() {
    let panics = (raftsim_raft::Config::default(), Mistake::Panics);
    assert_eq!(under_the_labs::<Mistaken>("basic_agree_3b", panics, 2), ["no panic"]);
    let floods = mutant(Mutation::HeartbeatOnAnswer);
    assert_eq!(under_the_labs::<Control>("basic_agree_3b", floods, 1), ["no flood"]);
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
    let suite = |mutation| LabSuite::<Control>::new(&Config::of(mutation)).run(3, Recording::Off);
    let tests = || SCENARIOS.iter().filter(|info| info.mirrors.is_some());
    let alone = tests().map(|info| {
        let runner = runner::<Control>(info.name, Config::default()).with_checks(Checks::Lab);
        runner.run(3, Recording::Off).events
    });
    let whole = suite(None);
    assert_eq!(whole.verdict, Ok(()));
    assert_eq!(whole.events, alone.sum::<u64>());
    let broken = suite(Some(Mutation::EqualLogLoses));
    assert_eq!(
        broken.verdict.map_err(|failure| failure.property().name()),
        Err("check_one_leader")
    );
    assert!(broken.events < whole.events / 10);
}
