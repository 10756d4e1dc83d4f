//! A node that answers proposals late.

use std::{fmt, mem};

use raftsim_node::{Action, ActionOf, Boot, Claims, Duration, Event, Node, Status, Time};

/// The node `N`, which holds back each answer to a proposal for one to four milliseconds. So the
/// answers come in another order than the proposals.
pub struct Late<N: Node> {
    node: N,
    /// The answers that are held back, and when each is due.
    held: Vec<(Time, ActionOf<N>)>,
}

#[doc(hidden)]
impl<N: Node> Node for Late<N> {
    type Config = N::Config;
    type Message = N::Message;
    type Disk = N::Disk;

    fn claims(config: &N::Config) -> Claims {
        N::claims(config)
    }

    fn boot(config: &N::Config, boot: &Boot, disk: &N::Disk, now: Time) -> Self {
        Self { node: N::boot(config, boot, disk, now), held: vec![] }
    }

    fn step(&mut self, event: Event<N::Message>, now: Time) -> Vec<ActionOf<N>> {
        let held = mem::take(&mut self.held).into_iter();
        let (due, held): (Vec<_>, Vec<_>) = held.partition(|&(due, _)| due <= now);
        self.held = held;
        let mut actions: Vec<ActionOf<N>> = due.into_iter().map(|(_, answer)| answer).collect();
        let is_timeout = matches!(event, Event::Timeout);
        if is_timeout && self.node.deadline().is_none_or(|deadline| deadline > now) {
            return actions;
        }
        for action in self.node.step(event, now) {
            if let Action::Accept { id, .. } | Action::Reject { id, .. } = action {
                self.held.push((now + Duration::from_millis(4 - id.0 % 4), action));
            } else {
                actions.push(action);
            }
        }
        actions
    }

    fn deadline(&self) -> Option<Time> {
        let answers = self.held.iter().map(|&(due, _)| due);
        answers.chain(self.node.deadline()).min()
    }

    fn status(&self) -> Status {
        self.node.status()
    }

    fn inspect(&self) -> Option<&dyn fmt::Debug> {
        self.node.inspect()
    }
}

impl<N: Node> fmt::Debug for Late<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Late")
    }
}
