//! The program of one life, whichever way it runs.

use crate::process::Process;
use crate::trouble::Trouble;
#[cfg(feature = "wasm")]
use crate::wasm::Instance;

/// The program of one life.
#[derive(Debug)]
pub(crate) enum Peer {
    Process(Box<Process>),
    #[cfg(feature = "wasm")]
    Instance(Box<Instance>),
}

impl Peer {
    /// Sends the line `ask`, at the server's time `now` in nanoseconds, and waits for the line that
    /// answers it.
    #[cfg_attr(not(feature = "wasm"), expect(unused_variables, reason = "a process sees no clock"))]
    pub(crate) fn exchange(
        &mut self,
        ask: &[u8],
        now: u64,
        answer: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        match self {
            Self::Process(process) => process.exchange(ask, answer),
            #[cfg(feature = "wasm")]
            Self::Instance(instance) => instance.exchange(ask, now, answer),
        }
    }

    /// Ends a program that did something wrong. Returns what it did, and the end of its standard
    /// error.
    pub(crate) fn end(self, trouble: Trouble) -> (Trouble, String) {
        match self {
            Self::Process(process) => process.end(trouble),
            #[cfg(feature = "wasm")]
            Self::Instance(instance) => instance.end(trouble),
        }
    }
}
