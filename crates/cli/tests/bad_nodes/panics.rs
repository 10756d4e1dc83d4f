//! Nodes that panic.

use raftsim::{ActionOf, Boot, Event, Node, Status, Time};
use raftsim_raft::{Message, Raft};

use crate::trick::{Act, Trick};

pub(crate) struct InStep;

impl Trick for InStep {
    fn timeout(&self, boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("{} is tired", boot.id)
    }
}

/// Its message would color a terminal red.
pub(crate) struct InColor;

impl Trick for InColor {
    fn timeout(&self, boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("\x1b[31mred\x1b[0m\u{202e}\n{} is tired", boot.id)
    }
}

pub(crate) struct AtBoot;

impl Trick for AtBoot {
    fn boot(&self) {
        panic!("no disk in drive A")
    }

    fn timeout(&self, _boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        vec![]
    }
}

/// Our Raft, with settings of its own.
pub(crate) struct With(Raft);

/// Settings that do harm.
#[derive(Default)]
pub(crate) enum Settings {
    /// They cannot be copied.
    Unique,
    /// They cannot be dropped.
    Eternal,
    /// They do none.
    #[default]
    Usual,
}

impl Clone for Settings {
    fn clone(&self) -> Self {
        match self {
            Self::Unique => panic!("there is one of me"),
            Self::Eternal => Self::Eternal,
            Self::Usual => Self::Usual,
        }
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        if matches!(self, Self::Eternal) {
            panic!("I am for ever");
        }
    }
}

impl Node for With {
    type Config = Settings;
    type Message = Message;
    type Disk = <Raft as Node>::Disk;

    fn boot(_: &Settings, boot: &Boot, disk: &Self::Disk, now: Time) -> Self {
        Self(Raft::boot(&raftsim_raft::Config::default(), boot, disk, now))
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
