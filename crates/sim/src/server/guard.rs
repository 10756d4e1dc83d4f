//! Panics of code that is not the harness's: a server's, which is blamed on the server, and that of a
//! user's scenarios and invariants. They are caught. A panic of the harness is never mistaken for one.

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
    /// Whose code this thread runs under guard.
    static GUARD: Cell<Guard> = const { Cell::new(Guard::None) };
    /// The last panic under guard that the hook saw on this thread.
    static LAST: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// Whose code a thread runs under guard.
#[derive(Clone, Copy)]
enum Guard {
    /// None: the code is the harness's.
    None,
    /// A node's: see [`guarded`].
    Node,
    /// A user's, which calls the harness: see [`guarded_own`]. The harness has these sources.
    Own(&'static [&'static str]),
}

/// A panic under guard, as the hook saw it.
enum Seen {
    /// It is one of the code that the guard is for.
    Guarded(Panic),
    /// It arose in the sources of the harness.
    Harness,
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
    under(Guard::Node, call)
}

/// Calls code that is neither a node's nor the harness's, such as a user's scenario, and returns a
/// panic in it as [`guarded`] does. Such code calls the harness: a panic that arises there goes on to
/// the caller of the run, as a bug of the harness. Where a panic arose is known by its place once
/// [`crate::prepare_process`] was called: `sources` are files of the harness, as `file!()` has them, in
/// whose folders all of its sources are.
///
/// A function of the harness that panics when it is called with a wrong parameter has the place of its
/// caller (`#[track_caller]`): that is no bug of the harness.
pub fn guarded_own<R>(
    sources: &'static [&'static str],
    call: impl FnOnce() -> R,
) -> Result<R, Panic> {
    under(Guard::Own(sources), call)
}

fn under<R>(guard: Guard, call: impl FnOnce() -> R) -> Result<R, Panic> {
    let (outer, ran) = (GUARD.replace(guard), RUNS.with(|runs| runs.load(Ordering::Relaxed)));
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    GUARD.set(outer);
    result.map_err(|payload| {
        // A panic leaves the mark of a server whose code was called within `call`.
        set(ran);
        caught(payload)
    })
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

/// The panic with this payload, which was caught. One that is no fault of the guarded code's goes on to
/// the caller of the run.
fn caught(payload: Box<dyn Any + Send>) -> Panic {
    let last = LAST.take();
    if payload.is::<Unable>() {
        panic::resume_unwind(payload);
    }
    if let Some(Stopped { why, aside }) = payload.downcast_ref() {
        return Panic { message: one_line(why), place: None, aside: one_line(aside) };
    }
    let last = match last {
        Some(Seen::Harness) => {
            // An outer guard must know it, too.
            LAST.set(last);
            panic::resume_unwind(payload);
        }
        Some(Seen::Guarded(panic)) => Some(panic),
        None => None,
    };
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

/// Installs a panic hook that stores panics of guarded code instead of printing them.
pub(crate) fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info.location();
            match (running(), GUARD.get()) {
                (Some(_), _) | (None, Guard::Node) => {}
                (None, Guard::None) => return outer(info),
                (None, Guard::Own(sources)) => {
                    if place.is_some_and(|place| is_among(place.file(), sources)) {
                        LAST.set(Some(Seen::Harness));
                        return outer(info);
                    }
                }
            }
            let payload = info.payload();
            let message = payload.downcast_ref::<&str>().copied();
            let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            let message = message.unwrap_or("a panic without text");
            let (message, place) = (one_line(message), place.map(ToString::to_string));
            LAST.set(Some(Seen::Guarded(Panic { message, place, aside: String::new() })));
        }));
    });
}

/// Whether a file is in the folder of one of these, or below. The compiler names a file by its path
/// from the folder of the workspace, but by the whole path where the code is generic and another crate
/// uses it.
fn is_among(file: &str, sources: &[&str]) -> bool {
    let separators = ['/', '\\'];
    let folders = sources.iter().map(|source| {
        let end = source.rfind(separators).map_or(0, |last| last + 1);
        &source[..end]
    });
    folders.filter(|folder| !folder.is_empty()).any(|folder| {
        let mut places = file.match_indices(folder);
        places.any(|(at, _)| at == 0 || file[..at].ends_with(separators))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_among_the_sources_by_any_of_its_names() {
        let sources = ["crates/sim/src/lib.rs", "/home/me/oracles/src/lib.rs", r"c:\plan\lib.rs"];
        for file in [
            "crates/sim/src/world/mod.rs",
            "/home/me/raftsim/crates/sim/src/lib.rs",
            "/home/me/oracles/src/judge.rs",
            r"c:\plan\text.rs",
        ] {
            assert!(is_among(file, &sources), "{file}");
        }
        for file in [
            "crates/sim/tests/main.rs",
            "my-crates/sim/src/lib.rs",
            "src/lib.rs",
            "/me/oracles/src/lib.rs",
        ] {
            assert!(!is_among(file, &sources), "{file}");
        }
        assert!(!is_among("lib.rs", &["lib.rs"]), "a file without a folder has no neighbours");
    }
}
