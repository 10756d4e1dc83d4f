//! Rafts whose memory does harm when it is shown.

use std::fmt;
use std::panic;

use raftsim::Unable;

use crate::near::Quirk;

/// A value that takes over the terminal.
pub(crate) struct ShowsColors;

/// A value that cannot be shown.
pub(crate) struct ShowsNothing;

/// A value that finds that the machine cannot show it.
pub(crate) struct ShowsUnable;

/// A value without end.
pub(crate) struct ShowsTooMuch;

impl fmt::Debug for ShowsColors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("red \u{1b}[31m\r\u{202e}reversed\n  second line")
    }
}

impl fmt::Debug for ShowsNothing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("my memory\n\u{1b}[2Jis my own")
    }
}

impl fmt::Debug for ShowsUnable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic::panic_any(Unable("the machine is too small".to_owned()))
    }
}

impl fmt::Debug for ShowsTooMuch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..20_000).try_for_each(|number| writeln!(out, "line {number}"))
    }
}

impl Quirk for ShowsColors {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}

impl Quirk for ShowsNothing {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}

impl Quirk for ShowsUnable {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}

impl Quirk for ShowsTooMuch {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}
