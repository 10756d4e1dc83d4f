//! How many more events the present instant and second may have.

use raftsim_node::{Duration, Time};

use crate::world::setup::Caps;

/// What is left of the caps on events. Counted down: to see that none is left costs nothing more.
pub(crate) struct Pace {
    pub(crate) left_at_instant: u32,
    pub(crate) left_in_second: u32,
    second_ends: Time,
}

impl Pace {
    /// Nothing has happened yet.
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            left_at_instant: caps.at_one_instant,
            left_in_second: caps.in_one_second,
            second_ends: Time::ZERO,
        }
    }

    /// Another instant begins, and another second if the present one is over.
    #[inline]
    pub(crate) fn move_to(&mut self, next: Time, caps: Caps) {
        self.left_at_instant = caps.at_one_instant;
        if next >= self.second_ends {
            self.left_in_second = caps.in_one_second;
            self.second_ends = next + Duration::from_secs(1);
        }
    }
}
