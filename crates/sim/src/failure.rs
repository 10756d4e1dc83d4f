//! Why a run failed.

use std::fmt;

use raftsim_node::{Index, NodeId, Time};

use crate::property::{self, Property};
use crate::server::guard::Panic;
use crate::text::foreign;
use crate::trace::commands::Commands;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A property of Raft was broken.
    Violation,
    /// One of the lab's own limits was missed.
    LabLimit {
        /// Whether a correct Raft may miss the limit, because the network was losing messages.
        by_chance: bool,
    },
    /// The node broke the contract: it panicked, did far too much, or sent to a server that does
    /// not exist.
    Contract,
}

impl fmt::Display for Kind {
    /// Prints it as failures do, such as `the lab's limit`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Violation => "broken",
            Self::LabLimit { by_chance: false } => "the lab's limit",
            Self::LabLimit { by_chance: true } => "the lab's limit, which a correct Raft may miss",
            Self::Contract => "contract",
        })
    }
}

/// A failed run: which property was broken, when, by which servers, and the two facts that
/// contradict each other.
///
/// Two failures are equal if all their fields are, but for what a fact quotes that differs from run
/// to run, such as the standard error of a program. The facts' texts are for people: no code reads
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Report {
    kind: Kind,
    property: Property,
    time: Time,
    accused: Vec<NodeId>,
    panic_at: Option<String>,
    facts: [Fact; 2],
}

impl Failure {
    /// A failure of `kind` against `property`, seen at `time`. The first fact is a rule, or
    /// something seen before; the second contradicts it.
    ///
    /// It accuses the server of the second fact, or that of the first if the second has none. To
    /// accuse several servers, or none, use [`Failure::accusing`]. A second fact without a time
    /// gets `time`.
    pub fn new(kind: Kind, property: Property, time: Time, facts: [Fact; 2]) -> Self {
        let [first, mut second] = facts;
        let accused = second.server.or(first.server).into_iter().collect();
        second.time.get_or_insert(time);
        let facts = [first, second];
        Self(Box::new(Report { kind, property, time, accused, panic_at: None, facts }))
    }

    /// A failure of the kind [`Kind::Violation`]; see [`Failure::new`].
    pub fn violation(property: Property, time: Time, facts: [Fact; 2]) -> Self {
        Self::new(Kind::Violation, property, time, facts)
    }

    /// A failure of the kind [`Kind::Contract`]; see [`Failure::new`].
    pub fn contract(property: Property, time: Time, facts: [Fact; 2]) -> Self {
        Self::new(Kind::Contract, property, time, facts)
    }

    /// A failure of a node whose code panicked at `time`. `rule` says what it should have done.
    pub fn panicked(time: Time, rule: Fact, panic: &Panic) -> Self {
        let seen = Fact::new(format!("it panicked: {panic}")).with_aside(&panic.aside);
        let mut failure = Self::contract(property::NO_PANIC, time, [rule, seen]);
        failure.0.panic_at.clone_from(&panic.place);
        failure
    }

    /// The same failure, as a violation of `property`.
    #[must_use]
    pub fn breaking(mut self, property: Property) -> Self {
        (self.0.kind, self.0.property) = (Kind::Violation, property);
        self
    }

    /// The same failure, which accuses these servers instead.
    #[must_use]
    pub fn accusing(mut self, servers: impl IntoIterator<Item = NodeId>) -> Self {
        self.0.accused = servers.into_iter().collect();
        self
    }

    /// The same failure; if it is a limit that a correct Raft may miss by chance, one that chance does
    /// not explain: `why` is added to the second fact.
    #[must_use]
    pub fn by_no_chance(mut self, why: &str) -> Self {
        let Report { kind, facts: [_, second], .. } = &mut *self.0;
        if let Kind::LabLimit { by_chance: true } = kind {
            *kind = Kind::LabLimit { by_chance: false };
            second.add(why);
        }
        self
    }

    /// The same failure, seen at `time`. If the second fact has the failure's time, it gets `time`
    /// too.
    #[must_use]
    pub(crate) fn at(mut self, time: Time) -> Self {
        let Report { time: seen, facts: [_, second], .. } = &mut *self.0;
        if second.time == Some(*seen) {
            second.time = Some(time);
        }
        *seen = time;
        self
    }

