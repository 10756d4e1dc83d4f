//! A node that does not do the same twice.

use std::hash::{BuildHasher as _, RandomState};

use raftsim::{ActionOf, Boot, Claims, Event, Node, Status, Time};
use raftsim_raft::Raft;

/// A good Raft, but it draws from a source of its own: its timeouts differ from run to run.
pub(crate) struct Unsteady(Raft);

impl Node for Unsteady {
    type Config = <Raft as Node>::Config;
    type Message = <Raft as Node>::Message;
    type Disk = <Raft as Node>::Disk;

    fn claims(config: &Self::Config) -> Claims {
        Raft::claims(config)
    }

    fn boot(config: &Self::Config, boot: &Boot, disk: &Self::Disk, now: Time) -> Self {
        let seed = RandomState::new().hash_one(boot.seed);
        let boot = Boot::new(boot.id, boot.voters.clone(), seed).with_notes(boot.notes);
        Self(Raft::boot(config, &boot, disk, now))
    }

    fn step(&mut self, event: Event<Self::Message>, now: Time) -> Vec<ActionOf<Self>> {
        self.0.step(event, now)
    }

    fn deadline(&self) -> Option<Time> {
        self.0.deadline()
    }

    fn status(&self) -> Status {
        self.0.status()
    }
}
