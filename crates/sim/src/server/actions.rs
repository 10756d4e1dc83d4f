//! Lists of actions in progress: what the world is doing now, and what is left of a list that
//! waits.

use std::collections::VecDeque;
use std::mem;

use raftsim_node::{Action, ActionOf, Bytes, Duration, Index, Node, NodeId, Status, Time};

use crate::clients::proposal::Proposal;
use crate::fault::CrashPoint;
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
    /// Takes over a list that a step has put into `actions`. If the `armed` crash falls into it, it
    /// becomes the list's.
    pub(crate) fn begin(
        actions: &mut Vec<ActionOf<N>>,
        status: Option<Status>,
        handling: Option<Handling>,
        armed: &mut Option<CrashPoint>,
    ) -> Self {
        let crash_after = take_crash(armed, actions);
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

/// Takes the `armed` crash if it falls into this list: returns after how many of its effects, or more
/// than it has. Gaps of a list into which it does not fall are counted.
#[cold]
pub(crate) fn take_crash<M, W>(
    armed: &mut Option<CrashPoint>,
    actions: &[Action<M, W>],
) -> Option<u32> {
    let mut effects = actions.iter().filter(|action| is_effect(action));
    let point = match (*armed)? {
        CrashPoint::Actions(many) => effects.next().map(|_| many),
        CrashPoint::Gap(gap) => {
            let (mut before, mut writes) = (0, 0);
            let mut place = None;
            for action in effects {
                if matches!(action, Action::Persist(_)) {
                    place = place.or((writes == gap).then_some(before));
                    writes += 1;
                }
                before += 1;
            }
            *armed = Some(CrashPoint::Gap(gap.saturating_sub(writes.max(1) - 1)));
            place
        }
    };
    if point.is_some() {
        *armed = None;
    }
    point
}

/// Cuts a list of `node`'s off after `left` effects, where the server crashes, or leaves it whole if
/// it has fewer.
#[cold]
pub(crate) fn cut_off<M, W>(node: NodeId, actions: &mut Vec<Action<M, W>>, left: u32) {
    let mut effects = (0..actions.len()).filter(|&place| is_effect(&actions[place]));
    let end = usize::try_from(left).ok().and_then(|left| effects.nth(left));
    while actions.len() > end.unwrap_or(usize::MAX) {
        discard(node, actions.pop());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Act = Action<(), u8>;

    const SEND: Act = Action::Send { to: NodeId::new(2), message: () };

    fn list(writes: usize) -> Vec<Act> {
        let mut list = vec![SEND];
        for _ in 0..writes {
            list.extend([Action::note("why"), Action::Persist(1), SEND]);
        }
        list
    }

    /// After how many effects a crash at this gap falls into each of these lists, by their number
    /// of writes.
    fn falls(gap: u32, lists: &[usize]) -> Vec<Option<u32>> {
        let mut armed = Some(CrashPoint::Gap(gap));
        lists.iter().map(|&writes| take_crash(&mut armed, &list(writes))).collect()
    }

    #[test]
    fn a_gap_lies_between_two_writes_of_one_list_and_gaps_are_counted_over_lists() {
        // In each list: send, write, send, write, send, …
        assert_eq!(falls(1, &[0, 1, 2, 2]), [None, None, Some(3), None]);
        assert_eq!(falls(2, &[1, 2, 0, 2]), [None, None, None, Some(3)]);
        assert_eq!(falls(2, &[4]), [Some(5)]);
        assert_eq!(falls(3, &[2, 3]), [None, Some(5)]);
        assert_eq!(falls(9, &[2, 3]), [None, None]);
    }

    #[test]
    fn a_crash_after_a_number_of_actions_falls_into_the_first_list_with_an_effect() {
        let mut armed = Some(CrashPoint::Actions(9));
        let notes: [Act; 1] = [Action::note("why")];
        assert_eq!(take_crash(&mut armed, &notes), None);
        assert_eq!((take_crash(&mut armed, &list(1)), armed), (Some(9), None));
        assert_eq!(take_crash(&mut armed, &list(1)), None);
    }
}
