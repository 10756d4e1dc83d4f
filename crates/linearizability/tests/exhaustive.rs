//! The checks agree with an exhaustive search on random small histories.

use raftsim_linearizability::models::{kv::Kv, register::Register, versioned::Versioned};

use crate::random::{Object, Random, Shape, history};
use crate::support::{has_order, is_linearizable, judge};

/// Compares the search with all orders of random histories. The result is how many of them are not
/// linearizable.
fn compare<M: Object>(model: &M, histories: u64) -> u64
where
    M::Input: core::fmt::Debug,
    M::Output: Clone + core::fmt::Debug,
{
    let mut illegal = 0;
    for seed in 0..histories {
        let mut random = Random(seed);
        let shape = Shape::small(&mut random, 5, 4);
        let history = history(model, &mut random, shape);
        let report = judge(model, &history);
        let expected = has_order(model, &history);
        assert_eq!(is_linearizable(&report), expected, "seed {seed}\n{report}\n{history:#?}");
        illegal += u64::from(!expected);
    }
    illegal
}

#[test]
fn the_search_agrees_with_all_orders_of_a_register() {
    let illegal = compare(&Register, 40_000);
    assert!((4_000..36_000).contains(&illegal), "{illegal}");
}

#[test]
fn the_search_agrees_with_all_orders_of_a_store() {
    let illegal = compare(&Kv, 30_000);
    assert!((3_000..27_000).contains(&illegal), "{illegal}");
}

#[test]
fn the_search_agrees_with_all_orders_of_a_store_with_versions() {
    let illegal = compare(&Versioned, 30_000);
    assert!((3_000..27_000).contains(&illegal), "{illegal}");
}
