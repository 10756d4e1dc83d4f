//! What runs did, in numbers: leaders, messages, snapshots and faults. It is read from the records of
//! runs, so that a run that is not measured costs nothing.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use raftsim_node::{Bytes, Duration, Message, NodeId, Role, Status, Term, Time, Topic};
use raftsim_sim::{
    Cause, Delays, Fate, Fault, Leg, Link, LinkSettings, Links, Record, Recording, Spread, VERBS,
    What, guarded,
};

use crate::run::{Run, Runner};

/// How many kinds of faults there are.
const KINDS: usize = VERBS.len() + 3;

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// When a server first led; `None` if none ever did.
    pub first_leader: Option<Time>,
    /// How often a server stood for election.
    pub campaigns: u64,
    /// How many terms had a leader, without the first.
    pub leader_changes: u64,
    /// The latest term in which a server was.
    pub last_term: Term,
    /// How long no server led.
    pub leaderless: Duration,
    /// The messages that were handed to the network, replies and lost ones too.
    pub messages: u64,
    /// The requests that were handed to the network, lost ones too, by [`Measures::TOPICS`].
    pub requests: [u64; 4],
    /// The bytes of all these requests, and of all replies that arrived.
    pub bytes: u64,
    /// How many snapshots services made.
    pub snapshots_made: u64,
    /// How many snapshots replaced a service's state.
    pub snapshots_restored: u64,
    /// How often each of [`Measures::FAULTS`] happened.
    pub faults: [u64; KINDS],
}

impl Measures {
    /// The topics of requests: those of [`Topic`], `message` for any other.
    pub const TOPICS: [&str; 4] = ["vote", "append", "snapshot", "message"];

    /// The kinds of faults: the verbs of plans, then what the network did to a message: `late` is
    /// one that took longer than its link's latency. A `crash` counts when the server's life ends.
    pub const FAULTS: [&str; KINDS] = {
        let mut names = [""; KINDS];
        let mut place = 0;
        while place < VERBS.len() {
            names[place] = VERBS[place];
            place += 1;
        }
        names[place] = "lost";
        names[place + 1] = "late";
        names[place + 2] = "twice";
        names
    };

    /// What the run with these records did, whose links all had the settings `network` at first, and
    /// on which messages took these delays.
    pub fn of<M: Message, W: Debug>(
        records: &[Record<What<M, W, Bytes>>],
        network: LinkSettings,
        delays: Option<Delays>,
    ) -> Self {
        let mut reader = Reader {
            measures: Self::default(),
            statuses: BTreeMap::new(),
            led: None,
            leaderless_since: Some(Time::ZERO),
            terms: 0,
            network,
            delays,
            links: BTreeMap::new(),
        };
        for record in records {
            reader.read(record);
        }
        let end = records.last().map_or(Time::ZERO, |record| record.time);
        let last = end.since(reader.leaderless_since.unwrap_or(end));
        reader.measures.leaderless = reader.measures.leaderless + last;
        reader.measures.leader_changes = reader.terms.saturating_sub(1);
        reader.measures
    }
}

/// Reads records in order.
struct Reader {
    measures: Measures,
    /// By server: its status.
    statuses: BTreeMap<NodeId, Status>,
    /// The latest term that had a leader.
    led: Option<Term>,
    /// Since when no server has led; `None` while one does.
    leaderless_since: Option<Time>,
    /// How many terms had a leader.
    terms: u64,
    /// The settings of every link, but for those in `links`.
    network: LinkSettings,
    delays: Option<Delays>,
    links: BTreeMap<Link, LinkSettings>,
}

