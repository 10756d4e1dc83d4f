//! The macros that make tests: `labs!`, one `#[test]` for each scenario; `fuzz!`, one for plans
//! drawn at random.

/// Makes one `#[test]` for each scenario: `labs!(MyNode)`, or for each scenario of one part of the
/// lab: `labs!(MyNode, 3A)`. Each test sweeps seeds 0, 1, … on `MyNode` with its default settings.
/// Each sweeps 2,000 seeds, or as many as it can in five seconds. The environment variable
/// `RAFTSIM_SEEDS` sets the number of seeds, `RAFTSIM_TIME` the time, and `RAFTSIM_SEED` one seed to
/// run alone, whose whole trace is printed. If
/// `RAFTSIM_PAGES` names a folder, the first seed that fails is written there as a page, a file that
/// a browser shows.
///
/// Each test runs in a process of its own, because a node may end its process: that is a failure
/// too, which names the seeds. With `RAFTSIM_IN_PROCESS=1` the tests stay in one process.
///
/// A scenario that checks a claim which the node does not make is not run. Its test passes, because
/// a test can only be ignored when it is compiled; and it says on standard error that it was not run.
#[macro_export]
macro_rules! labs {
    ($node:ty) => {
        $crate::labs! { [sweep_labs] @3A @3B @3C @3D $node: }
    };
    ($node:ty, 3A) => {
        $crate::labs! { [sweep_3a] @3A $node: }
    };
    ($node:ty, 3B) => {
        $crate::labs! { [sweep_3b] @3B $node: }
    };
    ($node:ty, 3C) => {
        $crate::labs! { [sweep_3c] @3C $node: }
    };
    ($node:ty, 3D) => {
        $crate::labs! { [sweep_3d] @3D $node: }
    };
    ([$sweep:ident] @3A $(@$part:tt)* $node:ty: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node: $($name)*
            initial_election_3a
            reelection_3a
            many_elections_3a
            no_leader_without_majority_3a
            stale_leaders_return_3a
            duplicate_votes_3a
            stale_heartbeats_3a
        }
    };
    ([$sweep:ident] @3B $(@$part:tt)* $node:ty: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node: $($name)*
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
            quorum_loss_3b
            chained_servers_3b
            deaf_leader_3b
            mute_leader_3b
            two_servers_3b
            four_servers_3b
            six_servers_3b
            speed_3b
            later_term_in_replies_3b
            later_term_in_requests_3b
            asks_before_standing_3b
            old_answers_3b
        }
    };
    ([$sweep:ident] @3C $(@$part:tt)* $node:ty: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node: $($name)*
            persist1_3c
            persist2_3c
            persist3_3c
            figure_8_3c
            unreliable_agree_3c
            figure_8_unreliable_3c
            reliable_churn_3c
            unreliable_churn_3c
            figure_8_directed_3c
            crash_between_vote_and_answer_3c
            two_servers_crash_3c
            four_servers_crash_3c
            six_servers_crash_3c
            single_server_3c
        }
    };
    ([$sweep:ident] @3D $(@$part:tt)* $node:ty: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node: $($name)*
            snapshot_basic_3d
            snapshot_install_3d
            snapshot_install_unreliable_3d
            snapshot_install_crash_3d
            snapshot_install_un_crash_3d
            snapshot_all_crash_3d
            snapshot_init_3d
            long_absence_3d
            snapshot_over_conflict_3d
        }
    };
    ($node:ty, $($part:tt)*) => {
        $crate::no_such_part! { $($part)* }
    };
    ([$sweep:ident] $node:ty: $($name:ident)*) => {
        // One function names the node for all tests, so that a type that is no node is one error.
        fn $sweep(site: $crate::testing::Site, name: &str) {
            match name {
                $(stringify!($name) => {
                    $crate::testing::sweep_named::<$node, $crate::registry::each::$name>(site);
                })*
                _ => unreachable!("a test has the name of its scenario"),
            }
        }
        $(
            #[test]
            fn $name() {
                $crate::testing::in_child($crate::site!(stringify!($name), $node), |site| {
                    $sweep(site, stringify!($name));
                });
            }
        )*
    };
}

/// Makes one `#[test]`, named `fuzz`, which plays plans drawn at random: `fuzz!(MyNode)`, or for a
/// node that implements the lab only up to some part: `fuzz!(MyNode, 3A)`. It plays 500 plans,
/// or as many as it can in five seconds; `PROPTEST_CASES` asks for more, and `RAFTSIM_TIME` sets the
/// time. A plan that fails is written to a file, which `raftsim replay`
/// reads; then it is shrunk, and the shrunk plan takes its place. If the node ends the process, the
/// plan that it was playing is written to another file. With `RAFTSIM_PLAN=FILE` the test plays the
/// plan in that file alone, and prints the whole trace.
#[macro_export]
macro_rules! fuzz {
    ($node:ty) => {
        $crate::fuzz! { @D $node }
    };
    ($node:ty, 3A) => {
        $crate::fuzz! { @A $node }
    };
    ($node:ty, 3B) => {
        $crate::fuzz! { @B $node }
    };
    ($node:ty, 3C) => {
        $crate::fuzz! { @C $node }
    };
    ($node:ty, 3D) => {
        $crate::fuzz! { @D $node }
    };
    ($node:ty, $($part:tt)*) => {
        $crate::no_such_part! { $($part)* }
    };
    (@$part:ident $node:ty) => {
        #[test]
        fn fuzz() {
            $crate::testing::in_child($crate::site!("fuzz", $node), |site| {
                let folder = option_env!("CARGO_TARGET_TMPDIR").unwrap_or(".");
                $crate::testing::fuzz_node::<$node>(site, $crate::Part::$part, folder);
            });
        }
    };
}

/// The error of the macros above for a part that the lab does not have.
// What the compiler cannot read at all, such as `3E`, a number without its exponent, is an error of
// its own besides.
#[doc(hidden)]
#[macro_export]
macro_rules! no_such_part {
    ($($part:tt)*) => {
        compile_error!(concat!(
            "`", stringify!($($part)*), "` is no part of the lab: name 3A, 3B, 3C or 3D, or none of \
             them for the whole lab"
        ));
    };
}
