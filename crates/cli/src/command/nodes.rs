//! The nodes that the command can test, with their types erased.

use std::any::{Any, type_name};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use raftsim_explore::{Brancher, Inspector, Player, Runner, Shown};
use raftsim_node::{Claims, Disk, Node, NodeId};
use raftsim_plan::{Conditions, TextError};
use raftsim_sim::{Property, guarded, property};
use sim_scenarios::testing::node_name;
use sim_scenarios::{Checks, NodePlayer, Part, SCENARIOS, ScenarioInfo, Settings, Suite};

/// What the name of a node begins with whose disks the oracles do not read.
pub(crate) const BLIND: &str = "blind:";

/// A node under test, by name. Make a list of them with [`crate::nodes!`].
#[derive(Clone)]
pub struct NodeEntry {
    name: String,
    factory: Arc<dyn NodeFactory>,
    part: Part,
    variants: Option<Variants>,
    version: String,
    blind: bool,
    /// What is wrong with its suite, if that could not be made.
    mistake: Option<String>,
}

/// The variants of a node.
#[derive(Clone)]
struct Variants {
    forms: &'static [Variant],
    read: Arc<ReadVariant>,
}

/// Makes the factory of the variant with this name.
type ReadVariant = dyn Fn(&str) -> Result<Arc<dyn NodeFactory>, String> + Send + Sync;

/// A form that the names of a node's variants have, for lists and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The form, such as `pre-vote` or `timeout=A..B`.
    pub form: &'static str,
    /// What such a variant does, in one line.
    pub about: &'static str,
}

/// How a scenario is run.
#[derive(Clone, Debug)]
pub(crate) struct How {
    /// Whether the recovery phase follows.
    pub(crate) calm: bool,
    pub(crate) checks: Checks,
    /// The cluster on which it runs.
    pub(crate) conditions: Conditions,
}

/// Makes runners and players for one type of node, with certain settings.
trait NodeFactory: Send + Sync {
    fn claims(&self) -> Claims;
    #[cfg(feature = "specimens")]
    fn type_name(&self) -> &'static str;
    fn has_view(&self) -> bool;
    /// The scenarios of its suite.
    fn own_scenarios(&self) -> Vec<ScenarioInfo>;
    /// The properties of its suite's invariants.
    fn own_properties(&self) -> Vec<Property>;
    /// The same nodes with this suite, a `Suite` for nodes of their type; else the error.
    fn with_suite(&self, suite: &dyn Any) -> Result<Arc<dyn NodeFactory>, String>;
    fn runner(&self, scenario: &str, how: How) -> Option<Box<dyn Runner>>;
    fn player(&self, checks: Checks) -> Box<dyn Player>;
    fn brancher(&self, checks: Checks) -> Box<dyn Brancher>;
    fn inspector(&self, checks: Checks) -> Box<dyn Inspector>;
}

/// The factory for nodes of type `N`.
struct Servers<N: Node> {
    settings: Settings<N::Config>,
    suite: Suite<N>,
}

impl<N: Node> Servers<N> {
    fn new(settings: Settings<N::Config>) -> Self {
        Self { settings, suite: Suite::new() }
    }

    fn plays(&self, checks: Checks) -> NodePlayer<N> {
        let player = NodePlayer::sharing(self.settings.clone()).with_checks(checks);
        player.with_suite(self.suite.clone())
    }
}

impl<N: Node> NodeFactory for Servers<N> {
    fn claims(&self) -> Claims {
        self.settings.claims(N::claims)
    }

    #[cfg(feature = "specimens")]
    fn type_name(&self) -> &'static str {
        type_name::<N>()
    }

    fn has_view(&self) -> bool {
        guarded(|| N::Disk::default().view().is_some()).unwrap_or(false)
    }

    fn own_scenarios(&self) -> Vec<ScenarioInfo> {
        self.suite.scenarios().copied().collect()
    }

    fn own_properties(&self) -> Vec<Property> {
        self.suite.properties().collect()
    }

    fn with_suite(&self, suite: &dyn Any) -> Result<Arc<dyn NodeFactory>, String> {
        let own = type_name::<N>();
        let suite = suite.downcast_ref::<Suite<N>>().ok_or_else(|| format!("it is of {own}"))?;
        Ok(Arc::new(Self { settings: self.settings.clone(), suite: suite.clone() }))
    }

    fn runner(&self, name: &str, how: How) -> Option<Box<dyn Runner>> {
        let How { calm, checks, conditions } = how;
        let runner = self.plays(checks).runner(name)?.under(conditions);
        Some(Box::new(runner.with_recovery(calm)))
    }

    fn player(&self, checks: Checks) -> Box<dyn Player> {
        Box::new(self.plays(checks))
    }

    fn brancher(&self, checks: Checks) -> Box<dyn Brancher> {
        Box::new(self.plays(checks))
    }

    fn inspector(&self, checks: Checks) -> Box<dyn Inspector> {
        Box::new(self.plays(checks))
    }
}

