//! One seed of one scenario on one node.

use std::collections::BTreeMap;
use std::mem;

use raftsim_explore::{Measures, Run, Runner, Story};
use raftsim_node::{Node, Time};
use raftsim_oracles::{Committed, History, Judged, Oracles};
use raftsim_plan::{Conditions, Override, Snapshots};
use raftsim_sim::{
    Commands, Delays, Failure, LinkSettings, MessageName, Moment, Plain, RecordOf, Recording, Row,
    ServerState, Setup, TimerSet, guarded,
};

use crate::checks::Checks;
use crate::lab::Lab;
use crate::lab::applied::SNAPSHOT_INTERVAL;
use crate::own::Suite;
use crate::play::Overrides;
use crate::scenario::Scenario;
use crate::settings::Settings;

/// Runs a scenario on a node with given settings.
#[derive(Debug)]
pub struct NodeRunner<N: Node> {
    scenario: Scenario<N>,
    settings: Settings<N::Config>,
    suite: Suite<N>,
    calm: bool,
    checks: Checks,
    conditions: Conditions,
}

impl<N: Node> NodeRunner<N> {
    /// A runner of this scenario, with these settings on every server, followed by the recovery
    /// phase, under all checks.
    pub fn new(scenario: Scenario<N>, config: N::Config) -> Self {
        Self::sharing(scenario, Settings::new(config))
    }

    /// The same with settings that others use too.
    pub fn sharing(scenario: Scenario<N>, settings: Settings<N::Config>) -> Self {
        Self::of(scenario, settings, Suite::new())
    }

    /// The same, whose runs the invariants of a suite judge too: see [`crate::NodePlayer::runner`].
    pub(crate) fn of(
        scenario: Scenario<N>,
        settings: Settings<N::Config>,
        suite: Suite<N>,
    ) -> Self {
        let conditions = Conditions::default();
        Self { scenario, settings, suite, calm: true, checks: Checks::All, conditions }
    }

    /// The same runner, with the recovery phase or without.
    #[must_use]
    pub fn with_recovery(self, calm: bool) -> Self {
        Self { calm, ..self }
    }

    /// The same runner, with these checks. The Go lab has no recovery phase: with [`Checks::Lab`]
    /// there is none.
    #[must_use]
    pub fn with_checks(self, checks: Checks) -> Self {
        Self { checks, ..self }
    }

    /// The same runner, under these conditions.
    ///
    /// # Panics
    /// If the scenario does not run under them: see [`crate::ScenarioInfo::refuses`].
    #[must_use]
    pub fn under(self, conditions: Conditions) -> Self {
        let refused = self.scenario.info.refuses(&conditions);
        assert!(refused.is_none(), "the scenario does not run so: {}", refused.unwrap_or_default());
        Self { conditions, ..self }
    }

    #[expect(clippy::inline_always, reason = "a lab is large, and would be copied to the caller")]
    #[inline(always)]
    fn lab(
        &self,
        seed: u64,
        recording: Recording,
        overrides: Overrides,
    ) -> Result<Lab<N>, Failure> {
        let mut setup = self.setup(seed, recording)?;
        overrides.put_into(&mut setup);
        let snapshots = if self.scenario.info.snapshots {
            Snapshots::Every(SNAPSHOT_INTERVAL)
        } else {
            Snapshots::Never
        };
        let judges = self.checks.judges(setup.configs.len(), &self.suite)?;
        let Conditions { network, delays, .. } = &self.conditions;
        let mut lab = if network.is_none() && delays.is_none() {
            Lab::with_services(setup, snapshots, judges)?
        } else {
            Lab::on_terrain(setup, snapshots, judges, &self.conditions)?
        };
        let longer = Setup::<N>::LIMIT * (lab.pace().times() - 1);
        lab.world().extend(longer);
        Ok(lab)
    }

    fn setup(&self, seed: u64, recording: Recording) -> Result<Setup<N>, Failure> {
        let info = &self.scenario.info;
        let configs = self.settings.for_servers(info.servers_under(&self.conditions))?;
        let mut setup = Setup::with_configs(info.name, seed, configs);
        setup.network = LinkSettings::labrpc(info.unreliable, false, true);
        setup.recording = recording;
        setup.shows_disks = self.checks != Checks::Blind;
        Ok(setup)
    }

