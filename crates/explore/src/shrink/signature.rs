//! What makes two failures the same.

use raftsim_node::Role;
use raftsim_sim::{Failure, Kind};

use crate::run::Run;

/// What makes two failures the same: their kind, their property, and the parts that the servers
/// play of which the accusation tells: the second fact, or the first if that names nobody. Never
/// the servers' names: in a smaller plan another server may be in the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    kind: Kind,
    property: &'static str,
    /// What each server that is accused is at the end of the run, in order of mention; `None` is
    /// down.
    roles: Vec<Option<Role>>,
    /// How many servers make a majority, where nobody is accused: a stuck cluster of three is not a
    /// server alone that is stuck.
    majority: Option<usize>,
    /// Where a panic came from: one in another place is another.
    place: Option<String>,
}

impl Run {
    /// What makes another failure the same as this run's; `None` if it passed.
    pub fn signature(&self) -> Option<Signature> {
        let failure = self.verdict.as_ref().err()?;
        let [first, second] = failure.facts();
        let accused = [second, first].map(|fact| roles(fact, &self.roles));
        let roles = accused.into_iter().find(|roles| !roles.is_empty());
        let place = place(second);
        Some(Signature {
            kind: kind(failure),
            property: failure.property(),
            majority: roles.is_none().then(|| self.roles.len() / 2 + 1),
            roles: if place.is_some() { vec![] } else { roles.unwrap_or_default() },
            place,
        })
    }
}

/// Where the panic came from of which this tells: a file, a line, a column.
fn place(fact: &str) -> Option<String> {
    let (_, place) = fact.strip_prefix("it panicked: ")?.rsplit_once(" at ")?;
    Some(place.to_owned())
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
