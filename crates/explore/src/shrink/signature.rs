//! What makes two failures the same.

use raftsim_node::Role;
use raftsim_sim::{Failure, Kind, Property};

use crate::run::Run;

/// What makes two failures the same: their kind, their property, and the parts that the accused
/// servers play. Never the servers' names: in a smaller plan another server may be in the same
/// place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    kind: Kind,
    property: Property,
    /// What each server that is accused is at the end of the run, in order of mention; `None` is
    /// down.
    roles: Vec<Option<Role>>,
    /// How many servers make a majority, where nobody is accused: a stuck cluster of three is not a
    /// server alone that is stuck.
    majority: Option<usize>,
    /// Where a panic came from: one in another place is another, whoever is accused of it.
    panic_at: Option<String>,
}

impl Run {
    /// What makes another failure the same as this run's; `None` if it passed.
    pub fn signature(&self) -> Option<Signature> {
        let failure = self.verdict.as_ref().err()?;
        let accused = failure.accused().iter();
        let roles: Vec<_> =
            accused.filter_map(|node| self.roles.get(node.slot()).copied()).collect();
        let panic_at = failure.panic_at().map(str::to_owned);
        Some(Signature {
            kind: kind(failure),
            property: failure.property(),
            majority: roles.is_empty().then(|| self.roles.len() / 2 + 1),
            roles: if panic_at.is_some() { vec![] } else { roles },
            panic_at,
        })
    }
}

/// Whether a limit may be missed by chance says what the network could have done, not what the node
/// did; and closing a plan, in which nothing is left to chance, changes it.
fn kind(failure: &Failure) -> Kind {
    match failure.kind() {
        Kind::LabLimit { by_chance: _ } => Kind::LabLimit { by_chance: false },
        kind @ (Kind::Violation | Kind::Contract) => kind,
    }
}
