//! Rafts whose memory does harm when it is shown.

use std::fmt;

use raftsim_raft::Raft;
use raftsim_testkit::Tweak;

/// A value that takes over the terminal.
#[derive(Clone, Default)]
pub(crate) struct ShowsColors;

/// A value that cannot be shown.
#[derive(Clone, Default)]
pub(crate) struct ShowsNothing;

/// A value without end.
#[derive(Clone, Default)]
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

impl fmt::Debug for ShowsTooMuch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..20_000).try_for_each(|number| writeln!(out, "line {number}"))
    }
}

impl Tweak<Raft> for ShowsColors {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}

impl Tweak<Raft> for ShowsNothing {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}

impl Tweak<Raft> for ShowsTooMuch {
    fn inspect<'a>(&'a self, _: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        Some(self)
    }
}
