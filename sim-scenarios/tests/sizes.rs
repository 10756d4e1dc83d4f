//! Scenarios on another number of servers, or another network, than their own.

use raftsim_node::{Duration, Node as _};
use raftsim_plan::{Conditions, Override};
use raftsim_raft::Raft;
use raftsim_sim::{Delays, Fate, Kind, Leg, LinkSettings, Recording, Spread};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::Config;
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::support::{on_raft, panic_of, runner, seeds, tally, usual};
use raftsim_explore::Runner as _;

/// The scenarios that take this number of servers, though it is not their own.
fn taking(servers: u8) -> impl Iterator<Item = &'static ScenarioInfo> {
    usual().filter(move |info| info.servers != servers && info.refuses_servers(servers).is_none())
}

fn of(servers: u8) -> Conditions {
    Conditions { servers: Some(servers), ..Conditions::default() }
}

#[test]
fn scenarios_that_do_not_fix_their_size_pass_with_every_size() {
    for (servers, many) in [(1, 20), (2, 20), (3, 20), (4, 20), (6, 20), (9, 10), (12, 5), (31, 1)]
    {
        for info in taking(servers) {
            let on = runner::<Raft>(info.name, raftsim_raft::Config::default()).under(of(servers));
            let raft = tally(&on, &seeds(many));
            assert_eq!(raft.first_failure, None, "{} with {servers} servers", info.name);
            if !info.suits(&Control::claims(&Config::default())) {
                continue;
            }
            let on = runner::<Control>(info.name, Config::default()).under(of(servers));
            let control = tally(&on, &seeds(many.div_ceil(5)));
            assert_eq!(control.first_failure, None, "{} with {servers} servers", info.name);
        }
    }
}

#[test]
fn a_hundred_and_one_servers_pass_the_tests_of_elections() {
    for name in ["initial_election_3a", "reelection_3a", "many_elections_3a", "basic_agree_3b"] {
        let tally = tally(&on_raft(name).under(of(101)), &seeds(2));
        assert_eq!(tally.first_failure, None, "{name}");
    }
}

/// What runs of the scenarios on this network break, though not by chance.
fn broken(network: LinkSettings, many: u64) -> Vec<String> {
    broken_under(&Conditions { network: Some(network), ..Conditions::default() }, many)
}

/// What runs of the scenarios under these conditions break, though not by chance.
fn broken_under(conditions: &Conditions, many: u64) -> Vec<String> {
    let taking = usual().filter(|info| info.refuses(conditions).is_none());
    let failures = taking.flat_map(|info| {
        let runner = on_raft(info.name).under(conditions.clone());
        let runs = (0..many).map(move |seed| (seed, runner.run(seed, Recording::Off).verdict));
        runs.filter_map(|(seed, verdict)| {
            let failure = verdict
                .err()
                .filter(|failure| failure.kind() != Kind::LabLimit { by_chance: true })?;
            Some(format!("{}, seed {seed}: {failure}", info.name))
        })
    });
    failures.collect()
}

#[test]
fn a_right_raft_breaks_nothing_on_any_network_and_misses_limits_only_by_chance() {
    assert_eq!(broken(LinkSettings::RELIABLE, 10), Vec::<String>::new());
    assert_eq!(broken(LinkSettings::labrpc(true, true, true), 4), Vec::<String>::new());
    let slow = Leg { latency: Spread::fixed(Duration::from_millis(120)), ..Leg::RELIABLE };
    assert_eq!(broken(LinkSettings::uniform(slow), 4), Vec::<String>::new());
}

/// Delays of this many servers, which are all the same.
fn delays(servers: u8, millis: u64) -> Conditions {
    let row = |from| (1..=servers).map(move |to| if from == to { 0 } else { millis });
    let row = |from| row(from).map(|it| format!("{it}ms")).collect::<Vec<_>>().join(" ");
    let rows = (1..=servers).map(row).collect::<Vec<_>>().join("\n");
    let delays = Delays::read(&rows).expect("each cell is a delay");
    Conditions { servers: Some(servers), delays: Some(delays), ..Conditions::default() }
}

#[test]
fn a_right_raft_breaks_nothing_with_any_delays_and_misses_limits_only_by_chance() {
    for (servers, millis) in [(3, 20), (5, 45), (3, 120), (5, 400)] {
        assert_eq!(broken_under(&delays(servers, millis), 4), Vec::<String>::new(), "{millis} ms");
    }
}

#[test]
fn delays_stay_in_the_recovery_phase_whatever_the_network() {
    let info = SCENARIOS.iter().find(|info| info.name == "basic_agree_3b").expect("it is there");
    let network = Some(LinkSettings::labrpc(true, false, true));
    for conditions in [delays(5, 30), Conditions { network, ..delays(5, 30) }] {
        let run = on_raft(info.name).under(conditions).run(7, Recording::On);
        assert_eq!(run.verdict, Ok(()));
        let story = run.story.expect("it was recorded");
        let rows = story.rows();
        let calm = rows.iter().find(|row| row.text.starts_with("calm")).expect("it recovers").time;
        let sent = rows.iter().filter(|row| row.time > calm).filter_map(|row| row.message);
        let fates = story.fates();
        let (mut sent, mut prompt) = (sent.filter_map(|name| fates.get(&name)).peekable(), 0);
        assert!(sent.peek().is_some());
        for fate in sent {
            if let Override::Fate(Fate::Deliver(after)) = fate {
                let millis = after.as_millis();
                assert!((30..=31).contains(&millis), "{millis} ms");
                prompt += 1;
            }
        }
        assert!(prompt > 10, "{prompt}");
    }
}

#[test]
fn delays_of_zero_change_nothing() {
    let plain = on_raft("reelection_3a").run(7, Recording::Off);
    let zero = on_raft("reelection_3a").under(delays(3, 0)).run(7, Recording::Off);
    assert_eq!((plain.digest, plain.events), (zero.digest, zero.events));
}

#[test]
fn the_scenarios_own_size_and_network_are_the_same_run() {
    for info in SCENARIOS {
        let plain = on_raft(info.name).run(7, Recording::Off);
        let conditions = of(info.servers);
        let same = on_raft(info.name).under(conditions).run(7, Recording::Off);
        assert_eq!(plain.digest, same.digest, "{}", info.name);
    }
}

#[test]
fn a_runner_takes_no_conditions_that_its_scenario_refuses() {
    let said = panic_of(|| on_raft("backup_3b").under(of(9)));
    let why = "the scenario does not run so: backup_3b always has 5 servers: it fixes what happens to \
               each";
    assert_eq!(said, why);
}
