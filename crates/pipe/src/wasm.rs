//! A program of WASI: the same lines, within this process.

use std::path::Path;

use raftsim_wasi::{Command, Stop};

use crate::errors::Errors;
use crate::program::ProgramError;
use crate::trouble::{Trouble, quoted};

/// A compiled program.
#[derive(Debug)]
pub(crate) struct Code(Command);

impl Code {
    /// Compiles the code of the program in `file`.
    pub(crate) fn load(file: String, code: &[u8], cache: &Path) -> Result<Self, ProgramError> {
        Command::load(code, &cache.join("modules")).map(Self).map_err(|error| {
            let why = error.root_cause().to_string();
            ProgramError::NotWasi { file, why }
        })
    }

    /// The program of one life.
    pub(crate) fn start(&self, seed: u64, now: u64) -> Instance {
        Instance(self.0.start(seed, now))
    }
}

/// A program in one life.
#[derive(Debug)]
pub(crate) struct Instance(raftsim_wasi::Instance);

impl Instance {
    /// Sends the line `ask`, and lets the program run until it waits for the next one.
    pub(crate) fn exchange(
        &mut self,
        ask: &[u8],
        now: u64,
        answer: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        self.0.exchange(ask, now, answer).map_err(|stop| match stop {
            Stop::Ended(status) => Trouble::Ended(format!("exit status: {status}")),
            Stop::Loops(function) => Trouble::Loops(function),
            Stop::Broken(why) => Trouble::Broken(why),
        })?;
        match answer.iter().position(|&byte| byte == b'\n') {
            None => Err(Trouble::NoAnswer),
            Some(end) if end + 1 == answer.len() => Ok(()),
            Some(end) => Err(Trouble::TooMuch(quoted(&answer[end + 1..]))),
        }
    }

    /// What it did wrong, and the end of its standard error.
    pub(crate) fn end(self, trouble: Trouble) -> (Trouble, String) {
        let mut errors = Errors::default();
        errors.add(&self.0.errors());
        (trouble, errors.take())
    }
}
