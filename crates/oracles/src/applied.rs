//! What a server hands to its service within a life: entries in order and once, and snapshots that
//! a service made.

use std::collections::BTreeSet;

use raftsim_node::{Bytes, Digest, Index, NodeId, Time};
use raftsim_sim::{Fact, Failure, Property, property};

/// Entries are applied in order and once: within a life each follows the one before it, and the
/// first follows the snapshot that the disk held at boot.
///
/// Invariant: `applied` has one index for each server; within a life it never decreases.
#[derive(Clone, Debug)]
pub struct Order {
    /// By server: the index through which its service has applied everything.
    applied: Vec<Index>,
    judged: u64,
}

impl Order {
    /// The property that it judges.
    pub const PROPERTY: Property = property::APPLIED_IN_ORDER;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self { applied: vec![0; size], judged: 0 }
    }

    /// `node` began a life on a disk whose snapshot ends at index `snapshot` (0: there is none).
    pub fn booted(&mut self, node: NodeId, snapshot: Index) {
        self.applied[node.slot()] = snapshot;
    }

    /// `node` applies the entry at `index`.
    #[inline]
    pub fn applied(&mut self, time: Time, node: NodeId, index: Index) -> Result<(), Failure> {
        self.judged += 1;
        let applied = &mut self.applied[node.slot()];
        if index.checked_sub(1) == Some(*applied) {
            *applied = index;
            return Ok(());
        }
        Err(self.applies(time, node, index))
    }

    #[cold]
    fn applies(&self, time: Time, node: NodeId, index: Index) -> Failure {
        self.broken(time, node, Fact::new(format!("it applies {index}")).entry(index))
    }

    /// `node` replaces its service's state by a snapshot that ends at `index`.
    pub fn restored(&mut self, time: Time, node: NodeId, index: Index) -> Result<(), Failure> {
        self.judged += 1;
        let applied = &mut self.applied[node.slot()];
        if index >= *applied {
            *applied = index;
            return Ok(());
        }
        let seen = format!("it restores a snapshot through {index}");
        Err(self.broken(time, node, Fact::new(seen).entry(index)))
    }

    /// The number of entries and snapshots that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    #[cold]
    fn broken(&self, time: Time, node: NodeId, seen: Fact) -> Failure {
        let stands = self.applied[node.slot()];
        let first = Fact::new(format!(
            "in this life {node}'s service has applied everything through {stands}"
        ));
        let facts = [first.entry(stands), seen].map(|fact| fact.by(node));
        Failure::violation(Self::PROPERTY, time, facts)
    }
}

/// A snapshot from which a server's service goes on is one that some server's service made through
/// that index.
///
/// Snapshots are large and many, so the oracle keeps a digest of 64 bits of each: a wrong snapshot
/// passes with a chance of 1 in 2^64.
///
/// Invariant: `taken` only grows.
#[derive(Clone, Debug, Default)]
pub struct Snapshots {
    taken: BTreeSet<(Index, u64)>,
    judged: u64,
}

impl Snapshots {
    /// The property that it judges.
    pub const PROPERTY: Property = property::SNAPSHOT_WAS_TAKEN;

    /// A service made this `snapshot` of everything through `index` and handed it to its server.
    pub fn taken(&mut self, index: Index, snapshot: &Bytes) {
        self.taken.insert((index, digest(snapshot)));
    }

    /// `node`'s service goes on from this snapshot, because the node restores it or because it
    /// boots.
    pub fn restored(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        snapshot: &Bytes,
    ) -> Result<(), Failure> {
        self.judged += 1;
        if self.taken.contains(&(index, digest(snapshot))) {
            return Ok(());
        }
        let first = match self.taken.range((index, 0)..=(index, u64::MAX)).next() {
            Some(_) => format!("no service made these {} bytes through {index}", snapshot.len()),
            None => format!("no service made a snapshot through {index}"),
        };
        let second = Fact::new(format!("{node}'s service begins from such a snapshot")).by(node);
        let facts = [Fact::new(first), second].map(|fact| fact.entry(index));
        Err(Failure::violation(Self::PROPERTY, time, facts))
    }

    /// The number of snapshots that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

fn digest(bytes: &Bytes) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(bytes);
    digest.value()
}
