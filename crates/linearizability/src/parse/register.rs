//! Jepsen's log of a register in etcd.

use alloc::format;
use alloc::string::String;
use core::str::SplitWhitespace;

use super::ParseError;
use super::lines::{Ending, Kind, Lines};
use crate::history::History;
use crate::models::register::{Input, Output};

/// The history of a register: each line that begins so is
/// `INFO jepsen.util - PROCESS KIND FUNCTION VALUE`, with any blanks in between. The function is
/// `:read`, with a number or `nil` as its value, `:write` with a number, or `:cas` with
/// `[FROM TO]`. Other lines are not read.
///
/// A `:cas` that failed found another value. A `:read` that failed read an unknown value, and is
/// left out.
///
/// # Errors
///
/// The first line that begins so and goes on otherwise, or that does not fit what its process did
/// before.
pub fn register(text: &str) -> Result<History<Input, Output>, ParseError> {
    let mut lines = Lines::new();
    for line in text.lines() {
        lines.line += 1;
        if let Some(words) = words(line) {
            read(&mut lines, words).map_err(|reason| lines.error(reason))?;
        }
    }
    lines.finish()
}

/// Whether a line is a call or a return, by its beginning.
pub(super) fn is_operation(line: &str) -> bool {
    words(line).is_some()
}

/// The words after the beginning of a line that is a call or a return: those that name a process.
/// Jepsen logs other lines with the same beginning, such as what its nemesis does.
fn words(line: &str) -> Option<SplitWhitespace<'_>> {
    let mut words = line.split_whitespace();
    let begins_so = ["INFO", "jepsen.util", "-"].iter().all(|word| words.next() == Some(*word));
    let process = words.clone().next()?;
    (begins_so && process.starts_with(|first: char| first.is_ascii_digit())).then_some(words)
}

fn read(lines: &mut Lines<Input, Output>, mut words: SplitWhitespace<'_>) -> Result<(), String> {
    let mut next = |what: &str| words.next().ok_or_else(|| format!("the line has no {what}"));
    let client = next("process")?;
    let client = client.parse().map_err(|_| format!("{client} is no number of a process"))?;
    let kind = keyword(next("kind")?)?;
    let kind = Kind::of(kind)?;
    let function = keyword(next("function")?)?;
    let value = next("value")?;
    let second = words.next();
    if words.next().is_some() || second.is_some() != value.starts_with('[') {
        return Err("the line has more or fewer words than it should".into());
    }
    if kind == Kind::Call {
        let input = match (function, second) {
            ("read", None) => Input::Read,
            ("write", None) => Input::Write(integer(value)?),
            ("cas", Some(second)) => pair(value, second)?,
            ("read" | "write" | "cas", _) => {
                return Err(format!("{value} is no value of :{function}"));
            }
            _ => return Err(format!(":{function} is none of :read, :write and :cas")),
        };
        return lines.call(client, input);
    }
    let input = *lines.open(client)?;
    let open = match input {
        Input::Read => "read",
        Input::Write(_) => "write",
        Input::CompareAndSwap { .. } => "cas",
    };
    if open != function {
        return Err(format!("process {client} returns from :{function}, but it called :{open}"));
    }
    if value != ":timed-out" {
        let is_other = match (input, second) {
            (Input::Read, None) => false,
            (Input::Write(written), None) => integer(value)? != written,
            (Input::CompareAndSwap { .. }, Some(second)) => pair(value, second)? != input,
            (Input::Read | Input::Write(_) | Input::CompareAndSwap { .. }, _) => true,
        };
        if is_other {
            return Err(format!("process {client} returns with another value than it called with"));
        }
    }
    let ending = match (kind, input) {
        (Kind::Done, Input::Read) => Ending::Returned(Output::Value(match value {
            "nil" => None,
            _ => Some(integer(value)?),
        })),
        (Kind::Done, Input::Write(_)) => Ending::Returned(Output::Written),
        (Kind::Done, Input::CompareAndSwap { .. }) => Ending::Returned(Output::Swapped(true)),
        (Kind::Failed, Input::CompareAndSwap { .. }) => Ending::Returned(Output::Swapped(false)),
        (Kind::Failed, Input::Read | Input::Write(_)) => Ending::Dropped,
        (Kind::Unknown | Kind::Call, _) => Ending::Pending,
    };
    lines.end(client, ending)
}

fn keyword(word: &str) -> Result<&str, String> {
    word.strip_prefix(':').ok_or_else(|| format!("{word} is no keyword"))
}

fn integer(word: &str) -> Result<i64, String> {
    word.parse().map_err(|_| format!("{word} is no integer of 64 bits"))
}

/// `[FROM` and `TO]`.
fn pair(first: &str, second: &str) -> Result<Input, String> {
    let (Some(from), Some(to)) = (first.strip_prefix('['), second.strip_suffix(']')) else {
        return Err(format!("{first} {second} is no pair"));
    };
    Ok(Input::CompareAndSwap { from: integer(from)?, to: integer(to)? })
}
