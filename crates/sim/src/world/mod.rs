//! The world: what happens next, and to which server.
//!
//! This file has the loop. `step` calls a server and does its actions; `actions` and `suspend` do so
//! for impaired servers; `messages` and `calls` send and deliver; `clocks` reads and changes clocks;
//! `inject` does faults; `propose` makes proposals; `clients` wakes clients; `gaps` notes places to
//! crash; `branch` leaves a run's course; `look` shows the state to people; `end` takes out the records
//! and drops the rest. `queue`, `timers` and `schedule` keep what is due. No part knows the world.

mod actions;
mod branch;
mod calls;
mod clients;
mod clocks;
mod emit;
mod end;
mod gaps;
mod inject;
pub(crate) mod look;
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
use std::mem;
use std::sync::Arc;

use raftsim_node::{Duration, Event, Node, NodeId, Time};

use self::branch::Branching;
use self::end::bury;
use self::gaps::Gaps;
use self::look::Looks;
use self::queue::Queue;
use self::schedule::{Item, Pace};
use self::setup::{Caps, Recording, Setup};
use self::timers::Timers;
use crate::clients::Clients;
use crate::clients::service::Service;
use crate::failure::{Fact, Failure};
use crate::network::fate::MessageName;
use crate::network::rpc::Calls;
use crate::network::{Network, NetworkSetup};
use crate::process::reached;
use crate::random::{Purpose, Stream, Streams};
use crate::server::actions::Work;
use crate::server::guard::{Call, guarded, trap};
use crate::server::{Cluster, Server};
use crate::trace::Trace;
use crate::trace::record::What;
use crate::trace::watch::Watch;

