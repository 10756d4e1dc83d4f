//! Randomness: one `ChaCha8` key for a run, and a stream of it for each purpose.
//!
//! Streams do not disturb each other: what is drawn for one purpose changes nothing that is drawn
//! for another.

use raftsim_node::{Digest, NodeId};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::text::{TextError, Words, fraction};

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The jitter of the messages on a directed link.
    Jitter(NodeId, NodeId),
    /// Latency, loss, delays and duplication of the messages on a directed link.
    Fate(NodeId, NodeId),
    /// When a server first boots, and the seed of each of its lives.
    Lives(NodeId),
    /// Commands, and the times at which they are proposed.
    Workload,
    /// One client, by its number.
    Client(u32),
    /// The scenario's own choices.
    Scenario,
}

impl Purpose {
    /// The stream's number: the kind of purpose in the upper half, then the servers or the client.
    fn number(self) -> u64 {
        let two = |a: NodeId, b: NodeId| u64::from(a.number()) << 8 | u64::from(b.number());
        match self {
            Self::Jitter(from, to) => 1 << 32 | two(from, to),
            Self::Fate(from, to) => 2 << 32 | two(from, to),
            Self::Lives(node) => 3 << 32 | u64::from(node.number()),
            Self::Workload => 5 << 32,
            Self::Client(number) => 6 << 32 | u64::from(number),
            Self::Scenario => 7 << 32,
        }
    }
}

/// All streams of one run.
#[derive(Clone, Debug)]
pub struct Streams {
    /// The key of every stream; the streams differ in their numbers.
    key: [u8; 32],
}

impl Streams {
    /// The streams of the run of `scenario` with this `seed`. The scenario's name is part of the
    /// key, so that two scenarios have different runs for one seed.
    pub fn new(seed: u64, scenario: &str) -> Self {
        let mut name = Digest::new();
        name.bytes(scenario.as_bytes());
        let mut key = *b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0raftsim, a run  ";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&name.value().to_le_bytes());
        Self { key }
    }

    /// The streams of a run that leaves the course of this one: they have nothing in common with
    /// these streams, nor with those of another `seed`.
    pub(crate) fn branch(&self, seed: u64) -> Self {
        let mut key = self.key;
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[16..].copy_from_slice(b"raftsim, branch ");
        Self { key }
    }

    /// The stream for `purpose`, from its beginning.
    pub fn stream(&self, purpose: Purpose) -> Stream {
        let mut stream = Stream { rng: ChaCha8Rng::from_seed(self.key) };
        stream.rng.set_stream(purpose.number());
        stream
    }
}

/// One stream of random words. Each method draws a fixed number of words, whatever their values.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// The next 32 bits.
    pub fn word(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// The next 64 bits (two words).
    pub fn seed(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A uniform number in `0..bound` (one word); 0 if `bound` is 0 or 1. The bias is less than
    /// `bound` in 2^32.
    pub fn below(&mut self, bound: u32) -> u32 {
        scale(self.word(), bound)
    }

    /// Moves to the word at `position`, counted from the stream's beginning.
    pub(crate) fn seek(&mut self, position: u64) {
        self.rng.set_word_pos(u128::from(position));
    }
}

/// A random word, scaled to `0..bound`.
pub(crate) const fn scale(word: u32, bound: u32) -> u32 {
    ((word as u64 * bound as u64) >> 32) as u32
}

/// A probability: `numerator` in `denominator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The number of favourable cases.
    pub numerator: u32,
    /// The number of all cases; not 0.
    pub denominator: u32,
}

impl Ratio {
    /// Never.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// `numerator` in `denominator`.
    ///
    /// # Panics
    /// If `denominator` is 0, or less than `numerator`.
    #[track_caller]
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        assert!(denominator > 0, "the denominator of a probability is above 0");
        assert!(numerator <= denominator, "a probability is at most 1");
        Self { numerator, denominator }
    }

    /// Whether a random word belongs to this share of all words.
    pub(crate) const fn hit(self, word: u32) -> bool {
        scale(word, self.denominator) < self.numerator
    }

    /// Whether the probability is zero.
    pub(crate) const fn is_zero(self) -> bool {
        self.numerator == 0
    }
}

impl Words<'_> {
    /// Reads the next word as a probability such as `1/10`.
    pub fn ratio(&mut self) -> Result<Ratio, TextError> {
        self.value("a ratio such as 1/10", ratio)
    }
}

fn ratio(text: &str) -> Result<Ratio, TextError> {
    let (numerator, denominator) = fraction(text, "a ratio such as 1/10")?;
    match numerator {
        0 => Ok(Ratio::ZERO),
        _ if numerator > denominator => Err(TextError::expected("a ratio of at most 1", text)),
        _ => Ok(Ratio::new(numerator, denominator)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_none_never_hits_and_one_of_all_always_does() {
        let mut stream = Streams::new(1, "toys").stream(Purpose::Scenario);
        let mut hits = |ratio: Ratio| (0..10_000).filter(|_| ratio.hit(stream.word())).count();
        assert_eq!((hits(Ratio::ZERO), hits(Ratio::new(0, u32::MAX))), (0, 0));
        let all = [Ratio::new(1, 1), Ratio::new(u32::MAX, u32::MAX)];
        assert_eq!(all.map(&mut hits), [10_000, 10_000]);
        assert!((3100..3600).contains(&hits(Ratio::new(1, 3))));
        assert!((9000..9999).contains(&hits(Ratio::new(19, 20))));
    }
}
