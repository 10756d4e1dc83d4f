//! A node of which the oracles see nothing but what the contract demands: no view of its disk, no
//! promise in its messages, no claim, no commit index.

use raftsim_node::{Action, ActionOf, Boot, CallId, Digest, Event, Message, Node, Status, Time};

use crate::shut::Shut;

/// A node that tells no more than it must.
pub(crate) struct Blind<N>(N);

/// A message without its term and promise.
#[derive(Clone, Debug)]
pub(crate) struct Sealed<M>(M);

impl<M: Message> Message for Sealed<M> {
    fn is_reply(&self) -> bool {
        self.0.is_reply()
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn call(&self) -> Option<CallId> {
        self.0.call()
    }

    fn digest(&self, digest: &mut Digest) {
        self.0.digest(digest);
    }
}

impl<N: Node> Node for Blind<N> {
    type Config = N::Config;
    type Message = Sealed<N::Message>;
    type Disk = Shut<N::Disk>;

    fn boot(config: &N::Config, boot: &Boot, disk: &Self::Disk, now: Time) -> Self {
        Self(N::boot(config, boot, &disk.0, now))
    }

    fn step(&mut self, event: Event<Self::Message>, now: Time) -> Vec<ActionOf<Self>> {
        let event = match event {
            Event::Timeout => Event::Timeout,
            Event::Receive { from, message } => Event::Receive { from, message: message.0 },
            Event::CallFailed { to, call } => Event::CallFailed { to, call },
            Event::Propose { id, command } => Event::Propose { id, command },
            Event::Compact { through, snapshot } => Event::Compact { through, snapshot },
            _ => return vec![],
        };
        self.0.step(event, now).into_iter().map(sealed::<N>).collect()
    }

    fn deadline(&self) -> Option<Time> {
        self.0.deadline()
    }

    fn status(&self) -> Status {
        let Status { term, role, leader, .. } = self.0.status();
        Status::new(term, role).with_leader(leader)
    }
}

fn sealed<N: Node>(action: ActionOf<N>) -> ActionOf<Blind<N>> {
    match action {
        Action::Send { to, message } => Action::Send { to, message: Sealed(message) },
        Action::Persist(write) => Action::Persist(write),
        Action::Accept { id, index, term } => Action::Accept { id, index, term },
        Action::Reject { id, leader } => Action::Reject { id, leader },
        Action::Apply { index, term, command } => Action::Apply { index, term, command },
        Action::Restore { index, term, snapshot } => Action::Restore { index, term, snapshot },
        Action::Note(why) => Action::Note(why),
        _ => Action::Note("an action that this wrapper does not know"),
    }
}
