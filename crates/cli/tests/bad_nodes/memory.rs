//! Rafts whose memory does harm when it is shown.

use std::fmt;
use std::panic;

use raftsim::Unable;

use crate::near::Quirk;

/// A Raft whose memory is this value.
pub(crate) struct Shows<T>(pub(crate) T);

impl<T: fmt::Debug + Sync> Quirk for Shows<T> {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(&self.0)
    }
}

/// A value that takes over the terminal.
pub(crate) struct Colors;

/// A value that cannot be shown.
pub(crate) struct Nothing;

/// A value that finds that the machine cannot show it.
pub(crate) struct TooLarge;

/// A value without end.
pub(crate) struct TooMuch;

impl fmt::Debug for Colors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("red \u{1b}[31m\r\u{202e}reversed\n  second line")
    }
}

impl fmt::Debug for Nothing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("my memory\n\u{1b}[2Jis my own")
    }
}

impl fmt::Debug for TooLarge {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic::panic_any(Unable("the machine is too small".to_owned()))
    }
}

impl fmt::Debug for TooMuch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..20_000).try_for_each(|number| writeln!(out, "line {number}"))
    }
}
