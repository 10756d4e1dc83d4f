//! The loop: what happens next, and to whom.

pub(crate) mod memory;
pub(crate) mod pace;
pub(crate) mod queue;
pub(crate) mod setup;
pub(crate) mod timers;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::iter;
use std::sync::Arc;

use raftsim_node::{ActionOf, Bytes, CallId, Duration, Event, Index, Node, NodeId, Status, Time};

use crate::clients::Resident;
use crate::clients::proposal::Proposal;
use crate::clients::service::{NoService, Service};
use crate::failure::{Failure, Kind};
use crate::network::fate::Overrides;
use crate::network::link::{Link, Spread};
use crate::network::message::Letter;
use crate::network::rpc::PendingCall;
use crate::random::{Purpose, Stream, Streams};
use crate::server::guard::{guarded, install_hook, trap};
use crate::server::trouble::List;
use crate::server::{Cluster, Durable, Server};
use crate::trace::Trace;
use crate::trace::record::{Record, Seen, What};
use crate::trace::watch::Watch;
use crate::world::memory::keep_memory;
use crate::world::pace::Pace;
use crate::world::queue::Queue;
use crate::world::setup::{Caps, Recording, Setup};
use crate::world::timers::Timers;

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

/// What waits in the queue.
pub(crate) enum Item<M> {
    Boot(NodeId),
    Deliver(Letter<M>),
    CallFailed {
        caller: NodeId,
        life: u32,
        call: CallId,
    },
    /// labrpc looks every 100 ms whether the server that handles a call is still there.
    CallPoll {
        caller: NodeId,
        life: u32,
        call: CallId,
    },
    /// A write that took its time is complete.
    Written {
        node: NodeId,
        life: u32,
    },
    Wake(u32),
}

