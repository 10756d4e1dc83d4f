//! The names of servers, the numbers of calls and proposals, and the paper's terms and indexes.

use core::fmt;
use core::num::NonZeroU8;

/// A term number (Figure 2). Servers begin in term 0, and the first election is in term 1.
pub type Term = u64;

/// A log index (Figure 2). The first entry has index 1; index 0 stands before it.
pub type Index = u64;

/// A server's name. The servers of a cluster are n1, n2 and so on, up to n255; a name prints like
/// that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU8);

impl NodeId {
    /// The name of the server with this number.
    ///
    /// # Panics
    /// If `number` is 0: servers are numbered from 1.
    #[track_caller]
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

    /// This server's position in a list of all servers, from 0.
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

/// The number of a call, which the caller chooses. The request and its reply carry it. A server
/// uses each number once between one boot and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// The number of a client's proposal, which the harness chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalId(pub u64);
