//! When each version of a key begins.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::Ruling;
use super::key::{Key, Missed};
use crate::history::Moment;
use crate::models::versioned::{Output, Version, Versioned};
use crate::search::Item;

/// A moment, and the operation that demands it.
type Bound = (Moment, usize);

/// How often the puts that missed their versions are looked at before the search takes over.
const ROUNDS: usize = 64;

/// Bounds of the moment at which each version begins. Version `v` is at `v`, and version 0, which
/// was always there, has none.
pub(super) struct Bounds<'a> {
    items: &'a [Item<'a, Versioned>],
    key: &'a Key,
    /// Not earlier, for this version alone.
    lower: Vec<Option<Bound>>,
    /// Not later, for this version alone.
    upper: Vec<Option<Bound>>,
    /// The earliest moment, with all versions before it. If a put that may have been done can make
    /// one more version than is known, that version is the last.
    begins: Vec<Option<Bound>>,
    /// Not earlier, for that version.
    base: Option<Bound>,
    /// The put of that version.
    extension: Option<usize>,
    /// Which of the missed puts took effect before their versions began.
    is_before: Vec<bool>,
    steps: u64,
}

impl<'a> Bounds<'a> {
    pub(super) fn new(items: &'a [Item<'a, Versioned>], key: &'a Key) -> Self {
        let count = key.puts.len() + 1;
        Self {
            items,
            key,
            lower: vec![None; count],
            upper: vec![None; count],
            begins: Vec::new(),
            base: None,
            extension: None,
            is_before: vec![false; key.missed.len()],
            steps: items.len() as u64,
        }
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) fn rule(&mut self) -> Ruling {
        let ruling = self.decide();
        let Ruling::Contradiction(places, _) = &ruling else { return ruling };
        let top = self.key.puts.len();
        let concerns_top = self
            .key
            .missed
            .iter()
            .any(|missed| slot(missed.version) == top && places.contains(&missed.operation));
        // Which of the puts that may have been done was done, if any, may make a difference.
        let is_open = self.has_extensions() && (self.key.names_higher || concerns_top);
        if is_open { Ruling::Open } else { ruling }
    }

    fn decide(&mut self) -> Ruling {
        self.bound();
        for _ in 0..ROUNDS {
            self.begin();
            self.steps += self.items.len() as u64;
            match self.push_back() {
                Err(ruling) => return ruling,
                Ok(true) => {}
                Ok(false) => return self.late().unwrap_or_else(|| Ruling::Order(self.order())),
            }
        }
        Ruling::Open
    }

    fn has_extensions(&self) -> bool {
        let top = self.key.puts.len();
        let mut missed = self.key.missed.iter();
        !self.key.pending.is_empty()
            || missed.any(|missed| !missed.is_refused && slot(missed.version) == top)
    }

    /// The bounds that each operation sets on its own.
    fn bound(&mut self) {
        let Key { puts, seen, missed, .. } = self.key;
        for (before, &put) in puts.iter().enumerate() {
            self.not_before(before + 1, put);
            self.not_after(before + 1, put);
        }
        for &(version, place) in seen {
            let version = slot(version);
            if version > 0 {
                self.not_after(version, place);
            }
            if version + 1 < self.lower.len() {
                self.not_before(version + 1, place);
            }
        }
        for missed in missed.iter().filter(|missed| missed.is_refused) {
            self.not_after(1, missed.operation);
        }
    }

    fn not_before(&mut self, version: usize, place: usize) {
        let bound = Some((self.items[place].call, place));
        self.lower[version] = self.lower[version].max(bound);
    }

    fn not_after(&mut self, version: usize, place: usize) {
        let bound = self.items[place].returned.map(|returned| (returned, place));
        let both = [self.upper[version], bound].into_iter().flatten();
        self.upper[version] = both.min();
    }

    /// Lets each version begin as early as it may.
    fn begin(&mut self) {
        let mut latest = None;
        self.begins.clear();
        for lower in &self.lower {
            latest = latest.max(*lower);
            self.begins.push(latest);
        }
        self.extension = None;
        let top = self.key.puts.len();
        let after_gets = self.key.seen.iter().filter(|(version, _)| slot(*version) == top);
        let after_gets = after_gets.map(|&(_, place)| (self.items[place].call, place)).max();
        self.base = latest.max(after_gets);
        if self.key.names_higher {
            return;
        }
        let missed = self.key.missed.iter();
        let missed = missed.filter(|missed| !missed.is_refused && slot(missed.version) == top);
        let puts = missed.map(|missed| missed.operation).chain(self.key.pending.iter().copied());
        let puts = puts.filter_map(|place| {
            let item = &self.items[place];
            let begins = self.base.max(Some((item.call, place)));
            let is_late =
                item.returned.is_some_and(|returned| Some(returned) < begins.map(|it| it.0));
            (!is_late).then_some((begins, place))
        });
        if let Some((begins, put)) = puts.min() {
            self.begins.push(begins);
            self.extension = Some(put);
        }
    }

    /// Versions that cannot begin before a put returned that missed the one before: the latter
    /// begins after the call of that put. The result is whether there were any.
    fn push_back(&mut self) -> Result<bool, Ruling> {
        let mut has_changed = false;
        for (number, missed) in self.key.missed.iter().enumerate() {
            let Missed { operation, version, is_refused } = *missed;
            if self.is_before[number] || self.extension == Some(operation) {
                continue;
            }
            let version = slot(version);
            let top = self.key.puts.len();
            let next = version.checked_add(1).and_then(|next| self.begins.get(next));
            let returned = self.items[operation].returned.expect("only a return is known to miss");
            let can_be_after = next.is_some_and(|next| next.is_none_or(|it| it.0 <= returned));
            if can_be_after || version > top {
                continue;
            }
            // A key that is there has at least version 1.
            if version <= usize::from(is_refused) {
                return Err(self.found(operation, version));
            }
            self.is_before[number] = true;
            self.not_before(version, operation);
            has_changed = true;
        }
        Ok(has_changed)
    }

    /// A put says that it missed this version, but it cannot have.
    fn found(&self, operation: usize, version: usize) -> Ruling {
        let next = version + 1;
        let reason =
            format!("Version {next} cannot have begun when the put at {version} returned.");
        let later = self.next(version).map(|(_, place)| place);
        self.contradiction(later.into_iter().chain([operation]).collect(), reason)
    }

    /// These operations, and what they depend on: what proves that a put was done that only may have
    /// been, and why a put missed its version before that began.
    fn contradiction(&self, mut places: Vec<usize>, reason: String) -> Ruling {
        let mut next = 0;
        while let Some(&place) = places.get(next) {
            next += 1;
            let is_sure = self.items[place].output == Some(&Output::Done);
            let version = self.key.puts.iter().position(|put| *put == place);
            let proof = version.filter(|_| !is_sure).map(|version| self.key.proofs[version]);
            for needed in [proof, self.because(place)].into_iter().flatten() {
                if !places.contains(&needed) {
                    places.push(needed);
                }
            }
        }
        Ruling::Contradiction(places, reason)
    }

    /// Not before this moment the version after this one begins.
    fn next(&self, version: usize) -> Option<Bound> {
        self.begins.get(version + 1).copied().unwrap_or(self.base)
    }

    /// A version that must begin later than it may, if there is one.
    fn late(&self) -> Option<Ruling> {
        let mut earliest: Option<Bound> = None;
        for version in (1..self.upper.len()).rev() {
            let both = [earliest, self.upper[version]].into_iter().flatten();
            earliest = both.min();
            let (Some(begins), Some(ends)) = (self.begins[version], earliest) else { continue };
            if begins.0 > ends.0 {
                let reason = format!(
                    "By these, version {version} began not before {} and not after {}.",
                    begins.0, ends.0
                );
                return Some(self.contradiction(vec![begins.1, ends.1], reason));
            }
        }
        None
    }

    /// If the operation is a put that missed its version before that began, what says so.
    fn because(&self, operation: usize) -> Option<usize> {
        let is_before = self.key.missed.iter().zip(&self.is_before);
        let number = is_before
            .into_iter()
            .position(|(missed, is_before)| *is_before && missed.operation == operation)?;
        self.next(slot(self.key.missed[number].version)).map(|(_, place)| place)
    }

    /// An order in which each version begins as early as it may.
    fn order(&self) -> Vec<usize> {
        let mut places: Vec<(usize, bool, Moment, usize)> = Vec::new();
        let mut place = |version: usize, is_put: bool, operation: usize| {
            places.push((version, !is_put, self.items[operation].call, operation));
        };
        for (before, &put) in self.key.puts.iter().chain(&self.extension).enumerate() {
            place(before + 1, true, put);
        }
        for &(version, operation) in &self.key.seen {
            place(slot(version), false, operation);
        }
        for (missed, is_before) in self.key.missed.iter().zip(&self.is_before) {
            let operation = missed.operation;
            if self.extension == Some(operation) {
                continue;
            }
            let item = &self.items[operation];
            let returned = item.returned.expect("only a return is known to miss");
            let version = if *is_before {
                let last = slot(missed.version) - 1;
                self.version_at(item.call).min(last).max(usize::from(missed.is_refused))
            } else {
                self.version_at(returned)
            };
            place(version, false, operation);
        }
        places.sort_unstable();
        places.into_iter().map(|(.., operation)| operation).collect()
    }

    /// The last version that begins not after this moment.
    fn version_at(&self, moment: Moment) -> usize {
        let begun = |begins: &Option<Bound>| begins.is_none_or(|begins| begins.0 <= moment);
        self.begins.partition_point(begun) - 1
    }
}

/// A version as a place in the bounds. Versions that no machine can count are all the last place.
fn slot(version: Version) -> usize {
    usize::try_from(version).unwrap_or(usize::MAX)
}
