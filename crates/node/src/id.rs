//! Names: of servers, calls and proposals; and the paper's two counters.

use core::fmt;
use core::num::NonZeroU8;

/// A term number (Figure 2). Terms begin at 0, the first election is in term 1.
pub type Term = u64;

/// A log index (Figure 2). The first entry has index 1; 0 means "before the first".
pub type Index = u64;

/// A server's name: 1, 2, … n. Prints as `n1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU8);

impl NodeId {
    /// The server with this number.
    ///
    /// # Panics
    /// When `number` is 0: servers count from 1.
    pub const fn new(number: u8) -> Self {
        match NonZeroU8::new(number) {
            Some(number) => Self(number),
            None => panic!("servers are numbered from 1"),
        }
    }

    /// This server's number, from 1.
    pub const fn number(self) -> u8 {
        self.0.get()
    }

    /// This server's place in a list of all servers, from 0.
    pub const fn slot(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "n{}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// An RPC's number, chosen by the caller and carried by request and reply. A server never uses one
/// twice in a life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A client proposal's number, chosen by the harness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalId(pub u64);
