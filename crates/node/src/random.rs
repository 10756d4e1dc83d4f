//! Random numbers from a seed, for nodes.

use core::ops::Range;

use crate::Duration;

/// Numbers drawn from a seed such as [`crate::Boot::seed`]: the same seed gives the same numbers on
/// every machine. They are good enough for timeouts, and for no secret.
///
/// ```
/// use raftsim_node::{Duration, Random};
///
/// let mut random = Random::new(42);
/// let timeouts = Duration::from_millis(150)..Duration::from_millis(300);
/// let timeout = random.between(timeouts.clone());
/// assert!(timeouts.contains(&timeout));
/// assert_eq!(Random::new(42).between(timeouts), timeout);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (`SplitMix64`).
    pub const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number from 0 on, and less than `limit`.
    ///
    /// # Panics
    /// If `limit` is 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        assert!(limit > 0, "no number is less than 0");
        let scaled = self.word() as u128 * limit as u128;
        (scaled >> 64) as u64
    }

    /// A span of the range: at least its start, and less than its end.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn between(&mut self, spans: Range<Duration>) -> Duration {
        assert!(spans.start < spans.end, "no span is in {spans:?}");
        spans.start + Duration::from_nanos(self.below((spans.end - spans.start).as_nanos()))
    }
}
