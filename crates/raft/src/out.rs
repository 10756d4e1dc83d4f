//! The list of actions, to which handlers add in order.

use alloc::string::String;
use alloc::vec::Vec;
use core::iter;

use raftsim_node::{Action, ActionOf, Bytes, Index, NodeId, ProposalId, Term};

use crate::disk::Write;
use crate::log::{Entries, Entry};
use crate::message::Message;
use crate::raft::Raft;

/// The list that a step fills.
#[derive(Debug)]
pub(crate) struct Out<'a> {
    actions: &'a mut Vec<ActionOf<Raft>>,
    notes: bool,
}

impl<'a> Out<'a> {
    /// Adds to `actions`; notes too, if `notes`.
    pub(crate) fn new(actions: &'a mut Vec<ActionOf<Raft>>, notes: bool) -> Self {
        Self { actions, notes }
    }

    /// Hands the message that `make` returns to the network.
    pub(crate) fn send<M: Into<Message>>(&mut self, to: NodeId, make: impl FnOnce() -> M) {
        self.push(|| Action::Send { to, message: make().into() });
    }

    /// Makes a write durable before anything that follows.
    pub(crate) fn persist(&mut self, write: Write) {
        self.push(|| Action::Persist(write));
    }

    /// Makes entries durable before anything that follows.
    pub(crate) fn persist_entries(&mut self, from: Index, entries: Entries) {
        self.persist(Write::Entries { from, entries });
    }

    /// Accepts a proposal, which stands at `index` in `term`.
    pub(crate) fn accept(&mut self, id: ProposalId, index: Index, term: Term) {
        self.push(|| Action::Accept { id, index, term });
    }

    /// Hands a committed entry to the service.
    pub(crate) fn apply(&mut self, index: Index, entry: &Entry) {
        let Entry { term, ref command } = *entry;
        self.push(|| Action::Apply { index, term: Some(term), command: Some(command.clone()) });
    }

    /// Hands a snapshot to the service.
    pub(crate) fn restore(&mut self, index: Index, term: Option<Term>, snapshot: Bytes) {
        self.push(|| Action::Restore { index, term, snapshot });
    }

    /// Refuses a proposal.
    pub(crate) fn reject(&mut self, id: ProposalId, leader: Option<NodeId>) {
        self.push(|| Action::Reject { id, leader });
    }

    /// Says which rule is applied, and why, if notes are asked for.
    pub(crate) fn note(&mut self, why: &'static str) {
        if self.notes {
            self.add_note(why);
        }
    }

    /// The same with the values that the rule compares: `why` makes the text.
    pub(crate) fn explain(&mut self, why: impl FnOnce() -> String) {
        if self.notes {
            self.add_explanation(why);
        }
    }

    #[cold]
    fn add_note(&mut self, why: &str) {
        self.push(|| Action::note(why));
    }

    #[cold]
    fn add_explanation(&mut self, why: impl FnOnce() -> String) {
        self.add_note(&why());
    }

    /// Makes room before the action, which is large, so that it is made in its place.
    #[inline]
    fn push(&mut self, make: impl FnOnce() -> ActionOf<Raft>) {
        self.actions.extend(iter::once_with(make));
    }
}
