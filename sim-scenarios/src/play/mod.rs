//! Plays plans on a node.
//!
//! | module | owns |
//! |---|---|
//! | `stage` | a schedule's steps, done in order of time |
//! | `ending` | what follows the steps: all faults stop, and the cluster must still be alive |
//! | `standing` | an ending in which all faults stand |

use std::collections::BTreeMap;

use raftsim_explore::{Brancher, Inspection, Inspector, Player, Run};
use raftsim_node::{Duration, Node, Time};
use raftsim_plan::{NamedOverride, Override, Plan, Schedule, Scope, Target};
use raftsim_sim::{Branch, Cause, Fate, MessageName, Recording, Setup, WorldState};

use crate::checks::Checks;
use crate::lab::Lab;
use crate::part::Part;
use crate::registry::{Scenario, scenario};
use crate::run::{NodeRunner, failed_setup, finished};
use crate::settings::Settings;

mod ending;
mod stage;
mod standing;

/// Plays plans on a node, with the same settings on every server.
///
/// ```
/// use raftsim_explore::Player;
/// use raftsim_raft::{Config, Raft};
/// use raftsim_sim::Recording;
/// use sim_scenarios::NodePlayer;
///
/// let plan = r#"
///     guards = "Election Safety"
///     node = "raft"
///     seed = 42
///     servers = 3
///     network = "reliable"
///     demands = "agreement"
///     length = "3.000s"
///     ending = "calm n1 n2 n3, others cut"
///     steps = ["1.000s isolate leader for 0.500s", "2.000s propose leader"]
/// "#;
/// let player = NodePlayer::<Raft>::new(Config::default());
/// let run = player.play(&plan.parse()?, Recording::Off);
/// assert_eq!((run.verdict, run.unused), (Ok(()), vec![]));
/// # Ok::<(), raftsim_plan::PlanError>(())
/// ```
#[derive(Debug)]
pub struct NodePlayer<N: Node> {
    settings: Settings<N::Config>,
    scenarios: fn(&str) -> Option<Scenario<N>>,
}

impl<N: Node> NodePlayer<N> {
    /// A player of plans on servers with these settings.
    pub fn new(config: N::Config) -> Self {
        Self::sharing(Settings::new(config))
    }

    /// The same with settings that others use too.
    pub fn sharing(settings: Settings<N::Config>) -> Self {
        Self { settings, scenarios: scenario }
    }

    /// A player of plans with steps of their own, on servers with these settings. A program that has
    /// no other player of this node has no code for its scenarios.
    pub fn of_schedules(config: N::Config) -> Self {
        Self { settings: Settings::new(config), scenarios: |_| None }
    }

    /// Plays a plan, which may leave its course. `look` sees the world where the run ends.
    fn play_until(
        &self,
        plan: &Plan,
        recording: Recording,
        course: Course,
        look: &mut dyn FnMut(&mut Lab<N>),
    ) -> Run {
        match &plan.target {
            Target::Scenario { name, calm } => {
                let scenario = (self.scenarios)(name);
                let scenario = scenario.expect("the plan names a scenario of the registry");
                let runner = NodeRunner::<N>::sharing(scenario, self.settings.clone());
                let overrides = Overrides { course, ..Overrides::of(plan) };
                runner.with_recovery(*calm).run_with(plan.seed, recording, overrides, |lab| {
                    look(lab);
                    unused_fates(plan, lab)
                })
            }
            Target::Cluster(schedule) => {
                self.play_schedule(plan, schedule, recording, course, look)
            }
        }
    }

    fn play_schedule(
        &self,
        plan: &Plan,
        schedule: &Schedule,
        recording: Recording,
        course: Course,
        look: &mut dyn FnMut(&mut Lab<N>),
    ) -> Run {
        let configs = match self.settings.for_servers(schedule.servers) {
            Ok(configs) => configs,
            Err(failure) => return failed_setup(failure),
        };
        let mut setup = Setup::<N>::with_configs("plan", plan.seed, configs);
        setup.network = schedule.network;
        setup.limit = schedule.length;
        setup.recording = recording;
        let overrides = Overrides { course, ..Overrides::of(plan) };
        let recovers = overrides.recovers();
        overrides.put_into(&mut setup);
        let mut lab = match Lab::with_services(setup, schedule.snapshots, Checks::All) {
            Ok(lab) => lab,
            Err(failure) => return failed_setup(failure),
        };
        let (mut verdict, mut unused) = stage::play(&mut lab, schedule);
        if recovers && lab.world().has_branched() {
            verdict = lab.recovery_phase(part_of(schedule.scope));
        }
        look(&mut lab);
        unused.extend(unused_fates(plan, &mut lab));
        Run { unused, ..finished(&mut lab, verdict) }
    }
}

