//! The world: what happens next, and to which server.
//!
//! The loop stands here. Beside it stands, a file for each, what the world does: `step` a server,
//! `actions` and `suspend` for impaired ones, `messages` and `calls`, `clocks`, `inject` faults,
//! `propose`, wake `clients`. The parts that it is made of (`server`, `network`, `clients`, `trace`)
//! do not know it.

mod actions;
mod calls;
mod clients;
mod clocks;
mod inject;
mod messages;
mod propose;
mod queue;
mod schedule;
pub(crate) mod setup;
mod step;
mod suspend;
mod timers;

use std::fmt;
use std::iter;
use std::sync::Arc;

use raftsim_node::{Duration, Event, Node, NodeId, Time};

use self::queue::Queue;
use self::schedule::{Item, Pace};
use self::setup::{Caps, Recording, Setup};
use self::timers::Timers;
use crate::clients::Clients;
use crate::clients::service::Service;
use crate::failure::{Fact, Failure, Kind};
use crate::network::fate::MessageName;
use crate::network::rpc::Calls;
use crate::network::{Network, NetworkSetup};
use crate::property;
use crate::random::{Purpose, Stream, Streams};
use crate::server::actions::Work;
use crate::server::guard::{guarded, trap};
use crate::server::{Cluster, Durable, Process, Server};
use crate::trace::Trace;
use crate::trace::record::{Record, RecordOf, Seen, What};
use crate::trace::watch::Watch;

/// labrpc's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Requests handed to the network, lost and blocked ones too (`GetTotalCount`).
    pub requests: u64,
    /// Bytes of all requests handed to the network and of all replies delivered
    /// (`GetTotalBytes`).
    pub bytes: u64,
    /// Calls of `step`.
    pub events: u64,
}