/// labrpc's counters, over all servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Requests handed to the network, including lost and blocked ones (`GetTotalCount`).
    pub requests: u64,
    /// Bytes of all requests handed to the network and of all replies that arrived
    /// (`GetTotalBytes`).
    pub bytes: u64,
    /// Events that servers handled: calls of `step`.
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
/// - `work` is empty between two events: a list of actions is either in progress, or waits in its
///   server's suspension.
/// - `timers` has a timer for each server that is up, has a deadline and is not suspended, and for
///   no other server.
/// - Everything that changes what oracles may see is recorded in `trace`, after it is done and
///   before anything else happens. A fault is recorded when it begins, and each effect of its own
///   (a crash, a boot) by a record of its own.
pub struct World<N: Node, W: Watch<N>> {
    cluster: Cluster<N>,
    watch: W,
    trace: Trace<N>,
    queue: Queue<Item<N::Message>>,
    timers: Timers,
    streams: Streams,
    caps: Caps,
    pace: Pace,
    /// The time by which the run must end.
    end: Time,
    /// The time up to which nothing but the run itself happens: the least of `end`, the time at
    /// which it leaves its course, and the next of `looks`.
    limit: Time,
    /// How it leaves its course, if it still does.
    branch: Option<Branching>,
    has_branched: bool,
    looks: Looks,
    gaps: Option<Box<Gaps>>,
    voters: Arc<[NodeId]>,
    /// By server: the stream that draws the moment of its first boot and the seed of each life.
    lives: Vec<Stream>,
    calls: Calls,
    meters: Meters,
    clients: Clients<Self>,
    service: Box<dyn Fn(NodeId) -> Box<dyn Service>>,
    /// The number of proposals made so far.
    proposals: u64,
    work: Work<N>,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// A world whose servers boot within its first millisecond. `watch` sees everything that
    /// happens.
    ///
    /// Entry points call [`crate::prepare_process`] first.
    ///
    /// # Errors
    /// A failure if the node's code panics while it makes or reads the first disks.
    ///
    /// # Panics
    /// If there is no server, or more than 255, or if the delays are those of another number.
    pub fn new(setup: Setup<N>, watch: W) -> Result<Self, Failure> {
        let Setup { scenario, seed, configs, caps, service, branch, jitter, .. } = setup;
        let size = configs.len();
        assert!((1..=255).contains(&size), "a cluster has 1 to 255 servers, not {size}");
        let sized = setup.delays.as_ref().map_or(size, |delays| delays.size().into());
        assert!(sized == size, "the delays of {sized} servers do not fit {size}");
        let streams = Streams::new(seed, scenario);
        let mut disks = vec![];
        if let Err(panic) = guarded(|| disks.resize_with(size, N::Disk::default)) {
            let _ = (bury(disks), bury(configs));
            let rule = Fact::new("a server begins with an empty disk");
            return Err(Failure::panicked(Time::ZERO, rule, &panic));
        }
        let servers = iter::zip(configs, disks).map(|(config, disk)| Server::new(config, disk));
        let network = Network::new(NetworkSetup {
            size,
            settings: setup.network,
            is_fixed: setup.fixed_network,
            delays: setup.delays,
            jitter: setup.jitter,
            closed: setup.closed,
            fates: setup.fates,
            failures: setup.failures,
            streams: streams.clone(),
        });
        let servers = servers.collect();
        let shows_disks = setup.shows_disks;
        let cluster = Cluster { now: Time::ZERO, servers, network, shows_disks };
        let is_seen = watch.looks_on() || setup.notes_gaps;
        let mut world = Self {
            trace: Trace::new(setup.recording == Recording::On, caps.records, is_seen),
            watch,
            queue: Queue::new(),
            timers: Timers::new(size),
            lives: cluster.ids().map(|id| streams.stream(Purpose::Lives(id))).collect(),
            voters: cluster.ids().collect(),
            streams,
            caps,
            pace: Pace::new(caps, size),
            end: Time::ZERO + setup.limit,
            limit: Time::ZERO,
            branch: branch.map(|branch| Branching { branch, jitter }),
            looks: Looks::new(setup.looks),
            gaps: setup.notes_gaps.then(|| Box::new(Gaps::new(size))),
            has_branched: false,
            calls: Calls::default(),
            meters: Meters::default(),
            clients: Clients::new(),
            service,
            proposals: 0,
            work: Work::default(),
            cluster,
        };
        world.find_limit();
        world.trace.set_clock(Time::ZERO);
        reached(Time::ZERO);
        for id in world.cluster.ids() {
            world.prepare(id)?;
            // Each server boots at its own moment: the first word of its stream, in nanoseconds.
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

    /// The watch: what was passed to [`World::new`].
    pub fn watch(&self) -> &W {
        &self.watch
    }

    /// labrpc's counters.
    pub fn meters(&self) -> Meters {
        self.meters
    }

    /// The stream of random words for `purpose`, from its beginning.
    pub fn stream(&self, purpose: Purpose) -> Stream {
        self.streams.stream(purpose)
    }

    /// Stops all faults from now on. A given fate is no longer used unless the message arrives
    /// once, within [`crate::Fate::PROMPT`]: it counts as unused, and the message's fate is drawn.
    /// A swizzle in progress ends.
    pub fn stop_faults(&mut self) {
        self.cluster.network.stop_faults();
    }

    /// The same where the network stands as it is: all given fates are used as before.
    pub fn stop_faults_but_fates(&mut self) {
        self.cluster.network.stop_faults_but_fates();
    }

    /// The names of the messages whose given fates or failures have not been used so far, in order.
    pub fn unused(&self) -> Vec<MessageName> {
        self.cluster.network.unused()
    }

    /// Runs the world for `span`.
    pub fn sleep(&mut self, span: Duration) -> Result<(), Failure> {
        let until = self.now().saturating_add(span);
        self.run(|world| {
            while world.do_next(until)? {}
            world.move_clock(until)
        })
    }

    /// Handles the next event that is due by `until`; returns whether there was one. None is due at
    /// [`Time::MAX`].
    pub fn advance(&mut self, until: Time) -> Result<bool, Failure> {
        self.run(|world| world.do_next(until))
    }

    /// Runs harness code that calls servers' code. A panic of a server's code becomes a failure of
    /// the run, which accuses that server.
    fn run<R>(&mut self, run: impl FnOnce(&mut Self) -> Result<R, Failure>) -> Result<R, Failure> {
        let ran = trap(|| run(self));
        ran.unwrap_or_else(|trapped| {
            let (node, call, panic) = *trapped;
            let failure = self.panicked(node, &panic);
            // Actions that were left when one of them panicked must be neither done nor dropped.
            mem::forget((mem::take(&mut self.work.actions), self.work.list.take()));
            Err(match call {
                Call::Drop => self.dropped(node, &panic),
                Call::Own | Call::Copy | Call::Digest | Call::Read => failure,
            })
        })
    }

    /// [`World::advance`] within [`World::run`].
    #[expect(clippy::inline_always, reason = "few loops call it, and do little else")]
    #[inline(always)]
    fn do_next(&mut self, until: Time) -> Result<bool, Failure> {
        let (timer, slot) = self.timers.first();
        let queued = self.queue.due();
        let event = queued.min(timer);
        let alarm = self.watch.alarm();
        // An alarm rings only when time is about to move past it: after everything of its instant,
        // including what a scenario does to the world.
        if alarm < event.min(until) {
            return self.ring(alarm);
        }
        if event > until || event == Time::MAX {
            return Ok(false);
        }
        self.note_timers();
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

    /// Rings the watch's alarm, which is due at `alarm`.
    #[cold]
    fn ring(&mut self, alarm: Time) -> Result<bool, Failure> {
        self.move_clock(alarm)?;
        self.watch.ring(&self.cluster)?;
        Ok(true)
    }

    /// Records a point of the scenario in the trace: its `verb`, its server, if it is about one, and
    /// a `number` whose meaning the verb defines.
    pub fn mark(
        &mut self,
        verb: &'static str,
        node: Option<NodeId>,
        number: u64,
    ) -> Result<(), Failure> {
        self.note_timers();
        self.emit(None, What::Marked { verb, node, number })
    }

    /// Moves the time to `next`, if it is not there yet.
    ///
    /// # Errors
    /// A failure if the run lasts longer than its limit.
    #[inline]
    fn move_clock(&mut self, next: Time) -> Result<(), Failure> {
        if next > self.cluster.now {
            self.pace.move_to(next);
            self.cluster.now = next;
            self.trace.set_clock(next);
        }
        if next <= self.limit { Ok(()) } else { self.pass_limit(next) }
    }

    /// Handles an item of the queue, which is due now.
    #[expect(clippy::inline_always, reason = "the loop alone calls it")]
    #[inline(always)]
    fn handle(&mut self, item: Item<N::Message>) -> Result<(), Failure> {
        match item {
            // The scenario has already started or crashed the server.
            Item::Boot(node) if !self.cluster.server(node).awaits_boot => Ok(()),
            Item::Boot(node) => self.boot(node),
            Item::Deliver(letter) => self.deliver(letter),
            Item::CallFailed { caller, life, call } => self.call_failed(caller, life, call),
            Item::CallPoll { caller, life, call } => self.poll_call(caller, life, call),
            Item::Written { node, life } => self.written(node, life),
            Item::Wake(number) => self.wake(number),
        }
    }
}

impl<N: Node, W: Watch<N>> fmt::Debug for World<N, W> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("World").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}
