//! What the log accuses an operation of.

use alloc::string::String;
use core::error::Error;
use core::fmt::{self, Display, Formatter};

use super::{Index, Name};

/// An operation that the log accuses. Printed, it is two or three lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogViolation {
    /// The operation.
    pub name: Name,
    /// The object and what was done with it, in a few words.
    pub operation: String,
    /// What it is accused of.
    pub breach: Breach,
}

/// What the log accuses an operation of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breach {
    /// It was called under the name of another one.
    CalledTwice,
    /// It returned without a call, or a second time.
    NotOpen,
    /// It was in the log before it was called.
    CommittedBeforeCall {
        /// Where it is.
        index: Index,
    },
    /// The log holds another operation than was called.
    OtherInput {
        /// Where it is.
        index: Index,
        /// What the log holds, in a few words.
        holds: String,
    },
    /// Its output is not that of its place in the log.
    Output {
        /// Where it is.
        index: Index,
        /// Why it cannot have this output there, as a sentence without a stop.
        refusal: String,
    },
    /// It returned before it was in the log, and no state that was current between its call and its
    /// return allows its output without a change.
    NotCommitted {
        /// The end of the log when it was called.
        called: Index,
        /// The end of the log when it returned.
        returned: Index,
        /// Why the latest of these states does not allow it, as a sentence without a stop.
        refusal: String,
    },
    /// It was answered from a state that was not current between its call and its return.
    NotCurrent {
        /// The end of the log when it was called.
        called: Index,
        /// The end of the log when it returned.
        returned: Index,
        /// Where the log ended for whoever answered it.
        served: Index,
    },
    /// It took effect after it had returned.
    EffectAfterReturn {
        /// Where it is.
        index: Index,
    },
    /// It took effect a second time.
    Again {
        /// Where it is for the first time.
        first: Index,
        /// Where it took effect again.
        index: Index,
    },
}

impl Error for LogViolation {}

impl Display for LogViolation {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Name { client, number } = self.name;
        writeln!(out, "operation {number} of client {client}, on {}", self.operation)?;
        match &self.breach {
            Breach::CalledTwice => out.write_str("An operation of this name was called before."),
            Breach::NotOpen => out.write_str("It returns, but it is not open."),
            Breach::CommittedBeforeCall { index } => {
                write!(out, "Entry {index} of the log holds it before it is called.")
            }
            Breach::OtherInput { index, holds } => {
                write!(out, "Entry {index} of the log holds another one under its name: {holds}.")
            }
            Breach::Output { index, refusal } => {
                write!(out, "Entry {index} of the log holds it, and there {refusal}.")
            }
            Breach::NotCommitted { called, returned, refusal } => write!(
                out,
                "When it returned, the log up to entry {returned} did not hold it.\nNo state from \
                 entry {called} to entry {returned} allows its output: at the end {refusal}."
            ),
            Breach::NotCurrent { called, returned, served } => write!(
                out,
                "It was answered from the state after entry {served}.\nThe log ended with entry \
                 {called} when it was called, and with entry {returned} when it returned."
            ),
            Breach::EffectAfterReturn { index } => {
                write!(out, "Entry {index} of the log changed the state after it had returned.")
            }
            Breach::Again { first, index } => write!(
                out,
                "Entry {first} of the log holds it, and entry {index} changed the state once more."
            ),
        }
    }
}
