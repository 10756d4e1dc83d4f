//! Why a program stopped, in one line, with the package's own lines.

use wasmtime::{Error, Trap, WasmBacktrace};

use crate::host::Life;
use crate::program::Program;
use crate::stacks::goroutines;

/// How many of the package's own lines of code a failure names.
const FRAMES: usize = 3;

/// Why the program stopped.
pub(crate) fn why(error: &Error, host: &Life, program: &Program) -> String {
    let printed = host.printed();
    if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
        let function = function(error, &program.package);
        return format!("the Go program never rests: it is in a loop in {function}");
    }
    if let Some(panic) = panicked(&printed, &program.prefix) {
        return panic;
    }
    match host.world.exit {
        Some(status) => {
            let last = printed.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            format!("the Go program ended with exit status {status}: {last}")
        }
        None => format!("the Go program cannot go on: {}", error.root_cause()),
    }
}

/// The function of the package in which the program was when it stopped: the innermost one, if the
/// stack has any. `package` is what the names of its functions begin with.
fn function(error: &Error, package: &str) -> String {
    let trace = error.downcast_ref::<WasmBacktrace>();
    let names = trace.into_iter().flat_map(WasmBacktrace::frames).filter_map(|it| it.func_name());
    let names: Vec<&str> = names.collect();
    let own = names.iter().find_map(|name| name.strip_prefix(package));
    // Go's own work, such as collecting memory, which does not end either.
    let Some(own) = own else {
        let last = names.get(..8).unwrap_or(&names).join(", called by ");
        return if last.is_empty() { "no function".to_owned() } else { last };
    };
    // The linker puts `_` for each mark: `__Raft_.ticker` was `(*Raft).ticker`.
    let own = match own.strip_prefix("__").and_then(|method| method.split_once("_.")) {
        Some((of, method)) => format!("(*{of}).{method}"),
        None => own.to_owned(),
    };
    // What a `go` statement calls may be compiled into the goroutine itself.
    match own.split_once(".gowrap") {
        Some((starter, _)) => format!("a goroutine that {starter} starts"),
        None => own,
    }
}

/// What Go printed when it panicked or found a fatal error: its message, and the student's lines in
/// the stack of the goroutine that did it.
fn panicked(printed: &str, prefix: &str) -> Option<String> {
    let start = ["panic: ", "fatal error: "].iter().filter_map(|word| printed.find(word)).min()?;
    let printed = &printed[start..];
    let message = printed.lines().next()?;
    let first = goroutines(printed).next();
    let calls = first.iter().flat_map(|goroutine| &goroutine.calls);
    let own = calls.filter(|call| call.is_in(prefix)).take(FRAMES);
    let calls: Vec<String> =
        own.map(|call| format!("{} ({})", call.function, call.place)).collect();
    if calls.is_empty() {
        return Some(message.to_owned());
    }
    Some(format!("{message}, in {}", calls.join(", called by ")))
}
