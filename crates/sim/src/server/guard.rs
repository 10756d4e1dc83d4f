//! Panics of the node's own code: caught, and blamed on the node. A panic of the harness is never
//! taken for one.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use raftsim_node::NodeId;

thread_local! {
    /// The server whose code this thread runs. Two stores mark a call: it is done very often.
    static RUNS: Cell<Option<NodeId>> = const { Cell::new(None) };
    /// Whether this thread runs [`guarded`] code.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// A panic of the node's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// Its message, in one line.
    pub message: String,
    /// Where it was raised, as `file:line:column`, if that is known.
    pub place: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{} at {place}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

/// Calls the node's code; a panic in it comes back as a value, and nothing is printed. Needs a
/// build that unwinds (`panic = "unwind"`, the default).
pub fn guarded<R>(call: impl FnOnce() -> R) -> Result<R, Panic> {
    let outer = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(outer);
    result.map_err(heard)
}

/// Calls a server's code from within [`trap`], where a panic in it ends up. A mark is all that this
/// costs: it may stand around every call.
#[expect(clippy::inline_always, reason = "two stores around the call of a small function")]
#[inline(always)]
pub(crate) fn inside<R>(node: NodeId, call: impl FnOnce() -> R) -> R {
    enter(node);
    let result = call();
    leave();
    result
}

/// [`inside`] in two halves, for where a closure would stand in the way of inlining.
#[inline]
pub(crate) fn enter(node: NodeId) {
    RUNS.set(Some(node));
}

/// The second half.
#[inline]
pub(crate) fn leave() {
    RUNS.set(None);
}

/// Runs the harness. A panic [`inside`] a server comes back with the server's name; one of the
/// harness itself goes on.
pub(crate) fn trap<R>(run: impl FnOnce() -> R) -> Result<R, (NodeId, Panic)> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| match RUNS.take() {
        Some(node) => (node, heard(payload)),
        None => panic::resume_unwind(payload),
    })
}

/// What a caught panic said.
fn heard(payload: Box<dyn Any + Send>) -> Panic {
    // Without the hook only the payload says anything.
    let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
    // Dropping a panic's payload may run code of the node's: it is never run again.
    std::mem::forget(payload);
    LAST.take().unwrap_or_else(|| {
        let message = said.map_or_else(|| "panicked without a word".to_owned(), |it| one_line(&it));
        Panic { message, place: None }
    })
}

/// Keeps panics of nodes from being printed, and notes what they say.
pub(crate) fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if RUNS.get().is_none() && !GUARDED.get() {
                return outer(info);
            }
            let message = info.payload_as_str().unwrap_or("a panic without text");
            let place = info.location().map(ToString::to_string);
            LAST.set(Some(Panic { message: one_line(message), place }));
        }));
    });
}

/// A message in one line, as every failure is printed: `assert_eq!` speaks in three.
fn one_line(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    lines.join("; ")
}
