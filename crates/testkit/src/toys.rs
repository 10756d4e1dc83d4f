//! Toys: servers that do next to nothing, and what they need.

use raftsim_node::{ActionOf, Boot, Disk, Event, Message, Node, Status, Time, Touched};

/// A message of one byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping;

#[doc(hidden)]
impl Message for Ping {
    fn is_reply(&self) -> bool {
        false
    }

    fn size(&self) -> usize {
        1
    }
}

/// A disk on which nothing is written.
#[derive(Clone, Debug, Default)]
pub struct NoDisk;

#[doc(hidden)]
impl Disk for NoDisk {
    type Write = ();

    fn write(&mut self, (): ()) -> Touched {
        Touched::NONE
    }

    fn state_bytes(&self) -> usize {
        0
    }
}

/// A server that does nothing and always reports the status that is its setting.
#[derive(Clone, Debug)]
pub struct Puppet(Status);

#[doc(hidden)]
impl Node for Puppet {
    type Config = Status;
    type Message = Ping;
    type Disk = NoDisk;

    fn boot(status: &Status, _: &Boot, _: &NoDisk, _: Time) -> Self {
        Self(*status)
    }

    fn step(&mut self, _: Event<Ping>, _: Time) -> Vec<ActionOf<Self>> {
        vec![]
    }

    fn deadline(&self) -> Option<Time> {
        None
    }

    fn status(&self) -> Status {
        self.0
    }
}
