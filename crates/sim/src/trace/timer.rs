//! Timers in a recorded trace: when each was set, moved or stopped.
//!
//! These are no records. Oracles see every record, and the digest is made of them; neither concerns
//! a timer. So timers are kept beside the records, and only if the run is recorded.

use raftsim_node::{NodeId, Time};

/// A server's timer was set, moved or stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerSet {
    /// The number of records that the trace had kept by then.
    pub after: usize,
    /// The world's time at which it was set.
    pub time: Time,
    /// The server.
    pub node: NodeId,
    /// When it is due, by the world's time; `None` if no timer runs from now on.
    pub due: Option<Time>,
}

/// The timers of a recorded run.
///
/// Invariant: of two neighbors in `set` that are of one server, the two times that they are due
/// differ.
#[derive(Debug, Default)]
pub(crate) struct TimerTrace {
    set: Vec<TimerSet>,
    /// By server: when its timer is due; none yet for the servers that are missing.
    due: Vec<Option<Time>>,
}

impl TimerTrace {
    /// Notes when a server's timer is due from now on ([`Time::MAX`]: no timer runs), unless it was
    /// due then before.
    pub(crate) fn note(&mut self, after: usize, time: Time, node: NodeId, due: Time) {
        let slot = node.slot();
        if self.due.len() <= slot {
            self.due.resize(slot + 1, None);
        }
        let due = (due < Time::MAX).then_some(due);
        if self.due[slot] != due {
            self.due[slot] = due;
            self.set.push(TimerSet { after, time, node, due });
        }
    }

    /// What was noted, in order.
    pub(crate) fn set(&self) -> &[TimerSet] {
        &self.set
    }

    /// Takes out what was noted.
    pub(crate) fn take(&mut self) -> Vec<TimerSet> {
        std::mem::take(&mut self.set)
    }
}