/// A run in progress.
///
/// ```
/// # use raftsim_node::{Action, ActionOf, Boot, Disk, Duration, Event, Message, Node, NodeId};
/// # use raftsim_node::{Role, Status, Time, Touched};
/// use raftsim_sim::{Fault, Recording, Setup, World};
/// # #[derive(Clone, Debug)]
/// # struct Hello;
/// # impl Message for Hello {
/// #     fn is_reply(&self) -> bool { false }
/// #     fn size(&self) -> usize { 5 }
/// # }
/// # #[derive(Clone, Default)]
/// # struct NoDisk;
/// # impl Disk for NoDisk {
/// #     type Write = ();
/// #     fn write(&mut self, (): ()) -> Touched { Touched::NONE }
/// #     fn state_bytes(&self) -> usize { 0 }
/// # }
/// # /// Greets its peers 150 ms after it booted.
/// # struct Greeter { boot: Boot, due: Option<Time> }
/// # impl Node for Greeter {
/// #     type Config = ();
/// #     type Message = Hello;
/// #     type Disk = NoDisk;
/// #     fn boot(_: &(), boot: &Boot, _: &NoDisk, now: Time) -> Self {
/// #         Self { boot: boot.clone(), due: Some(now + Duration::from_millis(150)) }
/// #     }
/// #     fn step(&mut self, event: Event<Hello>, _: Time) -> Vec<ActionOf<Self>> {
/// #         let Event::Timeout = event else { return vec![] };
/// #         self.due = None;
/// #         self.boot.peers().map(|to| Action::Send { to, message: Hello }).collect()
/// #     }
/// #     fn deadline(&self) -> Option<Time> { self.due }
/// #     fn status(&self) -> Status { Status::new(0, Role::Follower) }
/// # }
///
/// // Two servers, each of which greets the other 150 ms after it boots.
/// let [n1, n2] = [1, 2].map(NodeId::new);
/// let setup = Setup::<Greeter> { recording: Recording::On, ..Setup::new("greetings", 42, 2) };
/// let mut world = World::new(setup, ())?;
/// world.sleep(Duration::from_millis(100))?;
/// world.inject(&Fault::Crash { who: n2, after: None })?;
/// world.sleep(Duration::from_millis(100))?;
/// assert!(world.cluster().is_up(n1) && !world.cluster().is_up(n2));
///
/// let rows: Vec<String> = world.trace().records().iter().map(|it| it.row().text).collect();
/// assert_eq!(rows[2..], ["crash n2", "down", "timeout", "x> n2 Hello #0 (addressee down)"]);
/// # Ok::<(), raftsim_sim::Failure>(())
/// ```
///
/// Invariants:
/// - Time never goes back, and only the loop moves it. At one instant come messages in the order in
///   which they were sent, then timers by node id, then the watch's alarm.
/// - `work` is empty between two events: a list of actions is either being done, or waits in its
///   server's suspension.
/// - A timer runs in `timers` for each server that is up, has a deadline and is not suspended, and for
///   no other.
/// - Everything that changes what oracles may see is recorded in `trace`, after it is done and before
///   anything else happens.
pub struct World<N: Node, W: Watch<N>> {
    cluster: Cluster<N>,
    watch: W,
    trace: Trace<N>,
    queue: Queue<Item<N::Message>>,
    timers: Timers,
    streams: Streams,
    caps: Caps,
    pace: Pace,
    /// When the run must have ended.
    limit: Time,
    voters: Arc<[NodeId]>,
    /// By server: the stream of its first boot's moment and of its lives' seeds.
    lives: Vec<Stream>,
    calls: Calls,
    meters: Meters,
    clients: Clients<Self>,
    service: Box<dyn Fn(NodeId) -> Box<dyn Service>>,
    /// How many proposals were made.
    proposals: u64,
    work: Work<N>,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// A world whose servers boot within its first millisecond.
    ///
    /// Entry points call [`crate::prepare_process`] first.
    ///
    /// # Panics
    /// When there is no server, or more than 255.
    pub fn new(setup: Setup<N>, watch: W) -> Result<Self, Failure> {
        let Setup { scenario, seed, configs, limit, caps, service, .. } = setup;
        let size = configs.len();
        assert!((1..=255).contains(&size), "a cluster has 1 to 255 servers, not {size}");
        let streams = Streams::new(seed, scenario);
        let disks =
            guarded(|| vec![(); size].iter().map(|()| N::Disk::default()).collect::<Vec<_>>());
        let disks = disks.map_err(|panic| {
            Failure::panicked(Time::ZERO, Fact::new("a disk begins empty"), &panic)
        })?;
        let servers = iter::zip(configs, disks).map(|(config, disk)| Server::new(config, disk));
        let network = Network::new(NetworkSetup {
            size,
            settings: setup.network,
            jitter: setup.jitter,
            closed: setup.closed,
            fates: setup.fates,
            failures: setup.failures,
            streams: streams.clone(),
        });
        let cluster = Cluster { now: Time::ZERO, servers: servers.collect(), network };
        let mut world = Self {
            watch,
            trace: Trace::new(setup.recording == Recording::On),
            queue: Queue::new(),
            timers: Timers::new(size),
            lives: cluster.ids().map(|id| streams.stream(Purpose::Lives(id))).collect(),
            voters: cluster.ids().collect(),
            streams,
            caps,
            pace: Pace::new(caps),
            limit: Time::ZERO + limit,
            calls: Calls::default(),
            meters: Meters::default(),
            clients: Clients::new(),
            service,
            proposals: 0,
            work: Work::default(),
            cluster,
        };
        world.trace.set_clock(Time::ZERO);
        for id in world.cluster.ids() {
            world.prepare(id)?;
            // Boots are staggered as messages are jittered: the first word of each server's stream.
            let after = world.lives[id.slot()].below(1_000_000);
            world.push(Time::from_nanos(u64::from(after)), Item::Boot(id))?;
        }
        Ok(world)
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.cluster.now
    }

    /// The servers and links.
    pub fn cluster(&self) -> &Cluster<N> {
        &self.cluster
    }

