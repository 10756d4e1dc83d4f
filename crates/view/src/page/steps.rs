//! Which records make a step: what one input did, with all that follows from it.

use raftsim_node::{NodeId, Time};
use raftsim_sim::{Fault, PlainRecord, What};

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    Boot,
    Crash,
    Timeout,
    Arrival,
    Missed,
    CallFailed,
    Proposal,
    Compaction,
    Pause,
    Resume,
    /// A server goes on with a list of actions that waited for its disk.
    GoesOn,
    Fault,
    /// Link changes at one instant.
    Links,
    /// The scenario's own records.
    Check,
}

impl StepKind {
    /// All of them with their names, in the order of their numbers.
    pub(super) const ALL: [(Self, &'static str); 14] = [
        (Self::Boot, "boot"),
        (Self::Crash, "crash"),
        (Self::Timeout, "timeout"),
        (Self::Arrival, "arrival"),
        (Self::Missed, "missed"),
        (Self::CallFailed, "call failed"),
        (Self::Proposal, "proposal"),
        (Self::Compaction, "compaction"),
        (Self::Pause, "pause"),
        (Self::Resume, "resume"),
        (Self::GoesOn, "goes on"),
        (Self::Fault, "fault"),
        (Self::Links, "links"),
        (Self::Check, "check"),
    ];
}

/// The step to which the last record belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) time: Time,
    /// Its server; `None` for the world.
    pub(super) on: Option<NodeId>,
    pub(super) kind: StepKind,
    /// It is a crash or a boot that a fault has announced, and that is still to come.
    awaits: bool,
    /// The server does not run its code any more, so that nothing else follows from the input.
    is_over: bool,
}

/// The step to which a record belongs, the `open` one or a new one; and whether it is new.
pub(super) fn step_of(record: &PlainRecord, open: Option<Open>) -> (Open, bool) {
    let new = |on, kind| Open { time: record.time, on, kind, awaits: false, is_over: false };
    let (on, kind) = match &record.what {
        What::Booted(_) => (record.node, StepKind::Boot),
        What::Crashed => (record.node, StepKind::Crash),
        What::Timeout => (record.node, StepKind::Timeout),
        What::Received { .. } => (record.node, StepKind::Arrival),
        What::Missed { .. } => (record.node, StepKind::Missed),
        What::CallFailed { .. } => (record.node, StepKind::CallFailed),
        What::Proposed { .. } => (record.node, StepKind::Proposal),
        What::Compacted { .. } => (record.node, StepKind::Compaction),
        What::Marked { .. } => (None, StepKind::Check),
        What::Fault(fault) => {
            let (kind, awaits) = kind_of_fault(fault);
            let on = if kind == StepKind::Links { None } else { record.node };
            let same = open.filter(|it| kind == StepKind::Links && it.kind == kind);
            let same = same.filter(|it| it.time == record.time);
            return same.map_or((Open { awaits, ..new(on, kind) }, true), |open| (open, false));
        }
        What::Became(_)
        | What::Settled
        | What::Suspended
        | What::Resumed
        | What::Persisted { .. }
        | What::Sent { .. }
        | What::Accepted { .. }
        | What::Rejected { .. }
        | What::Applied { .. }
        | What::Restored { .. }
        | What::Noted(_)
        | What::Printed(_) => {
            let goes_on = open.filter(|it| it.on == record.node && it.time == record.time);
            let goes_on = goes_on.filter(|it| !it.is_over);
            let is_over = matches!(record.what, What::Suspended);
            let step = goes_on.unwrap_or_else(|| new(record.node, StepKind::GoesOn));
            return (Open { is_over, ..step }, goes_on.is_none());
        }
    };
    let announced = open.filter(|it| it.awaits && it.kind == kind && it.on == on);
    match announced {
        Some(open) => (Open { awaits: false, ..open }, false),
        None => (new(on, kind), true),
    }
}

/// The kind of step that a fault begins, and whether a crash or a boot follows at once.
fn kind_of_fault(fault: &Fault) -> (StepKind, bool) {
    match fault {
        Fault::Partition(_)
        | Fault::Isolate(_)
        | Fault::Join(_)
        | Fault::Block(_)
        | Fault::Unblock(_)
        | Fault::Heal => (StepKind::Links, false),
        Fault::Crash { after: None, .. } => (StepKind::Crash, true),
        Fault::Restart(_) => (StepKind::Boot, true),
        Fault::Pause(_) => (StepKind::Pause, false),
        Fault::Resume(_) => (StepKind::Resume, false),
        Fault::Swizzle { .. }
        | Fault::Network(_)
        | Fault::Link(..)
        | Fault::Crash { after: Some(_), .. }
        | Fault::Disarm(_)
        | Fault::Disk { .. }
        | Fault::Clock { .. }
        | Fault::Jump { .. }
        | Fault::Expire(_)
        | Fault::Campaign(_) => (StepKind::Fault, false),
    }
}
