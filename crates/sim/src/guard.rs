//! Panics of the node's own code: caught where the node is called, and nowhere else, so that a
//! panic of the harness is never blamed on a node.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic of the node's code: its message and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic(pub String);

/// Calls the node's code; a panic in it comes back as a value, and nothing is printed. Needs a
/// build that unwinds (`panic = "unwind"`, the default).
pub fn guarded<R>(call: impl FnOnce() -> R) -> Result<R, Panic> {
    let outer = INSIDE.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    INSIDE.set(outer);
    result.map_err(|payload| {
        // Dropping a panic's payload may run code of the node's: it is never run again.
        std::mem::forget(payload);
        Panic(LAST.take().unwrap_or_else(|| "panicked without a word".to_owned()))
    })
}

/// Keeps panics inside [`guarded`] from being printed, and notes what they say.
pub(crate) fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                return outer(info);
            }
            let message = info.payload_as_str().unwrap_or("a panic without text");
            let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
            // Told in one line, as every failure: `assert_eq!` speaks in three.
            let lines: Vec<&str> = message.lines().map(str::trim).collect();
            LAST.set(Some(format!("{}{place}", lines.join("; "))));
        }));
    });
}
