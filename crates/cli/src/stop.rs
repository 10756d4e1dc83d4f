//! Stopping early: by SIGINT or SIGTERM, or because the process that started this one has ended.

use std::io::{self, Read as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::Exit;

/// Whether the command is to stop early, with what it has so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops at the first SIGINT or SIGTERM. A second one ends the process at once.
    pub(crate) fn on_signals() -> Self {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            let status = Exit::Interrupted as i32;
            // The order matters: the first signal finds the flag unset. Where a handler cannot be
            // had, the signal ends the process, as it would have done.
            let _ = flag::register_conditional_shutdown(signal, status, stop.0.clone());
            let _ = flag::register(signal, stop.0.clone());
        }
        stop
    }

    /// Stops, too, when standard input ends: it is a pipe from the process that started this one.
    pub(crate) fn or_with_the_parent(self) -> Self {
        let Self(flag) = self.clone();
        let _ = thread::Builder::new().name("parent".to_owned()).spawn(move || {
            while matches!(io::stdin().read(&mut [0; 64]), Ok(1..)) {}
            flag.store(true, Ordering::Relaxed);
        });
        self
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
