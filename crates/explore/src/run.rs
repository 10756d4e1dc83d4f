//! One run, decided by its seed.

use std::collections::BTreeMap;
use std::fmt::Debug;

use raftsim_node::{Bytes, CallId, Duration, Message, NodeId, Role, Time};
use raftsim_oracles::Judged;
use raftsim_sim::{Cause, Failure, Fate, MessageName, Record, Recording, Row, What, guarded};

use raftsim_plan::{Override, Plan};

/// One scenario on one node: a seed decides the whole run.
pub trait Runner: Sync {
    /// Runs a seed. The digest is the same, recorded or not.
    fn run(&self, seed: u64, recording: Recording) -> Run;
}

/// Plays plans on a node. The digest is the same, recorded or not.
pub trait Player: Sync {
    /// Plays a plan.
    fn play(&self, plan: &Plan, recording: Recording) -> Run;
}

/// The result of a run.
pub struct Run {
    /// Whether it passed.
    pub verdict: Result<(), Failure>,
    /// How often a server was stepped.
    pub events: u64,
    /// When it ended.
    pub virtual_time: Time,
    /// The digest of everything that happened.
    pub digest: u64,
    /// What each oracle judged.
    pub judged: Judged,
    /// By server: its role at the end; `None` if it is down.
    pub roles: Vec<Option<Role>>,
    /// The parts of a plan that had no effect, a line each.
    pub unused: Vec<String>,
    /// What happened, if it was recorded.
    pub story: Option<Box<dyn Story>>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Run")
            .field("verdict", &self.verdict)
            .field("events", &self.events)
            .field("virtual_time", &self.virtual_time)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// A recorded run, free of the node's types.
pub trait Story {
    /// What happened, line by line.
    fn rows(&self) -> Vec<Row>;

    /// The fate of every message that an override could change: given these, a closed world does to
    /// each message what this one did.
    fn fates(&self) -> BTreeMap<MessageName, Override>;
}

impl<M: Message, W: Debug> Story for Vec<Record<What<M, W, Bytes>>> {
    fn rows(&self) -> Vec<Row> {
        // That a status settled shows nothing that the line before did not say.
        let shown = self.iter().filter(|record| !matches!(record.what, What::Settled));
        shown.map(Record::row).collect()
    }

    fn fates(&self) -> BTreeMap<MessageName, Override> {
        let mut observed = Observed { fates: BTreeMap::new(), failing: BTreeMap::new() };
        for record in self {
            let Some(node) = record.node else { continue };
            if let What::Sent { to, seq, fate, ref message, .. } = record.what {
                observed.sent(record.time, MessageName { from: node, to, seq }, fate, message);
            } else if let What::CallFailed { call, .. } = record.what {
                observed.failed(record.time, node, call);
            }
        }
        observed.fates
    }
}

/// The fates of a run's messages, as its records show them.
struct Observed {
    fates: BTreeMap<MessageName, Override>,
    /// The calls whose failure is still to come, by caller and number: which message was lost,
    /// when.
    failing: BTreeMap<(NodeId, CallId), (MessageName, Time)>,
}

impl Observed {
    fn sent(&mut self, time: Time, name: MessageName, fate: Fate, message: &impl Message) {
        let call = match fate {
            Fate::Drop(Cause::Unasked) => return,
            Fate::Drop(_) => call_of(message),
            Fate::Deliver(_) | Fate::Duplicate(..) => None,
        };
        match (fate, call) {
            (_, Some((call, is_reply))) => {
                let caller = if is_reply { name.to } else { name.from };
                self.failing.insert((caller, call), (name, time));
                // Until the failure is seen: as late as a failure may come.
                self.fates.insert(name, Override::Fails(LATEST));
            }
            // Links and lives do this again by themselves.
            (Fate::Drop(Cause::Blocked | Cause::Down | Cause::Unasked), None) => {}
            (Fate::Deliver(_) | Fate::Duplicate(..) | Fate::Drop(Cause::Lost), None) => {
                self.fates.insert(name, Override::Fate(fate));
            }
        }
    }

    fn failed(&mut self, time: Time, caller: NodeId, call: CallId) {
        if let Some((name, sent)) = self.failing.remove(&(caller, call)) {
            self.fates.insert(name, Override::Fails(time.since(sent)));
        }
    }
}

/// No call takes longer to fail.
const LATEST: Duration = Duration::from_secs(7);

/// The call that a message opens or answers, and whether it answers. Asking runs the node's code.
fn call_of(message: &impl Message) -> Option<(CallId, bool)> {
    let asked = guarded(|| (message.call(), message.is_reply()));
    asked.ok().and_then(|(call, is_reply)| call.map(|call| (call, is_reply)))
}
