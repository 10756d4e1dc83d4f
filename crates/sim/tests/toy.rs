//! A server that does what a test asks for, counts how often it is called, and panics where a test
//! sets a trap.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use raftsim_node::{
    Action, Boot, CallId, Claims, Command, Digest, Disk, Duration, Event, Index, Message, Node,
    NodeId, Promise, Role, Snapshot, Status, Term, Time, Topic, Touched, View,
};
use raftsim_sim::{
    Caps, Cluster, Failure, Fate, Record, RecordOf, Recording, Seen, Setup, Spread, Watch, What,
    World,
};

pub(crate) type Act = Action<Msg, Put>;
type React = dyn Fn(&mut Mind, &Event<Msg>, Time) -> Vec<Act> + Send + Sync;

thread_local! {
    /// The actions that the next proposal makes a server return, and its status: see [`tell`].
    static ORDERS: RefCell<Option<(Vec<Act>, Option<Status>)>> = const { RefCell::new(None) };
}

/// A place at which a server panics if it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    Claims,
    Boot,
    BootDeadline,
    BootStatus,
    Step,
    StepDeadline,
    StepStatus,
    Drop,
    ConfigDrop,
    MessageDrop,
    DiskDrop,
    Write,
    View,
    StateBytes,
    WriteDigest,
    WriteClone,
    WriteDebug,
    IsReply,
    Size,
    Call,
    Topic,
    Term,
    Promise,
    Label,
    Digest,
    Clone,
    Debug,
}

impl Trap {
    fn spring(self, set: Option<Self>) {
        assert!(set != Some(self), "trapped in {self:?}");
    }
}

/// How often a server's code ran, and how often it was dropped.
#[derive(Default)]
pub(crate) struct Counts {
    calls: AtomicU32,
    drops: AtomicU32,
}

impl Counts {
    /// (calls, drops)
    pub(crate) fn read(&self) -> (u32, u32) {
        (self.calls.load(Ordering::Relaxed), self.drops.load(Ordering::Relaxed))
    }
}

/// A toy's settings.
#[derive(Clone, Default)]
pub(crate) struct Script {
    react: Option<Arc<React>>,
    /// The first deadline, counted from boot.
    pub(crate) first: Option<Duration>,
    pub(crate) trap: Option<Trap>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) bomb: Bomb,
}

/// Springs [`Trap::ConfigDrop`] when it is dropped, if it is armed. A clone is not.
#[derive(Default)]
pub(crate) struct Bomb(pub(crate) bool);

impl Clone for Bomb {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        Trap::ConfigDrop.spring(self.0.then_some(Trap::ConfigDrop));
    }
}

impl Script {
    /// Reacts this way to every event except the proposals of [`tell`].
    pub(crate) fn reacting(
        react: impl Fn(&mut Mind, &Event<Msg>, Time) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self { react: Some(Arc::new(react)), ..Self::default() }
    }

    /// The same, with a first deadline this long after boot.
    pub(crate) fn timing(self, first: Duration) -> Self {
        Self { first: Some(first), ..self }
    }
}

/// The state of a toy.
pub(crate) struct Mind {
    pub(crate) boot: Boot,
    /// The numbers on its disk at boot.
    pub(crate) shelf: Vec<u64>,
    pub(crate) deadline: Option<Time>,
    pub(crate) status: Status,
    pub(crate) steps: u64,
}

pub(crate) struct Toy {
    mind: Mind,
    script: Script,
}

impl Toy {
    fn called(&self, trap: Trap) {
        self.script.counts.calls.fetch_add(1, Ordering::Relaxed);
        trap.spring(self.script.trap);
    }
}

impl Drop for Toy {
    fn drop(&mut self) {
        self.script.counts.drops.fetch_add(1, Ordering::Relaxed);
        Trap::Drop.spring(self.script.trap);
    }
}

impl Node for Toy {
    type Config = Script;
    type Message = Msg;
    type Disk = Shelf;

    fn claims(script: &Script) -> Claims {
        Trap::Claims.spring(script.trap);
        Claims::default()
    }

    fn boot(script: &Script, boot: &Boot, disk: &Shelf, now: Time) -> Self {
        crate::logging::deafen();
        tracing::info!("booting");
        Trap::Boot.spring(script.trap);
        let mind = Mind {
            boot: boot.clone(),
            shelf: disk.numbers.clone(),
            deadline: script.first.map(|first| now + first),
            status: Status::new(disk.numbers.len() as u64, Role::Follower),
            steps: 0,
        };
        Self { mind, script: script.clone() }
    }

