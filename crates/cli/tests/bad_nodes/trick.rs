//! A server that follows nobody, leads nobody, and has one trick.

use raftsim::{Action, Boot, Duration, Event, Node, NodeEntry, NodeId, Role, Status, Time};
use raftsim_testkit::{NoDisk, Ping};

pub(crate) type Act = Action<Ping, ()>;

/// What a [`Tricky`] does wrong. Its timer is due 200 ms after it booted.
pub(crate) trait Trick: Sync {
    /// As it starts.
    fn boot(&self) {}

    /// When its timer is due; `deadline` is what it should move on.
    fn timeout(&self, boot: &Boot, deadline: &mut Time) -> Vec<Act>;

    /// When a message arrives.
    fn receive(&self, _from: NodeId) -> Vec<Act> {
        vec![]
    }
}

/// One type for all tricks, which are its settings: each type of node is built with every scenario.
pub(crate) struct Tricky {
    boot: Boot,
    deadline: Time,
    trick: &'static dyn Trick,
}

/// The trick of a node.
#[derive(Clone, Default)]
pub(crate) struct Tricks(Option<&'static dyn Trick>);

/// A node with this name and this trick.
pub(crate) fn tricky(name: &str, trick: &'static dyn Trick) -> NodeEntry {
    NodeEntry::with_config::<Tricky>(name, Tricks(Some(trick)))
}

impl Node for Tricky {
    type Config = Tricks;
    type Message = Ping;
    type Disk = NoDisk;

    fn boot(tricks: &Tricks, boot: &Boot, _disk: &NoDisk, now: Time) -> Self {
        let trick = tricks.0.expect("each node has its trick");
        trick.boot();
        Self { boot: boot.clone(), deadline: now + Duration::from_millis(200), trick }
    }

    fn step(&mut self, event: Event<Ping>, _now: Time) -> Vec<Act> {
        match event {
            Event::Timeout => self.trick.timeout(&self.boot, &mut self.deadline),
            Event::Receive { from, message: Ping } => self.trick.receive(from),
            Event::CallFailed { .. } | Event::Propose { .. } | Event::Compact { .. } | _ => vec![],
        }
    }

    fn deadline(&self) -> Option<Time> {
        Some(self.deadline)
    }

    fn status(&self) -> Status {
        Status::new(0, Role::Follower)
    }
}

/// A message for each other server.
pub(crate) fn ping_all(boot: &Boot) -> Vec<Act> {
    boot.peers().map(|to| Action::Send { to, message: Ping }).collect()
}
