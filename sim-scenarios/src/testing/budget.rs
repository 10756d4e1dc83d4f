//! How much a test does: a number of seeds or plans, or as many as a time allows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use raftsim_explore::ShrinkProgress;
use raftsim_sim::text::foreign::quote;
use raftsim_sim::text::{long_span, number};

use super::{child, variable};

/// How long a test sweeps or plays plans unless a variable says otherwise: many tests of a Raft
/// that nobody has made fast yet still end in a few minutes together.
const TIME: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_types, reason = "a test ends when its time is over")]
type Instant = std::time::Instant;

/// How many seeds or plans a test runs, and for how long. Its time starts when it is made.
#[derive(Debug)]
pub(super) struct Budget {
    /// The largest number.
    pub(super) most: u64,
    /// The time after which none begins; `None`: there is no limit.
    time: Option<Duration>,
    start: Instant,
    /// Whether the first one has begun.
    has_begun: AtomicBool,
}

impl Budget {
    /// The budget of a test that by itself runs `most` of `what`: seeds or plans. The variable
    /// `variable_of_most` gives another number, without a limit of time, and `RAFTSIM_TIME` the limit.
    ///
    /// # Panics
    /// When a variable has no valid value.
    #[expect(clippy::disallowed_methods, reason = "a test ends when its time is over")]
    #[track_caller]
    pub(super) fn read(most: u64, variable_of_most: &str, what: &str) -> Self {
        let asked = variable(variable_of_most).map(|text| {
            number(&text).filter(|&most| most > 0).unwrap_or_else(|| {
                child::fail(&format!(
                    "{variable_of_most} is `{}`, but should be a number of {what}, at least 1",
                    quote(&text)
                ))
            })
        });
        let time = variable("RAFTSIM_TIME").map(|text| {
            let time = long_span(&text).map_or(0, raftsim_node::Duration::as_nanos);
            if time == 0 {
                let text = quote(&text);
                child::fail(&format!(
                    "RAFTSIM_TIME is `{text}`, but should be a time such as 30s or 10m"
                ));
            }
            Duration::from_nanos(time)
        });
        Self {
            most: asked.unwrap_or(most),
            time: time.or_else(|| asked.is_none().then_some(TIME)),
            start: Instant::now(),
            has_begun: AtomicBool::new(false),
        }
    }

    /// This number, without a limit of time.
    pub(super) fn of(most: u64) -> Self {
        Self::within(most, None)
    }

    /// This number, within this time from now on, if it is limited.
    #[expect(clippy::disallowed_methods, reason = "a test ends when its time is over")]
    pub(super) fn within(most: u64, time: Option<Duration>) -> Self {
        Self { most, time, start: Instant::now(), has_begun: AtomicBool::new(false) }
    }

    /// Whether the time is over, so that the next seed or plan is not to begin. Ask before each one:
    /// the first always begins.
    pub(super) fn is_over(&self) -> bool {
        let is_late = || self.time.is_some_and(|time| self.start.elapsed() >= time);
        self.has_begun.swap(true, Ordering::Relaxed) && is_late()
    }
}

impl ShrinkProgress for Budget {
    fn stops(&self) -> bool {
        self.is_over()
    }
}
