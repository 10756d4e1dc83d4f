//! Standard error, which may be full, closed or read by nobody.

use std::fmt;
use std::io::{self, Write};

/// Prints a line on standard error.
pub fn complain(line: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
