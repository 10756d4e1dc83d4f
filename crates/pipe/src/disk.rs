//! What a program has on its disk: named values, each any JSON, and a snapshot.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use raftsim_node::{Digest, Disk, Snapshot, Touched};

use crate::bytes;

/// A program's disk.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    pub(crate) values: BTreeMap<Arc<str>, Arc<str>>,
    pub(crate) snapshot: Option<Snapshot>,
    /// The size of all names and values.
    size: usize,
}

/// One write: some values, each by its name, and perhaps a snapshot.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    pub(crate) values: Arc<[NewValue]>,
    pub(crate) snapshot: Option<Snapshot>,
}

/// A name and its new value; None removes what has that name.
pub(crate) type NewValue = (Arc<str>, Option<Arc<str>>);

impl fmt::Debug for Change {
    /// As the program wrote it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("{")?;
        for (place, (name, value)) in self.values.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(out, "{comma}{name:?}:{}", value.as_deref().unwrap_or("null"))?;
        }
        out.write_str("}")?;
        match &self.snapshot {
            Some(snapshot) => write!(out, " {snapshot:?}"),
            None => Ok(()),
        }
    }
}

#[doc(hidden)]
impl Disk for Cells {
    type Write = Change;

    fn write(&mut self, change: Change) -> Touched {
        for (name, value) in change.values.iter() {
            let before = match value {
                Some(value) => {
                    self.size += name.len() + bytes::size(value);
                    self.values.insert(name.clone(), value.clone())
                }
                None => self.values.remove(name),
            };
            self.size -= before.map_or(0, |before| name.len() + bytes::size(&before));
        }
        if change.snapshot.is_some() {
            self.snapshot = change.snapshot;
        }
        Touched::ALL
    }

    fn state_bytes(&self) -> usize {
        self.size
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn digest(change: &Change, digest: &mut Digest) {
        digest.word(change.values.len() as u64);
        for (name, value) in change.values.iter() {
            digest.bytes(name.as_bytes());
            digest.bytes(value.as_deref().unwrap_or_default().as_bytes());
        }
        let Some(Snapshot { index, term, data }) = &change.snapshot else { return };
        // A term that is not known differs from every term.
        digest.pair(*index, u64::from(term.is_some()));
        digest.word(term.unwrap_or(0));
        digest.bytes(data);
    }
}
