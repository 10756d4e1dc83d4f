//! How long a process may take to answer, in real time: without the time in which this process did
//! not run.

use std::time::Duration;

/// A moment of real time.
#[expect(clippy::disallowed_types, reason = "how long another program takes is real time")]
pub(crate) type Moment = std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "how long another program takes is real time")]
pub(crate) fn now() -> Moment {
    Moment::now()
}

/// How long to wait at once.
const SPAN: Duration = Duration::from_secs(1);

/// If so much more time than that has passed, this process was suspended, and perhaps the other one
/// was too: by Ctrl-Z, or since the machine slept.
const GAP: Duration = Duration::from_secs(2);

/// The time that a process has left.
#[derive(Debug)]
pub(crate) struct Patience {
    whole: Duration,
    left: Duration,
    /// When this process was last seen to run.
    seen: Moment,
}

impl Patience {
    pub(crate) fn new(whole: Duration, now: Moment) -> Self {
        Self { whole, left: whole, seen: now }
    }

    /// How long to wait now; zero if the time is up.
    pub(crate) fn span(&self) -> Duration {
        self.left.min(SPAN)
    }

    /// It is `now`, after a wait of at most [`Patience::span`].
    pub(crate) fn wait_on(&mut self, now: Moment) {
        let passed = now.saturating_duration_since(self.seen);
        self.seen = now;
        self.left = if passed > SPAN + GAP { self.whole } else { self.left.saturating_sub(passed) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Patience, now};

    #[test]
    fn a_suspension_is_no_time_that_a_process_took() {
        let second = Duration::from_secs(1);
        let start = now();
        let mut patience = Patience::new(3 * second, start);
        patience.wait_on(start + second);
        patience.wait_on(start + 2 * second);
        assert_eq!(patience.span(), second);
        // An hour of sleep.
        patience.wait_on(start + 3600 * second);
        for passed in 1..=3 {
            assert_eq!(patience.span(), second);
            patience.wait_on(start + (3600 + passed) * second);
        }
        assert_eq!(patience.span(), Duration::ZERO);
    }
}
