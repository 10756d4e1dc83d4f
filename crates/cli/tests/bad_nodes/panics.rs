//! Nodes that panic.

use raftsim::{ActionOf, Boot, Event, Node, Status, Time};
use raftsim_raft::{Message, Raft};

use crate::trick::{Act, Trick};

pub(crate) struct InStep;

impl Trick for InStep {
    fn timeout(boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("{} is tired", boot.id)
    }
}

/// Its message would color a terminal red.
pub(crate) struct InColor;

impl Trick for InColor {
    fn timeout(boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        panic!("\x1b[31mred\x1b[0m\u{202e}\n{} is tired", boot.id)
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

/// Our Raft, with settings of its own.
pub(crate) struct With<C>(Raft, std::marker::PhantomData<C>);

impl<C: Clone + Default + Send + Sync + 'static> Node for With<C> {
    type Config = C;
    type Message = Message;
    type Disk = <Raft as Node>::Disk;

    fn boot(_: &C, boot: &Boot, disk: &Self::Disk, now: Time) -> Self {
        Self(
            Raft::boot(&raftsim_raft::Config::default(), boot, disk, now),
            std::marker::PhantomData,
        )
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

/// Settings that cannot be copied.
#[derive(Default)]
pub(crate) struct Unique;

impl Clone for Unique {
    fn clone(&self) -> Self {
        panic!("there is one of me")
    }
}

/// Settings that cannot be dropped.
#[derive(Clone, Default)]
pub(crate) struct Eternal;

impl Drop for Eternal {
    fn drop(&mut self) {
        panic!("I am for ever")
    }
}
