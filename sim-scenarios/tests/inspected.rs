//! The state of the world at a moment: what `replay --at` shows.

use std::collections::BTreeMap;

use raftsim_explore::{Inspection, Inspector as _, Player as _, Run};
use raftsim_node::{Duration, Node, Status, Time};
use raftsim_plan::Plan;
use raftsim_raft::Raft;
use raftsim_sim::{Failure, LogShown, Recording, Row, Waits, WorldState};
use raftsim_specimens::Post2025;
use sim_scenarios::NodePlayer;

use crate::support::n;

/// A plan with every kind of state: a server that is down, one that is paused, one with a slow disk,
/// and a link that is cut.
const PLAN: &str = r#"
    guards = "every property"
    node = "raft"
    seed = 4
    servers = 5
    network = "reliable"
    demands = "agreement"
    length = "4.000s"
    ending = "calm n1 n2 n3 n4 n5, others cut"
    steps = [
        "1.200s propose leader",
        "1.500s crash n1",
        "1.500s pause n2",
        "1.500s disk n3 5.000s",
        "1.500s block n4>n5",
        "2.600s propose leader",
    ]
"#;

fn plan(text: &str) -> Plan {
    text.parse().expect("a plan")
}

fn scenario_plan(name: &str, node: &str, seed: u64) -> Plan {
    plan(&format!(
        "guards = \"every property\"\nnode = \"{node}\"\nseed = {seed}\nscenario = \"{name}\"\n"
    ))
}

fn player<N: Node>() -> NodePlayer<N> {
    NodePlayer::new(N::Config::default())
}

fn state<N: Node>(plan: &Plan, at: Time) -> WorldState {
    let mut states = player::<N>().inspect(plan, &[at]).states;
    states.pop().expect("the cluster can be set up")
}

fn at(millis: u64) -> Time {
    Time::ZERO + Duration::from_millis(millis)
}

/// By server: what the rows up to a time show of its status; `None` if it is down.
fn statuses(rows: &[Row], until: Time) -> BTreeMap<u8, Option<Status>> {
    let mut shown = BTreeMap::new();
    for row in rows.iter().filter(|row| row.time <= until) {
        let Some(node) = row.node else { continue };
        if row.ends_life {
            shown.insert(node.number(), None);
        } else if row.status.is_some() {
            shown.insert(node.number(), row.status);
        }
    }
    shown
}

fn recorded<N: Node>(plan: &Plan) -> (Run, Vec<Row>) {
    let run = player::<N>().play(plan, Recording::On);
    let rows = run.story.as_ref().expect("it was recorded").rows();
    (run, rows)
}

#[test]
fn the_state_at_a_moment_is_that_of_the_trace() {
    for (name, seed) in [("persist3_3c", 1), ("reelection_3a", 42)] {
        let plan = scenario_plan(name, "raft", seed);
        let (run, rows) = recorded::<Raft>(&plan);
        // Some moments of the scenario, and some of its recovery phase.
        let times: Vec<Time> = rows.iter().map(|row| row.time).step_by(rows.len() / 12).collect();
        assert!(times.len() > 10);
        let mut times: Vec<Time> =
            times.into_iter().filter(|&time| time < run.virtual_time).collect();
        times.dedup();
        let Inspection { states, ended } = player::<Raft>().inspect(&plan, &times);
        assert_eq!((states.len(), ended), (times.len(), None));
        for (state, time) in states.iter().zip(times) {
            assert_eq!(
                state,
                &self::state::<Raft>(&plan, time),
                "a run up to there gives the same"
            );
            assert_eq!(state.time, time);
            let shown = statuses(&rows, time);
            for server in &state.servers {
                let expected = shown.get(&server.node.number()).copied().flatten();
                assert_eq!(server.status, expected, "{name}: {} at {time}", server.node);
            }
        }
    }
}

