//! Opaque payloads. Short payloads are stored in place and long payloads are shared, so that
//! sending a payload to four servers copies nothing large.

use alloc::sync::Arc;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// Immutable bytes that are cheap to clone. A node does not interpret a client's bytes, and the
/// harness does not interpret a service's. Prints as a string literal, cut after 32 bytes.
#[derive(Clone, Eq)]
pub struct Bytes(Repr);

/// What a client asks a Raft to replicate. The Raft does not interpret it.
pub type Command = Bytes;

/// Where the bytes are.
///
/// Invariants: up to [`SHORT`] bytes are always `Short`, and the unused bytes of a `Short` are 0.
/// So equal bytes have equal representations.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    /// In place, as most commands are. They need no allocation, and their clones no atomic counter.
    Short { len: usize, bytes: Word },
    /// On the heap, shared by all clones.
    Long(Arc<[u8]>),
}

/// The largest number of bytes that are stored in place.
const SHORT: usize = 8;

/// Short bytes, aligned so that they are copied and compared as one word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(8))]
struct Word([u8; SHORT]);

impl Repr {
    /// `slice` stored in place, if it is short.
    #[inline]
    fn short(slice: &[u8]) -> Option<Self> {
        let mut bytes = Word::default();
        bytes.0.get_mut(..slice.len())?.copy_from_slice(slice);
        Some(Self::Short { len: slice.len(), bytes })
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self(Repr::Short { len: 0, bytes: Word::default() })
    }
}

impl PartialEq for Bytes {
    /// Compares long bytes by their address first. Most comparisons are of one command that went
    /// from server to server.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Long(own), Repr::Long(others)) if Arc::ptr_eq(own, others) => true,
            (own, others) => own == others,
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { len, bytes } => &bytes.0[..*len],
            Repr::Long(bytes) => bytes,
        }
    }
}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl From<&[u8]> for Bytes {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        Self(Repr::short(bytes).unwrap_or_else(|| Repr::Long(bytes.into())))
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<alloc::vec::Vec<u8>> for Bytes {
    fn from(bytes: alloc::vec::Vec<u8>) -> Self {
        Self(Repr::short(&bytes).unwrap_or_else(|| Repr::Long(bytes.into())))
    }
}

impl fmt::Debug for Bytes {
    /// As a string literal, cut after 32 bytes.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 32;
        write!(out, "\"{}", self[..self.len().min(SHOWN)].escape_ascii())?;
        if self.len() > SHOWN {
            write!(out, "…{} bytes", self.len())?;
        }
        out.write_str("\"")
    }
}
