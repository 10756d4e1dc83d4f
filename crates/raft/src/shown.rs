//! What people see of a server's memory ([`raftsim_node::Node::inspect`]): a short `Debug` of the
//! server and of what would print as bits and slots.

use core::fmt::{self, Debug};

use raftsim_node::{Index, NodeId};

use crate::log::{Entry, Log};
use crate::raft::Raft;
use crate::role::{Contacts, Followers, VoterSet};

impl Debug for Raft {
    /// Prints its state by the paper's names. The random generator is left out.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Raft")
            .field("id", &self.boot.id)
            .field("voters", &self.boot.voters)
            .field("current_term", &self.current_term)
            .field("voted_for", &self.voted_for)
            .field("commit_index", &self.commit_index)
            .field("last_applied", &self.last_applied)
            .field("role", &self.role)
            .field("log", &self.log)
            .field("snapshot", &self.snapshot)
            .field("written", &self.written)
            .field("written_through", &self.written_through)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Debug for Log {
    /// Prints an entry a line, such as `3@2 "x=1"`. The compacted ones are `..3@2`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (base, term) = self.base();
        let mut list = out.debug_list();
        if base > 0 {
            list.entry(&format_args!("..{base}@{term}"));
        }
        list.entries((base + 1..).zip(self.entries()).map(|(at, entry)| Placed(at, entry))).finish()
    }
}

/// An entry with its index.
struct Placed<'a>(Index, &'a Entry);

impl Debug for Placed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(index, Entry { term, command }) = self;
        write!(out, "{index}@{term} {command:?}")
    }
}

impl Debug for VoterSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(servers().filter(|&voter| self.contains(voter))).finish()
    }
}

impl Debug for Contacts {
    /// Prints when it heard from each server that it has heard from.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heard = servers().zip(self.slots());
        let heard = heard.filter_map(|(voter, heard)| Some((voter, (*heard)?)));
        out.debug_map().entries(heard).finish()
    }
}

impl Debug for Followers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(servers().zip(self.slots())).finish()
    }
}

/// All servers that there may be.
fn servers() -> impl Iterator<Item = NodeId> {
    (1..=u8::MAX).map(NodeId::new)
}
