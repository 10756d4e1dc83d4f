//! What makes two failures the same.

use raftsim_node::Role;
use raftsim_sim::{Failure, Kind};

use crate::run::Run;

/// What makes two failures the same: their kind, their property, and the parts that the servers
/// play of which the two facts tell. Never the servers' names: in a smaller plan another server may
/// be in the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    kind: Kind,
    property: &'static str,
    /// By fact: what each server named in it is at the end of the run, in order of mention; `None`
    /// is down.
    roles: [Vec<Option<Role>>; 2],
}

impl Run {
    /// What makes another failure the same as this run's; `None` if everything held.
    pub fn signature(&self) -> Option<Signature> {
        let failure = self.verdict.as_ref().err()?;
        Some(Signature {
            kind: kind(failure),
            property: failure.property(),
            roles: failure.facts().each_ref().map(|fact| roles(fact, &self.roles)),
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

/// The parts of the servers that a text names, in order of mention.
fn roles(text: &str, roles: &[Option<Role>]) -> Vec<Option<Role>> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter_map(|word| roles.get(slot(word)?).copied()).collect()
}

/// The place of the server that a word names: 0 for `n1`.
fn slot(word: &str) -> Option<usize> {
    let number = word.strip_prefix('n')?;
    if number.starts_with('0') {
        return None;
    }
    number.parse::<usize>().ok()?.checked_sub(1)
}