    /// Runs a seed with the overrides of a plan; `unused` returns those that had no effect.
    pub(crate) fn run_with(
        &self,
        seed: u64,
        recording: Recording,
        overrides: Overrides,
        unused: impl FnOnce(&mut Lab<N>) -> Vec<String>,
    ) -> Run {
        let recovers = overrides.recovers();
        let mut lab = match self.lab(seed, recording, overrides) {
            Ok(lab) => lab,
            Err(failure) => return failed_setup(failure),
        };
        let (scenario, part) = (&self.scenario, self.scenario.info.part);
        let calms_down = |lab: &mut Lab<N>| scenario.guarded(lab, |lab| lab.recovery_phase(part));
        let mut verdict = scenario.play(&mut lab);
        if self.calm && self.checks != Checks::Lab && verdict.is_ok() {
            verdict = calms_down(&mut lab);
        }
        // The run ended where it left its course: in the scenario, or in its recovery phase.
        if recovers && lab.world().has_branched() {
            verdict = calms_down(&mut lab);
        }
        let unused = unused(&mut lab);
        let suspects = self.suite.suspects(self.scenario.info.is_own);
        Run { unused, suspects, ..finished(&mut lab, verdict) }
    }
}

impl<N: Node> Runner for NodeRunner<N> {
    fn run(&self, seed: u64, recording: Recording) -> Run {
        self.run_with(seed, recording, Overrides::default(), |_| vec![])
    }
}

/// What was recorded of a run.
struct Recorded<N: Node> {
    records: Vec<RecordOf<N>>,
    timers: Vec<TimerSet>,
    missing: u64,
    /// The network at first.
    network: LinkSettings,
    delays: Option<Delays>,
    /// The state of each server at the end.
    servers: Vec<ServerState>,
    /// What the oracles know to be committed; nothing if none judged the run.
    history: History,
}

impl<N: Node> Recorded<N> {
    fn of(lab: &mut Lab<N>, history: History, servers: Vec<ServerState>) -> Self {
        let (network, delays) = (lab.first_network(), lab.delays().cloned());
        let world = lab.world();
        let missing = world.trace().missing();
        let (records, timers) = (world.take_records(), world.take_timers());
        Self { records, timers, missing, network, delays, servers, history }
    }
}

impl<N: Node> Story for Recorded<N> {
    fn rows(&self) -> Vec<Row> {
        self.records.rows()
    }

    fn commands(&self) -> Commands {
        self.records.commands()
    }

    fn servers(&self) -> &[ServerState] {
        &self.servers
    }

    fn fates(&self) -> BTreeMap<MessageName, Override> {
        self.records.fates()
    }

    fn moments(&self, visit: &mut dyn FnMut(Moment)) {
        Plain::<N>::new(self.servers.len()).visit(&self.records, &self.timers, visit);
    }

    fn measures(&self) -> Measures {
        Measures::of(&self.records, self.network, self.delays.clone())
    }

    fn events(&self) -> u64 {
        self.records.iter().filter(|record| record.what.is_event()).count() as u64
    }

    fn committed(&self) -> &[Committed] {
        self.history.committed()
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

impl<N: Node> Drop for Recorded<N> {
    /// Drops the records under guard, one by one, since they have values of the node's own.
    fn drop(&mut self) {
        let records = &mut self.records;
        if guarded(|| while records.pop().is_some() {}).is_err() {
            mem::forget(mem::take(records));
        }
    }
}

/// The result of a run whose scenario ended with this verdict.
pub(crate) fn finished<N: Node>(lab: &mut Lab<N>, verdict: Result<(), Failure>) -> Run {
    let world = lab.world();
    let roles = world.cluster().ids().map(|node| world.cluster().status(node));
    let roles = roles.map(|status| status.map(|status| status.role)).collect();
    let is_recorded = world.trace().is_recording();
    let servers = if is_recorded { world.look_at_servers() } else { vec![] };
    let verdict = verdict.and_then(|()| world.finish());
    let verdict = verdict.map_err(|failure| {
        if is_recorded { failure.naming(&Commands::of(world.trace().records())) } else { failure }
    });
    Run {
        verdict,
        events: world.meters().events,
        virtual_time: world.now(),
        digest: world.trace().digest(),
        judged: world.watch().oracles().map(Oracles::judged).unwrap_or_default(),
        roles,
        unused: vec![],
        crash_points: 0,
        suspects: None,
        story: is_recorded.then(|| {
            let history = lab.world().watch().oracles().map(|oracles| oracles.history().clone());
            let history = history.unwrap_or_default();
            Box::new(Recorded::of(lab, history, servers)) as Box<dyn Story>
        }),
    }
}

/// The result of a run whose cluster could not be set up.
pub(crate) fn failed_setup(failure: Failure) -> Run {
    Run {
        verdict: Err(failure),
        events: 0,
        virtual_time: Time::ZERO,
        digest: 0,
        judged: Judged::default(),
        roles: vec![],
        unused: vec![],
        story: None,
        crash_points: 0,
        suspects: None,
    }
}
