//! How large the cluster is, whether it has one network throughout, and how far its servers are from
//! each other: what may differ from a scenario's own.

use raftsim_node::{Duration, Node};
use raftsim_plan::{Conditions, Snapshots};
use raftsim_sim::{Delays, Failure, LinkSettings, Setup};

use crate::checks::Judges;
use crate::lab::Lab;
use crate::lab::luck::keeps_messages;

/// What messages pass through.
#[derive(Debug)]
pub(super) struct Terrain {
    /// The network at first, and whether it stays up to the recovery phase, whatever the scenario
    /// would do to it.
    network: LinkSettings,
    is_fixed: bool,
    /// What messages take besides, to the end; `None` if nothing.
    delays: Option<Delays>,
}

impl Terrain {
    /// That of a world with this setup.
    pub(super) fn of<N: Node>(setup: &Setup<N>) -> Self {
        let delays = setup.delays.clone().filter(|delays| !delays.are_zero());
        Self { network: setup.network, is_fixed: setup.fixed_network, delays }
    }
}

impl<N: Node> Lab<N> {
    /// How many servers there are.
    pub(crate) fn size(&self) -> usize {
        self.cluster().size()
    }

    /// The most servers without which the others are still a majority.
    pub(crate) fn spare(&self) -> usize {
        self.size() - self.cluster().majority()
    }

    /// A random number of steps from one server to any.
    pub(crate) fn choose_steps(&mut self) -> usize {
        let servers = u32::try_from(self.size()).expect("a cluster has at most 255 servers");
        self.choose(servers) as usize
    }

    /// A cluster whose messages take the delays of these conditions, and which has their network up to
    /// the recovery phase, whatever a scenario would do to it. Where messages do not arrive at once, a
    /// run may take longer than on the lab's network, and nobody demands a leader in time.
    pub(crate) fn on_terrain(
        mut setup: Setup<N>,
        snapshots: Snapshots,
        judges: Judges<N>,
        conditions: &Conditions,
    ) -> Result<Self, Failure> {
        const LONGER: u64 = 9;
        if let Some(network) = conditions.network {
            (setup.network, setup.fixed_network) = (network, true);
        }
        setup.delays.clone_from(&conditions.delays);
        let mut lab = Self::with_services(setup, snapshots, judges.without_delays())?;
        if lab.has_slow_network() {
            lab.world.extend(Setup::<N>::LIMIT * LONGER);
        }
        Ok(lab)
    }

    /// Whether the network was chosen for the run and does not deliver every message at once, or
    /// messages take delays: the lab's limits are not made for it.
    pub(crate) fn has_slow_network(&self) -> bool {
        let Terrain { network, is_fixed, delays } = &self.terrain;
        delays.is_some() || *is_fixed && !network.keeps(Duration::ZERO)
    }

    /// The network that the run began with.
    pub(crate) fn first_network(&self) -> LinkSettings {
        self.terrain.network
    }

    /// What messages take besides; `None` if nothing.
    pub(crate) fn delays(&self) -> Option<&Delays> {
        self.terrain.delays.as_ref()
    }

    /// Whether messages take delays that are too long to demand a leader in time, as the network is now.
    pub(crate) fn has_long_delays(&self) -> bool {
        self.delays().is_some() && !keeps_messages(self.cluster())
    }
}
