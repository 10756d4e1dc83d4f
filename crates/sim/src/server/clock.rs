//! Each server's own clock: what it reads, and when it will read a given time.
//!
//! A clock that was never changed reads the world's time, and has no value of its own. A changed
//! clock keeps its rate, and how far it is ahead, in all later lives of its server.

use std::fmt;

use raftsim_node::{Duration, Time};

use crate::text::{TextError, Words, fraction};

/// How fast a clock runs: `numerator` nanoseconds of the clock pass in `denominator` nanoseconds of
/// the world. Prints as `3/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    numerator: u32,
    denominator: u32,
}

impl Rate {
    /// As fast as the world's clock.
    pub const TRUE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator` nanoseconds of the clock in `denominator` nanoseconds of the world.
    ///
    /// # Panics
    /// If either is 0.
    #[track_caller]
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        assert!(numerator > 0, "a clock does not stand still");
        assert!(denominator > 0, "the denominator of a rate is above 0");
        Self { numerator, denominator }
    }

    /// How many nanoseconds of the clock pass in [`Rate::denominator`] nanoseconds of the world.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// In how many nanoseconds of the world [`Rate::numerator`] nanoseconds of the clock pass.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Whether such a clock runs as fast as the world's.
    pub const fn is_true(self) -> bool {
        self.numerator == self.denominator
    }

    /// How long a `span` by this clock lasts in the world, rounded up, and at most `u64::MAX` ns.
    pub fn in_the_world(self, span: Duration) -> Duration {
        let scaled = u128::from(span.as_nanos()) * u128::from(self.denominator);
        let nanos = scaled.div_ceil(u128::from(self.numerator));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// By how many nanoseconds this clock moves in a `span` of the world, rounded down.
    fn by_the_clock(self, span: Duration) -> u128 {
        u128::from(span.as_nanos()) * u128::from(self.numerator) / u128::from(self.denominator)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.numerator, self.denominator)
    }
}

/// How many times as fast, or as slow, as the world's clock a clock read from text may run.
const MOST_RATE: u32 = 1_000;

impl Words<'_> {
    /// Reads the next word as a clock's rate such as `3/2`.
    pub fn rate(&mut self) -> Result<Rate, TextError> {
        self.value("a rate such as 3/2", rate)
    }
}

fn rate(text: &str) -> Result<Rate, TextError> {
    let (numerator, denominator) = fraction(text, "a rate such as 3/2")?;
    let (own, worlds) = (u64::from(numerator), u64::from(denominator));
    let most = u64::from(MOST_RATE);
    if own > worlds * most || worlds > own * most {
        let what = format!("a rate from 1/{most} to {most}/1");
        return Err(TextError::expected(what, text));
    }
    Ok(Rate::new(numerator, denominator))
}

/// A clock that was changed: its rate, or how far it is ahead of the world's time, even if the
/// change was undone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) rate: Rate,
    /// The world's time when the clock was last changed.
    pub(crate) world: Time,
    /// What it read at that moment.
    pub(crate) local: Time,
}

impl Clock {
    /// The latest time that a clock may read: some 292 years, to which a server can still add.
    pub(crate) const LATEST: Time = Time::from_nanos(u64::MAX / 2);

    /// What it reads at `now`, which is not before its last change; `None` if that is past
    /// [`Clock::LATEST`].
    pub(crate) fn reads(&self, now: Time) -> Option<Time> {
        let passed = self.rate.by_the_clock(now.since(self.world));
        let nanos = u64::try_from(u128::from(self.local.as_nanos()) + passed).ok()?;
        Some(Time::from_nanos(nanos)).filter(|&local| local <= Self::LATEST)
    }

    /// The first instant at which it reads `local` or later; [`Time::MAX`] if that never comes.
    pub(crate) fn when(&self, local: Time) -> Time {
        self.world.saturating_add(self.rate.in_the_world(local.since(self.local)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_wakes_at_the_first_instant_that_reads_the_deadline() {
        for (numerator, denominator) in [(1, 1), (3, 2), (2, 3), (7, 1), (1, 7), (5, 13)] {
            let rate = Rate::new(numerator, denominator);
            let clock = Clock { rate, world: Time::from_nanos(100), local: Time::from_nanos(1000) };
            for deadline in 990..1100 {
                let deadline = Time::from_nanos(deadline);
                let reads = |now: &u64| clock.reads(Time::from_nanos(*now)) >= Some(deadline);
                let first = (100..1000).find(reads).map(Time::from_nanos);
                assert_eq!(Some(clock.when(deadline)), first, "{rate} {deadline:?}");
            }
        }
    }

    #[test]
    fn a_clock_never_wraps() {
        let rate = Rate::new(u32::MAX, 1);
        let clock = Clock { rate, world: Time::ZERO, local: Time::ZERO };
        assert_eq!(
            clock.reads(Time::from_nanos(1 << 30)).map(Time::as_nanos),
            Some(u64::from(u32::MAX) << 30)
        );
        assert_eq!(clock.reads(Time::from_nanos(1 << 32)), None);
        assert_eq!(clock.reads(Time::MAX), None);
        let slow = Clock { rate: Rate::new(1, u32::MAX), ..clock };
        assert_eq!(slow.when(Time::MAX), Time::MAX);
    }
}
