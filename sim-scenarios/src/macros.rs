//! `labs!`: one `#[test]` for each scenario.

/// Makes one `#[test]` for each scenario: `labs!(MyNode)`, or for each of one part of the lab:
/// `labs!(MyNode, 3A)`. Each sweeps seeds 0, 1, … on `MyNode` with its default settings; the
/// variable `RAFTSIM_SEEDS` sets how many.
#[macro_export]
macro_rules! labs {
    ($node:ty) => {
        $crate::labs! { @tests $node:
            initial_election_3a
            reelection_3a
            many_elections_3a
            no_leader_without_majority_3a
            stale_leaders_return_3a
            basic_agree_3b
            rpc_bytes_3b
            follower_failure_3b
            leader_failure_3b
            fail_agree_3b
            fail_no_agree_3b
            concurrent_starts_3b
            rejoin_3b
            backup_3b
            count_3b
            persist1_3c
            persist2_3c
            persist3_3c
            figure_8_3c
            unreliable_agree_3c
            figure_8_unreliable_3c
            reliable_churn_3c
            unreliable_churn_3c
            snapshot_basic_3d
            snapshot_install_3d
            snapshot_install_unreliable_3d
            snapshot_install_crash_3d
            snapshot_install_un_crash_3d
            snapshot_all_crash_3d
            snapshot_init_3d
        }
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
    ($node:ty, 3B) => {
        $crate::labs! { @tests $node:
            basic_agree_3b
            rpc_bytes_3b
            follower_failure_3b
            leader_failure_3b
            fail_agree_3b
            fail_no_agree_3b
            concurrent_starts_3b
            rejoin_3b
            backup_3b
            count_3b
        }
    };
    ($node:ty, 3C) => {
        $crate::labs! { @tests $node:
            persist1_3c
            persist2_3c
            persist3_3c
            figure_8_3c
            unreliable_agree_3c
            figure_8_unreliable_3c
            reliable_churn_3c
            unreliable_churn_3c
        }
    };
    ($node:ty, 3D) => {
        $crate::labs! { @tests $node:
            snapshot_basic_3d
            snapshot_install_3d
            snapshot_install_unreliable_3d
            snapshot_install_crash_3d
            snapshot_install_un_crash_3d
            snapshot_all_crash_3d
            snapshot_init_3d
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
