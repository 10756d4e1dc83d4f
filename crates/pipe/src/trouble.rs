//! What a program did wrong.

use std::time::Duration;

/// What a program did wrong: what comes after "the program".
#[cfg_attr(not(feature = "wasm"), expect(dead_code, reason = "some can be seen of WASI alone"))]
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(
        "did not answer within {} s of real time (does it print a whole line, and flush it?)",
        .0.as_secs_f32()
    )]
    Hangs(Duration),
    #[error("ended ({0})")]
    Ended(String),
    #[error("closed its standard output")]
    ClosedOutput,
    #[error("closed its standard input")]
    ClosedInput,
    #[error("printed a line that does not end: more than {0} bytes")]
    TooLong(usize),
    #[error("printed more than one line: the answer is followed by `{0}`")]
    TooMuch(String),
    /// The same, seen when the turn was over.
    #[error("printed more than one line: the answer is followed by `{0}`")]
    TooMuchLater(String),
    #[error("printed an answer before it had read the event")]
    TooEarly,
    #[error("waits for another line, and has not printed a whole one")]
    NoAnswer,
    #[error("printed bytes that are not UTF-8: `{0}`")]
    NotText(String),
    #[error("answered turn {0}")]
    OutOfTurn(u64),
    #[error("printed what is no answer: {why}: `{line}`")]
    NoSense { why: String, line: String },
    #[error("never rests: it is in a loop in {0}")]
    Loops(String),
    #[error("cannot go on: {0}")]
    Broken(String),
}

impl Trouble {
    /// Whether it may be that the program printed something for a turn before this one.
    pub(crate) fn may_be_late(&self) -> bool {
        match self {
            Self::TooLong(_)
            | Self::TooMuch(_)
            | Self::TooMuchLater(_)
            | Self::TooEarly
            | Self::NoAnswer
            | Self::NotText(_)
            | Self::OutOfTurn(_)
            | Self::NoSense { .. } => true,
            Self::Hangs(_)
            | Self::Ended(_)
            | Self::ClosedOutput
            | Self::ClosedInput
            | Self::Loops(_)
            | Self::Broken(_) => false,
        }
    }
}

/// The most characters of a line that are quoted.
const QUOTED: usize = 200;

/// A line to be quoted, cut short.
pub(crate) fn quoted(line: &[u8]) -> String {
    // A character has at most four bytes.
    let start = line.get(..4 * QUOTED + 4).unwrap_or(line);
    let text = String::from_utf8_lossy(start);
    let text = text.trim_end_matches(['\n', '\r']);
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => text[..end].to_owned() + "...",
        None => text.to_owned(),
    }
}
