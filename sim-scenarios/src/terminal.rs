//! Standard error, which may be full, closed or read by nobody: what cannot be written there is
//! lost, and nothing else. The standard library's `eprintln!` would panic, and the results of the
//! runs would be lost with it, so that `clippy.toml` forbids it.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use raftsim_sim::text::TextError;
use raftsim_sim::text::foreign;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Prints a line on standard error. It may quote anything: it is made harmless.
pub fn complain(line: fmt::Arguments<'_>) {
    // One write, so that the lines of several threads do not mix.
    let _ = io::stderr().write_all(format!("{}\n", foreign::line(line)).as_bytes());
}

/// Which `tracing` events are printed: those of a level, such as `debug`, or of a crate or module,
/// such as `my_raft=debug`; with commas between several. It cannot ask for the fields of an event.
// `Targets` needs no regular expressions, which would take longer to build than all the rest of
// `tracing-subscriber`; and a user's tests build it.
#[derive(Clone, Debug)]
pub struct LogFilter(Targets);

impl FromStr for LogFilter {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let targets = text.parse::<Targets>();
        targets.map(Self).map_err(|error| TextError::new(error.to_string()))
    }
}

impl LogFilter {
    /// Runs this, and meanwhile prints on standard error what this thread's events are, each with
    /// the virtual time at which it happens.
    pub fn listen<T>(self, has_colors: bool, run: impl FnOnce() -> T) -> T {
        let events = layer().with_timer(VirtualClock).with_writer(Log).with_ansi(has_colors);
        let _default = registry().with(self.0).with(events).set_default();
        run()
    }
}

/// Gives `tracing` events the virtual time of the run that this thread plays.
#[derive(Clone, Copy, Debug)]
struct VirtualClock;

impl FormatTime for VirtualClock {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        write!(out, "{}", raftsim_sim::virtual_now())
    }
}

/// Standard error as a writer of `tracing` events.
#[derive(Clone, Copy, Debug)]
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().flush();
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
