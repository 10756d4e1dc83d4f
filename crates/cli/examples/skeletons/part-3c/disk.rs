//! What survives a crash (Figure 2, persistent state), and what the oracles read of it.
//!
//! New in this part: all of it.

use raftsim::{Command, Digest, Disk, Index, NodeId, Term, Touched, View};

use super::log::Entry;

/// The current term, and the vote in it.
pub type Vote = (Term, Option<NodeId>);

#[derive(Clone, Debug, Default)]
pub struct Saved {
    pub vote: Vote,
    /// The log, the first entry at index 1.
    pub entries: Vec<Entry>,
}

/// What changed in one step. It becomes durable as a whole or not at all.
#[derive(Clone, Debug)]
pub struct Write {
    pub vote: Option<Vote>,
    /// An index, and the entries from there on. They take the place of what was there.
    pub log: Option<(Index, Vec<Entry>)>,
}

impl Disk for Saved {
    type Write = Write;

    fn write(&mut self, write: Write) -> Touched {
        let touched = Touched {
            vote: write.vote.is_some(),
            log_from: write.log.as_ref().map(|&(first, _)| first),
            snapshot: false,
        };
        if let Some(vote) = write.vote {
            self.vote = vote;
        }
        if let Some((first, entries)) = write.log {
            self.entries.truncate(first as usize - 1);
            self.entries.extend(entries);
        }
        touched
    }

    fn state_bytes(&self) -> usize {
        16 + self.entries.iter().map(|entry| 12 + entry.command.len()).sum::<usize>()
    }

    fn view(&self) -> Option<&dyn View> {
        Some(self)
    }

    /// Every field, with a number before each that may be missing. The default feeds the `Debug`
    /// text, which takes many times as long.
    fn digest(write: &Write, digest: &mut Digest) {
        let Write { vote, log } = write;
        if let Some((term, voted_for)) = vote {
            digest.word(1);
            digest.word(*term);
            digest.word(voted_for.map_or(0, |id| id.number().into()));
        }
        if let Some((first, entries)) = log {
            digest.word(2);
            digest.word(*first);
            digest.word(entries.len() as u64);
            for entry in entries {
                digest.word(entry.term);
                digest.bytes(&entry.command);
            }
        }
    }
}

impl View for Saved {
    fn term(&self) -> Term {
        self.vote.0
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.vote.1
    }

    fn last_index(&self) -> Index {
        self.entries.len() as Index
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        let entry = self.entries.get(index.checked_sub(1)? as usize)?;
        Some((entry.term, Some(&entry.command)))
    }
}
