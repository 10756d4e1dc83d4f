//! Lists of actions in progress: what the world is doing now, and what is left of a list that
//! waits.

use std::collections::VecDeque;
use std::mem;

use raftsim_node::{Action, ActionOf, Bytes, Duration, Index, Node, NodeId, Status, Time};

use crate::clients::proposal::Proposal;
use crate::network::message::Handling;
use crate::server::guard::discard;

/// The list of actions that the world is doing now, with everything that belongs to it. What must
/// wait moves from here into the server's [`super::suspend::Suspension`].
///
/// Invariant: between two events of servers all fields are empty; `actions` keeps its capacity.
pub(crate) struct Work<N: Node> {
    /// Where a step puts its actions.
    pub(crate) actions: Vec<ActionOf<N>>,
    /// The list of an impaired server; what can be done of it now is in `actions`.
    pub(crate) list: Option<ActionList<N>>,
    /// The proposal that is being made.
    pub(crate) proposal: Option<Proposal>,
    /// Snapshots that services made of what the list applied: each is an event after the list.
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
    /// The server's new status, which the cluster shows once the list is done; `None` if it is not
    /// new.
    pub(crate) status: Option<Status>,
    /// The message whose handling returned the list, if any.
    pub(crate) handling: Option<Handling>,
    /// Crash after this many more effects, or after the last one.
    pub(crate) crash_after: Option<u32>,
    /// If the first action is a write that takes time and is in progress: when it is complete.
    pub(crate) written_at: Option<Time>,
    /// The list has waited at least once.
    pub(crate) has_waited: bool,
}

impl<N: Node> ActionList<N> {
    /// Takes over a list that a step has put into `actions`. If the list has any effect, the
    /// `armed` crash becomes the list's.
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
            crash_after,
            written_at: None,
            has_waited: false,
        }
    }

    /// A list of a recorded run, of which only is known that it waits.
    pub(crate) fn unknown() -> Self {
        Self::begin(&mut Vec::new(), None, None, &mut None)
    }

    /// Moves into `ready` what can be done at `now`: every action before the crash and, if writes
    /// take a `latency`, before the next write, which begins.
    pub(crate) fn advance(&mut self, now: Time, latency: Duration, ready: &mut Vec<ActionOf<N>>) {
        while let Some(action) = self.actions.front() {
            if let Some(left) = &mut self.crash_after
                && is_effect(action)
            {
                let Some(less) = left.checked_sub(1) else { break };
                *left = less;
            }
            if latency > Duration::ZERO && matches!(action, Action::Persist(_)) {
                self.written_at = Some(now.saturating_add(latency));
                break;
            }
            ready.extend(self.actions.pop_front());
        }
    }

    /// Takes it apart: the actions that are left to do.
    pub(crate) fn into_values(self) -> impl Iterator<Item = ActionOf<N>> {
        self.actions.into_iter()
    }

    /// The disk's latency is `latency` from `now` on. A write in progress takes no longer than one
    /// that begins now; returns when it is complete, if that is earlier than before.
    pub(crate) fn hasten_write(&mut self, now: Time, latency: Duration) -> Option<Time> {
        let earlier = now.saturating_add(latency);
        let written_at = self.written_at.as_mut().filter(|written_at| **written_at > earlier)?;
        *written_at = earlier;
        Some(earlier)
    }

    /// Takes out the write that the list waited for, which is complete.
    pub(crate) fn complete_write(&mut self) -> ActionOf<N> {
        self.written_at = None;
        self.actions.pop_front().expect("the write is the first action")
    }
}

/// Whether an action has an effect: every action but a note and an output has.
pub(crate) fn is_effect<M, W>(action: &Action<M, W>) -> bool {
    !matches!(action, Action::Note(_) | Action::Output(_))
}

/// Cuts a list of `node`'s off after `left` effects, where the server crashes, or leaves it whole if it has
/// fewer. Returns whether the server crashes: not if the list has no effect.
#[cold]
pub(crate) fn cut_off<M, W>(node: NodeId, actions: &mut Vec<Action<M, W>>, left: u32) -> bool {
    let mut effects = (0..actions.len()).filter(|&place| is_effect(&actions[place]));
    let crashes = effects.clone().next().is_some();
    let end = usize::try_from(left).ok().and_then(|left| effects.nth(left));
    while actions.len() > end.unwrap_or(usize::MAX) {
        discard(node, actions.pop());
    }
    crashes
}
