//! What stands in for `process.rs` where processes cannot be waited for as there.

use std::io;
use std::time::Duration;

use crate::trouble::Trouble;

/// There are none.
#[derive(Debug)]
pub(crate) enum Process {}

impl Process {
    pub(crate) fn start(_words: &[String], _patience: Duration) -> Result<Self, NotStarted> {
        let error = io::Error::new(io::ErrorKind::Unsupported, "`exec:` needs Unix");
        Err(NotStarted::Program(error))
    }

    pub(crate) fn begin_life(&mut self) -> bool {
        match *self {}
    }

    pub(crate) fn exchange(&mut self, _ask: &[u8], _answer: &mut Vec<u8>) -> Result<(), Trouble> {
        match *self {}
    }

    pub(crate) fn end(self, _trouble: Trouble) -> (Trouble, String) {
        match self {}
    }
}

/// Why a process was not started.
#[derive(Debug)]
#[expect(dead_code, reason = "only the other file knows them all")]
pub(crate) enum NotStarted {
    Watch(io::Error),
    Program(io::Error),
}
