//! Plans that are played again with a crash between two writes of one list: the same runs until then,
//! and bugs that show there alone.

use std::sync::Mutex;

use raftsim_explore::{CrashPoints, Fuzz, Hunting, Player, Quiet, Run, Runner as _, hunt, proves};
use raftsim_node::{Node as _, Time};
use raftsim_plan::{Drawing, Plan, Scope};
use raftsim_sim::{Gap, Recording};
use raftsim_specimens::mutant::{Config, Control, Mutation, Variant};
use sim_scenarios::NodePlayer;

fn drawing(config: &Config) -> Drawing {
    let stands = Control::claims(config).copes_with_standing_faults;
    Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands }
}

/// A player that keeps the plans that it plays.
struct Keeping {
    player: NodePlayer<Control>,
    played: Mutex<Vec<Plan>>,
}

impl Player for Keeping {
    fn play(&self, plan: &Plan, recording: Recording) -> Run {
        self.played.lock().expect("no play panics").push(plan.clone());
        self.player.play(plan, recording)
    }

    fn play_for_gaps(&self, plan: &Plan) -> (Run, Vec<Gap>) {
        self.player.play_for_gaps(plan)
    }
}

/// The rows of a plan's run before this time.
fn before(player: &NodePlayer<Control>, plan: &Plan, time: Time) -> Vec<String> {
    let story = player.play(plan, Recording::On).story.expect("it is recorded");
    let rows = story.rows().into_iter().filter(|row| row.time < time);
    rows.map(|row| format!("{} {:?} {}", row.time, row.node, row.text)).collect()
}

#[test]
fn up_to_the_crash_a_run_is_that_of_its_plan_and_the_server_is_down_at_once() {
    let config = Config::with(&[Variant::EntryByEntry]);
    let drawing = drawing(&config);
    let keeping = Keeping { player: NodePlayer::new(config), played: Mutex::default() };
    let (node, crash_points) = (Control::NAME, CrashPoints::of_each(6));
    let fuzz = Fuzz { player: &keeping, node, drawing: &drawing, crash_points };
    let mut crashed = 0;
    for seed in 0..40 {
        assert_eq!(fuzz.run(seed, Recording::Off).verdict, Ok(()), "seed {seed}");
        let drawn = fuzz.drawn(seed);
        for plan in keeping.played.lock().expect("no play panics").drain(..) {
            let steps = drawn.steps();
            let more = plan.steps().iter().find(|&step| !steps.contains(step));
            let more = more.expect("the plan has a crash more");
            let armed = more.at;
            let [with, without] = [&plan, &drawn].map(|plan| before(&keeping.player, plan, armed));
            assert_eq!(with, without, "seed {seed}: {more}");
            crashed += 1;
            // A list whose writes take time comes to the gap later.
            if drawn.to_string().contains("s disk ") {
                continue;
            }
            let story = keeping.player.play(&plan, Recording::On).story.expect("it is recorded");
            let at = Time::from_nanos(armed.as_nanos() + 1);
            let downs = story.rows().into_iter().filter(|row| row.time == at && row.ends_life);
            assert_eq!(downs.count(), 1, "seed {seed}: {more}");
        }
    }
    assert!(crashed > 100, "{crashed} crashes");
}

/// After how many plans a bug is found, and the plan.
fn found(mutation: Mutation, crash_points: CrashPoints) -> Option<(u64, Plan)> {
    let config = Config::of(mutation);
    let player = NodePlayer::<Control>::new(config);
    let drawing = drawing(&config);
    let fuzz = Fuzz { player: &player, node: Control::NAME, drawing: &drawing, crash_points };
    let hunting = Hunting { from: 0, made: 0, budget: 60 };
    let hunt = hunt(&fuzz, hunting, |_, failure| Ok(proves(failure)), &Quiet);
    let hunt = hunt.expect("the harness holds").expect("nobody stops it");
    let property = hunt.property?;
    let plan = fuzz.plan(hunt.runs - 1);
    for recording in [Recording::Off, Recording::On] {
        let failure = player.play(&plan, recording).verdict.expect_err("the plan fails again");
        assert_eq!(failure.property(), property);
    }
    Some((hunt.runs, plan))
}

#[test]
fn a_bug_between_two_writes_that_seldom_come_is_found_by_crash_points_alone() {
    let bug = Mutation::InstallsInTwoWrites;
    assert_eq!(found(bug, CrashPoints::NONE), None);
    let (runs, plan) = found(bug, CrashPoints::of_each(8)).expect("within the budget");
    assert!(runs <= 30, "{runs} plans");
    assert!(plan.to_string().contains(" at gap "), "{plan}");
}

#[test]
fn one_plan_in_32_is_played_again() {
    let config = Config::default();
    let player = NodePlayer::<Control>::new(config);
    let drawing = drawing(&config);
    let (node, crash_points) = (Control::NAME, CrashPoints::USUAL);
    let fuzz = Fuzz { player: &player, node, drawing: &drawing, crash_points };
    let plays: u64 = (0..640).map(|seed| fuzz.run(seed, Recording::Off).crash_points).sum();
    assert!((10..=30).contains(&plays), "{plays} of 640");
}