    fn step(&mut self, event: Event<Msg>, now: Time) -> Vec<Act> {
        self.mind.steps += 1;
        self.called(Trap::Step);
        tracing::info!("thinking");
        if let Event::Propose { id, .. } = event
            && let Some((mut actions, status)) = ORDERS.take()
        {
            self.mind.status = status.unwrap_or(self.mind.status);
            actions.push(Action::Reject { id, leader: None });
            return actions;
        }
        let react = self.script.react.clone();
        react.map_or_else(Vec::new, |react| react(&mut self.mind, &event, now))
    }

    fn deadline(&self) -> Option<Time> {
        self.called(if self.mind.steps == 0 { Trap::BootDeadline } else { Trap::StepDeadline });
        self.mind.deadline
    }

    fn status(&self) -> Status {
        self.called(if self.mind.steps == 0 { Trap::BootStatus } else { Trap::StepStatus });
        self.mind.status
    }
}

/// What toys send each other.
#[derive(PartialEq, Eq)]
pub(crate) struct Msg {
    pub(crate) text: &'static str,
    pub(crate) reply: bool,
    pub(crate) call: Option<u64>,
    pub(crate) bytes: usize,
    pub(crate) trap: Option<Trap>,
}

impl Clone for Msg {
    fn clone(&self) -> Self {
        Trap::Clone.spring(self.trap);
        let Self { text, reply, call, bytes, trap } = *self;
        Self { text, reply, call, bytes, trap }
    }
}

impl Drop for Msg {
    fn drop(&mut self) {
        Trap::MessageDrop.spring(self.trap);
    }
}

impl fmt::Debug for Msg {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Trap::Debug.spring(self.trap);
        let Self { text, reply, call, bytes, .. } = self;
        write!(out, "{text:?} {reply} {call:?} {bytes}")
    }
}

impl Message for Msg {
    fn is_reply(&self) -> bool {
        Trap::IsReply.spring(self.trap);
        self.reply
    }

    fn size(&self) -> usize {
        Trap::Size.spring(self.trap);
        self.bytes
    }

    fn call(&self) -> Option<CallId> {
        Trap::Call.spring(self.trap);
        self.call.map(CallId)
    }

    fn topic(&self) -> Topic {
        Trap::Topic.spring(self.trap);
        Topic::Vote
    }

    fn term(&self) -> Option<Term> {
        Trap::Term.spring(self.trap);
        Some(0)
    }

    fn promise(&self) -> Option<Promise> {
        Trap::Promise.spring(self.trap);
        None
    }

    fn label(&self) -> Option<String> {
        Trap::Label.spring(self.trap);
        self.text.starts_with("label ").then(|| self.text.to_owned())
    }

    fn digest(&self, digest: &mut Digest) {
        Trap::Digest.spring(self.trap);
        let Self { text, reply, call, bytes, .. } = *self;
        digest.debug(&(text, reply, call, bytes));
    }
}

/// What toys write.
#[derive(PartialEq, Eq)]
pub(crate) enum Put {
    Number(u64),
    Snapshot(Snapshot),
    Trap(Trap),
}

impl Put {
    fn trap(&self) -> Option<Trap> {
        if let Self::Trap(trap) = *self { Some(trap) } else { None }
    }
}

impl Clone for Put {
    fn clone(&self) -> Self {
        Trap::WriteClone.spring(self.trap());
        match self {
            Self::Number(number) => Self::Number(*number),
            Self::Snapshot(snapshot) => Self::Snapshot(snapshot.clone()),
            Self::Trap(trap) => Self::Trap(*trap),
        }
    }
}

impl fmt::Debug for Put {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Trap::WriteDebug.spring(self.trap());
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Snapshot(snapshot) => write!(out, "{snapshot:?}"),
            Self::Trap(trap) => write!(out, "{trap:?}"),
        }
    }
}

/// A disk that keeps numbers, in the order written, and the last snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shelf {
    pub(crate) numbers: Vec<u64>,
    pub(crate) snapshot: Option<Snapshot>,
    trap: Option<Trap>,
}

impl Drop for Shelf {
    fn drop(&mut self) {
        Trap::DiskDrop.spring(self.trap);
    }
}

impl Disk for Shelf {
    type Write = Put;

