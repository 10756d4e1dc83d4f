//! What people see of a server's memory: the random generator is left out, and the log has an entry
//! a line.

use std::fmt::{self, Debug};

use raftsim_node::Index;

use super::{Control, Disk, Entry};

impl Debug for Control {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Control")
            .field("id", &self.boot.id)
            .field("voters", &self.boot.voters)
            .field("variants", &self.policy.variants().collect::<Vec<_>>())
            .field("mutation", &self.mutation)
            .field("term", &self.durable.term)
            .field("voted_for", &self.durable.voted_for)
            .field("role", &self.role)
            .field("leader", &self.leader)
            .field("commit", &self.commit)
            .field("applied", &self.applied)
            .field("log", &Log(&self.durable))
            .field("snapshot", &self.durable.snapshot)
            .field("ends", &self.ends)
            .field("leader_heard", &self.leader_heard)
            .field("votes", &self.votes)
            .field("office", &self.office)
            .field("peers", &self.peers)
            .field("answers", &self.answers)
            .field("later", &self.later)
            .field("election_at", &self.election_at)
            .field("repeat_at", &self.repeat_at)
            .finish_non_exhaustive()
    }
}

/// The log of a disk.
struct Log<'a>(&'a Disk);

impl Debug for Log<'_> {
    /// Prints an entry a line, such as `3@2 "x=1"`. The compacted ones are `..3@2`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Disk { base, log, .. } = self.0;
        let mut list = out.debug_list();
        if base.index > 0 {
            list.entry(&format_args!("..{}@{}", base.index, base.term));
        }
        list.entries((base.index + 1..).zip(log).map(|(index, entry)| Placed(index, entry)))
            .finish()
    }
}

/// An entry with its index.
struct Placed<'a>(Index, &'a Entry);

impl Debug for Placed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(index, Entry { term, command }) = self;
        match command {
            Some(command) => write!(out, "{index}@{term} {command:?}"),
            None => write!(out, "{index}@{term} no-op"),
        }
    }
}