impl<N: Node> Player for NodePlayer<N> {
    /// # Panics
    /// When the plan's scenario is not in the registry.
    fn play(&self, plan: &Plan, recording: Recording) -> Run {
        self.play_until(plan, recording, Course::Planned, &mut |_| {})
    }
}

impl<N: Node> Brancher for NodePlayer<N> {
    /// # Panics
    /// When the plan's scenario is not in the registry.
    fn branch(&self, plan: &Plan, branch: Branch) -> Run {
        self.play_until(plan, Recording::Off, Course::Branches(branch), &mut |_| {})
    }
}

impl<N: Node> Inspector for NodePlayer<N> {
    /// # Panics
    /// When the plan's scenario is not in the registry.
    fn inspect(&self, plan: &Plan, at: &[Time]) -> Inspection {
        let (mut states, mut has_ended) = (Vec::<WorldState>::new(), true);
        let course = Course::Looks(at.to_vec());
        // Recorded, because commands have their names from the proposals before.
        let run = self.play_until(plan, Recording::On, course, &mut |lab| {
            states = lab.world().take_looks();
            has_ended = states.len() < at.len();
            if has_ended {
                states.push(lab.world().look());
            }
        });
        let commands = run.story.map(|story| story.commands()).unwrap_or_default();
        let states = states.into_iter().map(|state| state.naming(&commands)).collect();
        Inspection { states, ended: has_ended.then_some(run.verdict) }
    }
}

/// How far a run is as its plan says.
#[derive(Default)]
pub(crate) enum Course {
    /// To its end.
    #[default]
    Planned,
    /// Until it leaves its course.
    Branches(Branch),
    /// Through everything that happens at the last of these moments, where it ends.
    Looks(Vec<Time>),
}

/// The part of the lab whose recovery phase a plan of this scope must pass.
fn part_of(scope: Scope) -> Part {
    match scope {
        Scope::Elections => Part::A,
        Scope::Log | Scope::Disk | Scope::Snapshots => Part::D,
    }
}

/// The parts of a plan that change the setup of a world.
#[derive(Default)]
pub(crate) struct Overrides {
    closed: bool,
    fates: BTreeMap<MessageName, Fate>,
    failures: BTreeMap<MessageName, Duration>,
    course: Course,
}

impl Overrides {
    fn of(plan: &Plan) -> Self {
        let mut overrides = Self { closed: plan.closed, ..Self::default() };
        for (&name, &fate) in &plan.fates {
            let fate = match fate {
                Override::Fate(fate) => fate,
                Override::Fails(after) => {
                    overrides.failures.insert(name, after);
                    Fate::Drop(Cause::Lost)
                }
            };
            overrides.fates.insert(name, fate);
        }
        overrides
    }

    pub(crate) fn put_into<N: Node>(self, setup: &mut Setup<N>) {
        setup.closed = self.closed;
        setup.fates = self.fates;
        setup.failures = self.failures;
        match self.course {
            Course::Planned => {}
            Course::Branches(branch) => setup.branch = Some(branch),
            Course::Looks(at) => setup.looks = at,
        }
    }

    /// Whether the run ends where it leaves its course, and the recovery phase follows.
    pub(crate) fn recovers(&self) -> bool {
        matches!(self.course, Course::Branches(Branch { ends: true, .. }))
    }
}

/// The fates of a plan that had no effect: a line for each, with the reason.
fn unused_fates<N: Node>(plan: &Plan, lab: &mut Lab<N>) -> Vec<String> {
    let unused = lab.world().unused();
    let why = |&NamedOverride { message, fate }: &NamedOverride| {
        let is_sent = lab.cluster().handed(message.from, message.to) > message.seq;
        match fate {
            _ if !is_sent => "it was never sent",
            Override::Fails(_) => "it belongs to no call that failed",
            Override::Fate(_) => {
                "its link was cut, its receiver was down, or all faults had stopped"
            }
        }
    };
    unused
        .iter()
        .filter_map(|&message| Some(NamedOverride { message, fate: *plan.fates.get(&message)? }))
        .map(|named| format!("{named}: {}", why(&named)))
        .collect()
}