/// A run in progress.
pub struct World<N: Node, W: Watch<N>> {
    pub(crate) cluster: Cluster<N>,
    pub(crate) watch: W,
    pub(crate) trace: Trace<N>,
    pub(crate) queue: Queue<Item<N::Message>>,
    pub(crate) timers: Timers,
    pub(crate) streams: Streams,
    pub(crate) jitter: Spread,
    pub(crate) caps: Caps,
    pub(crate) limit: Time,
    pub(crate) voters: Arc<[NodeId]>,
    pub(crate) lives: Vec<Stream>,
    pub(crate) fates: Overrides,
    /// How often something that was done to the world changed it.
    pub(crate) changes: u64,
    pub(crate) calls: BTreeMap<(NodeId, CallId), PendingCall>,
    pub(crate) meters: Meters,
    /// Boxed: each is taken out of its place while it runs, and put back.
    pub(crate) clients: Vec<Option<Box<Resident<N, W>>>>,
    pub(crate) service: Box<dyn Fn(NodeId) -> Box<dyn Service>>,
    pub(crate) proposals: u64,
    /// The proposal that is being answered.
    pub(crate) proposal: Option<Proposal>,
    /// Snapshots that services made, to be told as events of their own.
    pub(crate) compactions: VecDeque<(NodeId, Index, Bytes)>,
    /// The list of a server in trouble that is being done.
    pub(crate) list: Option<List<N>>,
    pub(crate) pace: Pace,
    /// Where each step puts its actions: empty between steps, its room kept.
    pub(crate) actions: Vec<ActionOf<N>>,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// A world whose servers boot within its first millisecond.
    ///
    /// # Panics
    /// When there is no server, or more than 255.
    pub fn new(setup: Setup<N>, watch: W) -> Result<Self, Failure> {
        install_hook();
        keep_memory();
        let Setup { scenario, seed, configs, network, jitter, limit, caps, closed, .. } = setup;
        let size = configs.len();
        assert!((1..=255).contains(&size), "a cluster has 1 to 255 servers, not {size}");
        let streams = Streams::new(seed, scenario);
        let service = setup.service;
        let disks =
            guarded(|| vec![(); size].iter().map(|()| N::Disk::default()).collect::<Vec<_>>());
        let disks = disks.map_err(|panic| {
            let facts = ["a disk begins empty".to_owned(), format!("it panicked: {}", panic.0)];
            Failure::contract("no panic", Time::ZERO, facts)
        })?;
        let servers: Vec<Server<N>> = iter::zip(configs, disks)
            .map(|(config, disk)| Server {
                config,
                node: None,
                awaits_boot: true,
                life: 0,
                disk,
                durable: None,
                status: Status::default(),
                claims: raftsim_node::Claims::default(),
                service: Box::new(NoService),
                booted_from: None,
                connected: true,
                crash_after: None,
                requests: 0,
                trouble: None,
            })
            .collect();
        let links = (0..size * size).map(|_| Link::new(network, closed)).collect();
        let cluster = Cluster { now: Time::ZERO, servers, links, disturbed: false };
        let mut world = Self {
            watch,
            trace: Trace::new(setup.recording == Recording::On),
            queue: Queue::new(),
            timers: Timers::new(size),
            lives: cluster.ids().map(|id| streams.stream(Purpose::Lives(id))).collect(),
            voters: cluster.ids().collect(),
            streams,
            jitter: if closed { Spread::fixed(jitter.base) } else { jitter },
            caps,
            limit: Time::ZERO + limit,
            fates: Overrides::new(setup.fates, setup.failures),
            changes: 0,
            calls: BTreeMap::new(),
            meters: Meters::default(),
            clients: Vec::new(),
            service,
            proposals: 0,
            proposal: None,
            compactions: VecDeque::new(),
            list: None,
            pace: Pace::new(caps),
            actions: Vec::new(),
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
    pub fn take_records(&mut self) -> Vec<crate::trace::record::RecordOf<N>> {
        self.trace.take_records()
    }

    /// Who looks on.
    pub fn watch(&self) -> &W {
        &self.watch
    }

    /// labrpc's counters.
    pub fn meters(&self) -> Meters {
        self.meters
    }

    /// How often a verb that does something to servers, links, disks or clocks has changed anything:
    /// pausing a server that is down does not.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// A stream of random words, from its beginning.
    pub fn stream(&self, purpose: Purpose) -> Stream {
        self.streams.stream(purpose)
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
    pub(crate) fn run<R>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let ran = trap(|| run(self));
        ran.unwrap_or_else(|(node, panic)| Err(self.panicked(node, &panic)))
    }

    /// [`World::advance`], within [`World::run`].
    #[expect(clippy::inline_always, reason = "few loops call it, and do little else")]
    #[inline(always)]
    pub(crate) fn do_next(&mut self, until: Time) -> Result<bool, Failure> {
        let (timer, slot) = self.timers.first();
        let queued = self.queue.due();
        let alarm = self.watch.alarm();
        let next = queued.min(timer).min(alarm);
        if next > until || next == Time::MAX {
            assert!(until < Time::MAX, "nothing will ever happen in this world");
            return Ok(false);
        }
        self.move_clock(next)?;
        if queued == next {
            let item = self.queue.pop().expect("something is due");
            self.handle(item)?;
        } else if timer == next {
            let node = self.voters[slot];
            self.emit(Some(node), What::Timeout)?;
            self.step(node, Event::Timeout, None)?;
        } else {
            self.watch.ring(&self.cluster)?;
        }
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

    /// Ends every server's life without a trace of it. A node that panics when it is dropped fails
    /// the run.
    pub fn finish(&mut self) -> Result<(), Failure> {
        let mut finished = Ok(());
        for node in self.cluster.ids() {
            let server = self.cluster.server_mut(node);
            if let Err(panic) = guarded(|| server.node = None) {
                finished = finished.and(Err(self.panicked(node, &panic)));
            }
        }
        finished
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
        let rule = format!("a run of this scenario ends by {}", self.limit);
        let facts = [rule, "it still goes on".to_owned()];
        Failure::new(Kind::LabLimit { by_chance: false }, "run length", next, facts)
    }

    #[expect(clippy::inline_always, reason = "beside the loop only what waited is handled")]
    #[inline(always)]
    pub(crate) fn handle(&mut self, item: Item<N::Message>) -> Result<(), Failure> {
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
    pub(crate) fn emit(&mut self, node: Option<NodeId>, what: Seen<'_, N>) -> Result<(), Failure> {
        let life = node.map_or(0, |node| self.cluster.life(node));
        let record = Record { time: self.cluster.now, node, life, what };
        self.tell(&record, None)
    }

    /// Tells trace and watch of a record. `message` is the digest of its message, if it is known.
    #[expect(clippy::inline_always, reason = "the kind of record is known where it is emitted")]
    #[inline(always)]
    pub(crate) fn tell(
        &mut self,
        record: &Record<Seen<'_, N>>,
        message: Option<u64>,
    ) -> Result<(), Failure> {
        self.write_down(record, message);
        self.watch.observe(&self.cluster, record)
    }

    /// Puts a record into the trace; nobody else is told.
    #[expect(clippy::inline_always, reason = "the kind of record is known where it is emitted")]
    #[inline(always)]
    pub(crate) fn write_down(&mut self, record: &Record<Seen<'_, N>>, message: Option<u64>) {
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
        let _ = self.finish();
    }
}

impl<N: Node, W: Watch<N>> fmt::Debug for World<N, W> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("World").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}
