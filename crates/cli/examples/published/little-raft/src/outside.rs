//! What the crate asks of its user: a cluster that takes messages, and a state machine. Both write
//! down what happens in a round of its loop.

use std::cell::Cell;

use little_raft::cluster::Cluster;
use little_raft::message::Message as Theirs;
use little_raft::state_machine::{
    Snapshot, StateMachine, TransitionAbandonedReason, TransitionState,
};
use raftsim::ProposalId;

use crate::message::Transition;

/// The cluster, as the loop sees it.
#[derive(Default)]
pub(crate) struct Outside {
    /// Whether the loop has still to begin its one round.
    pub(crate) goes_on: Cell<bool>,
    /// The message that arrives in this round.
    pub(crate) arrives: Option<Theirs<Transition, ()>>,
    /// What it did in this round, in order.
    pub(crate) done: Vec<Did>,
}

/// What a server did.
pub(crate) enum Did {
    /// It sent a message to this server.
    Sent(usize, Theirs<Transition, ()>),
    /// It registered a leader, or that it knows none.
    Knows(Option<usize>),
}

impl Cluster<Transition, ()> for Outside {
    fn send_message(&mut self, to: usize, message: Theirs<Transition, ()>) {
        self.done.push(Did::Sent(to, message));
    }

    fn receive_messages(&mut self) -> Vec<Theirs<Transition, ()>> {
        self.arrives.take().into_iter().collect()
    }

    fn halt(&self) -> bool {
        !self.goes_on.replace(false)
    }

    fn register_leader(&mut self, leader: Option<usize>) {
        self.done.push(Did::Knows(leader));
    }
}

/// The state machine, as the loop sees it.
#[derive(Default)]
pub(crate) struct Machine {
    /// The command that is proposed in this round.
    pub(crate) proposed: Option<Transition>,
    /// Whether it was appended to the log; `None` until that is known.
    pub(crate) is_queued: Option<bool>,
    /// What was applied in this round, in order.
    pub(crate) applied: Vec<Transition>,
}

impl StateMachine<Transition, ()> for Machine {
    fn register_transition_state(&mut self, id: Option<ProposalId>, state: TransitionState) {
        match state {
            TransitionState::Queued => self.is_queued = Some(true),
            TransitionState::Abandoned(TransitionAbandonedReason::NotLeader) if id.is_some() => {
                self.is_queued = Some(false);
            }
            _ => {}
        }
    }

    fn apply_transition(&mut self, transition: Transition) {
        self.applied.push(transition);
    }

    fn get_pending_transitions(&mut self) -> Vec<Transition> {
        self.proposed.take().into_iter().collect()
    }

    fn get_snapshot(&mut self) -> Option<Snapshot<()>> {
        None
    }

    fn create_snapshot(
        &mut self,
        last_included_index: usize,
        last_included_term: usize,
    ) -> Snapshot<()> {
        Snapshot { last_included_index, last_included_term, data: () }
    }

    fn set_snapshot(&mut self, _: Snapshot<()>) {}
}
