//! Panics of the node's own code: they are caught, and blamed on the node. A panic of the harness
//! is never mistaken for one.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicU16, Ordering};

use raftsim_node::{NodeId, Stopped, Unable};

use crate::text::foreign;

thread_local! {
    /// The server whose code this thread runs, and why: a [`mark`], or 0. A call is marked by two
    /// stores, since calls are frequent. It is atomic only so that another thread can sample it.
    static RUNS: AtomicU16 = const { AtomicU16::new(0) };
    /// Whether this thread runs [`guarded`] code.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// The last panic of a node's code that the hook saw on this thread.
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// Why a server's code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// It is called: a step, a boot, its deadline or status.
    Own = 1,
    /// A value of the node's is dropped.
    Drop,
    /// A message or a write is copied, and the write is made.
    Copy,
    /// A message or a write feeds the digest: by default its `Debug` text.
    Digest,
    /// An oracle reads a disk or a message.
    Read,
}

impl Call {
    const ALL: [Self; 5] = [Self::Own, Self::Drop, Self::Copy, Self::Digest, Self::Read];
}

/// The mark of a call of a server's code, which is not 0.
#[inline]
fn mark(node: NodeId, call: Call) -> u16 {
    u16::from(node.number()) | (call as u16) << 8
}

/// The server and the call of a mark; `None` for 0.
fn marked(mark: u16) -> Option<(NodeId, Call)> {
    let [node, call] = mark.to_le_bytes();
    let call = Call::ALL.into_iter().find(|&it| it as u8 == call)?;
    Some((NodeId::new(node), call))
}

#[inline]
fn set(mark: u16) {
    RUNS.with(|runs| runs.store(mark, Ordering::Relaxed));
}

fn running() -> Option<(NodeId, Call)> {
    RUNS.with(|runs| marked(runs.load(Ordering::Relaxed)))
}

/// Runs `run`, which may hand the function that it gets to another thread: that returns why this
/// thread runs a server's code at the moment, or `None` if it runs no server's code.
pub(super) fn seen_while<R>(run: impl FnOnce(&(dyn Fn() -> Option<Call> + Sync)) -> R) -> R {
    RUNS.with(|runs| run(&|| marked(runs.load(Ordering::Relaxed)).map(|(_, call)| call)))
}

/// A panic of the node's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// Its message, in one line.
    pub message: String,
    /// Where the code panicked, as `file:line:column`, if that is known.
    pub place: Option<String>,
    /// What may differ in a run that is the same otherwise; see [`Stopped`]. It comes last in a
    /// failure's text. Empty if there is nothing of that kind.
    pub aside: String,
}

impl fmt::Display for Panic {
    /// Prints everything but the aside.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{} at {place}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

/// Calls the node's code and returns a panic in it as a value; nothing is printed once
/// [`crate::prepare_process`] was called. Needs a build that unwinds (`panic = "unwind"`, the
/// default).
pub fn guarded<R>(call: impl FnOnce() -> R) -> Result<R, Panic> {
    let outer = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(outer);
    result.map_err(caught)
}

/// Calls a server's code from within [`trap`], which catches a panic in it. It only notes that
/// this code is running, so it costs little.
#[expect(clippy::inline_always, reason = "two stores around the call of a small function")]
#[inline(always)]
pub(crate) fn inside<R>(node: NodeId, why: Call, call: impl FnOnce() -> R) -> R {
    enter(node, why);
    let result = call();
    leave();
    result
}

/// The first half of [`inside`], for places where a closure would prevent inlining.
#[inline]
pub(crate) fn enter(node: NodeId, why: Call) {
    set(mark(node, why));
}

/// Drops a value that a server's node made, which may run its code, from within [`trap`]. A failure
/// says so.
#[inline]
pub(crate) fn discard<T>(node: NodeId, value: T) {
    if mem::needs_drop::<T>() {
        enter(node, Call::Drop);
        drop(value);
        leave();
    }
}

/// Empties a list that a server's node made, as [`discard`] does. What follows a value that panics
/// stays in the list: it must not be dropped while the panic unwinds.
#[inline]
pub(crate) fn discard_all<T>(node: NodeId, values: &mut Vec<T>) {
    if values.is_empty() {
        return;
    }
    if mem::needs_drop::<T>() {
        enter(node, Call::Drop);
        // They are dropped where they are: to move each out of the list would cost 1 % of a run.
        while let Some(last) = values.len().checked_sub(1) {
            values.truncate(last);
        }
        leave();
    } else {
        values.clear();
    }
}

/// The second half of [`inside`].
#[inline]
pub(crate) fn leave() {
    set(0);
}

/// Runs harness code. Returns a panic [`inside`] a server with that server; a panic of the harness
/// itself goes on to the caller. The error is boxed: results without one are returned often.
pub(crate) fn trap<R>(run: impl FnOnce() -> R) -> Result<R, Box<(NodeId, Call, Panic)>> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let runs = running();
        leave();
        match runs {
            Some((node, call)) => Box::new((node, call, caught(payload))),
            None => panic::resume_unwind(payload),
        }
    })
}

/// The panic with this payload, which was caught. One that is no fault of the node's goes on to the
/// caller of the run.
fn caught(payload: Box<dyn Any + Send>) -> Panic {
    let last = LAST.take();
    if payload.is::<Unable>() {
        panic::resume_unwind(payload);
    }
    if let Some(Stopped { why, aside }) = payload.downcast_ref() {
        return Panic { message: one_line(why), place: None, aside: one_line(aside) };
    }
    // Without the hook the message is known from the payload alone.
    let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
    // Dropping a panic's payload may run the node's code, which must not run again.
    mem::forget(payload);
    last.unwrap_or_else(|| {
        let message = said.map_or_else(|| "a panic without text".to_owned(), |it| one_line(&it));
        Panic { message, place: None, aside: String::new() }
    })
}

/// Installs a panic hook that stores panics of nodes instead of printing them.
pub(crate) fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if running().is_none() && !GUARDED.get() {
                return outer(info);
            }
            let payload = info.payload();
            let message = payload.downcast_ref::<&str>().copied();
            let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            let message = message.unwrap_or("a panic without text");
            let place = info.location().map(ToString::to_string);
            let message = one_line(message);
            LAST.set(Some(Panic { message, place, aside: String::new() }));
        }));
    });
}

/// A message in one line, as every failure is printed; that of `assert_eq!` has three. It is not
/// joined as a whole first, since a node may panic with any number of lines.
fn one_line(message: &str) -> String {
    foreign::value(Joined(message))
}

/// The lines of a text, joined by semicolons.
struct Joined<'a>(&'a str);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        self.0
            .lines()
            .try_for_each(|line| write!(out, "{}{}", mem::replace(&mut between, "; "), line.trim()))
    }
}
