//! Histories of keys with versions, which are judged without a search.
//!
//! Version `v` of a key *begins* when its put takes effect, and lasts until version `v + 1` begins.
//! The operations of a key bound the moment at which a version begins:
//!
//! - It is not before the call of the put of this version or an earlier one, nor before the call of
//!   a get of an earlier one.
//! - It is not after the return of the put of this version or a later one, nor after the return of
//!   a get of this version or a later one.
//!
//! A key is linearizable if and only if each version up to the highest has exactly one put, gets
//! return what was put, and no version must begin later than it may. Each version then begins as
//! early as it may. A put that did not find version `w` either took effect after version `w + 1`
//! began, or before version `w` did. If version `w + 1` cannot have begun by its return, it must be
//! the latter, so that version `w` begins not before its call.

mod bounds;
mod key;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::check::{Parts, judge, object, parts};
use crate::history::History;
use crate::models::versioned::{Input, Output, Versioned};
use crate::report::{Budget, Contradiction, Report};
use crate::search::Item;
use crate::window::line;

use bounds::Bounds;
use key::Key;

/// What the rules say of a key.
enum Ruling {
    /// It is linearizable in this order.
    Order(Vec<usize>),
    /// These operations, by their places among the key's, contradict each other, for this reason.
    Contradiction(Vec<usize>, String),
    /// They do not decide it: several puts may have made one version.
    Open,
}

/// Whether a history of a store with versions is linearizable, in nearly linear time.
///
/// The rules decide every key, unless several puts may have made one version: puts that never
/// returned, or were answered [`Output::Maybe`]. Then the key is searched, as [`check`] does. A key
/// that is judged by the rules takes a step for each operation and each time that it is looked at
/// again.
///
/// [`check`]: crate::check()
pub fn check_versions(history: &History<Input, Output>, budget: Budget) -> Report {
    let model = &Versioned;
    let (mut open, mut orders, mut objects) = (Parts::new(), Vec::new(), BTreeMap::new());
    let mut contradiction = None;
    for (key, mut items) in parts(model, history) {
        items.sort_by_key(|item| item.call);
        let (ruling, steps) = rule(&items);
        let is_linearizable = match ruling {
            Ruling::Open => {
                open.insert(key, items);
                continue;
            }
            Ruling::Order(order) => {
                orders.push(order.into_iter().map(|place| items[place].index).collect());
                true
            }
            Ruling::Contradiction(places, reason) => {
                let name = object(model, &key, &items, 0, None).name;
                let this = || contradiction_of(history, &items, name, places, reason);
                contradiction = contradiction.or_else(|| Some(this()));
                false
            }
        };
        objects.insert(key.clone(), object(model, &key, &items, steps, Some(is_linearizable)));
    }
    // A search could only find another contradiction.
    let budget = if contradiction.is_some() { Budget { search: 0, ..budget } } else { budget };
    let mut judged = judge(model, history, &open, budget);
    judged.objects.append(&mut objects);
    judged.orders.append(&mut orders);
    judged.contradiction = contradiction.or(judged.contradiction);
    judged.report(history)
}

/// Judges the operations of one key by the rules. They are in the order of their calls.
fn rule(items: &[Item<'_, Versioned>]) -> (Ruling, u64) {
    match Key::new(items) {
        Ok(key) => {
            let mut bounds = Bounds::new(items, &key);
            let ruling = bounds.rule();
            (ruling, bounds.steps())
        }
        Err(ruling) => (ruling, items.len() as u64),
    }
}

/// The contradiction of the operations of one key at these places.
fn contradiction_of(
    history: &History<Input, Output>,
    items: &[Item<'_, Versioned>],
    object: String,
    mut places: Vec<usize>,
    reason: String,
) -> Contradiction {
    places.sort_unstable();
    places.dedup();
    let operations: Vec<_> =
        places.iter().map(|&place| line(&Versioned, history, &items[place], false)).collect();
    let others = items.len() - operations.len();
    let reasons = alloc::vec![reason];
    Contradiction { object, before: Vec::new(), operations, reasons, others }
}
