//! A node without its claims, which only the lab's own checks and the paper's properties judge.

use std::fmt::Debug;

use raftsim_node::{ActionOf, Boot, Claims, Event, Node, Status, Time};

/// The same node, which claims nothing beyond the paper.
#[derive(Clone, Debug)]
pub struct Unclaimed<N>(N);

#[doc(hidden)]
impl<N: Node> Node for Unclaimed<N> {
    type Config = N::Config;
    type Message = N::Message;
    type Disk = N::Disk;

    fn claims(_: &N::Config) -> Claims {
        Claims::default()
    }

    fn boot(config: &N::Config, boot: &Boot, disk: &N::Disk, now: Time) -> Self {
        Self(N::boot(config, boot, disk, now))
    }

    fn step(&mut self, event: Event<N::Message>, now: Time) -> Vec<ActionOf<Self>> {
        self.0.step(event, now)
    }

    fn deadline(&self) -> Option<Time> {
        self.0.deadline()
    }

    fn status(&self) -> Status {
        self.0.status()
    }

    fn inspect(&self) -> Option<&dyn Debug> {
        self.0.inspect()
    }
}
