//! `labs!`: one `#[test]` for each scenario.

/// Makes one `#[test]` for each scenario: `labs!(MyNode)`, or for each of one part of the lab:
/// `labs!(MyNode, 3A)`. Each sweeps seeds 0, 1, … on `MyNode` with its default settings; the
/// variable `RAFTSIM_SEEDS` sets how many.
#[macro_export]
macro_rules! labs {
    ($node:ty) => {
        $crate::labs!($node, 3A);
    };
    ($node:ty, 3A) => {
        $crate::labs! { @tests $node:
            initial_election_3a
            reelection_3a
            many_elections_3a
            no_leader_without_majority_3a
            stale_leaders_return_3a
        }
    };
    (@tests $node:ty: $($name:ident)*) => {
        /// The scenarios that `labs!` tests.
        #[allow(dead_code, reason = "for those who want the list")]
        const LABS: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                $crate::testing::sweep_scenario::<$node>(stringify!($name));
            }
        )*
    };
}
