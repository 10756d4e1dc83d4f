//! A choice among strategies. proptest's own also makes a generator of random numbers for each
//! strategy before the one that is drawn, to shrink towards it; that took half of the time in which a
//! plan was drawn.

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

/// A choice among strategies, each with its weight.
macro_rules! one_of {
    ($($weight:expr => $strategy:expr),+ $(,)?) => {
        $crate::drawn::weighted::Weighted(std::vec![$(($weight, $strategy.boxed())),+])
    };
}

pub(super) use one_of;

/// Draws from one of the strategies, each as often as its weight says. A value shrinks within its
/// strategy.
#[derive(Debug)]
pub(super) struct Weighted<T: Debug>(pub(super) Vec<(u32, BoxedStrategy<T>)>);

impl<T: Debug> Strategy for Weighted<T> {
    type Tree = Box<dyn ValueTree<Value = T>>;
    type Value = T;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let total: u32 = self.0.iter().map(|(weight, _)| weight).sum();
        let mut at = (0..total).new_tree(runner)?.current();
        for (weight, strategy) in &self.0 {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return strategy.new_tree(runner),
            }
        }
        unreachable!("the number drawn is below the sum of the weights")
    }
}
