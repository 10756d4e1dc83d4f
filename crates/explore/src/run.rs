//! One run, decided by its seed.

use std::fmt::Debug;

use raftsim_check::Judged;
use raftsim_node::{Bytes, Message, Time};
use raftsim_sim::{Failure, Record, Recording, Row, What};

/// One scenario on one node: a seed decides the whole run.
pub trait Runner: Sync {
    /// Runs a seed. The digest is the same, recorded or not.
    fn run(&self, seed: u64, recording: Recording) -> Run;
}

/// What became of a run.
pub struct Run {
    /// Whether everything held.
    pub verdict: Result<(), Failure>,
    /// How often a server was stepped.
    pub events: u64,
    /// When it ended.
    pub virtual_time: Time,
    /// The digest of everything that happened.
    pub digest: u64,
    /// What each oracle judged.
    pub judged: Judged,
    /// What happened, if it was recorded.
    pub story: Option<Box<dyn Story>>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Run")
            .field("verdict", &self.verdict)
            .field("events", &self.events)
            .field("virtual_time", &self.virtual_time)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// A recorded run, free of the node's types.
pub trait Story {
    /// What happened, line by line.
    fn rows(&self) -> Vec<Row>;
}

impl<M: Message, W: Debug> Story for Vec<Record<What<M, W, Bytes>>> {
    fn rows(&self) -> Vec<Row> {
        self.iter().map(Record::row).collect()
    }
}
