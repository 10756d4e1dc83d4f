//! Writes in progress, for Rafts that go on while their disk works.

use alloc::collections::VecDeque;
use core::ops::Range;

use crate::{Boot, Duration, Random, Time};

/// The writes that a server has begun and that are not yet durable, in order. For Rafts that write
/// asynchronously: they handle events while their disk works, and send what promises the write once
/// they learn that it is durable.
///
/// A write is durable when its [`crate::Action::Persist`] is done. So such a node keeps a write here
/// until the write is complete, returns its `Persist` then, and lets its Raft know. A crash before
/// that loses the write, and all those after it, as it loses what a real disk has not written yet.
/// For this the contract needs no event of its own: the end of a write is a timer of the node's.
///
/// `W` is whatever belongs to a write, such as the write itself and the number by which the Raft
/// knows it.
///
/// ```
/// use std::sync::Arc;
///
/// use raftsim_node::{Boot, Duration, NodeId, Time, Writes};
///
/// let voters: Arc<[NodeId]> = [1, 2, 3].map(NodeId::new).into();
/// let boot = Boot::new(voters[0], voters, 42);
/// let mut writes = Writes::new(Duration::from_millis(1)..Duration::from_millis(10), &boot);
/// writes.begin("first", Time::ZERO);
/// writes.begin("second", Time::ZERO);
///
/// // `Node::deadline` returns this moment if it comes before the end of the Raft's timer.
/// let complete = writes.deadline().expect("a write is in progress");
/// assert_eq!(writes.complete(Time::ZERO), None);
/// assert_eq!(writes.complete(complete), Some("first"));
/// ```
#[derive(Clone, Debug)]
pub struct Writes<W> {
    take: Range<Duration>,
    random: Random,
    /// In order, each with the time at which it is complete if those before it are.
    begun: VecDeque<(Time, W)>,
}

impl<W> Writes<W> {
    /// No writes yet. Each will `take` a time of this range, drawn from the life's own seed.
    pub fn new(take: Range<Duration>, boot: &Boot) -> Self {
        // Not the seed itself, from which the node draws too.
        let random = Random::new(boot.seed.rotate_left(32));
        Self { take, random, begun: VecDeque::new() }
    }

    /// Begins a write `now`. It is complete no sooner than those that began before it.
    pub fn begin(&mut self, write: W, now: Time) {
        let complete = now.saturating_add(self.random.between(self.take.clone()));
        self.begun.push_back((complete, write));
    }

    /// Takes out the first write, if it is complete by `now`. Call it until it returns `None`.
    pub fn complete(&mut self, now: Time) -> Option<W> {
        let &(complete, _) = self.begun.front()?;
        if complete > now {
            return None;
        }
        self.begun.pop_front().map(|(_, write)| write)
    }

    /// When the first write is complete; `None` if none is in progress.
    pub fn deadline(&self) -> Option<Time> {
        self.begun.front().map(|&(complete, _)| complete)
    }
}