impl NodeEntry {
    /// A node with this name and its default settings.
    pub fn new<N: Node>(name: &str) -> Self {
        Self::with_config::<N>(name, N::Config::default())
    }

    /// A node with this name and these settings.
    pub fn with_config<N: Node>(name: &str, config: N::Config) -> Self {
        Self::of_settings::<N>(name, Settings::new(config))
    }

    /// A node with this name whose servers differ in their settings: each has those that `of` returns
    /// for it, always the same. Plans have one to seven servers, unless `fuzz --servers` says
    /// otherwise. What the node claims is what n1 to n7 all claim.
    pub fn with_configs<N: Node>(
        name: &str,
        of: impl Fn(NodeId) -> N::Config + Send + Sync + 'static,
    ) -> Self {
        Self::of_settings::<N>(name, Settings::each(of))
    }

    fn of_settings<N: Node>(name: &str, settings: Settings<N::Config>) -> Self {
        Self {
            name: name.to_owned(),
            factory: Arc::new(Servers::<N>::new(settings)),
            part: Part::D,
            variants: None,
            version: String::new(),
            blind: false,
            mistake: None,
        }
    }

    /// A node with this name, its default settings, and variants: `NAME:VARIANT` is the same node
    /// with the settings that `read` makes of `VARIANT`.
    ///
    /// `forms` lists what `read` accepts. If it does not accept a text, it returns one line that
    /// says what it expected.
    pub fn with_variants<N: Node>(
        name: &str,
        forms: &'static [Variant],
        read: fn(&str) -> Result<N::Config, String>,
    ) -> Self {
        let read = move |text: &str| {
            let factory: Arc<dyn NodeFactory> =
                Arc::new(Servers::<N>::new(Settings::new(read(text)?)));
            Ok(factory)
        };
        let variants = Some(Variants { forms, read: Arc::new(read) });
        Self { variants, ..Self::new::<N>(name) }
    }

    /// The same node, which implements the lab only up to `part`: `fuzz` demands no more of it, and
    /// `run` skips the scenarios of later parts, unless they are named.
    #[must_use]
    pub fn up_to(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// The same node, and each of its variants, with scenarios and invariants of your own. All
    /// commands know the scenarios, and the invariants judge every run of the node.
    ///
    /// # Panics
    /// If the suite is one for nodes of another type.
    #[must_use]
    #[track_caller]
    pub fn with_suite<N: Node>(self, suite: Suite<N>) -> Self {
        let (name, of) = (&self.name, type_name::<N>());
        let factory = self.factory.with_suite(&suite);
        let factory = factory.unwrap_or_else(|why| {
            panic!("the suite is for nodes of the type {of}, but `{name}` is none of them: {why}")
        });
        let variants = self.variants.map(|Variants { forms, read }| {
            let read = move |text: &str| read(text)?.with_suite(&suite);
            Variants { forms, read: Arc::new(read) }
        });
        Self { factory, variants, ..self }
    }

    /// The same with the suite that a function makes. If it panics, the command says what is wrong with
    /// the suite, and does nothing else.
    #[doc(hidden)]
    #[must_use]
    pub fn suite_of<N: Node>(self, make: impl FnOnce() -> Suite<N>) -> Self {
        raftsim_sim::prepare_process();
        match guarded(make) {
            Ok(suite) => self.with_suite(suite),
            Err(panic) => Self { mistake: Some(format!("the suite: {panic}")), ..self },
        }
    }

    /// What is wrong with its suite; `None` if it has one, or needs none.
    pub(crate) fn mistake(&self) -> Option<&str> {
        self.mistake.as_deref()
    }

    /// The same node, made of something that may change while this program stays the same, such as
    /// sources that it compiles: `version` changes with it. `--state` goes on only with the same
    /// version.
    #[must_use]
    pub fn with_version(self, version: String) -> Self {
        Self { version, ..self }
    }

    /// A node named after its type, in kebab case: `my-raft` for `MyRaft` and for
    /// `mine::MyRaft<Disk>`.
    pub fn of_type<N: Node>(path: &str) -> Self {
        Self::new::<N>(&node_name(path))
    }

    /// The variant that is called `name`, if `name` is that of a variant of this node.
    pub(crate) fn variant(&self, name: &str) -> Option<Result<Self, TextError>> {
        let Variants { read, .. } = self.variants.as_ref()?;
        let text = name.strip_prefix(&self.name)?.strip_prefix(':')?;
        let variant = read(text).map(|factory| Self {
            name: name.to_owned(),
            factory,
            part: self.part,
            variants: None,
            version: self.version.clone(),
            blind: self.blind,
            mistake: self.mistake.clone(),
        });
        Some(variant.map_err(|why| TextError::new(format!("{name}: {why}"))))
    }

    /// The forms of its variants' names.
    pub(crate) fn variants(&self) -> &'static [Variant] {
        self.variants.as_ref().map_or(&[], |variants| variants.forms)
    }