    fn write(&mut self, write: Put) -> Touched {
        match write {
            Put::Number(number) => self.numbers.push(number),
            Put::Snapshot(snapshot) => self.snapshot = Some(snapshot),
            Put::Trap(trap) => {
                Trap::Write.spring(Some(trap));
                self.trap = Some(trap);
            }
        }
        Touched::ALL
    }

    fn state_bytes(&self) -> usize {
        Trap::StateBytes.spring(self.trap);
        8 * self.numbers.len()
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        Trap::View.spring(self.trap);
        Some(self)
    }

    fn digest(write: &Put, digest: &mut Digest) {
        Trap::WriteDigest.spring(write.trap());
        match write {
            Put::Number(number) => digest.word(*number),
            Put::Snapshot(snapshot) => digest.debug(snapshot),
            Put::Trap(_) => digest.word(0),
        }
    }
}

/// The last number written is the term.
impl View for Shelf {
    fn term(&self) -> Term {
        self.numbers.last().copied().unwrap_or(0)
    }

    fn voted_for(&self) -> Option<NodeId> {
        None
    }

    fn last_index(&self) -> Index {
        self.numbers.len() as u64
    }

    fn entry(&self, _: Index) -> Option<(Term, Option<&Command>)> {
        None
    }
}

pub(crate) const N1: NodeId = NodeId::new(1);
pub(crate) const N2: NodeId = NodeId::new(2);
pub(crate) const N3: NodeId = NodeId::new(3);

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) const fn us(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// The moment `millis` milliseconds after the run's begin.
pub(crate) fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

pub(crate) const fn message(text: &'static str) -> Msg {
    Msg { text, reply: false, call: None, bytes: 10, trap: None }
}

/// A request.
pub(crate) fn send(to: NodeId, text: &'static str) -> Act {
    Action::Send { to, message: message(text) }
}

/// A reply that is part of no call.
pub(crate) fn reply(to: NodeId, text: &'static str) -> Act {
    Action::Send { to, message: Msg { reply: true, ..message(text) } }
}

pub(crate) fn call(to: NodeId, number: u64) -> Act {
    Action::Send { to, message: Msg { call: Some(number), ..message("call") } }
}

pub(crate) fn answer(to: NodeId, number: u64) -> Act {
    let message = Msg { call: Some(number), reply: true, ..message("answer") };
    Action::Send { to, message }
}

/// Answers every request at once.
pub(crate) fn answering() -> Script {
    Script::reacting(|_, event, _| match event {
        Event::Receive { from, message } if !message.reply => {
            message.call.map_or_else(|| vec![reply(*from, "reply")], |it| vec![answer(*from, it)])
        }
        _ => vec![],
    })
}

/// A recorded run without jitter, whose servers do what [`tell`] says, and may chat.
pub(crate) fn setup(servers: u8) -> Setup<Toy> {
    raftsim_sim::prepare_process();
    let mut setup = Setup::new("toys", 7, servers);
    // A value for each server: the default is shared among servers.
    setup.configs = (0..servers).map(|_| Script::default()).collect();
    setup.jitter = Spread::ZERO;
    setup.recording = Recording::On;
    setup.caps = CHATTY;
    setup
}

/// Caps that let toys have as many events in a second as they like.
pub(crate) const CHATTY: Caps = Caps { in_one_second: 1_000_000, ..Caps::USUAL };

/// The world at one millisecond, all servers up.
pub(crate) fn booted(setup: Setup<Toy>) -> World<Toy, ()> {
    watched(setup, ())
}

pub(crate) fn watched<W: Watch<Toy>>(setup: Setup<Toy>, watch: W) -> World<Toy, W> {
    let mut world = World::new(setup, watch).expect("a toy's disk can be made");
    world.sleep(ms(1)).expect("toys boot");
    world
}

/// Makes a server do all this now, as the answer to a proposal, which it rejects at the end.
pub(crate) fn tell<W: Watch<Toy>>(
    world: &mut World<Toy, W>,
    node: NodeId,
    actions: Vec<Act>,
) -> Result<(), Failure> {
    ORDERS.set(Some((actions, None)));
    world.propose(node, Command::default()).map(drop)
}

/// The same, and sets its status.
pub(crate) fn tell_to_believe<W: Watch<Toy>>(
    world: &mut World<Toy, W>,
    node: NodeId,
    actions: Vec<Act>,
    status: Status,
) -> Result<(), Failure> {
    ORDERS.set(Some((actions, Some(status))));
    world.propose(node, Command::default()).map(drop)
}

/// What happened, one line each, except first boots and proposals.
pub(crate) fn story<W: Watch<Toy>>(world: &World<Toy, W>) -> Vec<String> {
    world.trace().records().iter().filter_map(line).collect()
}

fn line(record: &RecordOf<Toy>) -> Option<String> {
    let text = match &record.what {
        What::Booted(_) if record.life == 1 => return None,
        What::Booted(status) => format!("boots in term {}", status.term),
        What::Crashed => "crashes".to_owned(),
        What::Timeout => "timeout".to_owned(),
        What::Received { from, message, .. } => format!("<- {from} {}", message.text),
        What::Missed { from, seq } => format!("misses {from} #{seq}"),
        What::CallFailed { to, call } => format!("call {} to {to} fails", call.0),
        What::Compacted { through, snapshot } => format!("compact {through} {snapshot:?}"),
        What::Became(status) => format!("in term {}", status.term),
        What::Persisted { write, .. } => format!("writes {write:?}"),
        What::Sent { to, fate, message, .. } => match fate {
            Fate::Deliver(after) => format!("-> {to} {} +{after}", message.text),
            Fate::Drop(cause) => format!("x> {to} {} {cause:?}", message.text),
            Fate::Duplicate(a, b) => format!("=> {to} {} +{a} +{b}", message.text),
        },
        What::Applied { index, .. } => format!("applies {index}"),
        What::Restored { index, .. } => format!("restores {index}"),
        What::Noted(why) => why.to_string(),
        What::Printed(text) => format!("prints {text:?}"),
        What::Fault(fault) => fault.to_string(),
        What::Suspended => "suspended".to_owned(),
        What::Resumed => "runs again".to_owned(),
        What::Marked { verb, .. } => (*verb).to_owned(),
        What::Proposed { .. } | What::Accepted { .. } | What::Rejected { .. } | What::Settled => {
            return None;
        }
    };
    let node = record.node.map_or_else(|| "world".to_owned(), |node| node.to_string());
    Some(format!("{} {node} {text}", record.time))
}

/// Every fate decided on a link, in order.
pub(crate) fn fates<W: Watch<Toy>>(world: &World<Toy, W>, from: NodeId, to: NodeId) -> Vec<Fate> {
    let sent = |record: &RecordOf<Toy>| match record.what {
        What::Sent { to: other, fate, .. } if other == to => Some(fate),
        _ => None,
    };
    let records = world.trace().records().iter();
    records.filter(|record| record.node == Some(from)).filter_map(sent).collect()
}

/// A watch that records what it sees.
#[derive(Default)]
pub(crate) struct Log {
    /// What was observed, and the alarm.
    pub(crate) seen: Vec<String>,
    /// The servers whose status changed: what the cluster showed then, and the new status.
    pub(crate) became: Vec<(NodeId, Option<Status>, Status)>,
    /// The servers whose status settled, and what the cluster showed then.
    pub(crate) settled: Vec<(NodeId, Option<Status>)>,
    /// When to ring, once.
    pub(crate) alarm: Option<Time>,
}

impl Watch<Toy> for Log {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        let what = match record.what {
            What::Received { from, message, .. } => format!("<- {from} {}", message.text),
            What::Timeout => "timeout".to_owned(),
            What::Became(status) => {
                let node = record.node.expect("it has a server");
                self.became.push((node, cluster.status(node), status));
                return Ok(());
            }
            What::Settled => {
                let node = record.node.expect("it has a server");
                self.settled.push((node, cluster.status(node)));
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.seen.push(format!("{} {what}", record.node.expect("it has a server")));
        Ok(())
    }

    fn alarm(&self) -> Time {
        self.alarm.unwrap_or(Time::MAX)
    }

    fn ring(&mut self, cluster: &Cluster<Toy>) -> Result<(), Failure> {
        assert_eq!(self.alarm.take(), Some(cluster.now()));
        self.seen.push("alarm".to_owned());
        Ok(())
    }
}

/// The texts of the two facts of a broken contract with this name.
pub(crate) fn facts_of(property: &str, failed: Result<(), Failure>) -> [String; 2] {
    let failure = failed.expect_err("it breaks the contract");
    assert_eq!(
        (failure.kind(), failure.property().name()),
        (raftsim_sim::Kind::Contract, property)
    );
    texts(&failure)
}

/// The texts of the two facts of a failure.
pub(crate) fn texts(failure: &Failure) -> [String; 2] {
    failure.facts().each_ref().map(|fact| fact.text().to_owned())
}
