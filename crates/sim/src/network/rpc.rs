//! Open RPC calls, as labrpc's `Call` has them: each is answered or fails, once.

use std::collections::BTreeMap;

use raftsim_node::{CallId, Duration, NodeId};

use super::message::Handling;

/// The time between two polls of a call: labrpc checks every 100 ms whether the server that handles
/// the call is still there.
pub(crate) const POLL: Duration = Duration::from_millis(100);

/// The longest time that a plan may give a call to fail if its request is blocked or its callee
/// down: labrpc's 6,999 ms, and the jitter.
pub(super) const DEAD_FOR: Duration = Duration::from_millis(7_000);
/// The same if the request or the reply is lost: the latency of the message, and the jitter.
pub(super) const LOST_FOR: Duration = Duration::from_millis(101);

/// The open calls: those that have neither been answered nor failed, by caller and number.
#[derive(Default)]
pub(crate) struct Calls(BTreeMap<(NodeId, CallId), OpenCall>);

/// An open call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenCall {
    /// The caller's life.
    pub(crate) life: u32,
    /// The callee.
    pub(crate) to: NodeId,
    /// The callee's life.
    pub(crate) called: u32,
    /// Whether the answer or the failure is already decided and on its way.
    pub(crate) settled: bool,
}

impl Calls {
    /// Opens a call; returns `false` if the caller already has an open call with this number.
    #[must_use]
    pub(crate) fn open(&mut self, caller: NodeId, call: CallId, open: OpenCall) -> bool {
        self.0.insert((caller, call), open).is_none()
    }

    /// The life of the caller `to` that waits for an answer to `call` from the life `replier` of
    /// `from`, which handles `handling`; `None` if no open call waits for that answer.
    #[inline(never)]
    pub(crate) fn asking_life(
        &self,
        (from, replier): (NodeId, u32),
        to: NodeId,
        call: CallId,
        handling: Option<&Handling>,
    ) -> Option<u32> {
        let open = self.0.get(&(to, call))?;
        // Each life may count its calls from the same number, so this may answer an older life's
        // call.
        let asker = handling.filter(|it| it.from == to && it.call == Some(call));
        let is_asked = asker.is_none_or(|asker| asker.life == open.life);
        let is_called = open.to == from && open.called == replier;
        (is_called && !open.settled && is_asked).then_some(open.life)
    }

    /// Notes that the answer or the failure of an open call is on its way; returns the caller's
    /// life.
    pub(crate) fn settle(&mut self, caller: NodeId, call: CallId) -> Option<u32> {
        let open = self.0.get_mut(&(caller, call))?;
        open.settled = true;
        Some(open.life)
    }

    /// Closes an open call, which was answered or has failed.
    pub(crate) fn close(&mut self, caller: NodeId, call: CallId) -> Option<OpenCall> {
        self.0.remove(&(caller, call))
    }

    /// The open call with this number that this life of the caller made.
    pub(crate) fn get(&self, caller: NodeId, life: u32, call: CallId) -> Option<OpenCall> {
        self.0.get(&(caller, call)).copied().filter(|open| open.life == life)
    }

    /// Whether a call is open and neither its answer nor its failure is on its way.
    pub(crate) fn waits(&self, caller: NodeId, life: u32, call: CallId) -> bool {
        self.get(caller, life, call).is_some_and(|open| !open.settled)
    }

    /// Forgets the calls of a caller whose life has ended.
    pub(crate) fn forget(&mut self, caller: NodeId) {
        self.0.retain(|&(other, _), _| other != caller);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N1: NodeId = NodeId::new(1);
    const N2: NodeId = NodeId::new(2);
    const N3: NodeId = NodeId::new(3);
    const CALL: CallId = CallId(7);

    /// n1, in its second life, calls n2, which is in its third.
    const OPEN: OpenCall = OpenCall { life: 2, to: N2, called: 3, settled: false };

    fn calls() -> Calls {
        let mut calls = Calls::default();
        assert!(calls.open(N1, CALL, OPEN));
        calls
    }

    #[test]
    fn a_number_is_opened_again_only_after_its_call_is_closed() {
        let mut calls = calls();
        assert!(!calls.open(N1, CALL, OPEN), "it is open");
        assert!(calls.open(N3, CALL, OPEN), "another caller has its own numbers");
        calls.settle(N1, CALL);
        assert!(!calls.open(N1, CALL, OPEN), "its answer is on its way");
        assert_eq!(calls.close(N1, CALL), Some(OPEN));
        assert_eq!(calls.close(N1, CALL), None);
        assert!(calls.open(N1, CALL, OPEN));
    }

    #[test]
    fn only_the_life_that_was_called_answers() {
        let mut calls = calls();
        let asking = |calls: &Calls, replier, to, call| calls.asking_life(replier, to, call, None);
        assert_eq!(asking(&calls, (N2, 3), N1, CALL), Some(2));
        assert_eq!(asking(&calls, (N2, 4), N1, CALL), None, "another life");
        assert_eq!(asking(&calls, (N3, 3), N1, CALL), None, "another server");
        assert_eq!(asking(&calls, (N2, 3), N3, CALL), None, "another caller");
        assert_eq!(asking(&calls, (N2, 3), N1, CallId(8)), None, "another call");
        assert_eq!(calls.settle(N1, CALL), Some(2));
        assert_eq!(asking(&calls, (N2, 3), N1, CALL), None, "it is answered");
    }

    #[test]
    fn an_answer_to_an_older_life_does_not_answer_a_call_of_equal_number() {
        let calls = calls();
        let asking = |from, life, call| {
            let handling = Handling { from, life, call };
            calls.asking_life((N2, 3), N1, CALL, Some(&handling))
        };
        assert_eq!(asking(N1, 2, Some(CALL)), Some(2));
        assert_eq!(asking(N1, 1, Some(CALL)), None);
        // Handling another call says nothing about this one.
        assert_eq!(asking(N1, 1, Some(CallId(8))), Some(2));
        assert_eq!(asking(N1, 1, None), Some(2));
        assert_eq!(asking(N3, 1, Some(CALL)), Some(2));
    }

    #[test]
    fn a_call_waits_until_its_answer_or_failure_is_on_its_way() {
        let mut calls = calls();
        assert!(calls.waits(N1, 2, CALL));
        assert_eq!(calls.get(N1, 2, CALL), Some(OPEN));
        for (caller, life, call) in [(N1, 1, CALL), (N2, 2, CALL), (N1, 2, CallId(8))] {
            assert!(!calls.waits(caller, life, call), "{caller} {life} {call:?}");
            assert_eq!(calls.get(caller, life, call), None, "{caller} {life} {call:?}");
        }
        calls.settle(N1, CALL);
        assert!(!calls.waits(N1, 2, CALL));
        assert_eq!(calls.get(N1, 2, CALL), Some(OpenCall { settled: true, ..OPEN }));
        assert_eq!(calls.settle(N1, CallId(8)), None);
    }

    #[test]
    fn a_life_that_ends_forgets_its_own_calls_and_no_others() {
        let mut calls = calls();
        assert!(calls.open(N1, CallId(8), OPEN));
        assert!(calls.open(N2, CALL, OpenCall { to: N1, ..OPEN }));
        calls.forget(N1);
        assert_eq!((calls.close(N1, CALL), calls.close(N1, CallId(8))), (None, None));
        assert_eq!(calls.close(N2, CALL), Some(OpenCall { to: N1, ..OPEN }));
    }
}
