//! How a run is set up, before anything happens.

use std::collections::BTreeMap;
use std::fmt;

use raftsim_node::{Duration, Node, NodeId};

use crate::clients::service::{NoService, Service};
use crate::network::fate::{Fate, MessageName};
use crate::network::settings::{LinkSettings, Spread};

/// How a run is set up. [`Setup::new`] gives the labs' world; change what should differ.
pub struct Setup<N: Node> {
    /// The scenario's name: part of the key of every stream.
    pub scenario: &'static str,
    /// The run's seed.
    pub seed: u64,
    /// Each server's settings, n1's first: as many as there are servers, 1 to 255.
    pub configs: Vec<N::Config>,
    /// What every link does at first.
    pub network: LinkSettings,
    /// The small delay of every message.
    pub jitter: Spread,
    /// How long a run may last, in virtual time.
    pub limit: Duration,
    /// How much a node may do.
    pub caps: Caps,
    /// Whether to keep a trace.
    pub recording: Recording,
    /// Overrides that override what the network would draw, by the message's name. A blocked link and a
    /// dead addressee are no draws: they stay.
    pub fates: BTreeMap<MessageName, Fate>,
    /// How long the call takes to fail, jitter included, that the message of this name opens or, if
    /// it is a reply that is lost, answers: overrides what would be drawn.
    pub failures: BTreeMap<MessageName, Duration>,
    /// A closed world draws nothing for messages: whatever the links' settings say, each takes the
    /// least jitter and arrives, and a call that fails takes the least delay and the least jitter. What
    /// else becomes of messages, `fates` and `failures` say.
    pub closed: bool,
    /// What consumes a server's committed entries, made at every boot.
    pub service: Box<dyn Fn(NodeId) -> Box<dyn Service>>,
}

impl<N: Node> Setup<N> {
    /// labrpc's jitter as Go's scheduler gives it: 50 to 1000 us.
    pub const JITTER: Spread =
        Spread::between(Duration::from_micros(50), Duration::from_micros(1000));
    /// The longest that a lab test may take.
    pub const LIMIT: Duration = Duration::from_secs(120);

    /// A reliable lab network of `servers` servers with default settings.
    pub fn new(scenario: &'static str, seed: u64, servers: u8) -> Self {
        Self {
            scenario,
            seed,
            configs: vec![N::Config::default(); usize::from(servers)],
            network: LinkSettings::labrpc(false, false, true),
            jitter: Self::JITTER,
            limit: Self::LIMIT,
            caps: Caps::default(),
            recording: Recording::Off,
            fates: BTreeMap::new(),
            failures: BTreeMap::new(),
            closed: false,
            service: Box::new(|_| Box::new(NoService)),
        }
    }
}

impl<N: Node> fmt::Debug for Setup<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Setup")
            .field("scenario", &self.scenario)
            .field("seed", &self.seed)
            .field("servers", &self.configs.len())
            .finish_non_exhaustive()
    }
}

/// Whether a run keeps its trace, and asks nodes for notes. The digest is the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Only the digest.
    #[default]
    Off,
    /// Every record.
    On,
}

/// How much a node may do before the run fails, naming it. Far above what any Raft needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Events at one instant.
    pub at_one_instant: u32,
    /// Events within one virtual second.
    pub in_one_second: u32,
    /// Actions in one list.
    pub actions: usize,
    /// Items in the queue: messages in flight, clients' wake-ups.
    pub in_flight: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            at_one_instant: 100_000,
            in_one_second: 1_000_000,
            actions: 100_000,
            in_flight: 1_000_000,
        }
    }
}