    /// What happened so far.
    pub fn trace(&self) -> &Trace<N> {
        &self.trace
    }

    /// Takes the trace's records out.
    pub fn take_records(&mut self) -> Vec<RecordOf<N>> {
        self.trace.take_records()
    }

    /// The watch: what was passed to [`World::new`].
    pub fn watch(&self) -> &W {
        &self.watch
    }

    /// labrpc's counters.
    pub fn meters(&self) -> Meters {
        self.meters
    }

    /// A stream of random words, from its beginning.
    pub fn stream(&self, purpose: Purpose) -> Stream {
        self.streams.stream(purpose)
    }

    /// All faults stop. From now on given fates that are no delivery within [`crate::Fate::PROMPT`] are
    /// void: they count as unused, and what becomes of such a message is drawn; and a swizzle goes on
    /// no longer.
    pub fn stop_faults(&mut self) {
        self.cluster.network.stop_faults();
    }

    /// The names to which the setup gave fates or failures that have not been used so far, in order.
    pub fn unused(&self) -> Vec<MessageName> {
        self.cluster.network.unused()
    }

    /// Lets the world run on for a while.
    pub fn sleep(&mut self, span: Duration) -> Result<(), Failure> {
        let until = self.now() + span;
        self.run(|world| {
            while world.do_next(until)? {}
            world.move_clock(until)
        })
    }

    /// Lets the run last longer than its setup said: for what follows a scenario.
    pub fn extend(&mut self, span: Duration) {
        self.limit = self.limit.saturating_add(span);
    }

    /// Does the next thing that is due by `until`; says whether there was any.
    pub fn advance(&mut self, until: Time) -> Result<bool, Failure> {
        self.run(|world| world.do_next(until))
    }

    /// Runs what calls the servers' code, a panic of which ends the run and is blamed on its server.
    fn run<R>(&mut self, run: impl FnOnce(&mut Self) -> Result<R, Failure>) -> Result<R, Failure> {
        let ran = trap(|| run(self));
        ran.unwrap_or_else(|(node, panic)| Err(self.panicked(node, &panic)))
    }

    /// [`World::advance`], within [`World::run`].
    #[expect(clippy::inline_always, reason = "few loops call it, and do little else")]
    #[inline(always)]
    fn do_next(&mut self, until: Time) -> Result<bool, Failure> {
        let (timer, slot) = self.timers.first();
        let queued = self.queue.due();
        let event = queued.min(timer);
        let alarm = self.watch.alarm();
        // An alarm rings only when time is about to move past it: after everything of its instant,
        // also what is done to the world from outside.
        if alarm < event.min(until) {
            return self.ring(alarm);
        }
        if event > until || event == Time::MAX {
            assert!(until < Time::MAX, "nothing will ever happen in this world");
            return Ok(false);
        }
        self.move_clock(event)?;
        if queued == event {
            let item = self.queue.pop().expect("something is due");
            self.handle(item)?;
        } else {
            let node = self.voters[slot];
            self.emit(Some(node), What::Timeout)?;
            self.step(node, Event::Timeout, None)?;
        }
        Ok(true)
    }

    #[cold]
    fn ring(&mut self, alarm: Time) -> Result<bool, Failure> {
        self.move_clock(alarm)?;
        self.watch.ring(&self.cluster)?;
        Ok(true)
    }

    /// Marks a point of the scenario in the trace.
    pub fn mark(
        &mut self,
        verb: &'static str,
        node: Option<NodeId>,
        number: u64,
    ) -> Result<(), Failure> {
        self.emit(None, What::Marked { verb, node, number })
    }

