//! The result of a check, and how it prints.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

/// How many steps a check may take. A step asks the model once; a wall clock plays no part, so that
/// a history has the same verdict on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The steps of the searches of all objects together.
    pub search: u64,
    /// The steps that may be spent on making the [`Contradiction`] small, once the history is known
    /// to be wrong. Here it is a step, too, to look at an operation anew.
    pub explanation: u64,
}

impl Default for Budget {
    /// Ten million steps for the search, and one million for the explanation.
    fn default() -> Self {
        Self { search: 10_000_000, explanation: 1_000_000 }
    }
}

/// The result of a check. Printed, it is a few lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whether the history is linearizable.
    pub verdict: Verdict,
    /// What was done for each object, in the order of the keys.
    pub objects: Vec<Object>,
    /// The steps that the explanation took.
    pub explanation_steps: u64,
}

/// Whether a history is linearizable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is. The order proves it: all operations that returned, and the pending ones that took
    /// effect, by their places in the history. [`verify`](crate::verify) checks it.
    Linearizable(Vec<usize>),
    /// It is not.
    Illegal(Contradiction),
    /// The budget was used up first. That is no pass.
    Unknown,
}

/// What was done for one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The object, such as `key "x"`.
    pub name: String,
    /// The number of its operations.
    pub operations: usize,
    /// How many of them never returned.
    pub pending: usize,
    /// The steps that its search took.
    pub steps: u64,
    /// Whether its operations alone are linearizable, if that is known.
    pub is_linearizable: Option<bool>,
}

/// Operations of one object that have no order. Printed, it is a few lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The object, such as `key "x"`.
    pub object: String,
    /// What is known of the object before these operations, as sentences.
    pub before: Vec<String>,
    /// The operations that contradict each other, by their calls.
    pub operations: Vec<Line>,
    /// Why there is no order, as sentences.
    pub reasons: Vec<String>,
    /// The number of the object's other operations, which are not needed for the contradiction.
    pub others: usize,
}

/// An operation of a contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place in the history.
    pub operation: usize,
    /// Whether the contradiction holds even if the operation took effect at any moment after its
    /// call, or never, whatever it returned.
    pub anywhere: bool,
    /// What it did, as a line.
    pub text: String,
}

impl Report {
    /// The steps of all searches together.
    pub fn steps(&self) -> u64 {
        self.objects.iter().map(|object| object.steps).sum()
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let operations: usize = self.objects.iter().map(|object| object.operations).sum();
        let pending: usize = self.objects.iter().map(|object| object.pending).sum();
        let verdict = match &self.verdict {
            Verdict::Linearizable(_) => "linearizable",
            Verdict::Illegal(_) => "not linearizable",
            Verdict::Unknown => "unknown",
        };
        write!(out, "{verdict}: {}", Count(operations as u64, "operation"))?;
        if pending > 0 {
            write!(out, ", of which {pending} never returned")?;
        }
        let objects = Count(self.objects.len() as u64, "object");
        write!(out, ", on {objects}; {}", Count(self.steps(), "step"))?;
        match &self.verdict {
            Verdict::Linearizable(_) => Ok(()),
            Verdict::Illegal(contradiction) => write!(out, "\n{contradiction}"),
            Verdict::Unknown => {
                let open = self.objects.iter().filter(|object| object.is_linearizable.is_none());
                let names: Vec<_> = open.map(|object| object.name.as_str()).collect();
                write!(out, "\nThe steps were used up, and {} undecided: ", Are(names.len()))?;
                write!(out, "{}.", names.join(", "))
            }
        }
    }
}

/// How many operations of a contradiction are printed.
const PRINTED: usize = 16;

impl Display for Contradiction {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let count = self.operations.len();
        if count == 1 {
            write!(out, "One operation on {} is impossible:", self.object)?;
        } else {
            write!(out, "{count} operations on {} contradict each other:", self.object)?;
        }
        for sentence in &self.before {
            write!(out, "\n  {sentence}")?;
        }
        // The last ones are nearest to the contradiction.
        let hidden = count.saturating_sub(PRINTED);
        if hidden > 0 {
            write!(
                out,
                "\n  {} that were called earlier are not printed.",
                Count(hidden as u64, "operation")
            )?;
        }
        for line in &self.operations[hidden..] {
            write!(out, "\n  {}", line.text)?;
        }
        for sentence in &self.reasons {
            write!(out, "\n{sentence}")?;
        }
        Ok(())
    }
}

/// A number of things: `1 step`, `12,000 steps`.
pub(crate) struct Count(pub(crate) u64, pub(crate) &'static str);

impl Display for Count {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self(count, thing) = self;
        let digits = alloc::format!("{count}");
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                write!(out, ",")?;
            }
            write!(out, "{digit}")?;
        }
        write!(out, " {thing}{}", if *count == 1 { "" } else { "s" })
    }
}

/// `1 is`, `2 are`.
struct Are(usize);

impl Display for Are {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.0, if self.0 == 1 { "is" } else { "are" })
    }
}
