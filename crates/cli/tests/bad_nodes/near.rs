//! Our Raft, but for what one twist does to it.

use std::hash::{BuildHasher as _, RandomState};
use std::marker::PhantomData;

use raftsim::{
    ActionOf, Boot, Claims, Digest, Disk, Event, Node, Snapshot, Status, Time, Touched, View,
};
use raftsim_raft::{Config, Message, Raft};

/// What is done to it.
pub(crate) trait Twist: 'static {
    /// What it learns when it starts.
    fn boot(boot: &Boot) -> Boot {
        boot.clone()
    }

    /// Whether it hears of an event.
    fn hears(_event: &Event<Message>) -> bool {
        true
    }

    /// How large its disk says it is.
    fn state_bytes(bytes: usize) -> usize {
        bytes
    }
}

/// A good Raft, but one of seven it cannot be.
pub(crate) struct OfSeven;

impl Twist for OfSeven {
    fn boot(boot: &Boot) -> Boot {
        assert!(boot.voters.len() < 7, "too many of us");
        boot.clone()
    }
}

/// It draws from a source of its own: its timeouts differ from run to run.
pub(crate) struct Unsteady;

impl Twist for Unsteady {
    fn boot(boot: &Boot) -> Boot {
        let seed = RandomState::new().hash_one(boot.seed);
        Boot::new(boot.id, boot.voters.clone(), seed).with_notes(boot.notes)
    }
}

/// It never compacts, and hides how large its log grows.
pub(crate) struct Hoards;

impl Twist for Hoards {
    fn hears(event: &Event<Message>) -> bool {
        !matches!(event, Event::Compact { .. })
    }

    fn state_bytes(_bytes: usize) -> usize {
        0
    }
}

/// Our Raft, with a twist.
pub(crate) struct Near<T> {
    raft: Raft,
    _twist: PhantomData<T>,
}

/// Our Raft's disk, with a twist.
pub(crate) struct NearDisk<T> {
    disk: raftsim_raft::Disk,
    _twist: PhantomData<T>,
}

impl<T> Clone for NearDisk<T> {
    fn clone(&self) -> Self {
        Self { disk: self.disk.clone(), _twist: PhantomData }
    }
}

impl<T> Default for NearDisk<T> {
    fn default() -> Self {
        Self { disk: raftsim_raft::Disk::default(), _twist: PhantomData }
    }
}

impl<T: Twist> Disk for NearDisk<T> {
    type Write = raftsim_raft::Write;

    fn write(&mut self, write: Self::Write) -> Touched {
        self.disk.write(write)
    }

    fn state_bytes(&self) -> usize {
        T::state_bytes(self.disk.state_bytes())
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.disk.snapshot()
    }

    fn view(&self) -> Option<&dyn View> {
        self.disk.view()
    }

    fn digest(write: &Self::Write, digest: &mut Digest) {
        raftsim_raft::Disk::digest(write, digest);
    }
}

impl<T: Twist> Node for Near<T> {
    type Config = Config;
    type Message = Message;
    type Disk = NearDisk<T>;

    fn claims(config: &Config) -> Claims {
        Raft::claims(config)
    }

    fn boot(config: &Config, boot: &Boot, disk: &NearDisk<T>, now: Time) -> Self {
        Self { raft: Raft::boot(config, &T::boot(boot), &disk.disk, now), _twist: PhantomData }
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        if T::hears(&event) { self.raft.step(event, now) } else { vec![] }
    }

    fn deadline(&self) -> Option<Time> {
        self.raft.deadline()
    }

    fn status(&self) -> Status {
        self.raft.status()
    }
}