    /// The same failure, whose facts print these commands by their names. It is equal to the one
    /// without names.
    #[must_use]
    pub fn naming(mut self, commands: &Commands) -> Self {
        for fact in &mut self.0.facts {
            let named = commands.named(fact.text.clone());
            fact.named = (named != fact.text).then_some(named);
        }
        self
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The property, rule or limit that was broken.
    pub fn property(&self) -> Property {
        self.0.property
    }

    /// When the failure was seen.
    pub fn time(&self) -> Time {
        self.0.time
    }

    /// The servers that are accused, in the order in which the facts name them; empty if none is.
    pub fn accused(&self) -> &[NodeId] {
        &self.0.accused
    }

    /// Where the node's code panicked, as `file:line:column`, if the failure is a panic.
    pub fn panic_at(&self) -> Option<&str> {
        self.0.panic_at.as_deref()
    }

    /// The two facts that contradict each other.
    pub fn facts(&self) -> &[Fact; 2] {
        &self.0.facts
    }
}

impl fmt::Display for Failure {
    /// Prints one line: the time, the property, the kind, the two facts.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { kind, property, time, facts: [first, second], .. } = &*self.0;
        write!(out, "{time} {property} ({kind}): {first}; but {second}")
    }
}

impl std::error::Error for Failure {}

/// One of the two facts of a [`Failure`]: a sentence, and what it is about.
///
/// The sentence is for people. To mark a fact on a drawing of the run, take its time, its server
/// and its entry: each is there if it is known.
#[derive(Clone, Debug)]
pub struct Fact {
    text: String,
    /// How many of the text's first bytes count when facts are compared; what follows may differ
    /// in runs that are the same.
    counts: usize,
    /// The same text with commands by their names, if it has any.
    named: Option<String>,
    time: Option<Time>,
    server: Option<NodeId>,
    index: Option<Index>,
}

impl Fact {
    /// A fact with this sentence, and nothing else. The sentence may quote what a node wrote: it
    /// becomes one harmless line.
    pub fn new(text: impl Into<String>) -> Self {
        let text = foreign::line(text.into());
        Self { counts: text.len(), text, named: None, time: None, server: None, index: None }
    }

    /// The same fact, whose sentence ends with `aside`. Facts that differ in nothing else are equal.
    fn with_aside(mut self, aside: &str) -> Self {
        self.text.push_str(&foreign::line(aside.to_owned()));
        self
    }

    /// Adds words to a sentence without an aside.
    fn add(&mut self, words: &str) {
        self.text.push_str(words);
        self.counts = self.text.len();
    }

    /// What counts when facts are compared.
    fn essence(&self) -> (&str, Option<Time>, Option<NodeId>, Option<Index>) {
        (&self.text[..self.counts], self.time, self.server, self.index)
    }

    /// The same fact, about the server `node`.
    #[must_use]
    pub fn by(self, node: NodeId) -> Self {
        Self { server: Some(node), ..self }
    }

    /// The same fact, which became true at `time`.
    #[must_use]
    pub fn at(self, time: Time) -> Self {
        Self { time: Some(time), ..self }
    }

    /// The same fact, about the entry at `index`, or about all entries through it. Index 0 leaves
    /// the fact without an entry, for there is none at index 0.
    #[must_use]
    pub fn entry(self, index: Index) -> Self {
        Self { index: (index > 0).then_some(index), ..self }
    }

    /// The sentence.
    pub fn text(&self) -> &str {
        self.named.as_ref().unwrap_or(&self.text)
    }

    /// When it became true, if that is known.
    pub fn time(&self) -> Option<Time> {
        self.time
    }

    /// The server that it is about, if any.
    pub fn server(&self) -> Option<NodeId> {
        self.server
    }

    /// The index of the entry that it is about, or of the last of several; `None` if there is none.
    pub fn index(&self) -> Option<Index> {
        self.index
    }
}

impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
    }
}

impl Eq for Fact {}

impl fmt::Display for Fact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text())
    }
}
