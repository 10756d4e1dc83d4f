//! The methods of searching for a bug.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use raftsim_explore::{
    Chance, CrashPoints, Fuzz, HarnessPanic, Hunt, Hunting, Runner, SweepListener, hunt, name_runs,
    proves,
};
use raftsim_node::Node as _;
use raftsim_plan::{Drawing, Scope, TextError};
use raftsim_sim::Failure;
use raftsim_specimens::mutant::{Config, Control, Mutation};
use sim_scenarios::{LabSuite, NodePlayer, NodeRunner, SCENARIOS, ScenarioInfo, scenario};

/// How far apart the seeds of independent searches begin.
const APART: u64 = 1 << 32;

/// A search method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchMethod {
    /// Plans, each with its own kinds of faults.
    Fuzz,
    /// Plans, each with all kinds of faults.
    Uniform,
    /// The Go lab's suite: one run is each of its tests once, judged by what the lab itself checks.
    GoLab,
    /// A scenario's seeds.
    Scenario(&'static ScenarioInfo),
}

impl SearchMethod {
    /// All methods: `fuzz` first, and our scenarios before the lab's.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Self::Fuzz, Self::Uniform, Self::GoLab].into_iter().chain(Self::scenarios())
    }

    /// Each scenario alone, under all checks.
    pub(super) fn scenarios() -> impl Iterator<Item = Self> {
        let ours = SCENARIOS.iter().filter(|info| info.mirrors.is_none());
        let labs = SCENARIOS.iter().filter(|info| info.mirrors.is_some());
        ours.chain(labs).map(Self::Scenario)
    }

    /// Whether this method can judge this bug: its node makes the claim that the scenario checks.
    pub(super) fn suits(self, mutation: Mutation) -> bool {
        match self {
            Self::Fuzz | Self::Uniform | Self::GoLab => true,
            Self::Scenario(info) => info.suits(&Control::claims(&Config::of(mutation))),
        }
    }

    /// How many runs a search takes at most by default: for each method about the same time.
    pub(super) const fn usual_budget(self) -> NonZeroU64 {
        let runs = match self {
            Self::Fuzz | Self::Uniform => 10_000,
            Self::GoLab => 500,
            Self::Scenario(_) => 100,
        };
        NonZeroU64::new(runs).expect("more than none")
    }

    /// Searches for a bug. `start` numbers the independent searches: each has its own seeds, and
    /// this one has made its first `made` runs before. Returns `None` if the listener stops it.
    pub(super) fn hunt(
        self,
        mutation: Mutation,
        start: u64,
        made: u64,
        budget: NonZeroU64,
        listener: &dyn SweepListener,
    ) -> Result<Option<Hunt>, HarnessPanic> {
        let config = Config::of(mutation);
        let hunting = Hunting { from: start * APART, made, budget: budget.get() };
        name_runs(&format!("bugs, {self}, node {}{mutation}", Control::MUTANT));
        let search = |runner: &dyn Runner, counts: fn(&Failure) -> bool| {
            hunt(runner, hunting, |_, failure| Ok(counts(failure)), listener)
        };
        match self {
            Self::Fuzz | Self::Uniform => {
                let swarm = self == Self::Fuzz;
                let stands = Control::claims(&config).copes_with_standing_faults;
                let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm, stands };
                let player = NodePlayer::<Control>::new(config);
                let (node, crash_points) = (Control::NAME, CrashPoints::USUAL);
                let fuzz = Fuzz { player: &player, node, drawing: &drawing, crash_points };
                search(&fuzz, proves)
            }
            // The Go lab treats a missed limit as a failure, whatever its cause.
            Self::GoLab => search(&LabSuite::<Control>::new(&config), |_| true),
            Self::Scenario(info) => {
                let runner = |config| {
                    let scenario = scenario(info.name).expect("the scenario is in the registry");
                    NodeRunner::<Control>::new(scenario, config)
                };
                // The comparison needs all of its seeds, so that a search begins anew.
                let hunting = Hunting { made: 0, ..hunting };
                // A limit that the mutant misses far more often than the same Raft without the
                // mistake counts too.
                let right = runner(Config { mutation: None, ..config });
                let mut chance = Chance::new(&right, hunting.from);
                let counts = |seed, failure: &Failure| {
                    if proves(failure) { Ok(true) } else { chance.is_ruled_out_by(seed) }
                };
                hunt(&runner(config), hunting, counts, listener)
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fuzz => "fuzz",
            Self::Uniform => "uniform",
            Self::GoLab => "go-lab",
            Self::Scenario(info) => info.name,
        }
    }
}

impl fmt::Display for SearchMethod {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl FromStr for SearchMethod {
    type Err = TextError;

    fn from_str(name: &str) -> Result<Self, TextError> {
        let found = Self::all().find(|method| method.name() == name);
        let known: Vec<&str> = Self::all().map(Self::name).collect();
        let hint = "known: fuzz, uniform, go-lab and every scenario that `list` prints";
        found.ok_or_else(|| TextError::unlisted("way", name, &known, hint))
    }
}
