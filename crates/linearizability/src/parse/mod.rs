//! Histories as text: two formats, and a judgement of a text in either of them.
//!
//! | format | a line |
//! |---|---|
//! | [`Format::Kv`], Porcupine's | `{:process 4, :type :ok, :f :get, :key "1", :value "x"}` |
//! | [`Format::Register`], Jepsen's log of etcd | `INFO  jepsen.util - 4 :ok :cas [1 2]` |
//!
//! Each line is a call (`:invoke`) of a process or the return of its call: `:ok` was done, `:fail`
//! was not, and after `:info` nobody knows. What is unknown is pending, as is a call without a
//! second line. Blank lines say nothing.

mod edn;
mod kv;
mod lines;
mod register;

use alloc::string::String;
use core::error::Error;
use core::fmt::{self, Display, Formatter};

pub use kv::kv;
pub use register::register;

use crate::models::kv::Kv;
use crate::models::register::Register;
use crate::report::Budget;
use crate::{Report, check};

/// A format of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Operations of a key/value store, one map in EDN a line, as in Porcupine's test data.
    Kv,
    /// Operations of one register, as in Jepsen's logs of etcd.
    Register,
}

impl Format {
    /// The format of a text, by its first line that is not blank. A log may begin with other lines
    /// than those of a history; a map begins with a brace.
    ///
    /// # Errors
    ///
    /// The text is in neither format.
    pub fn of(text: &str) -> Result<Self, ParseError> {
        let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
        if lines.clone().next().is_some_and(|line| line.starts_with('{')) {
            return Ok(Self::Kv);
        }
        if lines.any(register::is_operation) {
            return Ok(Self::Register);
        }
        Err(ParseError { line: 1, reason: "this is no history in a known format".into() })
    }
}

impl Display for Format {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Kv => "operations of a key/value store (Porcupine's format)",
            Self::Register => "operations of a register (Jepsen's log of etcd)",
        })
    }
}

/// Judges a history that is given as text, in either format.
///
/// # Errors
///
/// The text is in neither format, or a line of it is wrong.
pub fn judge(text: &str, budget: Budget) -> Result<(Format, Report), ParseError> {
    let format = Format::of(text)?;
    let report = match format {
        Format::Kv => check(&Kv, &kv(text)?, budget),
        Format::Register => check(&Register, &register(text)?, budget),
    };
    Ok((format, report))
}

/// A line that is not as its format demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Error for ParseError {}

impl Display for ParseError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.reason)
    }
}
