//! Orders that prove a history linearizable.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt::{self, Display, Formatter};
use core::mem;

use crate::history::{History, Moment};
use crate::model::Model;

/// Why an order is no proof. See [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderError {
    /// The order names an operation that the history does not have.
    NoSuchOperation(usize),
    /// An operation stands in the order twice.
    Twice(usize),
    /// An operation that returned is not in the order.
    Missing(usize),
    /// The second operation returned before the first was called, but comes after it.
    RealTime(usize, usize),
    /// The operation cannot have had its output at its place.
    Output(usize),
}

impl Error for OrderError {}

impl Display for OrderError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchOperation(operation) => write!(out, "there is no operation {operation}"),
            Self::Twice(operation) => write!(out, "operation {operation} is in the order twice"),
            Self::Missing(operation) => write!(out, "operation {operation} is not in the order"),
            Self::RealTime(first, second) => write!(
                out,
                "operation {second} returned before operation {first} was called, but comes after \
                 it"
            ),
            Self::Output(operation) => {
                write!(out, "operation {operation} cannot have had its output at its place")
            }
        }
    }
}

/// Checks that `order` proves a history linearizable: each operation that returned is in it once,
/// no pending one twice, none comes after one that was called only after it returned, and the model
/// answers every operation as the history says. It takes one step of the model for each operation.
///
/// # Errors
///
/// The first operation of the order that breaks this.
pub fn verify<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    order: &[usize],
) -> Result<(), OrderError> {
    let mut placed = vec![false; history.operations().len()];
    let mut states = BTreeMap::new();
    // The latest call so far, and whose it is.
    let mut latest = (0, 0);
    for &index in order {
        let operation =
            history.operations().get(index).ok_or(OrderError::NoSuchOperation(index))?;
        if mem::replace(&mut placed[index], true) {
            return Err(OrderError::Twice(index));
        }
        if operation.returned_at().is_some_and(|returned| returned < latest.0) {
            return Err(OrderError::RealTime(latest.1, index));
        }
        latest = latest.max((operation.call, index));
        let key = model.key(&operation.input);
        let state = states.entry(key.clone()).or_insert_with(|| model.initial(&key));
        let next = model.step(state, &operation.input, operation.output());
        *state = next.ok_or(OrderError::Output(index))?;
    }
    let is_missing = |index: &usize| history.operations()[*index].returned.is_some();
    let missing = (0..placed.len()).filter(|&index| !placed[index]).find(is_missing);
    missing.map_or(Ok(()), |index| Err(OrderError::Missing(index)))
}

/// Joins orders, each of one object, to an order of the whole history.
///
/// In its own order each operation can take effect at the latest call so far: that is no later than
/// any return that follows. Sorted by these moments, the orders agree with real time together.
pub(crate) fn join<I, O>(history: &History<I, O>, orders: Vec<Vec<usize>>) -> Vec<usize> {
    let mut points: Vec<(Moment, usize)> = Vec::new();
    for order in orders {
        let mut now = 0;
        for index in order {
            now = now.max(history.operations()[index].call);
            points.push((now, index));
        }
    }
    points.sort_by_key(|&(moment, _)| moment);
    points.into_iter().map(|(_, index)| index).collect()
}