    /// Ends the run: rings an alarm of this instant, then ends every server's life, without a record. A
    /// node that panics when it is dropped fails the run. Nothing may be done to the world after it.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let is_due = self.watch.alarm() <= self.now();
        let rung = if is_due { self.run(|world| world.watch.ring(&world.cluster)) } else { Ok(()) };
        rung.and(self.end_lives())
    }

    fn end_lives(&mut self) -> Result<(), Failure> {
        let mut ended = Ok(());
        for node in self.cluster.ids() {
            let server = self.cluster.server_mut(node);
            if let Err(panic) = guarded(|| server.process = Process::Down) {
                ended = ended.and(Err(self.panicked(node, &panic)));
            }
        }
        ended
    }

    #[inline]
    fn move_clock(&mut self, next: Time) -> Result<(), Failure> {
        if next > self.cluster.now {
            self.pace.move_to(next, self.caps);
            self.cluster.now = next;
            self.trace.set_clock(next);
        }
        if next <= self.limit { Ok(()) } else { Err(self.too_long(next)) }
    }

    #[cold]
    fn too_long(&self, next: Time) -> Failure {
        let rule = Fact::new(format!("a run of this scenario ends by {}", self.limit));
        let facts = [rule.at(self.limit), Fact::new("it still goes on")];
        Failure::new(Kind::LabLimit { by_chance: false }, property::RUN_LENGTH, next, facts)
    }

    #[expect(clippy::inline_always, reason = "beside the loop only what waited is handled")]
    #[inline(always)]
    fn handle(&mut self, item: Item<N::Message>) -> Result<(), Failure> {
        match item {
            // The scenario may have started or crashed it before.
            Item::Boot(node) if !self.cluster.server(node).awaits_boot => Ok(()),
            Item::Boot(node) => self.boot(node),
            Item::Deliver(letter) => self.deliver(letter),
            Item::CallFailed { caller, life, call } => self.call_failed(caller, life, call),
            Item::CallPoll { caller, life, call } => self.poll_call(caller, life, call),
            Item::Written { node, life } => self.written(node, life),
            Item::Wake(number) => self.wake(number),
        }
    }

    /// Tells trace and watch what happened to `node`.
    #[expect(clippy::inline_always, reason = "the kind of record is known where it is emitted")]
    #[inline(always)]
    fn emit(&mut self, node: Option<NodeId>, what: Seen<'_, N>) -> Result<(), Failure> {
        let life = node.map_or(0, |node| self.cluster.life(node));
        let record = Record { time: self.cluster.now, node, life, what };
        self.tell(&record, None)
    }

    /// Tells trace and watch of a record. `message` is the digest of its message, if it is known.
    #[expect(clippy::inline_always, reason = "the kind of record is known where it is emitted")]
    #[inline(always)]
    fn tell(&mut self, record: &Record<Seen<'_, N>>, message: Option<u64>) -> Result<(), Failure> {
        self.write_down(record, message);
        self.watch.observe(&self.cluster, record)
    }

    /// Puts a record into the trace; nobody else is told.
    #[expect(clippy::inline_always, reason = "the kind of record is known where it is emitted")]
    #[inline(always)]
    fn write_down(&mut self, record: &Record<Seen<'_, N>>, message: Option<u64>) {
        self.trace.feed(record, message);
        if self.trace.is_recording() {
            self.trace.keep(record);
        }
    }

    /// Reads what survives of a server, its disk, before its first life.
    fn prepare(&mut self, node: NodeId) -> Result<(), Failure> {
        let server = self.cluster.server_mut(node);
        let read = guarded(|| (Durable::read(&server.disk), N::claims(&server.config)));
        let (durable, claims) = read.map_err(|panic| self.panicked(node, &panic))?;
        let server = self.cluster.server_mut(node);
        server.durable = durable;
        server.claims = claims;
        Ok(())
    }
}

impl<N: Node, W: Watch<N>> Drop for World<N, W> {
    /// Nodes are dropped under guard: a run that failed already says why.
    fn drop(&mut self) {
        let _ = self.end_lives();
    }
}

impl<N: Node, W: Watch<N>> fmt::Debug for World<N, W> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("World").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}
