//! A trace's fault lines are a plan's lines.

use raftsim_explore::Run;
use raftsim_node::{Duration, Time};
use raftsim_plan::{
    Drawing, Ending, Plan, Schedule, Scope, Step, Target, Timed, plan_of, plans, seconds,
};
use raftsim_raft::Raft;
use raftsim_sim::{Recording, Row, RowTopic};
use sim_scenarios::NodePlayer;

use raftsim_explore::Player as _;

fn play(plan: &Plan) -> Run {
    NodePlayer::<Raft>::new(raftsim_raft::Config::default()).play(plan, Recording::On)
}

/// The lines that `replay` prints for faults, without the columns of the servers.
fn fault_lines(run: &Run) -> Vec<String> {
    let line = |row: &Row| format!("{} {}", row.time_text(), row.text);
    let is_fault = |row: &&Row| row.topic == RowTopic::Fault;
    super::rows(run).iter().filter(is_fault).map(line).collect()
}

/// A plan drawn from this seed, which ends with its steps.
fn drawn(seed: u64, scope: Scope) -> Plan {
    let drawing = Drawing { servers: 3..=5, scope, swarm: true, stands: false };
    let mut plan = plan_of(seed, &plans("raft", &drawing));
    schedule(&mut plan).ending = Ending::None;
    plan
}

fn schedule(plan: &mut Plan) -> &mut Schedule {
    match &mut plan.target {
        Target::Cluster(schedule) => schedule,
        Target::Scenario { .. } => panic!("a drawn plan has steps of its own"),
    }
}

/// The same plan, its faults replaced by these lines; what it proposes stays.
fn with_lines(plan: &Plan, lines: &[String]) -> Plan {
    let mut plan = plan.clone();
    let steps = &mut schedule(&mut plan).steps;
    steps.retain(|timed| matches!(timed.step, Step::Propose { .. }));
    let read =
        |line: &String| line.parse::<Timed>().unwrap_or_else(|error| panic!("{line}: {error}"));
    steps.extend(lines.iter().map(read));
    steps.sort_by_key(|timed| timed.at);
    plan.to_string().parse().expect("a plan's text is read back")
}

#[test]
fn a_runs_fault_lines_pasted_into_a_plan_are_the_same_run_again() {
    let mut all = vec![];
    for seed in 0..150 {
        let plan = drawn(seed, Scope::Elections);
        let run = play(&plan);
        let lines = fault_lines(&run);
        let again = play(&with_lines(&plan, &lines));
        assert_eq!(fault_lines(&again), lines, "plan {seed}");
        assert_eq!(again.digest, run.digest, "plan {seed}");
        all.extend(lines);
    }
    for verb in ["partition", "isolate", "join", "block", "unblock", "heal", "swizzle", "network"] {
        assert!(all.iter().any(|line| line.contains(&format!(" {verb}"))), "some run has {verb}");
    }
    for verb in ["link", "pause", "resume", "clock", "jump", "expire"] {
        assert!(all.iter().any(|line| line.contains(&format!(" {verb} n"))), "some run has {verb}");
    }
}

#[test]
fn faults_amid_proposals_and_crashes_come_again_when_their_lines_are_pasted() {
    let mut all = vec![];
    for seed in 0..150 {
        let plan = drawn(seed, Scope::Snapshots);
        let lines = fault_lines(&play(&plan));
        let again = play(&with_lines(&plan, &lines));
        assert_eq!(fault_lines(&again), lines, "plan {seed}");
        all.extend(lines);
    }
    for verb in ["crash", "restart", "disk"] {
        assert!(all.iter().any(|line| line.contains(&format!(" {verb} n"))), "some run has {verb}");
    }
    assert!(all.iter().any(|line| line.contains(" after ")), "some crash is armed");
}

#[test]
fn campaign_and_disarm_are_pasted_like_any_other_fault() {
    let steps = &["1.000s campaign n2", "1.500s crash n3 after 9", "1.500s disarm n3"];
    let text = super::Text { steps, ..super::THREE };
    let lines = fault_lines(&text.run());
    assert_eq!(
        lines,
        ["1.000000s campaign n2", "1.500000s crash n3 after 9", "1.500000s disarm n3"]
    );
    assert_eq!(fault_lines(&play(&with_lines(&text.plan(), &lines))), lines);
}

#[test]
fn a_faults_time_is_printed_to_the_nanosecond() {
    let at = Time::ZERO + Duration::from_nanos(1_234_567_891);
    let step = format!("{} isolate n1", seconds(at.since(Time::ZERO)));
    let text = super::Text { steps: &[&step], ..super::THREE };
    let lines = fault_lines(&text.run());
    let pasted = with_lines(&text.plan(), &lines);
    assert_eq!(fault_lines(&play(&pasted)), lines);
    let timed: Timed = lines[0].parse().expect("a step");
    assert_eq!(timed.at, at);
}
