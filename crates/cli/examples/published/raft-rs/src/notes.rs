//! What the crate logs, as notes of a trace. A sweep asks for none.

use std::fmt::Write as _;
use std::mem;
use std::sync::{Arc, Mutex};

use slog::{Discard, Drain, Level, Logger, Never, OwnedKVList, Record, o};

/// The lines that were logged and not yet taken.
#[derive(Clone)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Notes, and the logger that writes them.
    pub(crate) fn new() -> (Option<Self>, Logger) {
        let notes = Self(Arc::default());
        (Some(notes.clone()), Logger::root(notes, o!()))
    }

    /// No notes, and a logger that writes nothing.
    pub(crate) fn none() -> (Option<Self>, Logger) {
        (None, Logger::root(Discard, o!()))
    }

    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock().expect("no line panics"))
    }
}

impl Drain for Notes {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        if record.level().is_at_least(Level::Info) {
            let mut line = String::new();
            write!(line, "{}", record.msg()).expect("a text takes all");
            self.0.lock().expect("no line panics").push(line);
        }
        Ok(())
    }
}
