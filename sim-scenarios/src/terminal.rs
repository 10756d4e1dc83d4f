//! Standard error, which may be full, closed or read by nobody: what cannot be written there is
//! lost, and nothing else. The standard library's `eprintln!` would panic, and the results of the
//! runs would be lost with it, so that `clippy.toml` forbids it.

use std::fmt;
use std::io::{self, Write};

use raftsim_sim::text::foreign;
use tracing_subscriber::fmt::MakeWriter;

/// Prints a line on standard error. It may quote anything: it is made harmless.
pub fn complain(line: fmt::Arguments<'_>) {
    // One write, so that the lines of several threads do not mix.
    let _ = io::stderr().write_all(format!("{}\n", foreign::line(line)).as_bytes());
}

/// Standard error as a writer of `tracing` events.
#[derive(Clone, Copy, Debug)]
pub struct Log;

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
