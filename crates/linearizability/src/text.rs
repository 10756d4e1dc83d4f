//! Strings that grow at their ends, as values of a key/value store do.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::hash::{Hash, Hasher};

/// A string to which others can be appended without copying it: the result shares it.
///
/// It keeps a hash of its bytes, so that two different texts are seen to differ at once. Equal texts
/// are compared byte for byte.
#[derive(Clone, Default)]
pub struct Text(Option<Arc<Piece>>);

struct Piece {
    before: Text,
    end: Arc<str>,
    length: usize,
    hash: u64,
}

impl Text {
    /// The text followed by `end`.
    #[must_use]
    pub fn followed_by(&self, end: &Arc<str>) -> Self {
        if end.is_empty() {
            return self.clone();
        }
        // A polynomial of the bytes: it depends on them alone, not on how they are divided.
        let hash = end.bytes().fold(self.hash_of_bytes(), |hash, byte| {
            hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(byte) + 1)
        });
        let length = self.len() + end.len();
        Self(Some(Arc::new(Piece { before: self.clone(), end: end.clone(), length, hash })))
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |piece| piece.length)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn hash_of_bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |piece| piece.hash)
    }

    /// Its pieces, the last one first.
    fn pieces(&self) -> impl Iterator<Item = &Arc<Piece>> {
        core::iter::successors(self.0.as_ref(), |piece| piece.before.0.as_ref())
    }

    /// Whether the bytes are equal. The lengths are.
    fn is_same(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.pieces(), other.pieces());
        let (mut our_rest, mut their_rest): (&[u8], &[u8]) = (&[], &[]);
        loop {
            if our_rest.is_empty() && their_rest.is_empty() {
                let (our, their) = (ours.next(), theirs.next());
                let (Some(our), Some(their)) = (our, their) else { return true };
                if Arc::ptr_eq(our, their) {
                    return true;
                }
                (our_rest, their_rest) = (our.end.as_bytes(), their.end.as_bytes());
            } else if our_rest.is_empty() {
                our_rest = ours.next().map_or(&[], |piece| piece.end.as_bytes());
            } else if their_rest.is_empty() {
                their_rest = theirs.next().map_or(&[], |piece| piece.end.as_bytes());
            }
            let common = our_rest.len().min(their_rest.len());
            let (our_start, our_end) = our_rest.split_at(our_rest.len() - common);
            let (their_start, their_end) = their_rest.split_at(their_rest.len() - common);
            if our_end != their_end {
                return false;
            }
            (our_rest, their_rest) = (our_start, their_start);
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::default().followed_by(&text.into())
    }
}

impl From<&Text> for String {
    fn from(text: &Text) -> Self {
        let pieces: Vec<_> = text.pieces().collect();
        pieces.into_iter().rev().map(|piece| &*piece.end).collect()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.hash_of_bytes() == other.hash_of_bytes()
            && self.is_same(other)
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash_of_bytes());
    }
}

impl Debug for Text {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&String::from(self), out)
    }
}

impl Drop for Text {
    /// A text of many pieces would overflow the stack if each dropped the one before it.
    fn drop(&mut self) {
        let mut last = self.0.take();
        while let Some(mut piece) = last.and_then(Arc::into_inner) {
            last = piece.before.0.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::Text;

    fn of(pieces: &[&str]) -> Text {
        pieces.iter().fold(Text::default(), |text, piece| text.followed_by(&(*piece).into()))
    }

    #[test]
    fn equality_does_not_depend_on_the_pieces() {
        let whole = of(&["abcdef"]);
        for pieces in [&["a", "bcdef"][..], &["abc", "", "def"], &["ab", "cd", "ef"]] {
            assert_eq!(of(pieces), whole);
            assert_eq!(String::from(&of(pieces)), "abcdef");
        }
        assert_eq!(of(&["ab", "cdef"]), of(&["abcd", "ef"]));
        for pieces in [&["abcde"][..], &["abcdeg"], &["", ""], &["bbcdef"], &["abcdefa"]] {
            assert_ne!(of(pieces), whole);
        }
        assert_eq!(of(&[""]), Text::default());
    }

    #[test]
    fn bytes_are_compared_even_if_the_hashes_are_equal() {
        let (one, two) = (of(&["ab", "cd"]), of(&["abc", "e"]));
        assert!(!one.is_same(&two));
        assert!(!of(&["xb", "cd"]).is_same(&of(&["abc", "d"])));
        assert!(of(&["ab", "cd"]).is_same(&of(&["abc", "d"])));
    }

    #[test]
    fn different_texts_with_one_hash_are_not_equal() {
        // The Thue-Morse sequence and its complement: no polynomial of 64 bits differs for them.
        let sequence = |ones: u32| -> String {
            let is_one = |place: u32| place.count_ones() % 2 == ones;
            (0..2_048).map(|place| if is_one(place) { 'b' } else { 'a' }).collect()
        };
        let [one, other] = [0, 1].map(|ones| Text::from(&*sequence(ones)));
        assert_eq!(one.hash_of_bytes(), other.hash_of_bytes());
        assert_ne!(one, other);
    }

    #[test]
    fn a_text_of_many_pieces_can_be_dropped() {
        let end = "x".into();
        let text = (0..1_000_000).fold(Text::default(), |text, _| text.followed_by(&end));
        assert_eq!(text.len(), 1_000_000);
    }
}
