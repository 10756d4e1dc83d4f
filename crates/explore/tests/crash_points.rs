//! Plans that are plays again, with a crash at each gap between two writes that a budget allows.

use std::sync::Mutex;

use raftsim_explore::{CrashPoints, Fuzz, Player, Run, Runner as _};
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{Drawing, Plan, Schedule, Scope, Target};
use raftsim_sim::{Gap, Recording};

use crate::support::{broken, passes};

/// A player whose runs all have these gaps, and which knows what it has plays.
struct Gappy<F> {
    gaps: Vec<Gap>,
    /// Whether a plan with these steps fails.
    fails: F,
    /// By play: the steps that were not in the plan as it was drawn; and whether it was recorded.
    plays: Mutex<Vec<(Vec<String>, Recording)>>,
}

impl<F: Fn(&[String]) -> bool + Sync> Gappy<F> {
    fn new(gaps: Vec<Gap>, fails: F) -> Self {
        Self { gaps, fails, plays: Mutex::default() }
    }

    /// The lines of the crashes that were plays, and how the last run ended.
    fn plays(&self, points: CrashPoints, plan: &Plan) -> (Vec<String>, Plan, Run) {
        let (decides, run) = points.play(self, plan.clone());
        let plays = std::mem::take(&mut *self.plays.lock().unwrap());
        let lines = plays.into_iter().map(|(lines, _)| lines.join(", ")).collect();
        (lines, decides, run)
    }
}

impl<F: Fn(&[String]) -> bool + Sync> Player for Gappy<F> {
    fn play(&self, plan: &Plan, recording: Recording) -> Run {
        let steps: Vec<String> = plan.steps().iter().map(ToString::to_string).collect();
        let crashes: Vec<_> = steps.into_iter().filter(|step| step.contains(" at gap ")).collect();
        let verdict = if (self.fails)(&crashes) { Err(broken("agreement", 7)) } else { Ok(()) };
        self.plays.lock().unwrap().push((crashes, recording));
        Run { verdict, ..passes(1) }
    }

    fn play_for_gaps(&self, plan: &Plan) -> (Run, Vec<Gap>) {
        (self.play(plan, Recording::Off), self.gaps.clone())
    }
}

/// A gap of `node`, so many milliseconds after the run's begin.
fn gap(node: u8, millis: u64, number: u32) -> Gap {
    let at = Time::ZERO + Duration::from_millis(millis);
    Gap { node: NodeId::new(node), at, number }
}

/// Three gaps in a list of n2's, one in a list of n1's, two in another one.
fn six() -> Vec<Gap> {
    let of_n2 = (1..=3).map(|number| gap(2, 300, number));
    of_n2.chain([gap(1, 500, 1), gap(1, 700, 1), gap(1, 700, 2)]).collect()
}

/// A plan of a second, without a crash at a gap.
fn plan(seed: u64) -> Plan {
    let text = format!(
        "guards = \"every property\"\nnode = \"raft\"\nseed = {seed}\nservers = 3\n\
         network = \"reliable\"\ndemands = \"agreement\"\nlength = \"1.000s\"\n\
         ending = \"calm n1 n2 n3, others cut\"\n\
         steps = [\"0.200s isolate n3\", \"0.300s crash n1\", \"0.600s heal\"]\n"
    );
    text.parse().unwrap()
}

#[test]
fn a_server_crashes_at_each_gap_once_just_before_the_list_that_has_it() {
    let player = Gappy::new(six(), |_| false);
    let drawn = plan(0);
    let (plays, decides, run) = player.plays(CrashPoints::of_each(100), &drawn);
    let expected = [
        "",
        "0.299999999s crash n2 at gap 1 for 0.050s",
        "0.499999999s crash n1 at gap 1 for 0.050s",
        "0.699999999s crash n1 at gap 1 for 0.050s",
        "0.299999999s crash n2 at gap 2 for 0.050s",
        "0.699999999s crash n1 at gap 2 for 0.050s",
        "0.299999999s crash n2 at gap 3 for 0.050s",
    ];
    assert_eq!(plays, expected);
    assert_eq!((decides, run.verdict, run.crash_points), (drawn, Ok(()), 6));
    assert_eq!((run.events, run.virtual_time), (7 * passes(1).events, Time::from_nanos(7 * 1001)));
}

