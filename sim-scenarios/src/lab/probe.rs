//! A second try on a reliable network, after a limit of the lab was missed on one that is not.
//!
//! A correct Raft may miss a limit by chance where messages are lost. If it misses it once more
//! while they arrive, that was no chance, unless they take long delays even then. The try belongs to
//! the failed run: it changes no run that passes.

use raftsim_node::Node;
use raftsim_sim::{Cluster, Failure, Kind, LinkSettings, World};

use crate::checks::Judges;
use crate::lab::Lab;
use crate::lab::luck::keeps_messages;

/// What a second try that fails adds to the failure.
const NO_HELP: &str = ", nor on a reliable network from then on";

impl<N: Node> Lab<N> {
    /// The failure of a run that `missed` a limit. If chance may be the reason, `again` tries once
    /// more on a reliable network, and returns whether it succeeds. Whatever else fails meanwhile
    /// shows that it was no chance; what is reported is the limit.
    pub(crate) fn probed(
        &mut self,
        missed: Failure,
        again: impl FnOnce(&mut Self) -> Result<bool, Failure>,
    ) -> Failure {
        if !may_be_chance(&missed) {
            return missed;
        }
        match make_reliable(self.world()).and_then(|()| again(self)) {
            Ok(true) => missed,
            Ok(false) | Err(_) => no_chance(self.cluster(), missed),
        }
    }
}

/// Whether a second try is due.
pub(crate) fn may_be_chance(missed: &Failure) -> bool {
    missed.kind() == Kind::LabLimit { by_chance: true }
}

/// The failure if the second try failed too. Where messages take long delays that proves nothing.
pub(crate) fn no_chance<N: Node>(cluster: &Cluster<N>, missed: Failure) -> Failure {
    if keeps_messages(cluster) { missed.by_no_chance(NO_HELP) } else { missed }
}

/// From now on the network keeps every message, and adds nothing to its delay.
pub(crate) fn make_reliable<N: Node>(world: &mut World<N, Judges<N>>) -> Result<(), Failure> {
    world.stop_faults();
    world.set_network(LinkSettings::labrpc(false, false, true))
}
