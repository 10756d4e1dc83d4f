//! Remembers which configurations a search has been in.

use alloc::vec;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

use crate::bits::Bits;

/// A set of configurations: the operations placed so far, those that returned and those that are
/// pending apart, and the state that they lead to. Configurations are compared whole, so that two
/// of them are never mixed up.
#[derive(Debug)]
pub(crate) struct Cache<S> {
    /// A hash table with open addressing: 0, or one more than the number of a configuration.
    slots: Vec<usize>,
    hashes: Vec<u64>,
    /// Where the words of each configuration end in `words`. They begin where the last one's end.
    ends: Vec<usize>,
    words: Vec<u64>,
    states: Vec<S>,
}

impl<S: Clone + Eq + Hash> Cache<S> {
    pub(crate) fn new() -> Self {
        Self {
            slots: vec![0; 64],
            hashes: Vec::new(),
            ends: Vec::new(),
            words: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Whether the configuration is a new one.
    pub(crate) fn insert(&mut self, returned: &Bits, pending: &Bits, state: &S) -> bool {
        let start = self.words.len();
        for (full, words) in [returned.parts(), pending.parts()] {
            self.words.extend([full as u64, words.len() as u64]);
            self.words.extend_from_slice(words);
        }
        let mut hasher = Mixer(0);
        self.words[start..].hash(&mut hasher);
        state.hash(&mut hasher);
        let hash = hasher.finish();
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            let known = self.slots[slot] - 1;
            let is_equal = self.hashes[known] == hash
                && self.words_of(known) == &self.words[start..]
                && self.states[known] == *state;
            if is_equal {
                self.words.truncate(start);
                return false;
            }
            slot = (slot + 1) % self.slots.len();
        }
        self.hashes.push(hash);
        self.ends.push(self.words.len());
        self.states.push(state.clone());
        self.slots[slot] = self.states.len();
        if 2 * self.states.len() > self.slots.len() {
            self.grow();
        }
        true
    }

    fn words_of(&self, known: usize) -> &[u64] {
        let start = known.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.words[start..self.ends[known]]
    }

    fn home(&self, hash: u64) -> usize {
        let slot = hash % self.slots.len() as u64;
        usize::try_from(slot).expect("it is less than the number of slots")
    }

    fn grow(&mut self) {
        self.slots = vec![0; 2 * self.slots.len()];
        for number in 0..self.hashes.len() {
            let mut slot = self.home(self.hashes[number]);
            while self.slots[slot] != 0 {
                slot = (slot + 1) % self.slots.len();
            }
            self.slots[slot] = number + 1;
        }
    }
}

/// A hasher that gives the same hashes on every machine, except that the standard library hashes
/// integers in the order of the machine's bytes. Hashes decide how fast a search is, and never what
/// it finds.
struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    fn finish(&self) -> u64 {
        let folded = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        folded ^ (folded >> 29)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, Cache, Hash, Hasher};

    #[test]
    fn a_configuration_is_new_once() {
        let (mut cache, mut returned, pending) = (Cache::new(), Bits::new(300), Bits::new(3));
        for number in 0..300 {
            returned.insert(number);
            assert!(cache.insert(&returned, &pending, &number));
            assert!(cache.insert(&returned, &pending, &(number + 1)));
            assert!(!cache.insert(&returned, &pending, &number));
        }
        for number in (0..300).rev() {
            assert!(!cache.insert(&returned, &pending, &number));
            returned.remove(number);
        }
    }

    #[test]
    fn different_states_with_one_hash_are_not_equal() {
        #[derive(Clone, PartialEq, Eq)]
        struct Alike(u8);

        impl Hash for Alike {
            fn hash<H: Hasher>(&self, _: &mut H) {}
        }

        let (mut cache, bits) = (Cache::new(), Bits::new(1));
        for number in 0..100 {
            assert!(cache.insert(&bits, &bits, &Alike(number)));
            assert!(!cache.insert(&bits, &bits, &Alike(number)));
        }
    }

    #[test]
    fn what_returned_is_not_what_is_pending() {
        let (mut cache, empty, mut one) = (Cache::new(), Bits::new(1), Bits::new(1));
        one.insert(0);
        assert!(cache.insert(&empty, &one, &0));
        assert!(cache.insert(&one, &empty, &0));
        assert!(!cache.insert(&empty, &one, &0));
    }
}
