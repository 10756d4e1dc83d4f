//! What is due, in order: by time, then in the order it was put in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use raftsim_node::Time;

/// A queue ordered by (time, sequence). The heap holds 16-byte keys; the items lie still in a slab.
pub(crate) struct Queue<T> {
    /// time << 64 | sequence << 32 | slot.
    keys: BinaryHeap<Reverse<u128>>,
    items: Vec<Option<T>>,
    free: Vec<u32>,
    sequence: u32,
}

/// The queue's key cannot count any further: 2^32 items were put in since the run began.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            keys: BinaryHeap::with_capacity(32),
            items: Vec::with_capacity(32),
            free: Vec::with_capacity(32),
            sequence: 0,
        }
    }

    /// How many items wait.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Puts in an item that is due at `time`.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a slot counts waiting items, under 2^32")]
    pub(crate) fn push(&mut self, time: Time, item: T) -> Result<(), Exhausted> {
        self.sequence = self.sequence.checked_add(1).ok_or(Exhausted)?;
        let slot = if let Some(slot) = self.free.pop() {
            self.items[slot as usize] = Some(item);
            slot
        } else {
            self.items.push(Some(item));
            self.items.len() as u32 - 1
        };
        let order = u128::from(self.sequence) << 32 | u128::from(slot);
        self.keys.push(Reverse(u128::from(time.as_nanos()) << 64 | order));
        Ok(())
    }

    /// When the first item is due; [`Time::MAX`] when none waits.
    pub(crate) fn due(&self) -> Time {
        self.keys.peek().map_or(Time::MAX, |Reverse(key)| Time::from_nanos((key >> 64) as u64))
    }

    /// Takes the first item out.
    #[expect(clippy::cast_possible_truncation, reason = "the key's lowest quarter is the slot")]
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let Reverse(key) = self.keys.pop()?;
        let slot = key as u32;
        self.free.push(slot);
        self.items[slot as usize].take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_by_time_then_in_the_order_put_in() {
        let mut queue = Queue::new();
        for (nanos, item) in [(5, 'a'), (3, 'b'), (5, 'c'), (3, 'd'), (0, 'e')] {
            queue.push(Time::from_nanos(nanos), item).expect("room");
        }
        assert_eq!(queue.due(), Time::ZERO);
        assert_eq!(queue.len(), 5);
        let order: String = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, "ebdac");
        assert_eq!(queue.due(), Time::MAX);
    }

    #[test]
    fn a_freed_slot_keeps_the_order() {
        let mut queue = Queue::new();
        queue.push(Time::from_nanos(1), 'a').expect("room");
        assert_eq!(queue.pop(), Some('a'));
        queue.push(Time::from_nanos(2), 'b').expect("room");
        queue.push(Time::from_nanos(2), 'c').expect("room");
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some('b'), Some('c'), None));
    }

    #[test]
    fn the_key_runs_out_with_an_error_and_never_wraps() {
        let mut queue = Queue::new();
        queue.sequence = u32::MAX - 1;
        assert!(queue.push(Time::ZERO, 'a').is_ok());
        assert!(queue.push(Time::ZERO, 'b').is_err());
        assert_eq!((queue.pop(), queue.pop()), (Some('a'), None));
    }
}
