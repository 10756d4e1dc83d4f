//! The 64-bit digest of a run: equal runs have equal digests.

use core::fmt;

/// A running 64-bit digest of everything fed to it, in order. It distinguishes runs that differ by
/// accident; it does not resist an attacker. Each word costs one multiplication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

/// An odd constant with no pattern: the golden ratio's fraction, times 2^64.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Self {
        // Any start but 0: from 0, a first word of zero would not change the product.
        Self(0x243F_6A88_85A3_08D3)
    }

    /// The digest of everything fed so far.
    pub const fn value(self) -> u64 {
        self.0
    }

    /// Feeds one word.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "folding takes both halves")]
    pub const fn word(&mut self, word: u64) {
        let product = (self.0 ^ word) as u128 * FACTOR as u128;
        // Without the added constant, a product of 0 would stay 0 whatever followed.
        self.0 = ((product >> 64) as u64 ^ product as u64).wrapping_add(FACTOR);
    }

    /// Feeds two words at the cost of one. `second` should be the word that is rarely large.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "folding takes both halves")]
    pub const fn pair(&mut self, first: u64, second: u64) {
        // One value of `second` makes the product 0 and so hides `first`. No counter reaches it.
        let product = (self.0 ^ first) as u128 * (second ^ FACTOR.rotate_left(32)) as u128;
        self.0 = ((product >> 64) as u64 ^ product as u64).wrapping_add(FACTOR);
    }

    /// Feeds bytes, their number first, so that "ab" and "c" differ from "a" and "bc".
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks();
        for &word in words {
            self.word(u64::from_le_bytes(word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(word));
        }
    }

    /// Feeds a value's `Debug` text. This is slow. Values with the same text feed the same.
    ///
    /// # Panics
    /// If the value's `Debug` returns an error, which is a mistake in that `Debug`.
    pub fn debug(&mut self, value: &impl fmt::Debug) {
        let mut text = Text { digest: self, len: 0 };
        fmt::write(&mut text, format_args!("{value:?}"))
            .expect("a `Debug` returned an error, though every write to its formatter succeeded");
        let len = text.len;
        self.word(len);
    }
}

/// Feeds the text that is written to it, one word a byte.
struct Text<'a> {
    digest: &'a mut Digest,
    len: u64,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Byte by byte, so that the digest does not depend on the pieces in which a text arrives.
        for &byte in text.as_bytes() {
            self.digest.word(u64::from(byte));
        }
        self.len += text.len() as u64;
        Ok(())
    }
}
