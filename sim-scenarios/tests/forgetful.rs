//! Our Raft, but for what it forgets when it starts again: its vote.

use raftsim_node::{ActionOf, Boot, Claims, Event, Node, Status, Time, View};
use raftsim_raft::{Config, Disk, Entry, Message, Raft};

/// Our Raft, booted from a disk whose vote is cleared.
pub(crate) struct Forgetful(Raft);

impl Node for Forgetful {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    fn claims(config: &Config) -> Claims {
        Raft::claims(config)
    }

    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let entries = (1..=disk.last_index()).filter_map(|index| disk.entry(index));
        let log = entries.map(|(term, command)| Entry {
            term,
            command: command.expect("our Raft logs only what clients ask").clone(),
        });
        Self(Raft::boot(config, boot, &Disk::new(disk.term(), None, log.collect()), now))
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        self.0.step(event, now)
    }

    fn deadline(&self) -> Option<Time> {
        self.0.deadline()
    }

    fn status(&self) -> Status {
        self.0.status()
    }
}
