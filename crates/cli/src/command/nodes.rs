//! The nodes that the command can test, with their types erased.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use raftsim_explore::{Brancher, Inspector, Player, Runner, Shown};
use raftsim_node::{Claims, Disk, Node};
use raftsim_plan::TextError;
use raftsim_sim::guarded;
use sim_scenarios::testing::node_name;
use sim_scenarios::{Checks, NodePlayer, NodeRunner, Part, ScenarioInfo, Settings, scenario};

/// A node under test, by name. Make a list of them with [`crate::nodes!`].
#[derive(Clone)]
pub struct NodeEntry {
    name: String,
    factory: Arc<dyn NodeFactory>,
    part: Part,
    variants: Option<Variants>,
    version: String,
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

/// Makes runners and players for one type of node, with certain settings.
trait NodeFactory: Send + Sync {
    fn claims(&self) -> Claims;
    fn has_view(&self) -> bool;
    fn runner(&self, scenario: &str, calm: bool, checks: Checks) -> Option<Box<dyn Runner>>;
    fn player(&self) -> Box<dyn Player>;
    fn brancher(&self) -> Box<dyn Brancher>;
    fn inspector(&self) -> Box<dyn Inspector>;
}

/// The factory for nodes of type `N` with these settings.
struct Servers<N: Node>(Settings<N::Config>);

impl<N: Node> NodeFactory for Servers<N> {
    fn claims(&self) -> Claims {
        guarded(|| N::claims(&self.0)).unwrap_or_default()
    }

    fn has_view(&self) -> bool {
        guarded(|| N::Disk::default().view().is_some()).unwrap_or(false)
    }

    fn runner(&self, name: &str, calm: bool, checks: Checks) -> Option<Box<dyn Runner>> {
        let runner = NodeRunner::<N>::sharing(scenario(name)?, self.0.clone());
        Some(Box::new(runner.with_recovery(calm).with_checks(checks)))
    }

    fn player(&self) -> Box<dyn Player> {
        Box::new(NodePlayer::<N>::sharing(self.0.clone()))
    }

    fn brancher(&self) -> Box<dyn Brancher> {
        Box::new(NodePlayer::<N>::sharing(self.0.clone()))
    }

    fn inspector(&self) -> Box<dyn Inspector> {
        Box::new(NodePlayer::<N>::sharing(self.0.clone()))
    }
}

impl NodeEntry {
    /// A node with this name and its default settings.
    pub fn new<N: Node>(name: &str) -> Self {
        Self::with_config::<N>(name, N::Config::default())
    }

    /// A node with this name and these settings.
    pub fn with_config<N: Node>(name: &str, config: N::Config) -> Self {
        let factory = Arc::new(Servers::<N>(Settings::new(config)));
        Self {
            name: name.to_owned(),
            factory,
            part: Part::D,
            variants: None,
            version: String::new(),
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
            let factory: Arc<dyn NodeFactory> = Arc::new(Servers::<N>(Settings::new(read(text)?)));
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
        });
        Some(variant.map_err(|why| TextError::new(format!("{name}: {why}"))))
    }

    /// The forms of its variants' names.
    pub(crate) fn variants(&self) -> &'static [Variant] {
        self.variants.as_ref().map_or(&[], |variants| variants.forms)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the node makes the claim that the scenario checks, or the scenario checks none.
    pub(crate) fn takes(&self, info: &ScenarioInfo) -> bool {
        info.suits(&self.claims())
    }

    /// What the node claims.
    pub(crate) fn claims(&self) -> Claims {
        self.factory.claims()
    }

    /// What the node shows to the oracles.
    pub(crate) fn shown(&self) -> Shown {
        Shown { view: self.factory.has_view(), claims: self.claims() }
    }

    /// The runner of a scenario's seeds, with the recovery phase or without, under these checks.
    pub(crate) fn runner(
        &self,
        info: &ScenarioInfo,
        calm: bool,
        checks: Checks,
    ) -> Box<dyn Runner> {
        let runner = self.factory.runner(info.name, calm, checks);
        runner.expect("every scenario of the registry has code")
    }

    /// The player of plans.
    pub(crate) fn player(&self) -> Box<dyn Player> {
        self.factory.player()
    }

    /// The player of plans that leave their course.
    pub(crate) fn brancher(&self) -> Box<dyn Brancher> {
        self.factory.brancher()
    }

    /// The player of plans up to a moment, which shows the state there.
    pub(crate) fn inspector(&self) -> Box<dyn Inspector> {
        self.factory.inspector()
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
