//! Scenarios and invariants of a user's own, which are registered with a node.

use std::fmt;
use std::sync::Arc;

use raftsim_node::Node;
use raftsim_sim::{Failure, Property, Watch, property};

use crate::checks::Judge;
use crate::info::ScenarioInfo;
use crate::registry::SCENARIOS;
use crate::scenario::Scenario;

/// What a node is tested with besides the built-in scenarios and oracles: scenarios and invariants
/// of your own. A function that returns it is given to [`labs!`](crate::labs!),
/// [`fuzz!`](crate::fuzz!) and [`regressions!`](crate::regressions!), and its result to the node's
/// entry in the command.
///
/// A scenario is run, replayed and shrunk as built-in ones are. An invariant is a [`Watch`], which
/// sees after every event what happened and how the cluster is, in every run of the node: in
/// built-in scenarios, in your own, and in plans.
///
/// ```
/// use raftsim_node::Duration;
/// use raftsim_raft::Raft;
/// use raftsim_sim::{Cluster, Fact, Failure, Property, Record, Seen, Watch};
/// use sim_scenarios::{Lab, Part, Scenario, Suite};
///
/// pub fn suite() -> Suite<Raft> {
///     let about = "a server that was cut off follows the leader again";
///     Suite::new()
///         .scenario(Scenario::new("cut_off_and_back", Part::A, about, cut_off_and_back).servers(5))
///         .invariant(FEW_TERMS, || FewTerms)
/// }
///
/// fn cut_off_and_back(lab: &mut Lab<Raft>) -> Result<(), Failure> {
///     let leader = lab.check_one_leader()?;
///     let other = lab.next(leader, 1);
///     lab.disconnect(other)?;
///     lab.sleep(Duration::from_secs(2))?;
///     lab.connect(other)?;
///     lab.check_one_leader().map(drop)
/// }
///
/// const FEW_TERMS: Property = Property::new("few terms");
///
/// struct FewTerms;
///
/// impl Watch<Raft> for FewTerms {
///     fn observe(
///         &mut self,
///         cluster: &Cluster<Raft>,
///         record: &Record<Seen<'_, Raft>>,
///     ) -> Result<(), Failure> {
///         let Some(node) = record.node else { return Ok(()) };
///         match cluster.status(node) {
///             Some(status) if status.term > 1_000 => {
///                 let seen = Fact::new(format!("{node} is in term {}", status.term)).by(node);
///                 let facts = [Fact::new("no term is above 1000"), seen];
///                 Err(Failure::violation(FEW_TERMS, cluster.now(), facts))
///             }
///             Some(_) | None => Ok(()),
///         }
///     }
/// }
/// # let names: Vec<_> = suite().scenarios().map(|info| info.name).collect();
/// # assert_eq!(names, ["cut_off_and_back"]);
/// ```
pub struct Suite<N: Node> {
    scenarios: Vec<Scenario<N>>,
    invariants: Vec<Invariant<N>>,
}

/// An invariant: its name, and what makes its watch for a run.
struct Invariant<N: Node> {
    property: Property,
    watch: Arc<dyn Fn() -> Box<dyn Watch<N>> + Send + Sync>,
}

impl<N: Node> Suite<N> {
    /// Nothing besides the built-in scenarios and oracles.
    pub const fn new() -> Self {
        Self { scenarios: vec![], invariants: vec![] }
    }

    /// The same with this scenario too.
    ///
    /// # Panics
    /// If a scenario or a property has its name, built in or of this suite, if its name cannot be that of
    /// a test, if its description is not one line of up to 100 characters, or if it runs with any number
    /// of servers from one on that is more than it has itself.
    #[must_use]
    #[track_caller]
    pub fn scenario(mut self, scenario: Scenario<N>) -> Self {
        let ScenarioInfo { name, about, servers, any_from, .. } = scenario.info;
        let is_start = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let is_word = name.starts_with(is_start)
            && name.chars().all(|letter| is_start(letter) || letter.is_ascii_digit());
        assert!(
            is_word,
            "a scenario is named `{name}`, but should have the name of a test: small letters, \
             digits and `_`"
        );
        self.check_name(name);
        assert!(
            is_line(about) && about.chars().count() <= ABOUT,
            "the scenario `{name}` is described by {about:?}, but should be by one line of up to \
             {ABOUT} characters"
        );
        let least = any_from.unwrap_or(1);
        assert!(
            (1..=servers).contains(&least),
            "the scenario `{name}` has {servers} servers, and so runs with any number from 1 to \
             {servers} on, not from {least}"
        );
        self.scenarios.push(scenario);
        self
    }

