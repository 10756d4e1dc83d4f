//! A cluster that follows a recorded run, so that oracles can judge the run again from its trace.

use std::collections::BTreeMap;

use raftsim_node::{Disk, Message, Node, NodeId, Status, Time};

use super::actions::ActionList;
use super::clock::{Clock, Rate};
use super::suspend::Suspension;
use super::{Cluster, Durable, Process, Server};
use crate::fault::Fault;
use crate::network::delays::Delays;
use crate::network::settings::{LinkSettings, Spread};
use crate::network::{Network, NetworkSetup};
use crate::random::Streams;
use crate::trace::record::{RecordOf, What};

/// Follows a recorded run, record by record. It runs the code of disks (`default`, `write`,
/// `snapshot`, `view`), never that of nodes.
///
/// Invariant: between two events its cluster shows oracles what the run's own cluster showed then.
pub struct Replay<N: Node> {
    cluster: Cluster<N>,
    /// By server: its status once its list is done.
    becoming: Vec<Status>,
}

impl<N: Node> Replay<N> {
    /// The state before the first record of a run of servers with these `configs`, whose links
    /// began with the settings `network`, and on which messages took these delays.
    ///
    /// # Panics
    /// If the delays are those of another number of servers.
    pub fn new(configs: Vec<N::Config>, network: LinkSettings, delays: Option<Delays>) -> Self {
        let size = configs.len();
        let network = Network::new(NetworkSetup {
            size,
            settings: network,
            is_fixed: false,
            delays,
            jitter: Spread::ZERO,
            closed: true,
            fates: BTreeMap::new(),
            failures: BTreeMap::new(),
            streams: Streams::new(0, "a recorded run draws nothing"),
        });
        let server = |config| {
            let mut server = Server::new(config, N::Disk::default());
            server.durable = Durable::read(&server.disk);
            server.claims = N::claims(&server.config);
            server
        };
        let servers = configs.into_iter().map(server).collect();
        let cluster = Cluster { now: Time::ZERO, servers, network, shows_disks: true };
        Self { cluster, becoming: vec![Status::default(); size] }
    }

    /// The cluster after the records followed so far.
    pub fn cluster(&self) -> &Cluster<N> {
        &self.cluster
    }

    /// Moves the time to `time`, if that is still to come; nothing happens until then.
    pub fn wait_until(&mut self, time: Time) {
        self.cluster.now = self.cluster.now.max(time);
    }

    /// Applies the next record to the cluster.
    pub fn follow(&mut self, record: &RecordOf<N>) {
        self.cluster.now = record.time;
        match (&record.what, record.node) {
            (What::Fault(fault), _) => self.fault(fault),
            (What::Became(status), Some(node)) => self.becoming[node.slot()] = *status,
            (What::Settled, Some(node)) => {
                self.cluster.server_mut(node).status = self.becoming[node.slot()];
            }
            (What::Suspended, Some(node)) if !self.cluster.is_paused(node) => {
                self.suspension(node).keep(ActionList::unknown());
            }
            (What::Resumed, Some(node)) => drop(self.cluster.take_suspension(node)),
            (&What::Sent { to, fate, is_given, .. }, Some(node)) => {
                self.cluster.network.hand_over(node, to);
                self.cluster.network.note_given(is_given, fate);
            }
            (what, Some(node)) => self.life(node, record.life, what),
            (_, None) => {}
        }
    }

    /// Follows a record that changes a server's life or disk.
    fn life(
        &mut self,
        node: NodeId,
        life: u32,
        what: &What<N::Message, <N::Disk as Disk>::Write, raftsim_node::Bytes>,
    ) {
        let server = self.cluster.server_mut(node);
        if let What::Booted(status) = *what {
            server.process = Process::Recorded;
            server.life = life;
            server.status = status;
            server.durable = Durable::read(&server.disk);
            server.booted_from = server.disk.snapshot().cloned();
            server.requests = 0;
        } else if let What::Crashed = what {
            server.process = Process::Down;
            server.crash_after = None;
            self.cluster.take_suspension(node);
        } else if let What::Persisted { write, .. } = what {
            server.disk.write(write.clone());
            server.durable = Durable::read(&server.disk);
        } else if let What::Received { message, .. } = what {
            server.requests += u64::from(!message.is_reply());
        }
    }

    fn fault(&mut self, fault: &Fault) {
        self.cluster.network.apply(fault);
        if let Fault::Pause(node) = *fault {
            self.suspension(node).set_paused(true);
        } else if let Fault::Resume(node) = *fault {
            self.cluster.resume(node);
        } else if let Fault::Disk { who, latency } = *fault {
            self.cluster.set_disk_latency(who, latency);
        } else if let Fault::Clock { who, rate } = *fault {
            self.set_rate(who, rate);
        } else if let Fault::Jump { who, .. } | Fault::Expire(who) = *fault {
            self.set_rate(who, self.cluster.clock_rate(who));
        } else if let Fault::Crash { who, after: Some(after) } = *fault {
            self.cluster.arm(who, after);
        } else if let Fault::Disarm(who) = *fault {
            self.cluster.disarm(who);
        } else if let Fault::Restart(who) = *fault {
            self.cluster.make_ready(who);
        }
    }

    fn suspension(&mut self, node: NodeId) -> &mut Suspension<N> {
        let suspension = &mut self.cluster.impairment(node).suspension;
        suspension.get_or_insert_with(|| Suspension::new(None, Time::MAX))
    }

    fn set_rate(&mut self, node: NodeId, rate: Rate) {
        let now = self.cluster.now;
        self.cluster.impairment(node).clock = Some(Clock { rate, world: now, local: now });
    }
}

impl<N: Node> std::fmt::Debug for Replay<N> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Replay").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}
