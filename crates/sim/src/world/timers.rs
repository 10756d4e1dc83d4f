//! When each server's timer is due.

use std::mem;

use raftsim_node::{NodeId, Time};

/// The servers' timers.
///
/// Invariant: `first` is the least pair of time and slot in `due`.
pub(crate) struct Timers {
    /// By server: when its timer is due; [`Time::MAX`] if none runs.
    due: Vec<Time>,
    /// When the first timer is due, and its server's slot; of two at one time, the lower slot.
    first: (Time, usize),
}

impl Timers {
    /// The timers of `size` servers, none of which runs.
    pub(crate) fn new(size: usize) -> Self {
        Self { due: vec![Time::MAX; size], first: (Time::MAX, 0) }
    }

    /// When the first timer is due ([`Time::MAX`] if none runs), and the slot of its server.
    pub(crate) fn first(&self) -> (Time, usize) {
        self.first
    }

    /// When a server's timer is due; [`Time::MAX`] if none runs.
    pub(crate) fn due(&self, node: NodeId) -> Time {
        self.due[node.slot()]
    }

    /// Sets a server's timer; [`Time::MAX`] stops it.
    #[inline]
    pub(crate) fn set(&mut self, node: NodeId, due: Time) {
        let slot = node.slot();
        // Half the steps leave the deadline where it is.
        if mem::replace(&mut self.due[slot], due) == due {
            return;
        }
        if slot == self.first.1 {
            self.find_first();
        } else if (due, slot) < self.first {
            self.first = (due, slot);
        }
    }

    /// Stops a server's timer; returns when it was due.
    pub(crate) fn stop(&mut self, node: NodeId) -> Time {
        let due = self.due[node.slot()];
        self.set(node, Time::MAX);
        due
    }

    fn find_first(&mut self) {
        let mut first = (Time::MAX, 0);
        for (slot, &due) in self.due.iter().enumerate() {
            if due < first.0 {
                first = (due, slot);
            }
        }
        self.first = first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_timer_is_the_one_that_a_scan_finds() {
        let mut timers = Timers::new(5);
        let mut due = [Time::MAX; 5];
        let mut random = 1_u64;
        for _ in 0..2000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let slot = usize::try_from(random >> 33).expect("31 bits") % 5;
            // There are few different times, so that timers tie; sometimes one is stopped.
            let time = (random >> 60) % 7;
            due[slot] = if time == 6 { Time::MAX } else { Time::from_nanos(time) };
            let number = u8::try_from(slot + 1).expect("at most 5");
            timers.set(NodeId::new(number), due[slot]);
            let first = *due.iter().min().expect("five");
            assert_eq!(timers.first().0, first);
            if first < Time::MAX {
                let lowest = due.iter().position(|&time| time == first);
                assert_eq!(Some(timers.first().1), lowest);
            }
        }
    }
}
