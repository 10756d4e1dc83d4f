//! The actions of one step, collected in order.

use raftsim_node::{Action, NodeId};

use crate::Persister;

/// The list of actions that a step will return.
#[derive(Debug)]
pub(crate) struct Out<M, W = Persister> {
    actions: Vec<Action<M, W>>,
    notes: bool,
}

impl<M, W> Out<M, W> {
    /// An empty list, which takes notes only if `notes` is true.
    pub(crate) const fn new(notes: bool) -> Self {
        Self { actions: Vec::new(), notes }
    }

    /// Adds a note that says why, if notes are wanted.
    pub(crate) fn note(&mut self, why: &'static str) {
        if self.notes {
            self.actions.push(Action::note(why));
        }
    }

    /// Hands a message to the network.
    pub(crate) fn send(&mut self, to: NodeId, message: M) {
        self.actions.push(Action::Send { to, message });
    }

    /// Adds any other action.
    pub(crate) fn push(&mut self, action: Action<M, W>) {
        self.actions.push(action);
    }

    /// The list.
    pub(crate) fn into_actions(self) -> Vec<Action<M, W>> {
        self.actions
    }
}

impl<M> Out<M> {
    /// Adds the write of the term and the vote, if this step has changed them.
    pub(crate) fn persist(&mut self, before: Persister, after: Persister) {
        if before != after {
            self.push(Action::Persist(after));
        }
    }
}