impl Reader {
    fn read<M: Message, W>(&mut self, record: &Record<What<M, W, Bytes>>) {
        match &record.what {
            What::Became(status) => {
                if let Some(node) = record.node {
                    self.became(record.time, node, *status);
                }
            }
            What::Booted(status) => {
                if let Some(node) = record.node {
                    self.statuses.remove(&node);
                    self.note_leaders(record.time);
                    self.became(record.time, node, *status);
                }
            }
            What::Sent { to, fate, message, .. } => {
                if let Some(from) = record.node {
                    self.sent(Links { from, to: *to }, *fate, message);
                }
            }
            What::Received { message, .. } => {
                let (is_reply, size, _) = facts(message);
                self.measures.bytes += if is_reply { size } else { 0 };
            }
            What::Compacted { .. } => self.measures.snapshots_made += 1,
            What::Restored { .. } => self.measures.snapshots_restored += 1,
            What::Crashed => {
                if let Some(node) = record.node {
                    self.statuses.remove(&node);
                    self.note_leaders(record.time);
                }
                self.happened("crash");
            }
            What::Fault(fault) => self.befell(fault),
            What::Missed { .. }
            | What::Timeout
            | What::CallFailed { .. }
            | What::Proposed { .. }
            | What::Settled
            | What::Suspended
            | What::Resumed
            | What::Persisted { .. }
            | What::Accepted { .. }
            | What::Rejected { .. }
            | What::Applied { .. }
            | What::Noted(_)
            | What::Printed(_)
            | What::Marked { .. } => {}
        }
    }

    fn became(&mut self, time: Time, node: NodeId, status: Status) {
        let before = self.statuses.insert(node, status);
        let is_new = before.is_none_or(|it| (it.role, it.term) != (status.role, status.term));
        // The only server of a cluster leads at once, without an event as a candidate.
        let stood = before.is_some_and(|it| it.role == Role::Candidate && it.term == status.term);
        let stands = status.role == Role::Candidate || status.is_leader() && !stood;
        self.measures.campaigns += u64::from(is_new && stands);
        self.measures.last_term = self.measures.last_term.max(status.term);
        if status.is_leader() || before.is_some_and(|it| it.is_leader()) {
            self.note_leaders(time);
        }
        if status.is_leader() {
            self.measures.first_leader.get_or_insert(time);
            if self.led.is_none_or(|term| term < status.term) {
                self.led = Some(status.term);
                self.terms += 1;
            }
        }
    }

    /// Counts the time that ends or begins now in which no server leads.
    fn note_leaders(&mut self, now: Time) {
        let is_led = self.statuses.values().any(Status::is_leader);
        match (is_led, self.leaderless_since) {
            (true, Some(since)) => {
                self.measures.leaderless = self.measures.leaderless + now.since(since);
                self.leaderless_since = None;
            }
            (false, None) => self.leaderless_since = Some(now),
            (true, None) | (false, Some(_)) => {}
        }
    }

    fn befell(&mut self, fault: &Fault) {
        // It counts when the server's life ends.
        if let Fault::Crash { .. } = fault {
            return;
        }
        if let Fault::Network(settings) = *fault {
            self.network = settings;
            self.links.clear();
        }
        if let Fault::Link(link, settings) = *fault {
            self.links.insert(link, settings);
        }
        let text = fault.to_string();
        self.happened(text.split(' ').next().unwrap_or_default());
    }

    fn sent(&mut self, link: Link, fate: Fate, message: &impl Message) {
        let (is_reply, size, topic) = facts(message);
        let settings = *self.links.get(&link).unwrap_or(&self.network);
        let delays = self.delays.as_ref();
        let settings = delays.map_or(settings, |it| it.over(settings, link.from, link.to));
        let leg = if is_reply { settings.reply } else { settings.request };
        self.measures.messages += 1;
        if !is_reply {
            self.measures.requests[topic] += 1;
            self.measures.bytes += size;
        }
        match fate {
            Fate::Drop(Cause::Lost) => self.happened("lost"),
            Fate::Duplicate(..) => self.happened("twice"),
            Fate::Deliver(after) if after > longest(leg) => self.happened("late"),
            Fate::Deliver(_) | Fate::Drop(_) => {}
        }
    }

    fn happened(&mut self, name: &str) {
        let place = Measures::FAULTS.iter().position(|&it| it == name);
        self.measures.faults[place.expect("each fault has its verb")] += 1;
    }
}

