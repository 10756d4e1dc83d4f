//! The network: all links between the servers of a cluster, and what becomes of each message.
//!
//! The network knows directed links, their settings and streams, the fates that a plan gives by
//! name, and which calls are open. It does not know servers: its caller says whether the addressee
//! is there.

pub(crate) mod delays;
pub(crate) mod fate;
pub(crate) mod link;
pub(crate) mod message;
pub(crate) mod rpc;
pub(crate) mod settings;
mod text;

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use raftsim_node::{Duration, NodeId};

use self::delays::Delays;
use self::fate::{Cause, Fate, MessageName, Overrides};
use self::link::{Ends, Link};
use self::settings::{LinkSettings, Spread};
use crate::fault::{Fault, Links};
use crate::random::Streams;

/// The links between servers n1 to n`size`.
///
/// Invariants: `links` has one link for each ordered pair of servers. The fate of a message depends
/// on its link's settings and streams, on its name, on `overrides` and on whether its addressee is
/// there; never on messages of other links.
pub(crate) struct Network {
    /// By sender, then addressee; the link from a server to itself is never used.
    links: Vec<Link>,
    /// The settings of every link, without its delay; `None` if links may differ.
    common: Option<Arc<LinkSettings>>,
    /// By server: whether it is connected in the lab's sense (no `disconnect` since the last
    /// `connect`).
    connected: Vec<bool>,
    /// Whether the settings of links stay as they are until all faults have stopped.
    is_fixed: bool,
    /// What messages take besides what the settings of their links say. The links' own settings
    /// have it included.
    delays: Option<Delays>,
    /// The jitter: a small delay that every message takes.
    jitter: Spread,
    streams: Streams,
    overrides: Overrides,
    was_disturbed: bool,
}

/// What a network starts from.
pub(crate) struct NetworkSetup {
    pub(crate) size: usize,
    pub(crate) settings: LinkSettings,
    /// Whether the settings stay as they are until all faults have stopped.
    pub(crate) is_fixed: bool,
    /// The delays of as many servers, if messages take any.
    pub(crate) delays: Option<Delays>,
    pub(crate) jitter: Spread,
    /// A closed network draws nothing: each message takes the least jitter and arrives.
    pub(crate) closed: bool,
    pub(crate) fates: BTreeMap<MessageName, Fate>,
    pub(crate) failures: BTreeMap<MessageName, Duration>,
    pub(crate) streams: Streams,
}

/// Whether there is a server to receive a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressee {
    /// The life that the message is for is up.
    Present,
    /// That life has ended, or the server is down.
    Down,
    /// The message answers a call that is not open.
    Unasked,
}

/// A message that was handed to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handed {
    pub(crate) name: MessageName,
    /// The place of its link in `links`.
    slot: usize,
    pub(crate) is_blocked: bool,
}

/// What the network decided about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) fate: Fate,
    /// Whether the fate was given by the message's name, instead of drawn.
    pub(crate) is_given: bool,
    /// The message's jitter; zero if nothing needs it.
    pub(crate) jitter: Duration,
}

impl Network {
    pub(crate) fn new(setup: NetworkSetup) -> Self {
        let NetworkSetup { size, settings, is_fixed, jitter, closed, .. } = setup;
        let shared = Arc::new(settings);
        let mut network = Self {
            links: vec![Link::new(&shared, closed); size * size],
            common: Some(shared),
            is_fixed,
            delays: setup.delays,
            connected: vec![true; size],
            jitter: if closed { Spread::fixed(jitter.base) } else { jitter },
            streams: setup.streams,
            overrides: Overrides::new(setup.fates, setup.failures),
            was_disturbed: false,
        };
        if network.delays.is_some() {
            network.set_each(Arc::new(settings));
        }
        network
    }

    /// Draws the fates of all further messages, with this jitter, from other streams. No fate is
    /// given any more, and a closed network opens.
    pub(crate) fn reseed(&mut self, streams: Streams, jitter: Spread) {
        self.streams = streams;
        self.jitter = jitter;
        self.overrides.forget();
        self.links.iter_mut().for_each(Link::reseed);
    }

    /// Hands the next message to a link: counts it, and so names it.
    #[inline]
    pub(crate) fn hand_over(&mut self, from: NodeId, to: NodeId) -> Handed {
        let slot = self.slot(from, to);
        let link = &mut self.links[slot];
        let seq = link.handed;
        // One by one, 64 bits never wrap.
        link.handed = link.handed.wrapping_add(1);
        Handed { name: MessageName { from, to, seq }, slot, is_blocked: link.blocked }
    }

