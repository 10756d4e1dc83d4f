//! The queue of what is due, ordered by time, then by the order of putting in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use raftsim_node::Time;

/// A queue ordered by (time, sequence). It sorts 16-byte keys; the items do not move in a slab.
///
/// In most runs few items wait: up to [`NEAR`] keys are in a short sorted list, into which a new
/// key is quickly inserted. Keys that are due after all of those are in a heap.
///
/// Invariants: every key in `near` comes before every key in `far`; `near` is empty only if `far`
/// is.
pub(crate) struct Queue<T> {
    /// Sorted, the first key at the end. A key is time << 64 | sequence << 32 | slot.
    near: Vec<u128>,
    far: BinaryHeap<Reverse<u128>>,
    items: Vec<Option<T>>,
    free: Vec<u32>,
    sequence: u32,
}

/// The most keys in the sorted list.
const NEAR: usize = 32;

/// The sequence number is used up: 2^32 items were put in since the run began.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            near: Vec::with_capacity(NEAR),
            far: BinaryHeap::new(),
            items: Vec::with_capacity(8),
            free: Vec::with_capacity(8),
            sequence: 0,
        }
    }

    /// The number of items that wait.
    pub(crate) fn len(&self) -> usize {
        self.near.len() + self.far.len()
    }

    /// Puts in an item that is due at `time`. `make` makes it in its place, since it is large.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a slot counts waiting items, under 2^32")]
    pub(crate) fn push(&mut self, time: Time, make: impl FnOnce() -> T) -> Result<(), Exhausted> {
        self.sequence = self.sequence.checked_add(1).ok_or(Exhausted)?;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.items.push(None);
            self.items.len() as u32 - 1
        });
        let place = &mut self.items[slot as usize];
        assert!(place.is_none(), "a free slot is empty");
        *place = Some(make());
        let order = u128::from(self.sequence) << 32 | u128::from(slot);
        self.push_key(u128::from(time.as_nanos()) << 64 | order);
        Ok(())
    }

    #[expect(clippy::inline_always, reason = "every message passes here")]
    #[inline(always)]
    fn push_key(&mut self, key: u128) {
        let is_near = self.far.peek().is_none_or(|&Reverse(first)| key < first);
        if is_near && self.near.len() < NEAR {
            // Search from the end, where the first keys are: most messages are due soon.
            let mut place = self.near.len();
            self.near.push(key);
            while place > 0 && self.near[place - 1] < key {
                self.near[place] = self.near[place - 1];
                place -= 1;
            }
            self.near[place] = key;
        } else {
            self.push_beyond(key);
        }
    }

    /// Puts in a key if the sorted list is full, or if it is due after the heap's first key.
    #[cold]
    fn push_beyond(&mut self, key: u128) {
        let place = self.near.partition_point(|&other| other > key);
        if place == 0 {
            self.far.push(Reverse(key));
            return;
        }
        // The last key of the sorted list moves into the heap.
        self.far.push(Reverse(self.near[0]));
        self.near.copy_within(1..place, 0);
        self.near[place - 1] = key;
    }

    /// Moves the heap's first key into the sorted list, which is empty.
    #[cold]
    fn refill(&mut self) {
        self.near.extend(self.far.pop().map(|Reverse(key)| key));
    }

    /// When the first item is due; [`Time::MAX`] if none waits.
    pub(crate) fn due(&self) -> Time {
        // The event loop reads it, and `last` makes it test a pointer that is never null.
        let [.., key] = self.near[..] else { return Time::MAX };
        Time::from_nanos((key >> 64) as u64)
    }

    /// All items that wait, in order, each with its time.
    #[expect(clippy::cast_possible_truncation, reason = "the key's lowest quarter is the slot")]
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (Time, &T)> {
        let far = self.far.iter().map(|&Reverse(key)| key);
        let mut keys: Vec<u128> = self.near.iter().copied().chain(far).collect();
        keys.sort_unstable();
        keys.into_iter().filter_map(|key| {
            let item = self.items[key as u32 as usize].as_ref()?;
            Some((Time::from_nanos((key >> 64) as u64), item))
        })
    }

    /// Takes the first item out.
    #[expect(clippy::cast_possible_truncation, reason = "the key's lowest quarter is the slot")]
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let key = self.near.pop()?;
        if self.near.is_empty() && !self.far.is_empty() {
            self.refill();
        }
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
            queue.push(Time::from_nanos(nanos), || item).expect("room");
        }
        assert_eq!(queue.due(), Time::ZERO);
        assert_eq!(queue.len(), 5);
        let waiting: String = queue.waiting().map(|(_, item)| *item).collect();
        assert_eq!(waiting, "ebdac");
        let order: String = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, "ebdac");
        assert_eq!(queue.due(), Time::MAX);
    }

    #[test]
    fn items_beyond_the_sorted_list_keep_the_order() {
        let mut queue = Queue::new();
        // The times are unordered, and several are equal; every fourth step takes an item out.
        let mut random = 1_u64;
        let (mut waiting, mut taken) = (vec![], vec![]);
        for item in 0..20 * NEAR as u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let due = taken.last().map_or(0, |&(due, _)| due) + (random >> 57);
            queue.push(Time::from_nanos(due), || (due, item)).expect("room");
            waiting.push((due, item));
            if (random >> 33).is_multiple_of(4) {
                waiting.sort_unstable();
                assert_eq!(queue.due(), Time::from_nanos(waiting[0].0));
                let first = queue.pop().expect("some wait");
                assert_eq!(first, waiting.remove(0));
                taken.push(first);
            }
        }
        waiting.sort_unstable();
        assert_eq!(queue.len(), waiting.len());
        assert!(waiting.len() > 10 * NEAR, "the heap was used");
        let shown: Vec<_> = queue.waiting().map(|(_, &item)| item).collect();
        assert_eq!(shown, waiting);
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, waiting);
    }

    #[test]
    fn a_freed_slot_keeps_the_order() {
        let mut queue = Queue::new();
        queue.push(Time::from_nanos(1), || 'a').expect("room");
        assert_eq!(queue.pop(), Some('a'));
        queue.push(Time::from_nanos(2), || 'b').expect("room");
        queue.push(Time::from_nanos(2), || 'c').expect("room");
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some('b'), Some('c'), None));
    }

    #[test]
    fn the_key_runs_out_with_an_error_and_never_wraps() {
        let mut queue = Queue::new();
        queue.sequence = u32::MAX - 1;
        assert!(queue.push(Time::ZERO, || 'a').is_ok());
        assert!(queue.push(Time::ZERO, || 'b').is_err());
        assert_eq!((queue.pop(), queue.pop()), (Some('a'), None));
    }
}
