//! Plays plans on a node.
//!
//! | module | owns |
//! |---|---|
//! | `stage` | a schedule's steps, done in order of time |
//! | `ending` | what follows the steps: all faults stop, and the cluster must still be alive |
//! | `load` | an ending in which commands are proposed |
//! | `quiet` | an ending in which nothing is proposed |
//! | `short` | logs that snapshots keep short, once the servers agree |
//! | `standing` | an ending in which all faults stand |

use std::any::type_name;
use std::collections::BTreeMap;

use raftsim_explore::{Brancher, Inspection, Inspector, Player, Run};
use raftsim_node::{Duration, Node, Time};
use raftsim_plan::{NamedOverride, Override, Plan, PlanError, Schedule, Scope, Target, TextError};
use raftsim_sim::{Branch, Cause, Fate, Gap, MessageName, Recording, Setup, WorldState};

use crate::checks::Checks;
use crate::info::ScenarioInfo;
use crate::kept::playable;
use crate::lab::Lab;
use crate::own::Suite;
use crate::part::Part;
use crate::registry::{SCENARIOS, scenario};
use crate::run::{NodeRunner, failed_setup, finished};
use crate::scenario::Scenario;
use crate::settings::Settings;
use crate::testing::node_name;

mod ending;
mod load;
mod quiet;
mod short;
mod stage;
pub(crate) mod standing;

/// Plays plans on a node.
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
    built_in: fn(&str) -> Option<Scenario<N>>,
    suite: Suite<N>,
    checks: Checks,
}

impl<N: Node> NodePlayer<N> {
    /// A player of plans on servers with these settings.
    pub fn new(config: N::Config) -> Self {
        Self::sharing(Settings::new(config))
    }

    /// The same with settings that others use too.
    pub fn sharing(settings: Settings<N::Config>) -> Self {
        Self { settings, built_in: scenario, suite: Suite::new(), checks: Checks::All }
    }

    /// A player of plans with steps of their own, on servers with these settings. A program that has
    /// no other player of this node has no code for the built-in scenarios.
    pub fn of_schedules(config: N::Config) -> Self {
        Self { built_in: |_| None, ..Self::new(config) }
    }

    /// The same player, with these checks.
    #[must_use]
    pub fn with_checks(self, checks: Checks) -> Self {
        Self { checks, ..self }
    }

    /// The same player, which also has the scenarios of this suite, and whose runs its invariants
    /// judge too.
    #[must_use]
    pub fn with_suite(self, suite: Suite<N>) -> Self {
        Self { suite, ..self }
    }

    /// The scenario of this name; `None` if the player has no code for it.
    pub(crate) fn scenario(&self, name: &str) -> Option<Scenario<N>> {
        (self.built_in)(name).or_else(|| self.suite.find(name))
    }

    /// The runner of the seeds of the scenario of this name, which the invariants of the suite judge too;
    /// `None` if the player has no code for it.
    pub fn runner(&self, name: &str) -> Option<NodeRunner<N>> {
        self.scenario(name).map(|scenario| self.running(scenario))
    }

    /// The runner of the seeds of this scenario.
    pub(crate) fn running(&self, scenario: Scenario<N>) -> NodeRunner<N> {
        let runner = NodeRunner::of(scenario, self.settings.clone(), self.suite.clone());
        runner.with_checks(self.checks)
    }

    /// The plan in the text of a file, which this player can play whatever node it names.
    ///
    /// # Errors
    /// If it is no plan, or none that this player can play: see [`playable`].
    pub(crate) fn read(&self, text: &str) -> Result<Plan, PlanError> {
        let plan = Plan::read(text)?;
        let node = node_name(type_name::<N>());
        let claims = self.settings.claims(N::claims);
        playable(&plan, text, (&node, &claims), |name| self.known(name))?;
        Ok(plan)
    }

    /// The description of the scenario of this name, if the player has its code.
    fn known(&self, name: &str) -> Result<ScenarioInfo, TextError> {
        if let Some(scenario) = self.scenario(name) {
            return Ok(scenario.info);
        }
        if SCENARIOS.iter().any(|info| info.name == name) {
            let why = format!("it is a seed of {name}, which the test of that scenario runs");
            return Err(TextError::new(why));
        }
        let built_in = SCENARIOS.iter().filter(|info| (self.built_in)(info.name).is_some());
        let known: Vec<&str> = built_in.chain(self.suite.scenarios()).map(|it| it.name).collect();
        let own = "one of your own is known where its suite is given: `with suite`";
        Err(TextError::unlisted("scenario", name, &known, own))
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
            Target::Scenario { name, calm, conditions } => {
                let runner = self.runner(name);
                let runner = runner.expect("the plan names a scenario that the player has");
                let overrides = Overrides { course, ..Overrides::of(plan) };
                let runner = runner.with_recovery(*calm).under(conditions.clone());
                runner.run_with(plan.seed, recording, overrides, |lab| {
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
        setup.delays.clone_from(&schedule.delays);
        setup.limit = schedule.length;
        setup.recording = recording;
        setup.shows_disks = self.checks != Checks::Blind;
        let overrides = Overrides { course, ..Overrides::of(plan) };
        let recovers = overrides.recovers();
        overrides.put_into(&mut setup);
        let judges = self.checks.judges(setup.configs.len(), &self.suite);
        let made =
            judges.and_then(|judges| Lab::with_services(setup, schedule.snapshots.clone(), judges));
        let mut lab = match made {
            Ok(lab) => lab,
            Err(failure) => return failed_setup(failure),
        };
        let (mut verdict, mut unused) = stage::play(&mut lab, schedule);
        if recovers && lab.world().has_branched() {
            verdict = lab.recovery_phase(part_of(schedule.scope));
        }
        look(&mut lab);
        unused.extend(unused_fates(plan, &mut lab));
        let suspects = self.suite.suspects(false);
        Run { unused, suspects, ..finished(&mut lab, verdict) }
    }
}

impl<N: Node> Player for NodePlayer<N> {
    /// # Panics
    /// When the player does not have the plan's scenario.
    fn play(&self, plan: &Plan, recording: Recording) -> Run {
        self.play_until(plan, recording, Course::Planned, &mut |_| {})
    }

    /// # Panics
    /// When the player does not have the plan's scenario.
    fn play_for_gaps(&self, plan: &Plan) -> (Run, Vec<Gap>) {
        let mut gaps = vec![];
        let run = self.play_until(plan, Recording::Off, Course::NotesGaps, &mut |lab| {
            gaps = lab.world().take_gaps();
        });
        (run, gaps)
    }
}

impl<N: Node> Brancher for NodePlayer<N> {
    /// # Panics
    /// When the player does not have the plan's scenario.
    fn branch(&self, plan: &Plan, branch: Branch) -> Run {
        self.play_until(plan, Recording::Off, Course::Branches(branch), &mut |_| {})
    }
}

impl<N: Node> Inspector for NodePlayer<N> {
    /// # Panics
    /// When the player does not have the plan's scenario.
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
    /// To its end, and the world notes the gaps between two writes of one list.
    NotesGaps,
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
            Course::NotesGaps => setup.notes_gaps = true,
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
