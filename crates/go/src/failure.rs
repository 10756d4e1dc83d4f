//! Why a program stopped, in one line, with the package's own lines.

use wasmtime::{Error, Trap, WasmBacktrace};

use crate::host::Life;

/// How many of the package's own lines of code a failure names.
const FRAMES: usize = 3;

/// Why the program stopped.
pub(crate) fn why(error: &Error, host: &Life, package: &str) -> String {
    let printed = host.printed();
    if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
        let function = function(error, package);
        return format!("the Go program never rests: it is in a loop in {function}");
    }
    if let Some(panic) = panicked(&printed) {
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
    match own.strip_prefix("__").and_then(|method| method.split_once("_.")) {
        Some((of, method)) => format!("(*{of}).{method}"),
        None => own.to_owned(),
    }
}

/// What Go printed when it panicked or found a fatal error: its message, and the lines of the
/// package in the stack of the goroutine that did it.
fn panicked(printed: &str) -> Option<String> {
    let start = ["panic: ", "fatal error: "].iter().filter_map(|word| printed.find(word)).min()?;
    let printed = &printed[start..];
    let message = printed.lines().next()?;
    let stack = printed.split("\ngoroutine ").nth(1).unwrap_or_default();
    let stack = stack.split("\n\n").next().unwrap_or_default();
    let lines: Vec<&str> = stack.lines().collect();
    let calls = lines.windows(2).filter_map(|pair| {
        let place = pair[1].strip_prefix('\t')?.split(" +0x").next()?;
        let is_own = !place.starts_with('/') && !place.contains("raftsim") && place.contains('/');
        let function = pair[0].rsplit_once('(').map_or(pair[0], |(name, _)| name);
        let function = function.rsplit('/').next()?.trim_start_matches("created by ");
        is_own.then(|| format!("{function} ({place})"))
    });
    let calls: Vec<String> = calls.take(FRAMES).collect();
    if calls.is_empty() {
        return Some(message.to_owned());
    }
    Some(format!("{message}, in {}", calls.join(", called by ")))
}