#[test]
fn the_first_crash_that_fails_decides_and_its_plan_differs_by_that_line_alone() {
    let player = Gappy::new(six(), |crashes| crashes.iter().any(|it| it.starts_with("0.69")));
    let drawn = plan(0);
    let (plays, decides, run) = player.plays(CrashPoints::of_each(100), &drawn);
    assert_eq!(plays.len(), 4);
    assert_eq!((run.verdict, run.crash_points), (Err(broken("agreement", 7)), 3));
    let mut steps: Vec<String> = decides.steps().iter().map(ToString::to_string).collect();
    assert_eq!(steps[3], "0.699999999s crash n1 at gap 1 for 0.050s");
    steps.remove(3);
    assert_eq!(steps, ["0.200s isolate n3", "0.300s crash n1", "0.600s heal"]);
    let Target::Cluster(schedule) = decides.target.clone() else { panic!("it has steps") };
    let target = Target::Cluster(Schedule { steps: drawn.steps().to_vec(), ..schedule });
    assert_eq!(Plan { target, ..decides }, drawn);
}

#[test]
fn a_budget_is_spent_on_lists_all_over_the_run_and_the_plan_decides_which() {
    let at = (1..=9).map(|tenth| gap(1, tenth * 100, 1)).chain([gap(1, 900, 2)]).collect();
    let player = Gappy::new(at, |_| false);
    let tenths = |most, seed| {
        let (plays, ..) = player.plays(CrashPoints { one_in: 2, most }, &plan(seed));
        let tenth = |line: &String| line.get(2..3).map(|digit| digit.parse::<u8>().unwrap() + 1);
        plays.iter().filter_map(tenth).collect::<Vec<_>>()
    };
    assert_eq!([0, 2, 18].map(|seed| tenths(1, seed)), [vec![1], vec![2], vec![1]]);
    assert_eq!([0, 16].map(|seed| tenths(3, seed)), [vec![1, 4, 7], vec![3, 6, 9]]);
    // Twice in the list that has two gaps.
    assert_eq!(tenths(10, 0), [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]);
}

#[test]
fn only_some_plans_that_pass_and_have_gaps_are_played_again() {
    let points = CrashPoints { one_in: 2, most: 5 };
    let count = |gaps, fails: bool, points, seed| {
        Gappy::new(gaps, |_| fails).plays(points, &plan(seed)).0.len()
    };
    assert_eq!(count(six(), false, points, 4), 6);
    assert_eq!(count(six(), false, points, 5), 1);
    assert_eq!(count(six(), true, points, 4), 1);
    assert_eq!(count(vec![], false, points, 4), 1);
    assert_eq!(count(six(), false, CrashPoints::NONE, 4), 1);
    // No server crashes in a plan's ending, nor before its begin.
    assert_eq!(count(vec![gap(1, 0, 1), gap(1, 999, 1), gap(1, 1_000, 1)], false, points, 4), 2);
}

#[test]
fn a_seeds_plan_and_its_recorded_run_are_those_that_decide() {
    let player = Gappy::new(vec![gap(1, 1, 1)], |crashes| !crashes.is_empty());
    let drawing = |scope| Drawing { servers: 3..=3, scope, swarm: true, stands: false };
    let lines = |scope, crash_points| {
        let drawing = drawing(scope);
        let fuzz = Fuzz { player: &player, node: "raft", drawing: &drawing, crash_points };
        // The gap lies within the steps, and no crash at a gap was drawn.
        let suits = |seed: &u64| {
            let plan = fuzz.drawn(*seed);
            let Target::Cluster(schedule) = &plan.target else { return false };
            schedule.length > Duration::from_millis(1) && !plan.to_string().contains(" at gap ")
        };
        let seed = (0..1000).find(suits).unwrap();
        let fails = [Recording::Off, Recording::On].map(|it| fuzz.run(seed, it).verdict.is_err());
        let (recorded, how) = player.plays.lock().unwrap().pop().unwrap();
        assert_eq!(how, Recording::On);
        let more = fuzz.plan(seed).steps().len() - fuzz.drawn(seed).steps().len();
        (fails, recorded.len(), more)
    };
    let each = CrashPoints::of_each(1);
    assert_eq!(lines(Scope::Disk, each), ([true; 2], 1, 1));
    assert_eq!(lines(Scope::Disk, CrashPoints::NONE), ([false; 2], 0, 0));
    // No server crashes where a node has no disk yet.
    assert_eq!(lines(Scope::Log, each), ([false; 2], 0, 0));
}
