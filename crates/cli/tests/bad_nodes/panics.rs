//! Nodes that panic.

use raftsim::{ActionOf, Boot, Claims, Event, Node, Status, Time};
use raftsim_raft::Raft;

use crate::trick::{Act, Trick};

pub(crate) struct InStep;

impl Trick for InStep {
    fn timeout(boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("{} is tired", boot.id)
    }
}

pub(crate) struct AtBoot;

impl Trick for AtBoot {
    fn boot() {
        panic!("no disk in drive A")
    }

    fn timeout(_boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        vec![]
    }
}

/// A good Raft, but one of seven it cannot be.
pub(crate) struct OfSeven(Raft);

impl Node for OfSeven {
    type Config = <Raft as Node>::Config;
    type Message = <Raft as Node>::Message;
    type Disk = <Raft as Node>::Disk;

    fn claims(config: &Self::Config) -> Claims {
        Raft::claims(config)
    }

    fn boot(config: &Self::Config, boot: &Boot, disk: &Self::Disk, now: Time) -> Self {
        assert!(boot.voters.len() < 7, "too many of us");
        Self(Raft::boot(config, boot, disk, now))
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