    /// Decides the fate of a message that was handed over. The message of a call always takes a
    /// jitter, since the call's failure needs it.
    #[expect(
        clippy::inline_always,
        reason = "every message passes here; inlined it saves 1 % of a run"
    )]
    #[inline(always)]
    pub(crate) fn decide(
        &mut self,
        handed: Handed,
        is_reply: bool,
        has_snapshot: impl FnOnce() -> bool,
        is_call: bool,
        addressee: Addressee,
    ) -> Course {
        let Handed { name, slot, .. } = handed;
        let MessageName { from, to, seq } = name;
        let jitter = self.jitter;
        let ends = Ends { from, to, streams: &self.streams };
        let link = &mut self.links[slot];
        if link.blocked || addressee != Addressee::Present {
            let cause = match addressee {
                Addressee::Unasked => Cause::Unasked,
                Addressee::Present | Addressee::Down if link.blocked => Cause::Blocked,
                Addressee::Present | Addressee::Down => Cause::Down,
            };
            let jitter = if is_call { link.jitter(seq, jitter, ends) } else { Duration::ZERO };
            return Course { fate: Fate::Drop(cause), is_given: false, jitter };
        }
        let jitter = link.jitter(seq, jitter, ends);
        match self.overrides.of(name) {
            None => {
                let fate = link.fate(seq, is_reply, has_snapshot, jitter, ends);
                Course { fate, is_given: false, jitter }
            }
            Some(fate) => {
                self.note_given(true, fate);
                Course { fate, is_given: true, jitter }
            }
        }
    }

    /// How long a call takes to fail whose request was dropped for `cause`.
    pub(crate) fn request_failure(
        &mut self,
        name: MessageName,
        cause: Cause,
        jitter: Duration,
    ) -> Duration {
        let most = if cause == Cause::Lost { rpc::LOST_FOR } else { rpc::DEAD_FOR };
        if let Some(given) = self.overrides.failure(name) {
            return given.min(most);
        }
        let MessageName { from, to, seq } = name;
        let ends = Ends { from, to, streams: &self.streams };
        let slot = self.slot(from, to);
        self.links[slot].failure_delay(seq, cause, ends) + jitter
    }

    /// How long a call takes to fail whose reply was dropped: labrpc fails it at once.
    pub(crate) fn reply_failure(&mut self, name: MessageName, jitter: Duration) -> Duration {
        self.overrides.failure(name).map_or(jitter, |given| given.min(rpc::LOST_FOR))
    }

    /// Does the part of a fault that concerns links; returns whether that changed anything. A fault
    /// of servers changes no link, and the links of a swizzle are faults of their own.
    pub(crate) fn apply(&mut self, fault: &Fault) -> bool {
        match *fault {
            Fault::Partition(ref groups) => self.partition(groups),
            Fault::Isolate(node) => self.isolate(node),
            Fault::Join(node) => self.join(node),
            Fault::Block(Links { from, to }) => self.link_mut(from, to).set_blocked(true),
            Fault::Unblock(Links { from, to }) => self.link_mut(from, to).set_blocked(false),
            Fault::Heal => self.heal(),
            Fault::Network(_) | Fault::Link(..) if self.is_fixed && !self.faults_stopped() => false,
            Fault::Network(settings) => self.set_all(settings),
            Fault::Link(Links { from, to }, settings) => {
                self.common.take_if(|common| **common != settings);
                self.set(from, to, settings)
            }
            Fault::Swizzle { .. }
            | Fault::Crash { .. }
            | Fault::Disarm(_)
            | Fault::Restart(_)
            | Fault::Pause(_)
            | Fault::Resume(_)
            | Fault::Disk { .. }
            | Fault::Clock { .. }
            | Fault::Jump { .. }
            | Fault::Expire(_)
            | Fault::Campaign(_) => false,
        }
    }

    fn partition(&mut self, groups: &[Vec<NodeId>]) -> bool {
        let mut sides = vec![None; self.connected.len()];
        for (side, group) in groups.iter().enumerate() {
            for node in group {
                sides[node.slot()] = Some(side);
            }
        }
        let mut changes = false;
        for from in self.ids() {
            for to in self.ids().filter(|&to| to != from) {
                let side = sides[from.slot()];
                let together = side.is_some() && side == sides[to.slot()];
                changes |= self.link_mut(from, to).set_blocked(!together);
            }
        }
        changes
    }

    fn isolate(&mut self, node: NodeId) -> bool {
        let mut changes = mem::replace(&mut self.connected[node.slot()], false);
        for other in self.ids() {
            changes |= self.link_mut(node, other).set_blocked(true);
            changes |= self.link_mut(other, node).set_blocked(true);
        }
        changes
    }

    fn join(&mut self, node: NodeId) -> bool {
        let mut changes = !mem::replace(&mut self.connected[node.slot()], true);
        for other in self.ids() {
            if self.is_connected(other) {
                changes |= self.link_mut(node, other).set_blocked(false);
                changes |= self.link_mut(other, node).set_blocked(false);
            }
        }
        changes
    }

    fn heal(&mut self) -> bool {
        let mut changes = false;
        for connected in &mut self.connected {
            changes |= !mem::replace(connected, true);
        }
        for link in &mut self.links {
            changes |= link.set_blocked(false);
        }
        changes
    }

    fn set_all(&mut self, settings: LinkSettings) -> bool {
        if self.common.as_deref() == Some(&settings) {
            return false;
        }
        self.set_each(Arc::new(settings))
    }

    /// Gives every link these settings; returns whether that changes anything.
    fn set_each(&mut self, settings: Arc<LinkSettings>) -> bool {
        let mut changes = false;
        if self.delays.is_none() {
            for link in &mut self.links {
                changes |= link.set(&settings);
            }
        } else {
            for from in self.ids() {
                for to in self.ids() {
                    changes |= self.set(from, to, *settings);
                }
            }
        }
        self.common = Some(settings);
        changes
    }

    /// Gives a link these settings, on top of its delay; returns whether that changes anything.
    fn set(&mut self, from: NodeId, to: NodeId, settings: LinkSettings) -> bool {
        let delays = self.delays.as_ref();
        let settings = delays.map_or(settings, |delays| delays.over(settings, from, to));
        self.link_mut(from, to).set(&Arc::new(settings))
    }

    /// Notes whether a message's `fate` was given and disturbs the network: then no link's settings
    /// show what happened to the message.
    pub(crate) fn note_given(&mut self, is_given: bool, fate: Fate) {
        self.was_disturbed |= is_given && !fate.is_prompt();
    }

    /// Stops all faults: from now on given fates other than prompt deliveries are not used.
    pub(crate) fn stop_faults(&mut self) {
        self.overrides.stop();
    }

    /// Stops all faults; given fates are used as before.
    pub(crate) fn stop_faults_but_fates(&mut self) {
        self.overrides.stop_others();
    }

    /// Whether all faults have stopped.
    pub(crate) fn faults_stopped(&self) -> bool {
        self.overrides.have_stopped()
    }

    /// The names of the messages whose given fates or failures were not used so far, in order.
    pub(crate) fn unused(&self) -> Vec<MessageName> {
        self.overrides.unused()
    }

    pub(crate) fn is_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.link(from, to).blocked
    }

    /// The settings of a link, delay included.
    pub(crate) fn settings(&self, from: NodeId, to: NodeId) -> LinkSettings {
        self.link(from, to).settings()
    }

    /// The number of messages handed to a link.
    pub(crate) fn handed(&self, from: NodeId, to: NodeId) -> u64 {
        self.link(from, to).handed
    }

    pub(crate) fn is_connected(&self, node: NodeId) -> bool {
        self.connected[node.slot()]
    }

    /// Whether a given fate has disturbed the network: see [`Network::note_given`].
    pub(crate) fn was_disturbed(&self) -> bool {
        self.was_disturbed
    }

    fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (1..=self.connected.len()).map(|number| {
            NodeId::new(u8::try_from(number).expect("a cluster has at most 255 servers"))
        })
    }

    /// The place of a link in `links`.
    #[inline]
    fn slot(&self, from: NodeId, to: NodeId) -> usize {
        from.slot() * self.connected.len() + to.slot()
    }

    fn link(&self, from: NodeId, to: NodeId) -> &Link {
        &self.links[self.slot(from, to)]
    }

    fn link_mut(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        let slot = self.slot(from, to);
        &mut self.links[slot]
    }
}

#[cfg(test)]
mod tests;