#[test]
fn before_the_first_event_every_server_is_down() {
    let state = state::<Raft>(&plan(PLAN), Time::ZERO);
    assert!(state.servers.iter().all(|it| it.status.is_none() && it.memory.is_none()));
    assert!(state.servers.iter().all(|it| it.due.is_none() && it.life == 0));
    assert_eq!((state.cut, state.in_flight), (vec![], vec![]));
    let log = LogShown { term: 0, voted_for: None, first: 1, terms: vec![] };
    assert_eq!(state.servers[0].log, Some(log));
}

#[test]
fn faults_show_in_the_state() {
    let before = state::<Raft>(&plan(PLAN), at(1_499));
    assert!(before.servers.iter().all(|it| it.status.is_some() && it.waits == Waits::default()));
    assert_eq!(before.cut, []);
    let state = state::<Raft>(&plan(PLAN), at(2_900));
    let [down, paused, slow, ..] = &state.servers[..] else { panic!("five servers") };
    assert_eq!((down.status, down.due, down.memory.as_deref()), (None, None, None));
    assert!(down.log.as_ref().is_some_and(|log| log.term > 0), "its disk outlives the crash");
    assert!(paused.waits.is_paused && paused.status.is_some() && paused.memory.is_some());
    assert!(slow.waits.is_busy && !slow.waits.is_paused);
    assert!(slow.waits.written_at.is_some_and(|time| time > at(6_499)));
    let cut: Vec<_> = state.cut.iter().map(|link| (link.from, link.to)).collect();
    assert_eq!(cut, [(n(4), n(5))]);
    let waits = state.in_flight.iter().filter(|it| it.due.is_none());
    assert!(waits.clone().count() > 0 && waits.clone().all(|it| it.name.to != n(1)));
}

#[test]
fn a_run_that_fails_before_gives_the_state_at_its_failure() {
    let plan = scenario_plan("stale_leaders_return_3a", "post-2025", 2);
    let moments = [at(2_000), at(7_094), at(60_000)];
    let Inspection { states, ended } = player::<Post2025>().inspect(&plan, &moments);
    let failure: Failure = ended.expect("it has ended").expect_err("it failed");
    let [before, state] = &states[..] else { panic!("{} states", states.len()) };
    let times = [failure.time(), before.time, state.time];
    assert_eq!(times, [at(7_094), at(2_000), at(7_094)], "it does not get past its failure");
    assert_eq!([state.servers[0].due, state.servers[2].due], [None, None]);
    assert!(state.servers[1].due.is_some());
}

#[test]
fn a_run_that_passes_before_gives_its_last_moment() {
    let plan = scenario_plan("initial_election_3a", "raft", 1);
    let run = player::<Raft>().play(&plan, Recording::Off);
    let Inspection { states, ended } = player::<Raft>().inspect(&plan, &[at(500_000)]);
    assert_eq!(ended, Some(Ok(())));
    let times: Vec<Time> = states.iter().map(|state| state.time).collect();
    assert_eq!(times, [run.virtual_time]);
}

#[test]
fn a_moment_after_the_limit_of_a_scenario_is_in_its_recovery_phase() {
    // The plan's own length ends before.
    let plan = plan(PLAN);
    let (run, _) = recorded::<Raft>(&plan);
    let time = run.virtual_time.since(Time::ZERO);
    let late = at(0) + Duration::from_nanos(time.as_nanos() - 1_000_000);
    assert!(late > at(4_000), "the ending goes on after the steps");
    let Inspection { states, ended } = player::<Raft>().inspect(&plan, &[late]);
    let times: Vec<Time> = states.iter().map(|state| state.time).collect();
    assert_eq!((times, ended), (vec![late], None));
}

#[test]
fn what_a_raft_shows_of_its_memory_has_no_random_numbers() {
    let state = state::<Raft>(&plan(PLAN), at(1_400));
    let memory = state.servers[0].memory.clone().expect("our Raft shows it");
    assert!(memory.starts_with("Raft {\n    id: n1,\n") && memory.ends_with("    ..\n}"));
    let term = format!("\n    current_term: {},\n", state.servers[0].status.expect("up").term);
    assert!(memory.contains(&term) && !memory.contains("ChaCha") && !memory.contains("seed"));
}