/// The longest time that a message takes which is not late.
fn longest(leg: Leg) -> Duration {
    leg.latency.most() + Spread::JITTER.most()
}

/// Whether a message is a reply, its size in bytes, and the place of its topic. A message whose code
/// panics has no bytes: the run says so.
fn facts(message: &impl Message) -> (bool, u64, usize) {
    let read = guarded(|| {
        let topic = match message.topic() {
            Topic::Vote => 0,
            Topic::Append => 1,
            Topic::Snapshot => 2,
            Topic::Other | _ => 3,
        };
        (message.is_reply(), message.size() as u64, topic)
    });
    read.unwrap_or((false, 0, 3))
}

/// Values of many runs, one of each: how often each occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<u64, u64>);

impl Values {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The least value that at least `percent` of the values do not exceed; `None` without values.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let reaches = |&(_, &times): &(&u64, &u64)| {
            seen += times;
            seen >= rank
        };
        self.0.iter().find(reaches).map(|(&value, _)| value)
    }

    /// The largest value.
    pub fn most(&self) -> Option<u64> {
        self.0.last_key_value().map(|(&value, _)| value)
    }

    pub(crate) fn add(&mut self, value: u64) {
        *self.0.entry(value).or_default() += 1;
    }
}

/// How often a kind of fault happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// In all runs together.
    pub times: u64,
    /// In how many runs.
    pub runs: u64,
}

/// What many runs did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many runs there were.
    pub runs: u64,
    /// In nanoseconds, of the runs that had a leader.
    pub first_leader: Values,
    /// See [`Measures::campaigns`].
    pub campaigns: Values,
    /// See [`Measures::leader_changes`].
    pub leader_changes: Values,
    /// See [`Measures::requests`].
    pub requests: [Values; 4],
    /// See [`Measures::bytes`].
    pub bytes: Values,
    /// See [`Measures::snapshots_made`].
    pub snapshots_made: Values,
    /// See [`Measures::snapshots_restored`].
    pub snapshots_restored: Values,
    /// By [`Measures::FAULTS`].
    pub faults: [Happened; KINDS],
    /// How many runs had more records than are kept: what came after these does not count.
    pub cut: u64,
}

impl Measured {
    /// Adds a run.
    pub fn add(&mut self, run: &Measures) {
        self.runs += 1;
        if let Some(time) = run.first_leader {
            self.first_leader.add(time.as_nanos());
        }
        self.campaigns.add(run.campaigns);
        self.leader_changes.add(run.leader_changes);
        for (values, &requests) in self.requests.iter_mut().zip(&run.requests) {
            values.add(requests);
        }
        self.bytes.add(run.bytes);
        self.snapshots_made.add(run.snapshots_made);
        self.snapshots_restored.add(run.snapshots_restored);
        for (happened, &times) in self.faults.iter_mut().zip(&run.faults) {
            happened.times += times;
            happened.runs += u64::from(times > 0);
        }
    }
}

/// A runner that measures its runs, each of which is recorded. What it measured does not depend on
/// the order of the runs, but counts each of them.
pub struct Measuring<'a> {
    runner: &'a dyn Runner,
    measured: Mutex<Measured>,
}

impl<'a> Measuring<'a> {
    /// Measures the runs of this runner.
    pub fn new(runner: &'a dyn Runner) -> Self {
        Self { runner, measured: Mutex::default() }
    }

    /// What its runs did.
    pub fn measured(self) -> Measured {
        self.measured.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for Measuring<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Measuring").field("measured", &self.measured).finish_non_exhaustive()
    }
}

impl Runner for Measuring<'_> {
    fn run(&self, seed: u64, _: Recording) -> Run {
        let mut run = self.runner.run(seed, Recording::On);
        if let Some(story) = run.story.take() {
            let (did, is_cut) = (story.measures(), story.missing() > 0);
            let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
            measured.add(&did);
            measured.cut += u64::from(is_cut);
        }
        run
    }
}
