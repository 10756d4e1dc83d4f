//! Why a run ended before its scenario did.

use std::fmt;

use raftsim_node::Time;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A property that must always hold was broken.
    Violation,
    /// One of the lab's own limits was missed.
    LabLimit {
        /// The network was losing messages, so that a correct Raft may miss it, now and then.
        by_chance: bool,
    },
    /// The node broke the contract: it panicked, flooded, or sent to nobody.
    Contract,
}

/// A failed run: which property fell, when, and the two facts that contradict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Report {
    kind: Kind,
    property: &'static str,
    time: Time,
    facts: [String; 2],
}

impl Failure {
    /// A failure of `kind` against `property`, shown at `time` by two facts: what must hold or what
    /// was seen before, and what contradicts it.
    pub fn new(kind: Kind, property: &'static str, time: Time, facts: [String; 2]) -> Self {
        Self(Box::new(Report { kind, property, time, facts }))
    }

    /// A broken property.
    pub fn violation(property: &'static str, time: Time, facts: [String; 2]) -> Self {
        Self::new(Kind::Violation, property, time, facts)
    }

    /// A broken contract.
    pub fn contract(property: &'static str, time: Time, facts: [String; 2]) -> Self {
        Self::new(Kind::Contract, property, time, facts)
    }

    /// The same, seen at `time`.
    #[must_use]
    pub(crate) fn at(mut self, time: Time) -> Self {
        self.0.time = time;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The property's name, in the field's words.
    pub fn property(&self) -> &'static str {
        self.0.property
    }

    /// When it was seen.
    pub fn time(&self) -> Time {
        self.0.time
    }

    /// The two facts that contradict.
    pub fn facts(&self) -> &[String; 2] {
        &self.0.facts
    }
}

impl fmt::Display for Failure {
    /// One line: when, what kind, which property, the two facts.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { kind, property, time, facts: [first, second] } = &*self.0;
        let kind = match kind {
            Kind::Violation => "broken",
            Kind::LabLimit { by_chance: false } => "the lab's limit",
            Kind::LabLimit { by_chance: true } => "the lab's limit, by chance possible",
            Kind::Contract => "contract",
        };
        write!(out, "{time} {property} ({kind}): {first}; but {second}")
    }
}

impl std::error::Error for Failure {}
