//! The lab's `Persister`, as a disk: opaque bytes, and a snapshot.

use raftsim_node::{Bytes, Digest, Disk, Index, Snapshot, Touched};

/// What a server's `Persister` holds.
#[derive(Clone, Debug, Default)]
pub struct Persister {
    pub(crate) state: Bytes,
    pub(crate) snapshot: Option<Snapshot>,
    /// The snapshot with its seal, as the package has it.
    pub(crate) sealed: Bytes,
}

/// All that was saved, at once.
#[derive(Clone, Debug)]
pub struct Save {
    pub(crate) state: Bytes,
    /// The snapshot, if it is new.
    pub(crate) snapshot: Option<Bytes>,
}

#[doc(hidden)]
impl Disk for Persister {
    type Write = Save;

    fn write(&mut self, save: Save) -> Touched {
        self.state = save.state;
        if let Some(sealed) = save.snapshot {
            let opened = unseal(&sealed);
            self.snapshot = opened.map(|(index, data)| Snapshot { index, term: None, data });
            self.sealed = sealed;
        }
        Touched::ALL
    }

    fn state_bytes(&self) -> usize {
        self.state.len()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn digest(save: &Save, digest: &mut Digest) {
        digest.bytes(&save.state);
        digest.word(u64::from(save.snapshot.is_some()));
        digest.bytes(save.snapshot.as_deref().unwrap_or_default());
    }
}

/// What stands before the bytes of a snapshot while the package has it: the index of the last entry
/// that it stands for, which a `Persister` does not say.
pub(crate) fn seal(index: Index) -> [u8; 8] {
    index.to_le_bytes()
}

/// The index and the bytes of a snapshot, if it is one that [`seal`] was put before.
pub(crate) fn unseal(sealed: &[u8]) -> Option<(Index, Bytes)> {
    let (head, data) = sealed.split_first_chunk()?;
    Some((u64::from_le_bytes(*head), data.into()))
}
