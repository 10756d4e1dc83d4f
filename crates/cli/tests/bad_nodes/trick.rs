//! A server that follows nobody, leads nobody, and has one trick.

use raftsim::{Action, Boot, Duration, Event, Node, NodeId, Role, Status, Time};
use raftsim_testkit::{NoDisk, Ping};

pub(crate) type Act = Action<Ping, ()>;

/// What a [`Tricky`] does wrong. Its timer is due 200 ms after it booted.
pub(crate) trait Trick: 'static {
    /// As it starts.
    fn boot() {}

    /// When its timer is due; `deadline` is what it should move on.
    fn timeout(boot: &Boot, deadline: &mut Time) -> Vec<Act>;

    /// When a message arrives.
    fn receive(_from: NodeId) -> Vec<Act> {
        vec![]
    }
}

pub(crate) struct Tricky<T> {
    boot: Boot,
    deadline: Time,
    _trick: std::marker::PhantomData<T>,
}

impl<T: Trick> Node for Tricky<T> {
    type Config = ();
    type Message = Ping;
    type Disk = NoDisk;

    fn boot((): &(), boot: &Boot, _disk: &NoDisk, now: Time) -> Self {
        T::boot();
        let deadline = now + Duration::from_millis(200);
        Self { boot: boot.clone(), deadline, _trick: std::marker::PhantomData }
    }

    fn step(&mut self, event: Event<Ping>, _now: Time) -> Vec<Act> {
        match event {
            Event::Timeout => T::timeout(&self.boot, &mut self.deadline),
            Event::Receive { from, message: Ping } => T::receive(from),
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
