//! What both formats share: each line is a call of a process, or the end of its call.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::ParseError;
use crate::history::{ClientId, Clients, History, Moment, Operation};

/// What a line is, its word in both formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `:invoke`
    Call,
    /// `:ok`
    Done,
    /// `:fail`
    Failed,
    /// `:info`
    Unknown,
}

impl Kind {
    pub(super) fn of(word: &str) -> Result<Self, String> {
        match word {
            "invoke" => Ok(Self::Call),
            "ok" => Ok(Self::Done),
            "fail" => Ok(Self::Failed),
            "info" => Ok(Self::Unknown),
            _ => Err(format!(":{word} is none of :invoke, :ok, :fail and :info")),
        }
    }
}

/// How a call ends.
pub(super) enum Ending<O> {
    /// It returned.
    Returned(O),
    /// It may take effect at any later time, or never.
    Pending,
    /// It had no effect, and tells nothing.
    Dropped,
}

/// A history while its lines are read. A line's number, from 1, is its moment.
pub(super) struct Lines<I, O> {
    operations: Vec<Operation<I, O>>,
    /// The open call of each process, or that its last one is pending.
    open: BTreeMap<ClientId, Option<usize>>,
    dropped: Vec<usize>,
    /// The number of the current line.
    pub(super) line: usize,
}

impl<I, O> Lines<I, O> {
    pub(super) fn new() -> Self {
        Self { operations: Vec::new(), open: BTreeMap::new(), dropped: Vec::new(), line: 0 }
    }

    pub(super) fn call(&mut self, client: ClientId, input: I) -> Result<(), String> {
        match self.open.get(&client) {
            Some(Some(_)) => {
                return Err(format!("process {client} calls before its last call returned"));
            }
            Some(None) => {
                return Err(format!("process {client} calls, but its last call is pending"));
            }
            None => {}
        }
        self.open.insert(client, Some(self.operations.len()));
        let call = self.moment();
        self.operations.push(Operation { client, input, call, returned: None });
        Ok(())
    }

    /// What the open call of a process asks for.
    pub(super) fn open(&self, client: ClientId) -> Result<&I, String> {
        match self.open.get(&client) {
            Some(Some(index)) => Ok(&self.operations[*index].input),
            Some(None) | None => Err(format!("process {client} has no open call")),
        }
    }

    pub(super) fn end(&mut self, client: ClientId, ending: Ending<O>) -> Result<(), String> {
        self.open(client)?;
        let index = self.open.remove(&client).flatten().expect("it was looked up above");
        match ending {
            Ending::Returned(output) => {
                self.operations[index].returned = Some((self.moment(), output));
            }
            Ending::Dropped => self.dropped.push(index),
            Ending::Pending => {
                self.open.insert(client, None);
            }
        }
        Ok(())
    }

    pub(super) fn error(&self, reason: String) -> ParseError {
        ParseError { line: self.line, reason }
    }

    pub(super) fn finish(mut self) -> Result<History<I, O>, ParseError> {
        self.dropped.sort_unstable();
        let mut index = 0;
        self.operations.retain(|_| {
            index += 1;
            self.dropped.binary_search(&(index - 1)).is_err()
        });
        let line = self.line;
        History::new(self.operations, Clients::OneAtATime)
            .map_err(|error| ParseError { line, reason: format!("{error}") })
    }

    fn moment(&self) -> Moment {
        self.line as Moment
    }
}
