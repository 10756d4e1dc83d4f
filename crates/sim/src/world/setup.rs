//! What a run starts from.

use std::collections::BTreeMap;
use std::fmt;

use raftsim_node::{Duration, Node, NodeId, Time};

use crate::clients::service::{NoService, Service};
use crate::network::delays::Delays;
use crate::network::fate::{Fate, MessageName};
use crate::network::settings::{LinkSettings, Spread};

/// What a run starts from. [`Setup::new`] makes the lab's world; change the fields that should
/// be different in your run.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Setup<N: Node> {
    /// The scenario's name, which is part of the key of every random stream.
    pub scenario: &'static str,
    /// The run's seed.
    pub seed: u64,
    /// The configuration of each server, n1's first: one for each of the 1 to 255 servers.
    pub configs: Vec<N::Config>,
    /// The settings of every link at the begin.
    pub network: LinkSettings,
    /// Whether these settings stay as they are, whatever a scenario would do to them: until all faults
    /// have stopped ([`crate::World::stop_faults`]), [`crate::Fault::Network`] and
    /// [`crate::Fault::Link`] change nothing.
    pub fixed_network: bool,
    /// What messages take besides what their links' settings say, until the end: no fault changes it.
    /// `None` if nothing. The delays are those of as many servers.
    pub delays: Option<Delays>,
    /// The jitter of messages: a small delay that each takes, whatever its link's settings.
    pub jitter: Spread,
    /// How long the run may last, in virtual time.
    pub limit: Duration,
    /// The limits on what nodes do.
    pub caps: Caps,
    /// Whether to keep the records.
    pub recording: Recording,
    /// Fates given by the name of the message, in place of those that the network would draw. A
    /// message on a blocked link, or to a server that is down, is lost whatever is given.
    pub fates: BTreeMap<MessageName, Fate>,
    /// How long a failing call takes to fail, jitter included, in place of what would be drawn. The
    /// name is that of the lost message: the request that opened the call, or the reply to it.
    pub failures: BTreeMap<MessageName, Duration>,
    /// Whether the world is closed: it draws nothing for messages. Whatever the links' settings
    /// and the delays say, each message takes the least jitter and arrives, and a call that fails takes the least
    /// delay and the least jitter, unless `fates` and `failures` say otherwise.
    pub closed: bool,
    /// Where the run leaves its course, if it does.
    pub branch: Option<Branch>,
    /// The moments, in order, whose state the world keeps for people, each after everything that
    /// happens then ([`crate::World::take_looks`]). If there are any, the run ends after the last
    /// one: it fails with [`crate::property::RUN_LENGTH`].
    pub looks: Vec<Time>,
    /// Whether the world notes each gap between two writes of one list
    /// ([`crate::World::take_gaps`]).
    pub notes_gaps: bool,
    /// Whether the oracles may read the disks. If not, it is as if no disk offered a view: they judge
    /// by what the servers send, apply and report.
    pub shows_disks: bool,
    /// Makes the service that consumes a server's committed entries, at every boot.
    pub service: Box<dyn Fn(NodeId) -> Box<dyn Service>>,
}

impl<N: Node> Setup<N> {
    /// The jitter of a run, unless it has another.
    pub const JITTER: Spread = Spread::JITTER;
    /// The longest that a lab test may take (120 s, as the lab's `checkTimeout` has it).
    pub const LIMIT: Duration = Duration::from_secs(120);

    /// A reliable lab network of `servers` servers with default configurations, which is not
    /// recorded.
    pub fn new(scenario: &'static str, seed: u64, servers: u8) -> Self {
        let configs = (0..servers).map(|_| N::Config::default()).collect();
        Self::with_configs(scenario, seed, configs)
    }

    /// The same with these configurations, one for each server.
    pub fn with_configs(scenario: &'static str, seed: u64, configs: Vec<N::Config>) -> Self {
        Self {
            scenario,
            seed,
            configs,
            network: LinkSettings::labrpc(false, false, true),
            fixed_network: false,
            delays: None,
            jitter: Self::JITTER,
            limit: Self::LIMIT,
            caps: Caps::default(),
            recording: Recording::Off,
            fates: BTreeMap::new(),
            failures: BTreeMap::new(),
            closed: false,
            branch: None,
            looks: vec![],
            notes_gaps: false,
            shows_disks: true,
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

/// Where a run leaves its course, so that one can see what else might have happened.
///
/// From then on, jitter, fates, the seeds of lives and what clients draw come from another seed,
/// and the world is open: no fate is given any more. What happened until then, and what each server
/// knows, is unchanged; so are messages under way, and what the scenario itself chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The run leaves its course after everything that happens at this time and before.
    pub at: Time,
    /// The seed of what is drawn from then on.
    pub seed: u64,
    /// Whether the scenario ends there too: the run fails with [`crate::property::RUN_LENGTH`], and
    /// may go on with something else.
    pub ends: bool,
}

/// Whether a run keeps its trace, and asks nodes for notes. The digest is the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Compute the digest alone.
    #[default]
    Off,
    /// Keep every record too.
    On,
}

/// Limits on what nodes do: far above what any Raft needs. A run in which a node exceeds one fails,
/// and its failure accuses that node. Only `records` is a limit on what the harness keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Events within one virtual second, in a cluster of up to seven servers; in a larger one, more
    /// in proportion to its pairs of servers.
    pub in_one_second: u32,
    /// Further events, by server, for each proposal and each fault: in its second, or later.
    pub for_each_cause: u32,
    /// Actions in one list, notes included.
    pub actions: usize,
    /// Items that wait: messages in flight and clients' wake-ups.
    pub in_flight: usize,
    /// Records that a recorded run keeps. A run with more of them goes on, and does not fail: the
    /// trace counts those that it lacks ([`crate::Trace::missing`]).
    pub records: usize,
}

impl Caps {
    /// The caps of a run, unless it has others. In a second the Rafts of this project have at most a
    /// fourth of the events that these allow, in all their scenarios and in 20,000 plans each.
    pub const USUAL: Self = Self {
        in_one_second: 2_000,
        for_each_cause: 20,
        actions: 100_000,
        in_flight: 1_000_000,
        records: 1_000_000,
    };

    /// The events that a second may have in a cluster of `size` servers, without a proposal.
    pub(crate) fn in_one_second(self, size: usize) -> u32 {
        let size = u32::try_from(size).expect("at most 255 servers");
        let (pairs, usual) = (size * size, 7 * 7);
        self.in_one_second.saturating_mul(pairs.max(usual)) / usual
    }
}

impl Default for Caps {
    fn default() -> Self {
        Self::USUAL
    }
}
