//! The plan that a seed draws.

use std::sync::LazyLock;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::Plan;

/// proptest's own settings, read once, because proptest looks at the environment for them. None of
/// them influences what is drawn.
static CONFIG: LazyLock<Config> =
    LazyLock::new(|| Config { failure_persistence: None, ..Config::default() });

/// The plan that `seed` draws from `strategy`: the same at every call.
pub fn plan_of(seed: u64, strategy: &impl Strategy<Value = Plan>) -> Plan {
    let mut key = *b"raftsim, a plan\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    key[24..].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &key);
    let mut runner = TestRunner::new_with_rng(CONFIG.clone(), rng);
    strategy.new_tree(&mut runner).expect("the strategy filters nothing out").current()
}
