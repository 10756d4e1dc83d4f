//! The rules for keys with versions.

use raftsim_linearizability::models::versioned::Versioned;
use raftsim_linearizability::{Budget, check_versions};

use crate::random::{Random, Shape, history};
use crate::support::{has_order, is_linearizable, verify_report};

/// Compares the rules with all orders of random histories. The result is how many are illegal, and
/// how many the rules do not decide.
fn compare(histories: u64) -> (u64, u64) {
    let (mut illegal, mut open) = (0, 0);
    for seed in 0..histories {
        let mut random = Random(seed);
        let shape = Shape {
            clients: 2 + random.place(3),
            operations: 2 + random.place(6),
            lies: 6,
            ties: 1 + random.below(2),
        };
        let history = history(&Versioned, &mut random, shape);
        let report = check_versions(&history, Budget::default());
        verify_report(&Versioned, &history, &report);
        let expected = has_order(&Versioned, &history);
        assert_eq!(is_linearizable(&report), expected, "seed {seed}\n{report}\n{history:#?}");
        illegal += u64::from(!expected);
        let rules = check_versions(&history, Budget { search: 0, explanation: 0 });
        open += u64::from(rules.objects.iter().any(|object| object.is_linearizable.is_none()));
    }
    (illegal, open)
}

#[test]
fn the_rules_agree_with_all_orders() {
    let (illegal, open) = compare(100_000);
    assert!((10_000..90_000).contains(&illegal), "{illegal}");
    assert!(open < 10_000, "{open}");
    println!("{illegal} {open}");
}
