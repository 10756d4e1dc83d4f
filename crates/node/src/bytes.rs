//! Opaque payloads: reference-counted, so that sending one to four peers copies nothing.

use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;

/// Immutable bytes, cheap to clone. Neither node nor harness looks inside those it did not make.
#[derive(Clone, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::derived_hash_with_manual_eq, reason = "equal means equal bytes, here and there")]
pub struct Bytes(Arc<[u8]>);

/// What a client asks a Raft to replicate; opaque to the Raft.
pub type Command = Bytes;

impl Default for Bytes {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl PartialEq for Bytes {
    /// Most bytes that are compared are one command that went from server to server: then nothing
    /// is read.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(Arc::from(bytes))
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(Arc::from(text.as_bytes()))
    }
}

impl From<alloc::vec::Vec<u8>> for Bytes {
    fn from(bytes: alloc::vec::Vec<u8>) -> Self {
        Self(Arc::from(bytes))
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