    /// The same node, whose disks the oracles do not read.
    pub(crate) fn blind(self) -> Self {
        if self.blind {
            return self;
        }
        Self { name: format!("{BLIND}{}", self.name), blind: true, ..self }
    }

    /// The checks that judge it, if these are asked for.
    fn checks(&self, asked: Checks) -> Checks {
        match asked {
            Checks::All if self.blind => Checks::Blind,
            Checks::All | Checks::Lab | Checks::Blind => asked,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scenarios that it can run: the built-in ones, then its own.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = ScenarioInfo> {
        SCENARIOS.iter().copied().chain(self.factory.own_scenarios())
    }

    /// The properties that its runs may break, the built-in ones and those of its own invariants. A
    /// scenario of its own may break others.
    pub(crate) fn properties(&self) -> impl Iterator<Item = Property> {
        property::ALL.iter().copied().chain(self.factory.own_properties())
    }

    /// Whether the node makes the claim that the scenario checks, or the scenario checks none.
    pub(crate) fn takes(&self, info: &ScenarioInfo) -> bool {
        info.suits(&self.claims())
    }

    /// What the node claims.
    pub(crate) fn claims(&self) -> Claims {
        self.factory.claims()
    }

    /// The path of the node's type.
    #[cfg(feature = "specimens")]
    pub(crate) fn type_name(&self) -> &'static str {
        self.factory.type_name()
    }

    /// What the node shows to the oracles.
    pub(crate) fn shown(&self) -> Shown {
        Shown { view: !self.blind && self.factory.has_view(), claims: self.claims() }
    }

    /// The runner of a scenario's seeds.
    pub(crate) fn runner(&self, info: &ScenarioInfo, how: How) -> Box<dyn Runner> {
        let how = How { checks: self.checks(how.checks), ..how };
        let runner = self.factory.runner(info.name, how);
        runner.expect("the node has this scenario")
    }

    /// The player of plans.
    pub(crate) fn player(&self) -> Box<dyn Player> {
        self.factory.player(self.checks(Checks::All))
    }

    /// The player of plans that leave their course.
    pub(crate) fn brancher(&self) -> Box<dyn Brancher> {
        self.factory.brancher(self.checks(Checks::All))
    }

    /// The player of plans up to a moment, which shows the state there.
    pub(crate) fn inspector(&self) -> Box<dyn Inspector> {
        self.factory.inspector(self.checks(Checks::All))
    }

    /// What changes with what the node is made of; empty if that is this program alone.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The part up to which it implements the lab.
    pub(crate) fn part(&self) -> Part {
        self.part
    }
}

// Nothing in it ever changes, so that no panic can leave it half changed.
impl UnwindSafe for NodeEntry {}
impl RefUnwindSafe for NodeEntry {}

impl fmt::Debug for NodeEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, part, .. } = self;
        out.debug_struct("NodeEntry")
            .field("name", name)
            .field("part", part)
            .finish_non_exhaustive()
    }
}

/// A list of nodes for [`crate::main_with`]: `nodes![MyRaft]`, or with names of your own:
/// `nodes!["mine" => MyRaft, "theirs" => other::Raft]`. After a single node there may be a function
/// that returns its [`Suite`](crate::Suite): `nodes![MyRaft, with suite]`.
#[macro_export]
macro_rules! nodes {
    ($node:ty, with $($name:ident)::+ () $($rest:tt)*) => {
        compile_error!(
            "`with` takes the path of a function, and not a call of it: leave out `()` after `with suite`"
        )
    };
    ($node:ty, with $suite:path) => {
        vec![$crate::NodeEntry::of_type::<$node>(stringify!($node)).suite_of::<$node>($suite)]
    };
    ($($name:literal => $node:ty),+ $(,)?) => {
        vec![$($crate::NodeEntry::new::<$node>($name)),+]
    };
    ($($node:ty),+ $(,)?) => {
        vec![$($crate::NodeEntry::of_type::<$node>(stringify!($node))),+]
    };
    ($($other:tt)*) => {
        compile_error!(concat!(
            "`nodes![", stringify!($($other)*), "]` is none of its forms: `nodes![MyNode, AnotherNode]`, \
             `nodes![\"mine\" => MyNode, \"another\" => AnotherNode]`, and for a single node with a suite \
             `nodes![MyNode, with suite]`; `suite` is the path of a function"
        ))
    };
}
