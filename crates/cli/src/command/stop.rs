//! Stopping early: by SIGINT or SIGTERM, because the process that started this one asks for it or
//! has ended, or because the command begins anew.

use std::io::{self, Read as _};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use raftsim_explore::SweepListener;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::command::{Exit, child};

/// Whether the command is to stop early, with what it has so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    /// Whether the command begins anew, so that nobody needs what is left.
    anew: Arc<AtomicBool>,
}

/// Lets SIGINT and SIGTERM do nothing: a terminal sends them to this process too, but whether to
/// stop is for the process to say that started this one.
pub(crate) fn ignore_signals() {
    for signal in [SIGINT, SIGTERM] {
        // A flag that nobody reads.
        let _ = flag::register(signal, Arc::default());
    }
}

/// A sweep that stops then, and does nothing else.
impl SweepListener for Stop {
    fn stops(&self) -> bool {
        self.is_asked()
    }
}

impl Stop {
    /// When this process is to stop.
    pub(crate) fn of_this_process() -> Self {
        if child::is_one() { Self::with_the_parent() } else { Self::on_signals() }
    }

    /// Stops at the first SIGINT or SIGTERM. A second one ends the process at once.
    pub(crate) fn on_signals() -> Self {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            let status = Exit::Interrupted as i32;
            // The order matters: the first signal finds the flag unset. Where a handler cannot be
            // had, the signal ends the process, as it would have done.
            let _ = flag::register_conditional_shutdown(signal, status, stop.asked.clone());
            let _ = flag::register(signal, stop.asked.clone());
        }
        stop
    }

    /// Standard input is a pipe from the process that started this one. A byte there asks to stop.
    /// When the pipe ends, that process has ended, and this one ends at once.
    fn with_the_parent() -> Self {
        let stop = Self::default();
        let flag = stop.asked.clone();
        let _ = thread::Builder::new().name("parent".to_owned()).spawn(move || {
            loop {
                match io::stdin().read(&mut [0; 64]) {
                    Ok(1..) => flag.store(true, Ordering::Relaxed),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => process::exit(Exit::Interrupted as i32),
                }
            }
        });
        stop
    }

    /// Stops when this one does, and may also begin anew.
    pub(crate) fn or_anew(&self) -> Self {
        Self { asked: self.asked.clone(), anew: Arc::default() }
    }

    /// Stops what is under way, because the command begins anew.
    pub(crate) fn begin_anew(&self) {
        self.anew.store(true, Ordering::Relaxed);
    }

    pub(crate) fn begins_anew(&self) -> bool {
        self.anew.load(Ordering::Relaxed)
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) || self.begins_anew()
    }
}
