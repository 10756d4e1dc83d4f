//! One run: the traits of what decides it, its result, and its recording.

use std::collections::BTreeMap;
use std::fmt::Debug;

use raftsim_node::{Bytes, CallId, Duration, Message, NodeId, Role, Time};
use raftsim_oracles::{Committed, Judged};
use raftsim_sim::{
    Branch, Cause, Commands, Failure, Fate, Gap, MessageName, Moment, Record, Recording, Row,
    ServerState, What, WorldState, guarded,
};

use raftsim_plan::{Override, Plan};

use crate::measures::Measures;

/// Runs in which a seed decides everything, such as those of one scenario on one node.
pub trait Runner: Sync {
    /// Runs `seed`. The digest does not depend on `recording`.
    fn run(&self, seed: u64, recording: Recording) -> Run;
}

/// Plays plans on a node.
pub trait Player: Sync {
    /// Plays `plan`. The digest does not depend on `recording`.
    fn play(&self, plan: &Plan, recording: Recording) -> Run;

    /// Plays `plan` without recording it, and returns also the gaps between two writes of one list
    /// that its run has, in order. The default knows of none.
    fn play_for_gaps(&self, plan: &Plan) -> (Run, Vec<Gap>) {
        (self.play(plan, Recording::Off), vec![])
    }
}

/// Plays plans that leave their course.
pub trait Brancher: Sync {
    /// Plays `plan` until it leaves its course. If the branch ends the plan there, the recovery
    /// phase follows: all faults stop, and the cluster must be alive.
    fn branch(&self, plan: &Plan, branch: Branch) -> Run;
}

/// Plays plans up to a moment, and shows the state of the world there.
pub trait Inspector: Sync {
    /// Plays `plan` through everything that happens at the last of the moments `at`, which are in
    /// order, or to its end if that comes earlier.
    fn inspect(&self, plan: &Plan, at: &[Time]) -> Inspection;
}

/// The state of the world at moments of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The states at the moments, in order. If the run ended before it was past the last one, its
    /// state at the end comes in the place of those that it did not get past. Empty if the cluster
    /// could not be set up.
    pub states: Vec<WorldState>,
    /// How the run ended; `None` if it went on after the last moment.
    pub ended: Option<Result<(), Failure>>,
}

/// The result of a run.
pub struct Run {
    /// Whether it passed.
    pub verdict: Result<(), Failure>,
    /// How many events the servers handled.
    pub events: u64,
    /// The virtual time at which it ended.
    pub virtual_time: Time,
    /// The digest of everything that happened.
    pub digest: u64,
    /// How often each oracle judged something.
    pub judged: Judged,
    /// By server: its role at the end; `None` if it is down.
    pub roles: Vec<Option<Role>>,
    /// The steps and fates of a plan that had no effect: a line for each, with the reason.
    pub unused: Vec<String>,
    /// The recorded run; `None` if it was not recorded.
    pub story: Option<Box<dyn Story>>,
    /// How many further plays of the same plan it counts, each with a crash more: see
    /// [`CrashPoints`](crate::CrashPoints). Of any other run 0.
    pub crash_points: u64,
    /// Whose code decides the run, in words such as `the node or the scenario`, if that is not the
    /// node's alone: some of it is a user's own.
    pub suspects: Option<&'static str>,
}

impl Run {
    /// What is wrong with two runs that differ, where this is one of them; with whose code may be the
    /// cause, if that is not the node's alone.
    pub fn accuse(&self, text: String) -> String {
        match self.suspects {
            Some(suspects) => format!("{text}; the cause is in {suspects}"),
            None => text,
        }
    }

    /// The number of servers; 0 if they could not be set up.
    ///
    /// # Panics
    /// If there are more than 255.
    pub fn servers(&self) -> u8 {
        u8::try_from(self.roles.len()).expect("a cluster has at most 255 servers")
    }
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

/// A recorded run, without the node's types.
pub trait Story {
    /// What happened: one row for each record that is printed.
    fn rows(&self) -> Vec<Row>;

    /// The commands that were proposed, by name. The default has none.
    fn commands(&self) -> Commands {
        Commands::default()
    }

    /// The rows as people see them: with commands by their names. Rows of two runs are compared
    /// without names, because one name may stand for two commands there.
    fn named_rows(&self) -> Vec<Row> {
        let commands = self.commands();
        let named = |row: Row| Row { text: commands.named(row.text), ..row };
        self.rows().into_iter().map(named).collect()
    }

    /// The state of each server at the end, without its memory. The default has none.
    fn servers(&self) -> &[ServerState] {
        &[]
    }

    /// The fate of every message whose fate a plan could name. A closed world with these fates does
    /// to each message what this run did.
    fn fates(&self) -> BTreeMap<MessageName, Override>;

    /// Passes `visit` everything that happened, in order, without the node's types: what a drawing
    /// of the run needs. The default passes nothing.
    fn moments(&self, _visit: &mut dyn FnMut(Moment)) {}

    /// What the run did, in numbers. The default says that it did nothing.
    fn measures(&self) -> Measures {
        Measures::default()
    }

    /// How many events have records.
    fn events(&self) -> u64 {
        0
    }

    /// The entries that servers showed to be committed, from index 1 on, as far as oracles judged
    /// the run.
    fn committed(&self) -> &[Committed] {
        &[]
    }

    /// How many of the run's last records are missing, because there were too many to keep.
    fn missing(&self) -> u64 {
        0
    }
}

impl<M: Message, W: Debug> Story for Vec<Record<What<M, W, Bytes>>> {
    fn rows(&self) -> Vec<Row> {
        // `Settled` adds nothing to the row before it, which shows the status already.
        let shown = self.iter().filter(|record| !matches!(record.what, What::Settled));
        shown.map(Record::row).collect()
    }

    fn commands(&self) -> Commands {
        Commands::of(self)
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

/// The fates of a run's messages, taken from its records.
struct Observed {
    fates: BTreeMap<MessageName, Override>,
    /// The calls that will still fail, by caller and number: the message that was lost, and when it
    /// was sent.
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
                // The latest time at which the call may fail, until the record of its failure.
                self.fates.insert(name, Override::Fails(LATEST));
            }
            // Without a fate the message is dropped again: its link is blocked, or no server is
            // there to take it.
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

/// The longest time that a call takes to fail.
const LATEST: Duration = Duration::from_secs(7);

/// The call that a message opens or answers, and whether it answers. `None` if it belongs to no
/// call, or if the node's code, which decides both, panics.
fn call_of(message: &impl Message) -> Option<(CallId, bool)> {
    let read = guarded(|| (message.call(), message.is_reply()));
    read.ok().and_then(|(call, is_reply)| call.map(|call| (call, is_reply)))
}
