//! A node whose disk shows nothing: what finds its flaws is the lab's own checks, and the oracles
//! that read no log.

use raftsim_node::{ActionOf, Boot, Claims, Event, Node, Status, Time};

use crate::shut::Shut;

/// The same node on a disk without a view.
pub(crate) struct Unseen<N>(N);

impl<N: Node> Node for Unseen<N> {
    type Config = N::Config;
    type Message = N::Message;
    type Disk = Shut<N::Disk>;

    fn claims(config: &N::Config) -> Claims {
        N::claims(config)
    }

    fn boot(config: &N::Config, boot: &Boot, disk: &Shut<N::Disk>, now: Time) -> Self {
        Self(N::boot(config, boot, &disk.0, now))
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
}
