//! The nodes that a command can test, their types erased.

use raftsim_explore::{Player, Runner, Shown};
use raftsim_node::{Claims, Disk, Node};
use raftsim_sim::guarded;
use sim_scenarios::testing::node_name;
use sim_scenarios::{NodePlayer, NodeRunner, Part, ScenarioInfo, scenario};

/// A node under test, by name. Make a list of them with [`crate::nodes!`].
#[derive(Clone, Debug)]
pub struct NodeEntry {
    name: String,
    claims: fn() -> Claims,
    has_view: fn() -> bool,
    runner: fn(&str, bool) -> Option<Box<dyn Runner>>,
    player: fn() -> Box<dyn Player>,
    part: Part,
}

impl NodeEntry {
    /// A node under a name of its own.
    pub fn new<N: Node>(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            claims: || guarded(|| N::claims(&N::Config::default())).unwrap_or_default(),
            has_view: || guarded(|| N::Disk::default().view().is_some()).unwrap_or(false),
            runner: |name, calm| {
                let runner = NodeRunner::<N>::new(scenario(name)?, N::Config::default());
                Some(Box::new(runner.with_calm(calm)))
            },
            player: || Box::new(NodePlayer::<N>::new(N::Config::default())),
            part: Part::D,
        }
    }

    /// The same, for a node that does the lab only up to this part: `fuzz` asks no more of it.
    #[must_use]
    pub fn up_to(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// A node under its type's name in kebab case: `MyRaft` is `my-raft`, and so is
    /// `mine::MyRaft<Disk>`.
    pub fn of_type<N: Node>(path: &str) -> Self {
        Self::new::<N>(&node_name(path))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is anything to check for it in a scenario.
    pub(crate) fn takes(&self, info: &ScenarioInfo) -> bool {
        info.needs.is_none_or(|claim| claim.is_made(&(self.claims)()))
    }

    /// What it gives the oracles to judge.
    pub(crate) fn shown(&self) -> Shown {
        let steps_down = (self.claims)().steps_down_within.is_some();
        Shown { view: (self.has_view)(), steps_down }
    }

    /// What runs a scenario's seeds, with the calm phase or without.
    pub(crate) fn runner(&self, info: &ScenarioInfo, calm: bool) -> Box<dyn Runner> {
        (self.runner)(info.name, calm).expect("a scenario of the registry has a body")
    }

    /// What plays plans.
    pub(crate) fn player(&self) -> Box<dyn Player> {
        (self.player)()
    }

    /// Up to which part it does the lab.
    pub(crate) fn part(&self) -> Part {
        self.part
    }
}

/// A list of nodes for [`crate::main_with`]: `nodes![MyRaft]`, or with names of your own:
/// `nodes!["mine" => MyRaft, "theirs" => other::Raft]`.
#[macro_export]
macro_rules! nodes {
    ($($name:literal => $node:ty),+ $(,)?) => {
        vec![$($crate::NodeEntry::new::<$node>($name)),+]
    };
    ($($node:ty),+ $(,)?) => {
        vec![$($crate::NodeEntry::of_type::<$node>(stringify!($node))),+]
    };
}
