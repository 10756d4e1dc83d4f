//! Lists of actions that are being done, or wait in the middle.

use std::collections::VecDeque;
use std::mem;

use raftsim_node::{Action, ActionOf, Bytes, Index, Node, NodeId, Status};

use crate::clients::proposal::Proposal;
use crate::network::message::Handling;

/// What the world is doing now: the one owner of everything that belongs to a list of actions while
/// it is done. What must wait moves from here into the server's [`super::suspend::Suspension`].
///
/// Invariant: between two events of servers all of it is empty; `actions` keeps its room.
pub(crate) struct Work<N: Node> {
    /// Where a step puts its actions.
    pub(crate) actions: Vec<ActionOf<N>>,
    /// The list of an impaired server of which `actions` holds what can be done now.
    pub(crate) list: Option<ActionList<N>>,
    /// The proposal that the list answers.
    pub(crate) proposal: Option<Proposal>,
    /// Snapshots that services made of what the list applied: events of their own, after it.
    pub(crate) compactions: VecDeque<(NodeId, Index, Bytes)>,
}

impl<N: Node> Default for Work<N> {
    fn default() -> Self {
        Self { actions: Vec::new(), list: None, proposal: None, compactions: VecDeque::new() }
    }
}

/// What is left to do of a list of an impaired server.
pub(crate) struct ActionList<N: Node> {
    actions: VecDeque<ActionOf<N>>,
    /// The server's new status, which the list brings once it is done.
    pub(crate) status: Option<Status>,
    /// The message that the list answers.
    pub(crate) handling: Option<Handling>,
    /// The proposal that the list answers, while the list waits.
    pub(crate) proposal: Option<Proposal>,
    /// Crash after this many more effects, or after the last one.
    pub(crate) crash_after: Option<u32>,
    /// The first action is a write that takes its time.
    pub(crate) is_writing: bool,
    /// The list has waited.
    pub(crate) has_waited: bool,
}

impl<N: Node> ActionList<N> {
    /// Takes over a list that a step has put into `actions`. An armed crash counts from the next list
    /// that has any effect.
    pub(crate) fn begin(
        actions: &mut Vec<ActionOf<N>>,
        status: Option<Status>,
        handling: Option<Handling>,
        armed: &mut Option<u32>,
    ) -> Self {
        let crash_after = if actions.iter().any(is_effect) { armed.take() } else { None };
        Self {
            actions: mem::take(actions).into(),
            status,
            handling,
            proposal: None,
            crash_after,
            is_writing: false,
            has_waited: false,
        }
    }

    /// A list of which nothing is known but that it waits: in a recorded run.
    pub(crate) fn unknown() -> Self {
        Self::begin(&mut Vec::new(), None, None, &mut None)
    }

    /// Moves into `ready` what can be done now: everything up to a write that takes its time, or up to
    /// the crash.
    pub(crate) fn advance(&mut self, disk_is_slow: bool, ready: &mut Vec<ActionOf<N>>) {
        while let Some(action) = self.actions.front() {
            if let Some(left) = &mut self.crash_after
                && is_effect(action)
            {
                let Some(less) = left.checked_sub(1) else { break };
                *left = less;
            }
            if disk_is_slow && matches!(action, Action::Persist(_)) {
                self.is_writing = true;
                break;
            }
            ready.extend(self.actions.pop_front());
        }
    }

    /// The write that the list waits for is complete: takes it out.
    pub(crate) fn complete_write(&mut self) -> ActionOf<N> {
        self.is_writing = false;
        self.actions.pop_front().expect("the write stands first")
    }
}

/// Whether an action is one that armed crashes count: any but a note.
pub(crate) fn is_effect<M, W>(action: &Action<M, W>) -> bool {
    !matches!(action, Action::Note(_))
}

/// The number of effects in a list; notes are counted too where that keeps it at most `enough`.
pub(crate) fn effects<M, W>(actions: &[Action<M, W>], enough: usize) -> usize {
    if actions.len() <= enough {
        return actions.len();
    }
    actions.iter().filter(|action| is_effect(action)).count()
}

/// Cuts a list off after this many effects: there the server crashes. Returns whether it does: not
/// within a list that has no effect.
#[cold]
pub(crate) fn cut_off<M, W>(actions: &mut Vec<Action<M, W>>, left: u32) -> bool {
    let mut effects = (0..actions.len()).filter(|&place| is_effect(&actions[place]));
    let crashes = effects.clone().next().is_some();
    let end = usize::try_from(left).ok().and_then(|left| effects.nth(left));
    actions.truncate(end.unwrap_or(actions.len()));
    crashes
}
