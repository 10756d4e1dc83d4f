//! Progress bars: on stderr, and only if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use raftsim_explore::SweepListener;

/// A bar of this length, if one is known, in this style: a template of `indicatif`'s.
pub(crate) fn bar(length: Option<u64>, style: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(style).expect("a template of our own");
    ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()).with_style(style)
}

/// Names a sweep's runs, and moves its bar.
pub(crate) struct Watcher<'a> {
    pub(crate) bar: &'a ProgressBar,
    /// A scenario's name, or `fuzz`.
    pub(crate) what: &'a str,
    pub(crate) node: &'a str,
}

impl SweepListener for Watcher<'_> {
    fn what(&self) -> String {
        format!("{}, node {}", self.what, self.node)
    }

    fn ran(&self, seeds: u64) {
        self.bar.inc(seeds);
    }
}
