//! A set of small numbers, of which nearly all that are lower than its highest are in it.

use alloc::vec;
use alloc::vec::Vec;

/// The words before `full` are all ones, and those from `end` on are all zeros. So a set of the
/// operations that a search has placed is known by the few words in between, however long the
/// history is.
#[derive(Clone, Debug)]
pub(crate) struct Bits {
    words: Vec<u64>,
    full: usize,
    end: usize,
}

impl Bits {
    /// An empty set of numbers less than `bound`.
    pub(crate) fn new(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)], full: 0, end: 0 }
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.words[number / 64] & (1 << (number % 64)) != 0
    }

    pub(crate) fn insert(&mut self, number: usize) {
        let word = number / 64;
        self.words[word] |= 1 << (number % 64);
        self.end = self.end.max(word + 1);
        while self.full < self.end && self.words[self.full] == u64::MAX {
            self.full += 1;
        }
    }

    pub(crate) fn remove(&mut self, number: usize) {
        let word = number / 64;
        self.words[word] &= !(1 << (number % 64));
        self.full = self.full.min(word);
        while self.end > self.full && self.words[self.end - 1] == 0 {
            self.end -= 1;
        }
    }

    /// The number of words that are all ones, and the words after them up to the last that is not
    /// zero. Two sets are equal if these are.
    pub(crate) fn parts(&self) -> (usize, &[u64]) {
        (self.full, &self.words[self.full..self.end])
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn equal_sets_have_equal_parts_whatever_was_in_them_before() {
        let mut bits = Bits::new(200);
        for number in 0..130 {
            bits.insert(number);
        }
        assert_eq!(bits.parts(), (2, &[3][..]));
        bits.insert(199);
        bits.remove(5);
        assert_eq!(bits.parts(), (0, &[u64::MAX - 32, u64::MAX, 3, 1 << 7][..]));
        bits.remove(199);
        bits.insert(5);
        assert_eq!(bits.parts(), (2, &[3][..]));
        assert!(bits.contains(129));
        assert!(!bits.contains(199));
    }
}
