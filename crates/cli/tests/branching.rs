//! Branches of the runs of a correct Raft: wherever one leaves its run, it passes.

use raftsim_explore::{Brancher as _, Player as _, Run};
use raftsim_node::{Duration, Time};
use raftsim_plan::Plan;
use raftsim_raft::{Config, Raft};
use raftsim_sim::{Branch, Recording};
use sim_scenarios::NodePlayer;

fn player() -> NodePlayer<Raft> {
    NodePlayer::new(Config::default())
}

/// A seed of a scenario, with its recovery phase or without.
fn scenario(name: &str, calm: bool) -> Plan {
    let head = "guards = \"every property\"\nnode = \"raft\"\nseed = 7";
    format!("{head}\nscenario = \"{name}\"\ncalm = {calm}\n").parse().expect("a plan")
}

/// A plan of three servers in which `step` is done after two seconds.
fn cluster(step: &str) -> Plan {
    let text = format!(
        r#"
        guards = "every property"
        node = "raft"
        seed = 7
        servers = 3
        network = "reliable"
        demands = "agreement"
        length = "4.000s"
        ending = "calm n1 n2 n3, others cut"
        steps = ["1.500s propose leader", "2.000s {step}"]
        "#
    );
    text.parse().expect("a plan")
}

fn branched(plan: &Plan, at: Time, ends: bool) -> Run {
    player().branch(plan, Branch { at, seed: 3, ends })
}

/// The times of the last record before the recovery phase and of the first after its beginning, and
/// the times of the first record and of the last but one.
fn moments(plan: &Plan) -> [Time; 4] {
    let run = player().play(plan, Recording::On);
    assert_eq!(run.verdict, Ok(()));
    let rows = run.story.expect("it was recorded").rows();
    let calm = rows.iter().position(|row| row.text.starts_with("calm: "));
    let calm = calm.expect("it has a recovery phase");
    let later = |place: usize| rows[place..].iter().map(|row| row.time);
    let first_after = later(calm).find(|time| *time > rows[calm].time).expect("it goes on");
    let times: Vec<Time> = later(0).filter(|time| *time < run.virtual_time).collect();
    [rows[0].time, rows[calm - 1].time, first_after, *times.last().expect("it has events")]
}

#[test]
fn a_correct_node_passes_wherever_it_leaves_its_run() {
    for plan in [
        scenario("reelection_3a", true),
        scenario("basic_agree_3b", true),
        scenario("persist1_3c", true),
        cluster("isolate leader for 0.500s"),
    ] {
        for at in moments(&plan) {
            for ends in [false, true] {
                let verdict = branched(&plan, at, ends).verdict;
                assert_eq!(verdict, Ok(()), "{:?} at {at}, ends: {ends}", plan.target);
            }
        }
    }
}

#[test]
fn a_branch_that_ends_has_a_recovery_phase_even_if_its_run_has_none() {
    let plan = scenario("basic_agree_3b", false);
    let run = player().play(&plan, Recording::On);
    let end = run.virtual_time;
    let early = Time::from_nanos(end.as_nanos() / 2);
    let calm = branched(&plan, early, true);
    assert_eq!(calm.verdict, Ok(()));
    assert!(calm.virtual_time > early);
    // One that would leave its run after the end is that run.
    let late = branched(&plan, end + Duration::from_secs(1), true);
    assert_eq!((late.verdict, late.digest), (Ok(()), run.digest));
}

#[test]
fn no_armed_crash_happens_after_all_faults_have_stopped() {
    // The crash is armed at this time, and would happen in a list of actions that is still to come.
    let at = Time::ZERO + Duration::from_secs(2);
    for actions in 0..4 {
        let plan = cluster(&format!("crash all after {actions}"));
        assert_eq!(branched(&plan, at, true).verdict, Ok(()), "armed for {actions} actions");
    }
}
