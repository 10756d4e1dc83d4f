//! The storage that the Raft reads. It has what was written, whether the write is durable or not.

use raft::eraftpb::{ConfState, Entry, HardState, Snapshot, SnapshotMetadata};
use raft::util::limit_size;
use raft::{Error, GetEntriesContext, RaftState, Result, Storage, StorageError};
use raftsim::{Bytes, Disk as _, PlainDisk, PlainEntry, PlainWrite, View as _};

pub(crate) struct Store {
    disk: PlainDisk,
    voters: Vec<u64>,
}

impl Store {
    pub(crate) fn new(disk: PlainDisk, voters: Vec<u64>) -> Self {
        Self { disk, voters }
    }

    pub(crate) fn write(&mut self, write: PlainWrite) {
        self.disk.write(write);
    }

    fn conf_state(&self) -> ConfState {
        ConfState { voters: self.voters.clone(), ..ConfState::default() }
    }
}

impl Storage for Store {
    fn initial_state(&self) -> Result<RaftState> {
        let hard_state = HardState {
            term: self.disk.term(),
            vote: self.disk.voted_for().map_or(0, |it| it.number().into()),
            commit: self.disk.first_index() - 1,
            ..HardState::default()
        };
        Ok(RaftState::new(hard_state, self.conf_state()))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        _: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        if low < self.disk.first_index() {
            return Err(Error::Store(StorageError::Compacted));
        }
        assert!(high <= self.disk.last_index() + 1, "entry {high} is not there");
        let entries = self.disk.entries(low).iter().zip(low..high);
        let mut entries = entries.map(|(entry, index)| own(entry, index)).collect();
        limit_size(&mut entries, max_size.into());
        Ok(entries)
    }

    fn term(&self, index: u64) -> Result<u64> {
        let is_compacted = index + 1 < self.disk.first_index();
        self.disk.term_at(index).ok_or(Error::Store(if is_compacted {
            StorageError::Compacted
        } else {
            StorageError::Unavailable
        }))
    }

    fn first_index(&self) -> Result<u64> {
        Ok(self.disk.first_index())
    }

    fn last_index(&self) -> Result<u64> {
        Ok(self.disk.last_index())
    }

    fn snapshot(&self, request_index: u64, _: u64) -> Result<Snapshot> {
        let there = self.disk.snapshot().filter(|it| it.index >= request_index);
        let Some(there) = there else {
            return Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable));
        };
        let mut metadata = SnapshotMetadata::default();
        (metadata.index, metadata.term) = (there.index, there.known_term());
        metadata.set_conf_state(self.conf_state());
        let mut snapshot = Snapshot { data: there.data.to_vec().into(), ..Snapshot::default() };
        snapshot.set_metadata(metadata);
        Ok(snapshot)
    }
}

/// An entry as the disk has it. One without data is the Raft's own.
pub(crate) fn plain(entry: &Entry) -> PlainEntry {
    (entry.term, (!entry.data.is_empty()).then(|| Bytes::from(&entry.data[..])))
}

/// The Raft's own form of an entry.
fn own((term, command): &PlainEntry, index: u64) -> Entry {
    let data = command.as_ref().map(|it| it.to_vec()).unwrap_or_default().into();
    Entry { term: *term, index, data, ..Entry::default() }
}