    /// The same with this invariant too. `watch` makes what looks on at one run; the first failure
    /// that this returns ends the run, as one against `property`. A panic of its code does so, too.
    ///
    /// At each event the invariants judge first, and then the oracles: of two properties that break at
    /// once, yours is reported. An invariant must depend on nothing but what it sees, so that the same
    /// seed is always the same run. It sees no notes and no output.
    ///
    /// # Panics
    /// If a property or a scenario has the name, built in or of this suite, or if the name is not one
    /// line of text.
    #[must_use]
    #[track_caller]
    pub fn invariant<W: Watch<N>>(
        mut self,
        property: Property,
        watch: impl Fn() -> W + Send + Sync + 'static,
    ) -> Self {
        let name = property.name();
        assert!(
            is_line(name),
            "an invariant is named {name:?}, but should have one line of text as name"
        );
        self.check_name(name);
        let watch = Arc::new(move || Box::new(watch()) as Box<dyn Watch<N>>);
        self.invariants.push(Invariant { property, watch });
        self
    }

    /// Panics if something has this name already.
    #[track_caller]
    fn check_name(&self, name: &str) {
        let is_property = property::ALL.iter().any(|property| property.name() == name);
        let is_scenario = SCENARIOS.iter().any(|info| info.is_called(name));
        let is_invariant = self.invariants.iter().any(|it| it.property.name() == name);
        let taken = if is_property {
            "a built-in property"
        } else if is_scenario {
            "a built-in scenario"
        } else if self.find(name).is_some() {
            "a scenario of the suite already"
        } else if is_invariant {
            "an invariant of the suite already"
        } else {
            return;
        };
        panic!("`{name}` is {taken}: give yours another name");
    }

    /// The descriptions of its scenarios.
    pub fn scenarios(&self) -> impl Iterator<Item = &ScenarioInfo> {
        self.scenarios.iter().map(|scenario| &scenario.info)
    }

    /// The properties of its invariants.
    pub fn properties(&self) -> impl Iterator<Item = Property> {
        self.invariants.iter().map(|it| it.property)
    }

    /// The scenario of this name; `None` if it has none.
    pub fn find(&self, name: &str) -> Option<Scenario<N>> {
        self.scenarios.iter().find(|scenario| scenario.info.name == name).copied()
    }

    /// Whose code decides a run, if that is not the node's alone: the scenario is one of the suite, or
    /// invariants judge.
    pub(crate) fn suspects(&self, is_own: bool) -> Option<&'static str> {
        match (is_own, self.invariants.is_empty()) {
            (false, true) => None,
            (true, true) => Some("the node or the scenario"),
            (false, false) => Some("the node or an invariant"),
            (true, false) => Some("the node, the scenario or an invariant"),
        }
    }

    /// The invariants, as they look on at one run.
    pub(crate) fn judges(&self) -> impl Iterator<Item = Result<Judge<N>, Failure>> {
        self.invariants.iter().map(|it| Judge::made(it.property, &*it.watch))
    }
}

/// The length of a scenario's description at most, in characters: `list` has a line for each.
const ABOUT: usize = 100;

/// Whether a text is one line that is not blank.
fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(char::is_control)
}

impl<N: Node> Default for Suite<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<N: Node> Clone for Suite<N> {
    fn clone(&self) -> Self {
        let invariant =
            |it: &Invariant<N>| Invariant { property: it.property, watch: Arc::clone(&it.watch) };
        Self {
            scenarios: self.scenarios.clone(),
            invariants: self.invariants.iter().map(invariant).collect(),
        }
    }
}

impl<N: Node> fmt::Debug for Suite<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.scenarios().map(|info| info.name).collect();
        let properties: Vec<&str> = self.properties().map(Property::name).collect();
        out.debug_struct("Suite")
            .field("scenarios", &names)
            .field("invariants", &properties)
            .finish()
    }
}
