//! Which operation of a key made which version, and which saw it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::Ruling;
use crate::models::versioned::{Input, Output, Version, Versioned};
use crate::search::Item;

/// Operations are named by their places among the key's.
#[derive(Default)]
pub(super) struct Key {
    /// The put of each version, from 1 up to the highest that is known to have been there.
    pub(super) puts: Vec<usize>,
    /// What proves that each of these versions was there: a get of it if there is one.
    pub(super) proofs: Vec<usize>,
    /// What saw a version: a get, or version 0 by a put that found no key.
    pub(super) seen: Vec<(Version, usize)>,
    /// Puts that did not find their version, or may not have.
    pub(super) missed: Vec<Missed>,
    /// Puts of the highest version that are pending.
    pub(super) pending: Vec<usize>,
    /// Whether a put names a version higher than the highest.
    pub(super) names_higher: bool,
}

/// A put that did not find the version that it names, or may not have.
#[derive(Clone, Copy)]
pub(super) struct Missed {
    pub(super) operation: usize,
    pub(super) version: Version,
    /// Whether it is known that it was not done, and that it found the key.
    pub(super) is_refused: bool,
}

impl Key {
    /// Finds the put of each version. The error is a verdict: a contradiction, or that the rules do
    /// not decide this key.
    pub(super) fn new(items: &[Item<'_, Versioned>]) -> Result<Self, Ruling> {
        let mut key = Self::default();
        let mut puts: BTreeMap<Version, usize> = BTreeMap::new();
        let mut perhaps: BTreeMap<Version, Vec<usize>> = BTreeMap::new();
        for (place, item) in items.iter().enumerate() {
            match (item.input, item.output) {
                (Input::Get { .. }, None) => {}
                (Input::Get { .. } | Input::Put { version: 1.., .. }, Some(Output::NoKey)) => {
                    key.seen.push((0, place));
                }
                (Input::Get { .. }, Some(Output::Value(_, version))) if *version > 0 => {
                    key.seen.push((*version, place));
                }
                (Input::Put { version, .. }, Some(Output::Done)) if *version < Version::MAX => {
                    if let Some(other) = puts.insert(*version + 1, place) {
                        let reason = format!("Only one put at version {version} can be done.");
                        return Err(Ruling::Contradiction(vec![other, place], reason));
                    }
                }
                (Input::Put { version, .. }, Some(Output::Maybe) | None) => {
                    perhaps.entry(*version).or_default().push(place);
                }
                (Input::Put { version, .. }, Some(Output::OtherVersion)) => {
                    let (version, is_refused) = (*version, true);
                    key.missed.push(Missed { operation: place, version, is_refused });
                }
                // No state allows the others. The search says so.
                (Input::Get { .. } | Input::Put { .. }, Some(_)) => return Err(Ruling::Open),
            }
        }
        key.find_puts(items, &puts, &mut perhaps)?;
        let top = key.puts.len() as Version;
        for (version, operations) in perhaps {
            key.names_higher |= version > top;
            for operation in operations {
                if items[operation].output.is_some() {
                    key.missed.push(Missed { operation, version, is_refused: false });
                } else if version == top {
                    key.pending.push(operation);
                }
            }
        }
        key.names_higher |= key.missed.iter().any(|missed| missed.version > top);
        Ok(key)
    }

    /// Finds the put of each version up to the highest that was there, and takes those that were
    /// perhaps done out of `perhaps`.
    fn find_puts(
        &mut self,
        items: &[Item<'_, Versioned>],
        puts: &BTreeMap<Version, usize>,
        perhaps: &mut BTreeMap<Version, Vec<usize>>,
    ) -> Result<(), Ruling> {
        let mut gets: BTreeMap<Version, usize> = BTreeMap::new();
        for &(version, place) in self.seen.iter().filter(|(version, _)| *version > 0) {
            let first = *gets.entry(version).or_insert(place);
            if value(&items[first]) != value(&items[place]) {
                let reason = format!("Version {version} has one value.");
                return Err(Ruling::Contradiction(vec![first, place], reason));
            }
        }
        // A refused put found the key, so that it has been there.
        let refused = self.missed.first().map(|missed| (1, missed.operation));
        let proofs = gets.last_key_value().into_iter().chain(puts.last_key_value());
        let proofs = proofs.map(|(version, place)| (*version, *place)).chain(refused);
        let Some((top, proof)) = proofs.max() else { return Ok(()) };
        for version in 1..=top {
            let get = gets.get(&version).copied();
            let fits =
                |put: &usize| get.is_none_or(|get| value(&items[*put]) == value(&items[get]));
            let put = if let Some(put) = puts.get(&version) {
                if !fits(put) {
                    let reason = format!("Version {version} has the value that was put.");
                    return Err(Ruling::Contradiction(
                        get.into_iter().chain([*put]).collect(),
                        reason,
                    ));
                }
                *put
            } else {
                let candidates = perhaps.entry(version - 1).or_default();
                let mut fitting = candidates.iter().copied().filter(fits);
                let (put, other) = (fitting.next(), fitting.next());
                let Some(put) = put else {
                    let what = if get.is_some() { "this value" } else { "a value" };
                    let reason = format!("Nothing can have put {what} at version {}.", version - 1);
                    return Err(Ruling::Contradiction(vec![get.unwrap_or(proof)], reason));
                };
                if other.is_some() {
                    return Err(Ruling::Open);
                }
                candidates.retain(|candidate| *candidate != put);
                put
            };
            self.puts.push(put);
            self.proofs.push(get.unwrap_or(proof));
        }
        Ok(())
    }
}

/// The value that a put put, or that a get returned.
fn value<'a>(item: &Item<'a, Versioned>) -> Option<&'a str> {
    match (item.input, item.output) {
        (Input::Put { value, .. }, _) | (Input::Get { .. }, Some(Output::Value(value, _))) => {
            Some(value)
        }
        (Input::Get { .. }, _) => None,
    }
}
