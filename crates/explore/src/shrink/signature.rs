//! What makes two failures the same.

use raftsim_node::Role;
use raftsim_sim::{Failure, Kind, Property, property};

use crate::run::Run;

/// What a cluster fails by as a whole: it makes no progress, or too much happens in it. Which servers
/// the failure accuses, and what part they had, differs from run to run.
const OF_THE_CLUSTER: [Property; 4] = [
    property::LEADER_LIVENESS,
    property::AGREEMENT_AFTER_FAULTS,
    property::AGREEMENT_WHILE_FAULTS_STAND,
    property::NO_FLOOD,
];

/// What makes two failures the same: their kind, their property, and the roles of the accused
/// servers. The servers' numbers do not count: in a smaller plan another server may have the same
/// role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    kind: Kind,
    property: Property,
    /// The role of each accused server at the end of the run, in the order of the failure's facts;
    /// `None` if the server is down. Empty if the cluster as a whole fails, and for panics.
    roles: Vec<Option<Role>>,
    /// Whether there is one server only, if the cluster as a whole fails, or no server is accused: a
    /// cluster that makes no progress is not the same as a single server that makes none.
    is_alone: Option<bool>,
    /// The place in the source where a panic came from. Panics at the same place are the same,
    /// whichever server panicked; panics at different places are not.
    panic_at: Option<String>,
}

impl Signature {
    /// Whether a cluster of `servers` servers can have this signature.
    pub(super) fn fits(&self, servers: u8) -> bool {
        self.is_alone.is_none_or(|is_alone| is_alone == (servers == 1))
            && self.roles.len() <= usize::from(servers)
    }
}

impl Run {
    /// The signature of this run's failure; `None` if it passed.
    pub fn signature(&self) -> Option<Signature> {
        let failure = self.verdict.as_ref().err()?;
        let accused = failure.accused().iter();
        let roles: Vec<_> =
            accused.filter_map(|node| self.roles.get(node.slot()).copied()).collect();
        let panic_at = failure.panic_at().map(str::to_owned);
        let is_clusters = OF_THE_CLUSTER.contains(&failure.property());
        Some(Signature {
            kind: kind(failure),
            property: failure.property(),
            is_alone: (roles.is_empty() || is_clusters).then_some(self.roles.len() == 1),
            roles: if panic_at.is_some() || is_clusters { vec![] } else { roles },
            panic_at,
        })
    }
}

/// The kind of a failure, but for whether a limit may be missed by chance. That depends on the
/// network's settings and not on the node, and it changes when a plan is closed.
fn kind(failure: &Failure) -> Kind {
    match failure.kind() {
        Kind::LabLimit { by_chance: _ } => Kind::LabLimit { by_chance: false },
        kind @ (Kind::Violation | Kind::Contract) => kind,
    }
}
