//! Opaque payloads: short ones held in place, long ones reference-counted, so that sending one to
//! four peers copies nothing that is large.

use alloc::sync::Arc;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// Immutable bytes, cheap to clone. Neither node nor harness looks inside those it did not make.
#[derive(Clone, Eq)]
pub struct Bytes(Repr);

/// What a client asks a Raft to replicate; opaque to the Raft.
pub type Command = Bytes;

/// Where bytes are.
///
/// Invariants: what fits in is short; a short one's unused bytes are 0. So equal bytes are held
/// alike.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    /// Here. Most commands are: those cost no allocation, and their clones no atomic counter.
    Short { len: usize, bytes: Word },
    /// Elsewhere.
    Long(Arc<[u8]>),
}

/// How many bytes are short at most.
const SHORT: usize = 8;

/// Short bytes, aligned: they are copied and compared as one word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(8))]
struct Word([u8; SHORT]);

impl Repr {
    /// Holds bytes in place, if they are short.
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
    /// Most bytes that are compared are one command that went from server to server: then nothing
    /// long is read.
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
